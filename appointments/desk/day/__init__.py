"""The day of a place: all its doctors beside each other."""
