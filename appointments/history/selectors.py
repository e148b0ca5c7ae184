"""Which of a person's visits are looked for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q

from accounts.models import Patient
from appointments.models import Appointment
from appointments.querysets import BLOCKING, AppointmentQuerySet
from doctors.models import Location

Status = Appointment.Status


class State(StrEnum):
    """How a visit stands, in as many kinds as a person tells apart."""

    TO_COME = "to-come"
    WAITING = "waiting"
    OVER = "over"
    MISSED = "missed"
    CANCELLED = "cancelled"
    DECLINED = "declined"


AHEAD = (State.TO_COME, State.WAITING)


class Search(NamedTuple):
    """`q` are words, each part of the doctor's or the place's name; both days are included."""

    q: str = ""
    patient: int | None = None
    state: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_for_all(self) -> bool:
        return not any(self)


def names_of(patients: list[int]) -> list[tuple[int, str]]:
    """Their ids and names, by name."""
    named = Patient.objects.filter(pk__in=patients).order_by("name", "id")
    return list(named.values_list("pk", "name"))


def find_visits(patients: list[int], search: Search, now: datetime) -> AppointmentQuerySet:
    """Those visits of these patients that fit all of the search.

    The latest first, but of those to come the nearest.
    """
    visits = Appointment.objects.filter(patient__in=patients)
    if search.patient is not None:
        visits = visits.filter(patient=search.patient)
    for word in search.q.split():
        place = Q(location__name__icontains=word) | Q(location__city__icontains=word)
        visits = visits.filter(Q(doctor__name__icontains=word) | place)
    if search.state:
        visits = visits.filter(_in_state(State(search.state), now))
    if search.since or search.until:
        visits = visits.filter(_on_days(search.since, search.until))
    return visits.order_by("start" if search.state in AHEAD else "-start", "id")


def _in_state(state: State, now: datetime) -> Q:
    if state == State.TO_COME:
        return Q(status__in=BLOCKING, end__gt=now)
    if state == State.WAITING:
        return Q(status=Status.PENDING, end__gt=now)
    if state == State.OVER:
        return Q(status=Status.COMPLETED) | Q(status__in=BLOCKING, end__lte=now)
    if state == State.MISSED:
        return Q(status=Status.NO_SHOW)
    return Q(status=Status.CANCELLED if state == State.CANCELLED else Status.DECLINED)


def _on_days(since: date | None, until: date | None) -> Q:
    """Which begin on these days, on the calendar of their place."""
    zones = Location.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct()
    found = Q(pk=None)
    for name in zones:
        there = Q(location__time_zone=name)
        if since:
            there &= Q(start__gte=_midnight(since, name))
        if until:
            there &= Q(start__lt=_midnight(until + timedelta(days=1), name))
        found |= there
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))
