"""Questions about the waiting list and its offers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.crypto import constant_time_compare

from accounts.keys import digest_of
from accounts.models import PatientAccess
from accounts.selectors import contacts_of, mails_under_way
from appointments.models import WaitingEntry, WaitingOffer
from appointments.waiting.emails import send_offer


def open_offer_at(key: str, now: datetime) -> WaitingOffer | None:
    """The open offer whose mail has this key; wrong keys and ended offers find nothing alike.

    The key is in the mails of all who acted for the patient when the offer was made: once one of
    them no longer does, it is good for nobody, and the others answer where they are logged in. It
    ends too where nobody gets these mails any more.
    """
    offers = WaitingOffer.objects.select_related("entry__patient", "doctor", "location")
    left = PatientAccess.objects.filter(
        patient=OuterRef("entry__patient"), ended_at__gte=OuterRef("made_at")
    )
    held = offers.filter(status=WaitingOffer.Status.OPEN, until__gt=now)
    offer = held.filter(~Exists(left), digest=digest_of(key)).first()
    if offer is None or not constant_time_compare(offer.key, key):
        return None
    return offer if contacts_of(offer.entry.patient) else None


def still_to_be_told(offers: Iterable[WaitingOffer]) -> set[int]:
    """The ids of those of which nobody is told yet, but somebody will be: their mails wait."""
    untold = {offer.pk for offer in offers if offer.told_at is None}
    if not untold:
        return set()
    mails = mails_under_way(send_offer.module_path)
    return untold & {mail.args_kwargs["kwargs"]["offer"] for mail in mails}


def kept_for(entry: WaitingEntry, now: datetime) -> WaitingOffer | None:
    """The offer that the entry may answer now."""
    offers = entry.offers.filter(status=WaitingOffer.Status.OPEN, until__gt=now)
    return offers.select_related("entry__patient").first()


def offers_to_call_about(now: datetime) -> list[int]:
    """The ids of the open offers of which nobody is told, nor will be by a mail that waits."""
    untold = WaitingOffer.objects.filter(
        status=WaitingOffer.Status.OPEN, until__gt=now, told_at__isnull=True
    )
    offers = list(untold.order_by())
    return sorted({offer.pk for offer in offers} - still_to_be_told(offers))
