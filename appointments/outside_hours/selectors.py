"""Which visits to come lie outside the doctor's hours or in time off, or are left by a doctor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from appointments.models import Appointment
from doctors.availability import DAY, Busy, Window
from doctors.clashes import happens_on, span
from doctors.models import Doctor
from doctors.selectors import read_windows, time_off_of


class Stray(NamedTuple):
    """A visit outside the working hours at its place; with `in_time_off`, within them but off."""

    visit: Appointment
    in_time_off: bool


def stray_visits(
    doctors: QuerySet[Doctor, Any] | Iterable[Doctor],
    *,
    now: datetime,
    windows: Mapping[int, list[Window]] | None = None,
) -> list[Stray]:
    """All such visits with these doctors, by time, in at most six queries.

    By the hours as they are, or as they would be: their `windows` by id.
    """
    visits = list(
        Appointment.objects.upcoming(now)
        .filter(doctor__in=doctors)
        .select_related("doctor", "patient", "location")
        .prefetch_related("events")
    )
    if not visits:
        return []
    ids = {visit.doctor_id for visit in visits}
    if windows is None:
        windows = read_windows(ids)
    # Who works nowhere any more is asked about too: then every visit is outside the hours.
    begin, end = visits[0].start, max(visit.end for visit in visits)
    time_off = time_off_of({doctor: windows.get(doctor, []) for doctor in ids}, begin, end)
    strays = []
    for visit in visits:
        if not any(_holds(window, visit) for window in windows.get(visit.doctor_id, ())):
            strays.append(Stray(visit, in_time_off=False))
        elif any(_meets(busy, visit) for busy in time_off.get(visit.doctor_id, ())):
            strays.append(Stray(visit, in_time_off=True))
    return strays


def left_by(
    doctors: QuerySet[Doctor, Any] | Iterable[Doctor], *, now: datetime
) -> dict[Doctor, list[Appointment]]:
    """The visits to come of those of these doctors who are suspended, by doctor and time."""
    visits = (
        Appointment.objects.upcoming(now)
        .filter(doctor__in=doctors, doctor__status=Doctor.Status.SUSPENDED)
        .select_related("doctor", "patient", "location", "visit_type")
        .order_by("doctor__name", "doctor", "start", "id")
    )
    left: dict[Doctor, list[Appointment]] = {}
    for visit in visits:
        left.setdefault(visit.doctor, []).append(visit)
    return left


def _holds(window: Window, visit: Appointment) -> bool:
    """Whether the whole visit lies within the window, on one of its days."""
    if window.location != visit.location:
        return False
    day = visit.start.astimezone(window.zone).date()
    for opening_day in (day, day - DAY) if window.closes_next_day else (day,):
        if happens_on(window, opening_day):
            opens, closes = span(window, opening_day)
            if opens <= visit.start and visit.end <= closes:
                return True
    return False


def _meets(busy: Busy, visit: Appointment) -> bool:
    here = busy.location in (None, visit.location)
    return here and busy.start < visit.end and visit.start < busy.end
