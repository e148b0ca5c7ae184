"""What can happen to when doctors work, and to what they offer.

Each does all of it, or raises a ValidationError with texts by field and changes nothing. Booked
visits stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from doctors import rules
from doctors.clashes import ends_next_day
from doctors.exceptions import HoursChanged
from doctors.holidays import not_closed, whole_day
from doctors.models import Doctor, Location, TimeOff, VisitType, WorkingHours
from doctors.selectors import state_of_hours

LONGEST_REASON = 200


# When they work


@transaction.atomic
def set_working_hours(
    *, doctor: Doctor, hours: Iterable[Mapping[str, Any]], instead_of: str | None = None
) -> list[WorkingHours]:
    """Replace all hours of the doctor, extra ones too, by these: fields of WorkingHours each.

    What is wrong with a row stands under `hours.0.opens`, what is wrong with all under `hours`.
    With `instead_of`, as `selectors.state_of_hours` gave it, raises HoursChanged if the hours are
    no longer those.
    """
    doctor = _lock(doctor)
    if instead_of is not None and instead_of != state_of_hours(doctor.working_hours.all()):
        raise HoursChanged
    rows = planned_hours(doctor=doctor, hours=hours)
    doctor.working_hours.all().delete()
    WorkingHours.objects.bulk_create(rows)
    return list(doctor.working_hours.select_related("location"))


def planned_hours(*, doctor: Doctor, hours: Iterable[Mapping[str, Any]]) -> list[WorkingHours]:
    """The hours that `set_working_hours` would set, in the order given; writes nothing.

    Raises what that raises. Of two rows at the same time, the error has both as `rows`, numbered.
    """
    rows = [WorkingHours(doctor=doctor, **fields) for fields in hours]
    wrong: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        row.closes_next_day = ends_next_day(row.closes, row.closes_next_day)
        for field, texts in _wrong_with(row).items():
            name = f"hours.{number}"
            wrong[name if field == NON_FIELD_ERRORS else f"{name}.{field}"] = texts
    if wrong:
        raise ValidationError(wrong)
    try:
        rules.check_no_clash(rows)
    except ValidationError as error:
        for clash in error.error_list:
            params = clash.params or {}
            params["rows"] = [_number(row, rows) for row in params["rows"]]
        raise ValidationError({"hours": error.error_list}) from error
    return rows


def _number(row: WorkingHours, rows: list[WorkingHours]) -> int:
    return next(number for number, one in enumerate(rows) if one is row)


def _wrong_with(row: WorkingHours) -> dict[str, list[str]]:
    try:
        rules.check_hours(row)
    except ValidationError as error:
        return error.message_dict
    return {}


@transaction.atomic
def add_time_off(
    *,
    doctor: Doctor | None = None,
    location: Location | None = None,
    start: datetime,
    end: datetime,
    now: datetime,
    reason: str = "",
) -> TimeOff:
    """From `start` until `end` the doctor does not work, or the place is closed: one of the two.

    Refused when that is over already.
    """
    if doctor is not None:
        doctor = _lock(doctor)
    off = TimeOff(doctor=doctor, location=location, start=start, end=end, reason=reason)
    off.full_clean()
    try:
        rules.check_still_to_come(end, now)
    except ValidationError as error:
        raise ValidationError({"end": error.messages}) from error
    off.save(force_insert=True)
    return off


@transaction.atomic
def remove_time_off(*, time_off: TimeOff) -> None:
    if time_off.doctor is not None:
        _lock(time_off.doctor)
    time_off.delete()


@transaction.atomic
def close_on(*, location: Location, days: Iterable[tuple[date, str]]) -> int:
    """Close the place on each day, with its name as the reason; returns on how many.

    From midnight to midnight there. A day on which it is closed already is passed over.
    """
    location = Location.objects.select_for_update(no_key=True).get(pk=location.pk)
    closures = list(location.time_off.values_list("start", "end"))
    rows = []
    for day, name in not_closed(dict(days).items(), closures, location.zone):
        start, end = whole_day(day, location.zone)
        reason = name[:LONGEST_REASON]
        rows.append(TimeOff(location=location, start=start, end=end, reason=reason))
    return len(TimeOff.objects.bulk_create(rows))


# What they offer


@transaction.atomic
def set_schedule_settings(*, doctor: Doctor, **settings: int | str | None) -> Doctor:
    """Change `step_minutes` or `max_visits_per_day`, of which None leaves it to the visits; or
    `confirms_bookings`, for bookings from now on: requests that wait go on waiting.
    """
    doctor = _lock(doctor)
    _change(doctor, settings)
    return doctor


@transaction.atomic
def add_visit_type(*, doctor: Doctor, **fields: Any) -> VisitType:
    kind = VisitType(doctor=_lock(doctor), **fields)
    _refuse_namesake(kind)
    kind.full_clean()
    kind.save(force_insert=True)
    return kind


@transaction.atomic
def change_visit_type(*, visit_type: VisitType, **fields: Any) -> VisitType:
    _lock(visit_type.doctor)
    visit_type.refresh_from_db()
    for name, value in fields.items():
        setattr(visit_type, name, value)
    _refuse_namesake(visit_type)
    _change(visit_type, fields)
    return visit_type


def _refuse_namesake(kind: VisitType) -> None:
    same = VisitType.objects.filter(doctor=kind.doctor, name=kind.name).exclude(pk=kind.pk)
    if same.exists():
        raise ValidationError(
            {"name": _("This doctor has a visit type of this name already. Choose another name.")}
        )


def _change(row: models.Model, fields: Mapping[str, Any]) -> None:
    """Set and write these fields of a row whose doctor is locked."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean(exclude={field.name for field in row._meta.fields} - fields.keys())
    row.save(update_fields=list(fields))


def _lock(doctor: Doctor) -> Doctor:
    return Doctor.objects.select_for_update(no_key=True).get(pk=doctor.pk)
