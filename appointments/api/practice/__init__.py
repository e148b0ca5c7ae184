"""What a doctor's own programs do: the visits to them, their hours, their time off."""
