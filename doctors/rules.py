"""What must hold for hours and time off. Each check returns, or raises a ValidationError.

For forms and services alike, so that every face refuses the same in the same words. What holds for
one row alone stands with the models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import combinations

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from doctors.clashes import Hours, at_the_same_time, ever_happens
from doctors.models import Doctor, Location, WorkingHours


def check_hours(row: WorkingHours) -> None:
    """All that must hold for the row alone; doctor and place are not looked at.

    As `full_clean`, which asks the database about each constraint of each row.
    """
    row.clean_fields(exclude=["doctor", "location"])
    for constraint in WorkingHours._meta.constraints:
        if not HOURS_HOLD[constraint.name](row):
            raise ValidationError({NON_FIELD_ERRORS: [constraint.violation_error_message]})
    try:
        check_hours_happen(row)
    except ValidationError as error:
        raise ValidationError({NON_FIELD_ERRORS: error.messages}) from error


# The constraints of working hours, by their names.
HOURS_HOLD: dict[str, Callable[[WorkingHours], bool]] = {
    "doctors_hours_close_after_opening": (
        lambda row: row.closes_next_day is (row.closes <= row.opens)
    ),
    "doctors_hours_weekday_of_seven": lambda row: row.weekday <= 6,
    "doctors_hours_validity_in_order": (
        lambda row: not (row.valid_from and row.valid_until) or row.valid_from <= row.valid_until
    ),
    "doctors_hours_weeks_counted": lambda row: row.every_weeks == 1 or row.valid_from is not None,
}


def check_hours_happen(hours: Hours) -> None:
    if not ever_happens(hours):
        raise ValidationError(
            _("There is no such weekday between the two dates. Change the day or the dates.")
        )


def check_no_clash(hours: Sequence[Hours]) -> None:
    """All the hours of one doctor: no two of them at the same time."""
    check_pairs(combinations(hours, 2))


def check_pairs(pairs: Iterable[tuple[Hours, Hours]]) -> None:
    """The `rows` among the parameters of each error are the two that it is about."""
    clashes = [
        ValidationError(
            _("%(one)s and %(other)s are at the same time. Change one of them."),
            params={"one": str(one), "other": str(other), "rows": (one, other)},
        )
        for one, other in pairs
        if at_the_same_time(one, other)
    ]
    if clashes:
        raise ValidationError(clashes)


def check_zone(place: Location, zone: str) -> None:
    """With the clock of `zone` at this place, nobody who works here is at two places at once."""
    moved = Location(pk=place.pk, name=place.name, city=place.city, time_zone=zone)
    hours = WorkingHours.objects.filter(doctor__working_hours__location=place).distinct()
    by_doctor: dict[Doctor, list[WorkingHours]] = defaultdict(list)
    for row in hours.select_related("location", "doctor"):
        if row.location_id == place.pk:
            row.location = moved
        by_doctor[row.doctor].append(row)
    clashes = [
        ValidationError(
            _("By this clock %(doctor)s would be at two places: %(one)s and %(other)s."),
            params={
                "doctor": doctor.name,
                "one": f"{one} ({one.location})",
                "other": f"{other} ({other.location})",
            },
        )
        for doctor, rows in by_doctor.items()
        for one, other in combinations(rows, 2)
        if one.location != other.location and at_the_same_time(one, other)
    ]
    if clashes:
        raise ValidationError(clashes)


def check_still_to_come(end: datetime, now: datetime) -> None:
    """Time off that is over would change nothing."""
    if end <= now:
        raise ValidationError(
            _("This time off would be over already. Enter an end that is still to come.")
        )
