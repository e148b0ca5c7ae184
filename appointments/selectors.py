"""Which times are free: the doctor's hours less what is booked. Every face asks here."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Patient
from accounts.sql import adapted, from_seconds, in_seconds, placeholders
from appointments.models import Appointment, BookingPolicy, HeldTime
from appointments.querysets import BLOCKING, LONGEST_VISIT, AppointmentQuerySet
from doctors import availability
from doctors.availability import Slot, Window
from doctors.catalogue.selectors import doctor_to_book
from doctors.fitting import Schedule, Taken, fits
from doctors.limits import LONGEST_HORIZON_DAYS
from doctors.models import Doctor, VisitType
from doctors.selectors import time_off_of, windows_of

DAY = timedelta(days=1)
NOBODY = UUID(int=0)
LONGEST_HORIZON = timedelta(days=LONGEST_HORIZON_DAYS)


class FreeTimes:
    """The free times of some doctors between two local days, both included.

    Reads all it needs in two queries when made, three where a doctor has a daily maximum, however
    many doctors there are; `of` then computes lazily. The doctors need their `with_card`
    prefetches, or their `windows` by id. With `overrule`, times are free whatever the notice and
    the horizon, from now on.
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
        overrule: bool = False,
        windows: Mapping[int, list[Window]] | None = None,
    ) -> None:
        doctors = list(doctors)
        if windows is None:
            windows = {doctor.pk: windows_of(doctor) for doctor in doctors}
        self.windows = windows
        self.first_day, self.last_day = first_day, last_day
        self.policy, self.now, self.overrule = policy, now, overrule
        # A local day begins up to 14 hours before or 12 after its UTC namesake.
        start = max(_midnight(first_day), now) - DAY
        end = _midnight(last_day) + 2 * DAY
        self.time_off = time_off_of(self.windows, start, end)
        self.taken = _visits_of(doctors, start, end, ignoring)
        self.full_days = _full_days(doctors, start, end, ignoring)

    def of(
        self,
        doctor: Doctor,
        visit_type: VisitType,
        *,
        windows: list[Window] | None = None,
        latest: datetime | None = None,
    ) -> Iterator[Slot]:
        """Yield the doctor's free times for this kind of visit, in order.

        `windows` may be some of the doctor's; `latest` may lie beyond the horizon.
        """
        earliest, horizon = window(visit_type, self.policy, self.now, overrule=self.overrule)
        return availability.free_slots(
            windows=self.windows[doctor.pk] if windows is None else windows,
            time_off=self.time_off[doctor.pk],
            visits=(),
            taken=self.taken[doctor.pk],
            duration=visit_type.duration,
            buffer=visit_type.buffer,
            step=doctor.step,
            full_days=self.full_days[doctor.pk],
            first_day=self.first_day,
            last_day=self.last_day,
            earliest=earliest,
            latest=latest or horizon,
        )

    def fitting(self, doctor: Doctor, visit_type: VisitType, start: datetime) -> Slot | None:
        """The time from `start` on, whether it is on the grid of starts or not, if it is free."""
        taken = (
            (from_seconds(begins), from_seconds(ends)) for begins, ends in self.taken[doctor.pk]
        )
        schedule = Schedule(
            windows=self.windows[doctor.pk],
            time_off=self.time_off[doctor.pk],
            visits=[Taken(begins, ends, ends) for begins, ends in taken],
            full_days=self.full_days[doctor.pk],
            step=doctor.step,
        )
        return fits(schedule, start, duration=visit_type.duration, buffer=visit_type.buffer)


def window(
    visit_type: VisitType, policy: BookingPolicy, now: datetime, *, overrule: bool = False
) -> tuple[datetime, datetime]:
    """[earliest, latest) of what may be booked: by notice and horizon, or overruling both."""
    if overrule:
        return now, now + LONGEST_HORIZON
    return policy.earliest(visit_type, now), policy.latest(visit_type, now)


def free_times_ahead(
    doctors: Iterable[Doctor], *, policy: BookingPolicy, now: datetime
) -> FreeTimes:
    """All free times from now to the horizon."""
    doctors = list(doctors)
    horizons = (policy.horizon(kind) for doctor in doctors for kind in doctor.offered_visit_types)
    return FreeTimes(
        doctors,
        first_day=(now - DAY).date(),
        last_day=(now + max(horizons, default=DAY) + DAY).date(),
        policy=policy,
        now=now,
    )


class Offer(NamedTuple):
    """A free time of one of several doctors, for the kind of visit they offer first."""

    doctor: Doctor
    visit_type: VisitType
    slot: Slot


