"""Working hours, changed by their doctor, who sees first what patients would see."""
