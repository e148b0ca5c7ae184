"""What each doctor of a place does on a day there: visits, free times, breaks, absences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import zip_longest

from django.db.models import Exists, OuterRef, Q, QuerySet

from appointments.desk.day.grid import Piece, gaps, grouped, lay
from appointments.desk.free import kind_at_desk
from appointments.models import Appointment, BookingPolicy
from appointments.selectors import FreeTimes, held_times
from doctors.availability import DAY, to_instant
from doctors.clashes import happens_on, span
from doctors.models import Doctor, Location, TimeOff, WorkingHours
from doctors.selectors import windows_of
from doctors.wall_clock import clock

Status = Appointment.Status
ENDED = (Status.CANCELLED, Status.DECLINED)  # what takes no time and has no line on paper


@dataclass(frozen=True, eq=False)
class Block:
    """What a time of a doctor is.

    `kind` is visits, elsewhere, held, off, closed, buffer, free, open or break: `free` times can be
    booked; what is `open` is neither booked nor can it be. `text` is why they are away, or where,
    or until when a time is held for somebody on the waiting list.
    """

    kind: str
    visits: list[Appointment] = field(default_factory=list)
    text: str = ""


@dataclass
class DoctorDay:
    """A doctor's day at a place. `full`: they have as many visits as they take on a day."""

    doctor: Doctor
    visits: list[Appointment]
    full: bool
    pieces: list[Piece]  # of Blocks, without gaps, over the whole day

    def between(self, start: datetime, end: datetime) -> list[Piece]:
        return lay([self.pieces], start, end)

    @property
    def blocks(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.what is not None]


@dataclass
class PlaceDay:
    """[start, end) is the day on the calendar of the place."""

    place: Location
    day: date
    start: datetime
    end: datetime
    doctors: list[DoctorDay]
    ended: list[Appointment]  # cancelled and declined

    def columns(self) -> list[list[Piece]]:
        """The days beside each other, from when the first begins until the last ends."""
        times = [piece for one in self.doctors for piece in one.blocks]
        if not times:
            return []
        start, end = min(one.start for one in times), max(one.end for one in times)
        return [one.between(start, end) for one in self.doctors]


def doctors_at(place: Location) -> QuerySet[Doctor]:
    """Those who have hours there, on whichever days."""
    hours = WorkingHours.objects.filter(location=place, doctor=OuterRef("pk"))
    return Doctor.objects.bookable().filter(Exists(hours)).select_related("specialty")


def day_of(
    place: Location,
    day: date,
    *,
    now: datetime,
    doctor: int | None = None,
    specialty: int | None = None,
) -> PlaceDay:
    """The day of all doctors, of one, or of one specialty (by their ids), in ten queries.

    One more where a doctor takes only so many visits a day, three less when the day is over.
    """
    start, end = (to_instant(one, time.min, place.zone) for one in (day, day + DAY))
    there = Appointment.objects.filter(location=place).meeting(start, end)
    visits: dict[int, list[Appointment]] = defaultdict(list)
    ended = []
    told = there.select_related("doctor", "patient", "visit_type").with_promises()
    for visit in told.order_by("start", "id"):
        visit.location = place
        if (doctor or visit.doctor_id) != visit.doctor_id:
            continue
        if (specialty or visit.doctor.specialty_id) != visit.doctor.specialty_id:
            continue
        if visit.status in ENDED:
            ended.append(visit)
        else:
            visits[visit.doctor_id].append(visit)
    doctors = _at_work(place, day, set(visits), doctor=doctor, specialty=specialty)
    reader = _Reader(place, day, start, end, doctors, now)
    days = [reader.day_of(one, visits[one.pk]) for one in doctors]
    return PlaceDay(place, day, start, end, days, ended)


def _at_work(
    place: Location,
    day: date,
    with_visits: set[int],
    *,
    doctor: int | None,
    specialty: int | None,
) -> list[Doctor]:
    """Who has hours there on this day, or visits; with their schedules."""
    weekdays = [day.weekday(), (day - DAY).weekday()]  # last night's hours may reach into the day
    hours = WorkingHours.objects.filter(location=place, doctor=OuterRef("pk"), weekday__in=weekdays)
    found = Doctor.objects.filter(Q(pk__in=with_visits) | Q(Exists(hours), status="approved"))
    if doctor:
        found = found.filter(pk=doctor)
    if specialty:
        found = found.filter(specialty=specialty)
    doctors = found.select_related("specialty").with_schedule()
    return [one for one in doctors if one.pk in with_visits or any(_opened(one, place, day))]


