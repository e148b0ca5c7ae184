"""Questions about the waiting list and its offers."""

from __future__ import annotations

from accounts.keys import digest_of
from appointments.models import WaitingOffer


def open_offer_at(key: str) -> WaitingOffer | None:
    """The open offer whose mail has this key; wrong keys and ended offers find nothing alike."""
    offers = WaitingOffer.objects.select_related("entry__patient", "doctor", "location")
    return offers.filter(digest=digest_of(key), status=WaitingOffer.Status.OPEN).first()
