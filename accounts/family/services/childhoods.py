"""Children come of age: who acts for them is told before, and then no longer does.

By the date in UTC, for where a child lives is not known: so it may be some hours early or late.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import cast

from django.db import transaction

from accounts.ages import OF_AGE, birthday, born_by
from accounts.family import emails, rules
from accounts.family.selectors import given_for_childhood, has_login
from accounts.family.services.writing import end, lock
from accounts.models import OLDEST_AGE_YEARS, PatientAccess
from accounts.parts import AT_ONCE
from accounts.querysets import PatientAccessQuerySet

NOTICE = timedelta(days=30)
UNTOLD = {"noticed_at": None}


def end_childhoods(*, now: datetime) -> int:
    """End what was given for a child to who is of age, tell those to whom it soon happens.

    Returns how many. What was given for other reasons lasts. A patient without a date of birth, or
    with one that cannot be, is left. Each by itself: what is done twice is done once.
    """
    today = now.astimezone(UTC).date()
    ended = sum(_end_one(access, today, now) for access in _due(today, today))
    told = sum(_tell_one(access, today, now) for access in _due(today, today + NOTICE, **UNTOLD))
    return ended + told


def _due(today: date, day: date, **narrower: object) -> Iterator[PatientAccess]:
    """What was given for a child and is over on `day`, as its patient is of age then."""
    last = 0
    while some := list(_rows(today, day, pk__gt=last, **narrower)[:AT_ONCE]):
        yield from filter(rules.is_for_a_child, some)
        last = some[-1].pk


def _rows(today: date, day: date, **narrower: object) -> PatientAccessQuerySet:
    found = given_for_childhood().filter(
        patient__date_of_birth__lte=born_by(day, OF_AGE),
        patient__date_of_birth__gte=born_by(today, OLDEST_AGE_YEARS),
        **narrower,
    )
    return found.select_related("patient", "user").order_by("pk")


@transaction.atomic
def _end_one(access: PatientAccess, today: date, now: datetime) -> bool:
    lock(access.patient)
    for due in _due(today, today, pk=access.pk):
        end(due, by=None, now=now)
        emails.tell_of_age(due)
        return True
    return False  # another worker was quicker, or the date of birth is another one now


@transaction.atomic
def _tell_one(access: PatientAccess, today: date, now: datetime) -> bool:
    lock(access.patient)
    for due in _due(today, today + NOTICE, pk=access.pk, **UNTOLD):
        PatientAccess.objects.filter(pk=due.pk).update(noticed_at=now)
        login = has_login(due.patient)
        hands_over = rules.may_hand_over(due, has_login=login, now=now)
        born = cast(date, due.patient.date_of_birth)  # by which it was found
        emails.tell_notice(due, birthday(born, OF_AGE), hands_over=hands_over)
        return True
    return False
