"""Private addresses at which a calendar program subscribes to a doctor's or a person's visits."""
