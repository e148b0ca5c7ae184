"""What a person answers to an offer. Not for appointments/reactions.py: this books."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from appointments.models import Appointment, WaitingOffer
from appointments.waiting.exceptions import OfferOver


def accept(*, offer: WaitingOffer, by: User | None, now: datetime) -> Appointment:
    """Book the time that is kept; the later visit that it is instead of is gone.

    `by` may act for the patient; None is whoever holds the key of the offer's mail. Raises
    OfferOver if the offer is answered, lapsed or withdrawn, and what `book` and `reschedule` raise.
    """
    raise OfferOver


def decline(*, offer: WaitingOffer, by: User | None, now: datetime) -> None:
    """Let the time go to the next; the person goes on waiting. Raises OfferOver, NotYourPatient."""
    raise OfferOver
