"""Acting for others: a second guardian is invited, a child comes of age, an access ends."""
