"""What is free, as the desk looks for it: a week of one doctor or of any, and who is free now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from appointments.models import BookingPolicy
from appointments.rules import next_minute
from appointments.selectors import DAY, FreeTimes
from doctors.availability import Slot
from doctors.models import Doctor, Location, VisitType


class Offered(NamedTuple):
    """A free time, and of whom."""

    start: datetime
    end: datetime
    location: Location
    doctor: Doctor
    visit_type: VisitType
    is_now: bool = False

    @classmethod
    def of(cls, slot: Slot, doctor: Doctor, kind: VisitType, *, is_now: bool = False) -> Offered:
        return cls(*slot, doctor, kind, is_now)

    @property
    def key(self) -> tuple[datetime, str]:
        return self.start, self.doctor.name


def kinds_at_desk(doctor: Doctor) -> list[VisitType]:
    """What the desk may book, online or not: first what everyone comes for."""
    kinds = [kind for kind in doctor.visit_types.all() if kind.is_active]
    return sorted(kinds, key=lambda kind: (not kind.is_for_everyone, not kind.is_online))


def kind_at_desk(doctor: Doctor, wanted: VisitType | None = None) -> VisitType | None:
    """The kind of visit that is wanted, if this doctor has it; else the first."""
    kinds = kinds_at_desk(doctor)
    return next((kind for kind in kinds if kind == wanted), next(iter(kinds), None))


def free_at_desk(
    doctors: Iterable[Doctor],
    *,
    first_day: date,
    last_day: date,
    policy: BookingPolicy,
    now: datetime,
    overrule: bool = False,
    place: Location | None = None,
    visit_type: VisitType | None = None,
) -> list[Offered]:
    """The free times of these doctors, in order; of several who are free then, one.

    That is who has the most free times on that day.
    """
    doctors = list(doctors)
    times = FreeTimes(
        doctors, first_day=first_day, last_day=last_day, policy=policy, now=now, overrule=overrule
    )
    found = [
        Offered.of(slot, doctor, kind)
        for doctor in doctors
        if (kind := kind_at_desk(doctor, visit_type))
        for slot in times.of(doctor, kind)
        if place in (None, slot.location)
    ]
    if len(doctors) > 1:
        free = Counter((one.doctor.pk, one.start.date()) for one in found)
        found.sort(key=lambda one: (free[one.doctor.pk, one.start.date()], one.doctor.name))
    return sorted({one.start: one for one in found}.values(), key=lambda one: one.start)


def soonest_today(
    doctors: Iterable[Doctor],
    *,
    every_kind: bool,
    place: Location,
    policy: BookingPolicy,
    now: datetime,
) -> list[Offered]:
    """Who can see a patient who is there, soonest first: now, or from their next gap today on.

    Each doctor once, for what everyone comes for; with `every_kind`, for all that they offer.
    """
    doctors = list(doctors)
    today = now.astimezone(place.zone).date()
    times = FreeTimes(
        doctors, first_day=today - DAY, last_day=today, policy=policy, now=now, overrule=True
    )
    return sorted(
        (
            soonest
            for doctor in doctors
            for kind in kinds_at_desk(doctor)[: None if every_kind else 1]
            if (soonest := next(_today(times, doctor, kind, place, now), None))
        ),
        key=lambda one: one.key,
    )


def _today(
    times: FreeTimes, doctor: Doctor, kind: VisitType, place: Location, now: datetime
) -> Iterator[Offered]:
    at_once = times.fitting(doctor, kind, next_minute(now))
    if at_once is not None and at_once.location == place:
        yield Offered.of(at_once, doctor, kind, is_now=True)
    for slot in times.of(doctor, kind):
        if slot.location == place and slot.start > now:
            yield Offered.of(slot, doctor, kind)
