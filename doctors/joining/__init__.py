"""How doctors come to the clinic: they apply, the clinic asks, approves, rejects, suspends."""
