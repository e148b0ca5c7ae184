"""The key of a visit's link: made for a mail, found again when the link is opened."""

from __future__ import annotations

from datetime import datetime

from accounts.keys import derived_key, digest_of
from accounts.models import User
from appointments.models import Appointment, VisitLink

PURPOSE = "visit"


def key_of(*, appointment: Appointment, email: str, now: datetime) -> str:
    """The key for mails about this visit to this address: the same until it is renewed."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    made = {"user": user, "made_at": now}
    link, _ = VisitLink.objects.get_or_create(appointment=appointment, email=email, defaults=made)
    return write_key(link)


def write_key(link: VisitLink) -> str:
    """The key as it should be now, with which the link is found from now on."""
    key = derived_key(PURPOSE, link.pk, link.generation)
    digest = digest_of(key)
    if link.digest != digest:  # new, renewed, or the secret key is another
        VisitLink.objects.filter(pk=link.pk).update(digest=digest)
    return key


def link_at(key: str) -> VisitLink | None:
    """The link with this key, with its visit; wrong and renewed keys find nothing alike."""
    links = VisitLink.objects.select_related("appointment__doctor", "appointment__patient", "user")
    return links.filter(digest=digest_of(key)).first()
