"""The waiting list at work: free times are offered to those who wait, in fair order.

`offering` and what it needs are called from inside the core's services (appointments/reactions.py)
and import none of them. What does, `answers`, is imported from its own module for that reason.
"""

from appointments.waiting.services.offering import offer_free_times, offer_to, withdraw_offers
from appointments.waiting.services.ticking import tick_waiting

__all__ = ["offer_free_times", "offer_to", "tick_waiting", "withdraw_offers"]
