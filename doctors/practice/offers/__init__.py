"""What a doctor offers, as they set it: visit types, and how they are booked."""
