"""Free times are offered to those who wait, one person at a time."""

from __future__ import annotations

from datetime import datetime

from appointments.models import WaitingEntry, WaitingOffer
from doctors.models import Doctor


def offer_free_times(*, doctor: Doctor, now: datetime) -> list[WaitingOffer]:
    """Offer each free time of this doctor to the first who waits for it; what was offered."""
    return []


def offer_to(*, entry: WaitingEntry, now: datetime) -> list[WaitingOffer]:
    """Offer the free times of all doctors that this entry waits for: it is new, or has changed."""
    return []


def withdraw_offers(*, entry: WaitingEntry, now: datetime) -> None:
    """Take back what the entry is offered, and offer it to the next: it has left, or is paused."""
