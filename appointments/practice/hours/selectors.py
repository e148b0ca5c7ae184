"""What patients would see if a doctor's hours were others: the free times of some days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from appointments.models import BookingPolicy
from appointments.outside_hours.selectors import Stray, stray_visits
from appointments.selectors import FreeTimes
from doctors.availability import DAY, Slot
from doctors.models import Doctor, VisitType, WorkingHours
from doctors.selectors import state_of_hours, windows_from

DAYS_SHOWN = 14


@dataclass
class DayOfTimes:
    """The free times of a day, by the hours as they are and as they would be."""

    date: date
    now: list[Slot] = field(default_factory=list)
    then: list[Slot] = field(default_factory=list)

    @property
    def added(self) -> list[Slot]:
        return [slot for slot in self.then if slot not in self.now]

    @property
    def gone(self) -> list[Slot]:
        return [slot for slot in self.now if slot not in self.then]


class DayOfHours(NamedTuple):
    """The rows of a weekday as they would be; whether they are others than now."""

    name: Any
    rows: list[WorkingHours]
    is_changed: bool


@dataclass
class Preview:
    """`strays` are booked visits that would lie outside the hours; they stay."""

    week: list[DayOfHours]
    dates: list[WorkingHours]
    visit_type: VisitType | None
    days: list[DayOfTimes]
    strays: list[Stray]

    @property
    def is_changed(self) -> bool:
        """Whether any of the days shown has other times."""
        return any(day.now != day.then for day in self.days)


def preview_of(
    doctor: Doctor,
    rows: list[WorkingHours],
    *,
    instead_of: list[WorkingHours],
    now: datetime,
) -> Preview:
    """How it would be with these hours instead. The doctor needs their `with_card` prefetches."""
    kind = doctor.first_visit_type
    strays = stray_visits([doctor], now=now, windows={doctor.pk: windows_from(rows)})
    return Preview(
        week=_week(rows, instead_of),
        dates=sorted(
            (row for row in rows if row.is_extra), key=lambda row: (row.valid_from, row.opens)
        ),
        visit_type=kind,
        days=_days(doctor, kind, rows, instead_of, now) if kind else [],
        strays=[stray for stray in strays if not stray.in_time_off],
    )


def _week(rows: list[WorkingHours], instead_of: list[WorkingHours]) -> list[DayOfHours]:
    """Each weekday with its rows of every week, or of every so manieth."""
    now, then = _by_weekday(instead_of), _by_weekday(rows)
    return [
        DayOfHours(name, then[day], state_of_hours(now[day]) != state_of_hours(then[day]))
        for day, name in WorkingHours.Weekday.choices
    ]


def _by_weekday(rows: Iterable[WorkingHours]) -> dict[int, list[WorkingHours]]:
    found: dict[int, list[WorkingHours]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.opens, row.valid_from or date.min)):
        if not row.is_extra:
            found[row.weekday].append(row)
    return found


def _days(
    doctor: Doctor,
    kind: VisitType,
    rows: list[WorkingHours],
    instead_of: list[WorkingHours],
    now: datetime,
) -> list[DayOfTimes]:
    by_now, then = windows_from(instead_of), windows_from(rows)
    zone = next((window.zone for window in [*then, *by_now]), UTC)
    first = now.astimezone(zone).date()
    days = {day: DayOfTimes(day) for day in (first + DAY * n for n in range(DAYS_SHOWN))}
    times = FreeTimes(
        [doctor],
        first_day=first,
        last_day=first + DAY * (DAYS_SHOWN - 1),
        policy=BookingPolicy.current(),
        now=now,
        windows={doctor.pk: by_now + then},  # so that time off at all their places is read, once
    )
    for slot in times.of(doctor, kind, windows=by_now):
        days[_local_day(slot)].now.append(slot)
    for slot in times.of(doctor, kind, windows=then):
        days[_local_day(slot)].then.append(slot)
    return list(days.values())


def _local_day(slot: Slot) -> date:
    return slot.start.astimezone(slot.location.zone).date()
