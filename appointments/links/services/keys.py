"""The key of a visit's link: made for a mail, made anew so that the old ones end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.keys import digest_of
from accounts.models import User
from accounts.selectors import Contact
from appointments import rules
from appointments.links.selectors import is_from_before
from appointments.models import Appointment, VisitLink


@transaction.atomic
def key_of(*, appointment: Appointment, contact: Contact, now: datetime) -> str:
    """The key for mails about this visit to this contact: the same until it is renewed.

    It is renewed by itself where the address has become somebody else's, and where who has it may
    act for the patient anew, after they could not.
    """
    link = _hold(appointment, contact, now)
    if link.user_id != contact.user_id or is_from_before(link):
        _renew(VisitLink.objects.filter(pk=link.pk), now, user=contact.user_id)
        link.refresh_from_db(fields=["generation", "digest"])
    key = link.key
    digest = digest_of(key)
    if link.digest != digest:  # new, renewed, or the secret key is another
        VisitLink.objects.filter(pk=link.pk).update(digest=digest)
    return key


def end_links(*, appointment: Appointment, by: User, now: datetime) -> int:
    """End the links in all mails about this visit that are sent; later mails carry new ones.

    Returns how many that were. Raises NotYourPatient.
    """
    rules.check_actor(by, appointment)
    return _renew(VisitLink.objects.filter(appointment=appointment), now)


def _hold(appointment: Appointment, contact: Contact, now: datetime) -> VisitLink:
    """Insert the link or lock the one there is, in one statement: mails may be written at once."""
    row = VisitLink(
        appointment=appointment, email=contact.email.lower(), user_id=contact.user_id, made_at=now
    )
    VisitLink.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["appointment", "email"],
        update_fields=["email"],
    )
    link = VisitLink.objects.get(appointment=appointment, email=row.email)
    link.appointment = appointment
    return link


def _renew(links: QuerySet[VisitLink], now: datetime, **changes: object) -> int:
    return links.update(generation=F("generation") + 1, digest=None, made_at=now, **changes)
