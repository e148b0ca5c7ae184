"""The front desk, in the clinic's admin: the day, walk-ins, bookings on the telephone."""
