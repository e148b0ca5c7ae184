"""The waiting list at work: free times are offered to those who wait, in fair order.

`offering` and what it needs are called from inside the core's services (appointments/reactions.py)
and import none of them. What does, `answers`, is imported from its own module for that reason.

All lock the doctors concerned first, in order of their ids, then the patient, then the entry: who
changes an entry calls `lock_doctors_of` before, and `withdraw_offers` or `offer_to` after it.
"""

from appointments.waiting.services.offering import (
    lock_doctors_of,
    offer_times_of,
    offer_to,
    withdraw_offers,
)
from appointments.waiting.services.ticking import lapse_offers, tick_waiting

__all__ = [
    "lapse_offers",
    "lock_doctors_of",
    "offer_times_of",
    "offer_to",
    "tick_waiting",
    "withdraw_offers",
]
