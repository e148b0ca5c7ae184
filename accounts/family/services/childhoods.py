"""Children come of age: their parents are told before, and then no longer act for them.

By the date in UTC, for where a child lives is not known: so it may be some hours early or late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from accounts.ages import OF_AGE, birthday, born_by
from accounts.family import emails
from accounts.family.exceptions import EndedAlready
from accounts.family.services.writing import end
from accounts.models import OLDEST_AGE_YEARS, PatientAccess
from accounts.parts import AT_ONCE

NOTICE = timedelta(days=30)


def end_childhoods(*, now: datetime) -> int:
    """End the access of parents to who is of age, tell those whose child soon is; returns how many.

    Whoever may act for other reasons keeps that. A patient without a date of birth, or with one
    that cannot be, is left. Each by itself: what is done twice is done once.
    """
    today = now.astimezone(UTC).date()
    ended = _each_due(today, today, lambda access: _end_one(access, now))
    told = _each_due(today, today + NOTICE, lambda access: _tell_one(access, now), noticed_at=None)
    return ended + told


def _each_due(
    today: date, day: date, act: Callable[[PatientAccess], bool], **narrower: object
) -> int:
    """Act on each access of a parent to who is of age on `day`; how many were acted on."""
    return sum(act(access) for access in _due(today, day, **narrower))


def _due(today: date, day: date, **narrower: object) -> Iterator[PatientAccess]:
    parents = PatientAccess.objects.active().filter(
        relation=PatientAccess.Relation.PARENT,
        patient__date_of_birth__lte=born_by(day, OF_AGE),
        patient__date_of_birth__gte=born_by(today, OLDEST_AGE_YEARS),
        **narrower,
    )
    last = 0
    while some := list(
        parents.filter(pk__gt=last).select_related("patient", "user").order_by("pk")[:AT_ONCE]
    ):
        yield from some
        last = some[-1].pk


@transaction.atomic
def _end_one(access: PatientAccess, now: datetime) -> bool:
    try:
        end(access, by=None, now=now)
    except EndedAlready:  # another worker was quicker
        return False
    emails.tell_of_age(access)
    return True


@transaction.atomic
def _tell_one(access: PatientAccess, now: datetime) -> bool:
    untold = PatientAccess.objects.active().filter(pk=access.pk, noticed_at=None)
    if not untold.update(noticed_at=now) or access.patient.date_of_birth is None:
        return False
    emails.tell_notice(access, birthday(access.patient.date_of_birth, OF_AGE))
    return True
