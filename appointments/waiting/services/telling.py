"""An offer's mail goes out: from then on its time runs."""

from __future__ import annotations

from datetime import datetime

from appointments.models import BookingPolicy, WaitingOffer
from appointments.waiting.keeping import kept_until
from appointments.waiting.next_in_line import last_answer


def kept_if_told(*, offer: WaitingOffer, now: datetime) -> datetime:
    """Until when it is kept if its first mail goes at `now`: as long as if it were made now.

    But no longer than it can be taken, and never shorter than was said before. Reads the offer's
    `entry.instead_of`, `visit_type` and `location`.
    """
    if offer.told_at is not None:
        return offer.until
    policy = BookingPolicy.current()
    until = kept_until(now, policy.offer_minutes, offer.location.zone)
    last = last_answer(offer.entry, offer.visit_type, offer.start, policy)
    return max(offer.until, min(until, last))


def note_told(*, offer: WaitingOffer, until: datetime, now: datetime) -> None:
    """Write down that a mail which says so is at the mail server; only the first one counts."""
    untold = WaitingOffer.objects.filter(
        pk=offer.pk, status=WaitingOffer.Status.OPEN, told_at__isnull=True
    )
    untold.update(told_at=now, until=until)
