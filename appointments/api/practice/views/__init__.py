"""The calls of a doctor: `visits` to them, and their `schedule`."""