def any_free(
    doctors: Iterable[Doctor],
    city: str,
    *,
    first_day: date,
    last_day: date,
    policy: BookingPolicy,
    now: datetime,
) -> dict[datetime, list[Offer]]:
    """Who of the doctors is free in `city`, by the start of the time, in order."""
    doctors = list(doctors)
    times = FreeTimes(doctors, first_day=first_day, last_day=last_day, policy=policy, now=now)
    found: dict[datetime, list[Offer]] = defaultdict(list)
    for doctor in doctors:
        if kind := doctor.first_visit_type:
            for slot in times.of(doctor, kind):
                if slot.location.city == city:
                    found[slot.start].append(Offer(doctor, kind, slot))
    return dict(sorted(found.items()))


def fewest_visits_first(offers: list[Offer]) -> list[Offer]:
    """By how many visits the doctor has on that day already; then by who was entered first."""
    if not offers:
        return []
    slot = offers[0].slot
    day = slot.start.astimezone(slot.location.zone).date()
    begins, ends = (
        availability.to_instant(date, time.min, slot.location.zone) for date in (day, day + DAY)
    )
    that_day = Appointment.objects.taking_a_turn().filter(start__gte=begins, start__lt=ends)
    of_them = that_day.filter(doctor__in=[offer.doctor.pk for offer in offers])
    counts = Counter(of_them.order_by().values_list("doctor_id", flat=True))
    return sorted(offers, key=lambda offer: (counts[offer.doctor.pk], offer.doctor.pk))


class HeldVisit(NamedTuple):
    """What counts of a visit that its patient has not had yet."""

    id: UUID
    doctor_id: int
    start: datetime
    end: datetime
    time_zone: str
    specialty_id: int | None

    @property
    def local_day(self) -> date:
        """The date of the visit on the calendar of its place."""
        return self.start.astimezone(ZoneInfo(self.time_zone)).date()


# Plain SQL, as every booking asks for it.
HELD = """
SELECT visit.id, visit.doctor_id, {begins}, {ends}, place.time_zone, doctor.specialty_id
FROM appointments_appointment AS visit
JOIN doctors_location AS place ON place.id = visit.location_id
JOIN doctors_doctor AS doctor ON doctor.id = visit.doctor_id
WHERE visit.patient_id = %s AND visit.status IN {blocking}
    AND visit.start > %s AND visit."end" > %s
"""


def held_by(patient: Patient, now: datetime) -> list[HeldVisit]:
    """The visits that this patient holds and that are not over at `now`."""
    query = HELD.format(
        begins=in_seconds("visit.start"),
        ends=in_seconds('visit."end"'),
        blocking=placeholders(BLOCKING),
    )
    instants = [adapted(now - LONGEST_VISIT), adapted(now)]
    with connection.cursor() as cursor:
        cursor.execute(query, [patient.pk, *BLOCKING, *instants])
        return [
            HeldVisit(UUID(str(pk)), doctor, from_seconds(begins), from_seconds(ends), *rest)
            for pk, doctor, begins, ends, *rest in cursor.fetchall()
        ]


def held_on(day: date, doctor: Doctor, patient: Patient) -> list[HeldVisit]:
    """The visits to this doctor that the patient holds on a day of their places, over or not."""
    held = held_by(patient, _midnight(day) - DAY)
    return [visit for visit in held if (visit.doctor_id, visit.local_day) == (doctor.pk, day)]


def last_visits(patients: Iterable[Patient], now: datetime) -> dict[int, Appointment]:
    """The last visit that each of them came to, by patient id, with its doctor and its place."""
    seen = Appointment.objects.seen(now).filter(patient=OuterRef("patient")).order_by("-start")
    ids = [patient.pk for patient in patients]
    last = Appointment.objects.filter(patient__in=ids, pk=Subquery(seen.values("pk")[:1]))
    return {visit.patient_id: visit for visit in last.select_related("doctor", "location")}


def nearest_free(
    *,
    doctor: Doctor,
    visit_type: VisitType,
    start: datetime,
    policy: BookingPolicy,
    now: datetime,
    count: int = 6,
    overrule: bool = False,
    moving: Appointment | None = None,
) -> list[Slot]:
    """The `count` free times nearest to `start`, before or after it, in order of time.

    The time of a visit that is to be `moving` counts as free, but is none to move it to.
    """
    start = min(max(start, now), window(visit_type, policy, now, overrule=overrule)[1])
    first_day = start.date() - 3 * DAY
    times = FreeTimes(
        [doctor],
        first_day=first_day,
        last_day=first_day + 17 * DAY,
        policy=policy,
        now=now,
        overrule=overrule,
        ignoring=moving,
    )
    others = (s for s in times.of(doctor, visit_type) if not moving or s.start != moving.start)
    slots = sorted(others, key=lambda slot: abs(slot.start - start))
    return sorted(slots[:count], key=lambda slot: slot.start)


