"""A doctor's own pages: the day and the week, requests, visits, when they are away."""
