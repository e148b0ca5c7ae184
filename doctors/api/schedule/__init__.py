"""When a doctor works and what they offer, for the doctor and the clinic's staff."""