def times_instead(visit: Appointment, now: datetime, *, count: int = 3) -> list[Slot]:
    """The free times to name to who has to choose another: near the old one, in the same town."""
    doctor = doctor_to_book(pk=visit.doctor_id)
    if doctor is None:
        return []
    policy, kind, city = BookingPolicy.current(), visit.visit_type, visit.location.city
    near = nearest_free(
        doctor=doctor, visit_type=kind, start=visit.start, policy=policy, now=now, count=50
    )
    here = [slot for slot in near if slot.location.city == city and slot.start > visit.start]
    if not here:
        ahead = free_times_ahead([doctor], policy=policy, now=now).of(doctor, kind)
        here = list(islice((slot for slot in ahead if slot.location.city == city), count))
    return here[:count]


def slot_at(
    *,
    doctor: Doctor,
    visit_type: VisitType,
    start: datetime,
    policy: BookingPolicy,
    now: datetime,
    ignoring: Appointment | None = None,
    overrule: bool = False,
    off_grid: bool = False,
) -> Slot | None:
    """The free time that starts at exactly `start`, or None if there is none now.

    With `off_grid` it need not be one of the starts on offer.
    """
    earliest, latest = window(visit_type, policy, now, overrule=overrule)
    if not earliest <= start < latest:
        return None
    day = start.date()
    times = FreeTimes(
        [doctor],
        first_day=day - DAY,
        last_day=day + DAY,
        policy=policy,
        now=now,
        ignoring=ignoring,
        overrule=overrule,
    )
    if off_grid:
        return times.fitting(doctor, visit_type, start)
    return next((slot for slot in times.of(doctor, visit_type) if slot.start == start), None)


# Plain SQL: it is asked for every page with times and every booking, for hundreds of visits.
# No visit is longer than a day, and so the index on doctor and start leads to the few that count.
# A held time has the time kept free after it in itself.
VISITS = """
SELECT doctor_id, visit_type_id, {begins}, {ends} FROM appointments_appointment
WHERE doctor_id IN {doctors} AND status IN {blocking}
    AND start < %s AND start > %s AND "end" > %s AND id <> %s
UNION ALL
SELECT doctor_id, 0, {begins}, {ends} FROM appointments_heldtime
WHERE doctor_id IN {doctors} AND start < %s AND "end" > %s
"""


def _visits_of(
    doctors: list[Doctor], start: datetime, end: datetime, ignoring: Appointment | None
) -> dict[int, list[tuple[int, int]]]:
    """The times taken, in seconds since 1970, by doctor id; each with the time kept free after."""
    taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
    if not doctors:
        return taken
    query = VISITS.format(
        begins=in_seconds("start"),
        ends=in_seconds('"end"'),
        doctors=placeholders(doctors),
        blocking=placeholders(BLOCKING),
    )
    kinds = (kind for doctor in doctors for kind in doctor.visit_types.all())
    buffers = {kind.pk: 60 * kind.buffer_minutes for kind in kinds}
    whose = [doctor.pk for doctor in doctors]
    until, begun, since = (adapted(instant) for instant in (end, start - LONGEST_VISIT, start))
    but = Appointment._meta.pk.get_db_prep_value(ignoring.pk if ignoring else NOBODY, connection)
    asked = [*whose, *BLOCKING, until, begun, since, but, *whose, until, since]
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        for doctor, kind, begins, ends in cursor.fetchall():
            taken[doctor].append((begins, ends + buffers.get(kind, 0)))
    return taken


def held_times(doctors: Iterable[int], start: datetime, end: datetime) -> QuerySet[HeldTime]:
    """The times of these doctors, by id, that are held for somebody and meet [start, end)."""
    return HeldTime.objects.filter(doctor__in=doctors, start__lt=end, end__gt=start)


def _full_days(
    doctors: list[Doctor], start: datetime, end: datetime, ignoring: Appointment | None
) -> dict[int, set[date]]:
    """The local days on which a doctor has as many visits as they take, by doctor id.

    A time that is held for somebody counts as a visit.
    """
    full: dict[int, set[date]] = defaultdict(set)
    limits = {doctor.pk: doctor.max_visits_per_day for doctor in doctors}
    limited = [doctor_id for doctor_id, limit in limits.items() if limit is not None]
    if not limited:
        return full
    rows = _but(ignoring, Appointment.objects.taking_a_turn().filter(doctor__in=limited))
    visits = rows.meeting(start - DAY, end + DAY).order_by()
    held = held_times(limited, start - DAY, end + DAY)
    told = ("doctor_id", "start", "location__time_zone")
    counts = Counter(
        (doctor_id, begins.astimezone(ZoneInfo(zone)).date())
        for doctor_id, begins, zone in visits.values_list(*told).union(
            held.values_list(*told), all=True
        )
    )
    for (doctor_id, day), count in counts.items():
        if count >= (limits[doctor_id] or 0):
            full[doctor_id].add(day)
    return full


def _but(ignoring: Appointment | None, rows: AppointmentQuerySet) -> AppointmentQuerySet:
    return rows if ignoring is None else rows.exclude(pk=ignoring.pk)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
