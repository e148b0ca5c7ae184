"""Which times are free: the doctor's hours less what is booked. Every face asks here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from appointments.models import Appointment, BookingPolicy
from appointments.weeks import local_start
from doctors import availability
from doctors.availability import Busy, Slot
from doctors.models import Doctor, VisitType
from doctors.selectors import time_off_of, windows_of

DAY = timedelta(days=1)


class FreeTimes:
    """The free times of some doctors between two local days, both included.

    Reads all it needs in two queries when made, however many doctors there are; `of` then
    computes lazily. The doctors need their `with_card` prefetches.
    """

    def __init__(
        self,
        doctors: Iterable[Doctor],
        *,
        first_day: date,
        last_day: date,
        policy: BookingPolicy,
        now: datetime,
        ignoring: Appointment | None = None,
    ) -> None:
        doctors = list(doctors)
        self.first_day, self.last_day = first_day, last_day
        self.earliest, self.latest = policy.earliest(now), policy.latest(now)
        # A local day begins up to 14 hours before or 12 after its UTC namesake.
        start = max(_midnight(first_day) - DAY, self.earliest - DAY)
        end = min(_midnight(last_day) + 2 * DAY, self.latest + DAY)
        self.time_off = time_off_of(doctors, start, end)
        self.visits = _visits_of(doctors, start, end, ignoring)

    def of(self, doctor: Doctor, visit_type: VisitType) -> Iterator[Slot]:
        """Yield the doctor's free times for this kind of visit, in order."""
        return availability.free_slots(
            windows=windows_of(doctor),
            time_off=self.time_off[doctor.pk],
            visits=self.visits[doctor.pk],
            duration=visit_type.duration,
            buffer=visit_type.buffer,
            first_day=self.first_day,
            last_day=self.last_day,
            earliest=self.earliest,
            latest=self.latest,
        )


def free_times_ahead(
    doctors: Iterable[Doctor], *, policy: BookingPolicy, now: datetime
) -> FreeTimes:
    """All free times from now to the horizon."""
    return FreeTimes(
        doctors,
        first_day=(now - DAY).date(),
        last_day=(policy.latest(now) + DAY).date(),
        policy=policy,
        now=now,
    )


def first_free(
    doctors: Iterable[Doctor], *, policy: BookingPolicy, now: datetime, count: int = 3
) -> dict[int, list[Slot]]:
    """The nearest `count` free times by doctor id, for the first visit type each offers."""
    doctors = list(doctors)
    times = free_times_ahead(doctors, policy=policy, now=now)
    return {
        doctor.pk: list(islice(times.of(doctor, doctor.offered_visit_types[0]), count))
        if doctor.offered_visit_types
        else []
        for doctor in doctors
    }


def with_free_time(
    doctors: Iterable[Doctor], nearest: Mapping[int, list[Slot]], *, by: date
) -> list[Doctor]:
    """Those of the doctors, in their order, with a free time on or before the local day `by`.

    `nearest` is what `first_free` gave for them.
    """
    return [
        doctor
        for doctor in doctors
        if any(local_start(slot).date() <= by for slot in nearest[doctor.pk])
    ]


def soonest_first(doctors: Iterable[Doctor], nearest: Mapping[int, list[Slot]]) -> list[Doctor]:
    """The doctors by their next free time, those without one last; `nearest` as above."""
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(
        doctors, key=lambda doctor: nearest[doctor.pk][0].start if nearest[doctor.pk] else never
    )


def nearest_free(
    *,
    doctor: Doctor,
    visit_type: VisitType,
    start: datetime,
    policy: BookingPolicy,
    now: datetime,
    count: int = 6,
) -> list[Slot]:
    """The `count` free times nearest to `start`, before or after it, in order of time."""
    start = min(max(start, now), policy.latest(now))
    first_day = start.date() - 3 * DAY
    times = FreeTimes(
        [doctor], first_day=first_day, last_day=first_day + 17 * DAY, policy=policy, now=now
    )
    slots = sorted(times.of(doctor, visit_type), key=lambda slot: abs(slot.start - start))
    return sorted(slots[:count], key=lambda slot: slot.start)


def slot_at(
    *,
    doctor: Doctor,
    visit_type: VisitType,
    start: datetime,
    policy: BookingPolicy,
    now: datetime,
    ignoring: Appointment | None = None,
) -> Slot | None:
    """The free time that starts at exactly `start`, or None if there is none now."""
    if not policy.earliest(now) <= start < policy.latest(now):
        return None
    day = start.date()
    times = FreeTimes(
        [doctor],
        first_day=day - DAY,
        last_day=day + DAY,
        policy=policy,
        now=now,
        ignoring=ignoring,
    )
    return next((slot for slot in times.of(doctor, visit_type) if slot.start == start), None)


def _visits_of(
    doctors: list[Doctor], start: datetime, end: datetime, ignoring: Appointment | None
) -> dict[int, list[Busy]]:
    rows = Appointment.objects.blocking().filter(doctor__in=doctors).meeting(start, end)
    if ignoring is not None:
        rows = rows.exclude(pk=ignoring.pk)
    visits: dict[int, list[Busy]] = defaultdict(list)
    for doctor_id, begins, ends, buffer in rows.order_by("start").values_list(
        "doctor_id", "start", "end", "visit_type__buffer_minutes"
    ):
        visits[doctor_id].append(Busy(begins, ends + timedelta(minutes=buffer)))
    return visits


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