def _opened(doctor: Doctor, place: Location, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The hours of the doctor there that open on this day, or on the day before into it."""
    midnight = to_instant(day, time.min, place.zone)
    for window in windows_of(doctor):
        for opening in (day - DAY, day) if window.closes_next_day else (day,):
            if window.location == place and happens_on(window, opening):
                opens, closes = span(window, opening)
                if opens < closes and closes > midnight:
                    yield opens, closes


class _Reader:
    """What is read for all doctors together."""

    def __init__(
        self,
        place: Location,
        day: date,
        start: datetime,
        end: datetime,
        doctors: list[Doctor],
        now: datetime,
    ) -> None:
        self.place, self.day, self.start, self.end, self.now = place, day, start, end, now
        self.times = None
        if end > now and doctors:
            self.times = FreeTimes(
                doctors,
                first_day=day,
                last_day=day,
                policy=BookingPolicy.current(),
                now=now,
                overrule=True,
            )
        self.off = _time_off(place, doctors, start, end)
        self.elsewhere = _elsewhere(place, doctors, start, end)
        self.held = _held(place, doctors, max(start, now), end)

    def day_of(self, doctor: Doctor, visits: list[Appointment]) -> DoctorDay:
        opened = [Piece(*hours, Block("open")) for hours in _opened(doctor, self.place, self.day)]
        layers: list[Iterable[Piece]] = [
            _together(visits),
            self.elsewhere[doctor.pk],
            self.held[doctor.pk],
            [*self.off[doctor.pk], *self.off[None]] if opened else self.off[doctor.pk],
            _buffers(doctor, visits),
            self._free(doctor),
            opened,
            [Piece(start, end, Block("break")) for start, end in gaps(opened)],
        ]
        full = self.times is not None and self.day in self.times.full_days[doctor.pk]
        hours = [*opened, *layers[0], *layers[1]]
        start = max(self.start, min((one.start for one in hours), default=self.start))
        end = min(self.end, max((one.end for one in hours), default=self.end))
        pieces = lay([lay(layers, start, end)], self.start, self.end)
        return DoctorDay(doctor, visits, full, pieces)

    def _free(self, doctor: Doctor) -> list[Piece]:
        """The times on offer at the desk; each until the next, so that none lies over another."""
        kind = kind_at_desk(doctor)
        if self.times is None or kind is None:
            return []
        slots = [one for one in self.times.of(doctor, kind) if one.location == self.place]
        nexts = [slot.start for slot in slots[1:]]
        return [
            Piece(slot.start, min(filter(None, (following, slot.end + kind.buffer))), Block("free"))
            for slot, following in zip_longest(slots, nexts)
        ]


def _together(visits: list[Appointment]) -> list[Piece]:
    """Visits at the same time as one: who did not come left their time to others."""
    groups = grouped(Piece(visit.start, visit.end, visit) for visit in visits)
    return [
        Piece(
            group[0].start,
            max(one.end for one in group),
            Block("visits", [one.what for one in group]),
        )
        for group in groups
    ]


def _buffers(doctor: Doctor, visits: list[Appointment]) -> list[Piece]:
    return [
        Piece(visit.end, visit.end + visit.visit_type.buffer, Block("buffer"))
        for visit in visits
        if visit.is_blocking and visit.visit_type.buffer
    ]


def _time_off(
    place: Location, doctors: list[Doctor], start: datetime, end: datetime
) -> dict[int | None, list[Piece]]:
    """By doctor id, and under None when the place is closed."""
    found: dict[int | None, list[Piece]] = defaultdict(list)
    rows = TimeOff.objects.filter(Q(doctor__in=doctors) | Q(location=place))
    for row in rows.filter(start__lt=end, end__gt=start):
        kind = "off" if row.doctor_id else "closed"
        found[row.doctor_id].append(Piece(row.start, row.end, Block(kind, text=row.reason)))
    return found


def _elsewhere(
    place: Location, doctors: list[Doctor], start: datetime, end: datetime
) -> dict[int, list[Piece]]:
    """Visits that these doctors have in other places meanwhile, by doctor id."""
    found: dict[int, list[Piece]] = defaultdict(list)
    others = Appointment.objects.blocking().meeting(start, end).filter(doctor__in=doctors)
    for visit in others.exclude(location=place).select_related("location"):
        block = Block("elsewhere", text=str(visit.location))
        found[visit.doctor_id].append(Piece(visit.start, visit.end, block))
    return found


def _held(
    place: Location, doctors: list[Doctor], start: datetime, end: datetime
) -> dict[int, list[Piece]]:
    """Times of these doctors that are kept for somebody who waits, by doctor id."""
    found: dict[int, list[Piece]] = defaultdict(list)
    rows = held_times([doctor.pk for doctor in doctors], start, end).select_related("offer")
    for row in rows if start < end else ():
        until = clock(row.until, place.zone) if row.until else ""
        found[row.doctor_id].append(Piece(row.start, row.end, Block("held", text=until)))
    return found
