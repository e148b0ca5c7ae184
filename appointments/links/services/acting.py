"""What the holder of a link does about the visit, without being logged in.

Each takes the key and looks again, with the link locked, whether it is good: what is sent twice is
done once, and by a link that has just been ended nothing is done. The link is locked first, then
whatever the core's service locks.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from appointments import rules, services
from appointments.links.exceptions import LinkEnded
from appointments.links.selectors import has_just_cancelled, holder_of, link_at
from appointments.models import Appointment, VisitLink


@transaction.atomic
def attend(*, key: str, now: datetime) -> Appointment:
    """Say that the patient will come. Raises LinkEnded, and what the core's service raises."""
    link = _held(key, now)
    return services.attend(appointment=link.appointment, by=holder_of(link), now=now)


@transaction.atomic
def cancel(*, key: str, now: datetime, reason: str = "") -> Appointment:
    """Cancel the visit. Raises LinkEnded, and what the core's service raises."""
    link = _held(key, now)
    if has_just_cancelled(link, now):
        return link.appointment
    by = holder_of(link)
    return services.cancel(appointment=link.appointment, by=by, now=now, reason=reason)


@transaction.atomic
def move(*, key: str, start: datetime, now: datetime) -> Appointment:
    """Move the visit to `start`. Raises LinkEnded, and what the core's service raises."""
    link = _held(key, now)
    visit = link.appointment
    if visit.start == start and visit.is_blocking and not rules.was_asked(visit):
        return visit
    return services.reschedule(appointment=visit, start=start, by=holder_of(link), now=now)


def _held(key: str, now: datetime) -> VisitLink:
    link = link_at(key, now, lock=True)
    if link is None:
        raise LinkEnded
    return link
