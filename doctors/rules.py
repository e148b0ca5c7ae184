"""What must hold for hours and time off. Each check returns, or raises a ValidationError.

For forms and services alike, so that every face refuses the same in the same words. What holds for
one row alone stands with the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from doctors.clashes import Hours, at_the_same_time, ever_happens


def check_hours_happen(hours: Hours) -> None:
    if not ever_happens(hours):
        raise ValidationError(
            _("There is no such weekday between the two dates. Change the day or the dates.")
        )


def check_no_clash(hours: Sequence[Hours]) -> None:
    """All the hours of one doctor: no two of them at the same time."""
    check_pairs(combinations(hours, 2))


def check_pairs(pairs: Iterable[tuple[Hours, Hours]]) -> None:
    clashes = [
        ValidationError(
            _("%(one)s and %(other)s are at the same time. Change one of them."),
            params={"one": str(one), "other": str(other)},
        )
        for one, other in pairs
        if at_the_same_time(one, other)
    ]
    if clashes:
        raise ValidationError(clashes)


def check_still_to_come(end: datetime, now: datetime) -> None:
    """Time off that is over would change nothing."""
    if end <= now:
        raise ValidationError(
            _("This time off would be over already. Enter an end that is still to come.")
        )
