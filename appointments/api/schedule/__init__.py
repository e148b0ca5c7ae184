"""When a doctor works, for doctors and staff; with the visits that no longer fit."""
