"""The doctors: what they do, when they work, how full their calendars are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import count
from random import Random
from typing import NamedTuple

from docspot.demo import medicine
from docspot.demo.chance import Weighted, dice
from docspot.demo.clinics import Clinic, TimeOffRow
from docspot.demo.frame import DAY, MINUTE, YEARS_BACK, Frame, instant, local_midnight, midnight
from docspot.demo.medicine import FIELDS, Field
from docspot.demo.names import pick_region, plain
from docspot.demo.weeks import (
    TWO_WEEKS,
    HoursRow,
    Place,
    busy_hours,
    make_hours,
    places_of,
)

FIELD = Weighted([(number, field.weight) for number, field in enumerate(FIELDS)])
STATUS = Weighted([("approved", 95), ("pending", 3), ("suspended", 2)])
LENGTH = Weighted([(15, 20), (20, 20), (30, 40), (45, 10), (60, 10)])
BUFFER = Weighted([(0, 78), (5, 10), (10, 8), (15, 4)])
OTHERS = Weighted([(0, 35), (1, 40), (2, 25)])
HAS_LOGIN, ON_APPROVAL, STEPS, LIMITED, RESTS = 0.2, 0.18, 0.06, 0.05, 0.4
EMPTY, FULL = 0.05, 0.008
ALMOST = 1 - 1e-7  # the eagerness with which a full calendar is filled
BUSY_MINUTES = 15


class DoctorRow(NamedTuple):
    id: int
    user_id: int | None
    name: str
    slug: str
    specialty_id: int
    bio: str
    status: str
    confirms_bookings: str
    step_minutes: int | None
    max_visits_per_day: int | None
    created_at: datetime


class KindRow(NamedTuple):
    """A visit type."""

    id: int
    doctor_id: int
    name: str
    duration_minutes: int
    buffer_minutes: int
    notice_minutes: int | None
    horizon_days: int | None
    audience: str
    is_online: bool
    is_active: bool

    @property
    def length(self) -> int:
        return self.duration_minutes * MINUTE

    @property
    def taken(self) -> int:
        """The visit and its buffer."""
        return (self.duration_minutes + self.buffer_minutes) * MINUTE

    def apart(self, step_minutes: int | None) -> int:
        """From the start of one visit to the next start on the grid that does not meet it."""
        step = step_minutes * MINUTE if step_minutes else self.taken
        return -(-self.taken // step) * step


@dataclass
class Doctor:
    row: DoctorRow
    field: Field
    clinic: Clinic
    languages: list[str]
    kinds: list[KindRow]
    hours: list[HoursRow]
    time_off: list[TimeOffRow]
    off: frozenset[int]  # days on which there are no visits
    eagerness: float  # how full the calendar is beside others: 0 to 1
    is_busy: bool  # the one with the busiest month to come

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def is_full(self) -> bool:
        return self.eagerness == ALMOST

    @cached_property
    def for_all(self) -> list[KindRow]:
        """The kinds of visit that anybody may have."""
        return [kind for kind in self.kinds if kind.audience == "everyone"]

    @property
    def is_on_approval(self) -> bool:
        return self.row.confirms_bookings == "on_approval"

    @property
    def works_every_week(self) -> bool:
        return all(row.every_weeks == 1 and not row.closes_next_day for row in self.hours)

    def open_days(
        self, frame: Frame, first: int, last: int
    ) -> Iterator[tuple[int, tuple[Place, ...]]]:
        """The midnight of each day from `first` to `last` with hours, and its places for visits
        of the first kind.
        """
        kind, step = self.kinds[0], self.row.step_minutes
        week = places_of(
            self.hours,
            frame,
            length=kind.length,
            apart=kind.apart(step),
            at_most=self.row.max_visits_per_day,
        )
        nights = any(row.closes_next_day for row in self.hours)
        off, zone, anchor = self.off, self.clinic.city.zone, frame.anchor
        for day in range(first, last + 1):
            places = week[(day - anchor) % TWO_WEEKS]
            if not places or day in off or (nights and day + 1 in off):
                continue
            begins = midnight(zone, day)
            if begins is not None:
                yield begins, places


class DoctorMaker:
    """Makes doctors one after another."""

    def __init__(
        self,
        frame: Frame,
        clinics: list[Clinic],
        *,
        first_kind_id: int,
        specialty_ids: list[int],
        taken_slugs: set[str],
    ) -> None:
        self.frame = frame
        self.clinics = clinics
        self.by_id = {clinic.id: clinic for clinic in clinics}
        self.near: dict[str, list[Clinic]] = defaultdict(list)
        for clinic in clinics:
            self.near[clinic.city.name].append(clinic)
        self.kind_ids = count(first_kind_id)
        self.specialty_ids = specialty_ids
        self.taken_slugs = taken_slugs
        self.namesakes: Counter[str] = Counter()
        self.chance = dice(frame.seed, "doctors")

    def make(self, doctor_id: int, user_id: int | None, *, is_busy: bool) -> Doctor:
        chance = self.chance
        number = FIELD.pick(chance)
        field = FIELDS[number]
        clinic = chance.choice(self.clinics)
        eagerness = 1 / 2 if is_busy else how_full(chance)
        is_full = eagerness == ALMOST
        status = "approved" if is_busy or is_full else STATUS.pick(chance)
        kinds = self._kinds(doctor_id, is_busy=is_busy, is_full=is_full)
        hours = self._hours(doctor_id, clinic, is_busy=is_busy)
        time_off = [] if is_busy else list(self._time_off(doctor_id, clinic.city.zone))
        name, languages = self._name_and_languages(clinic)
        row = DoctorRow(
            id=doctor_id,
            user_id=user_id,
            name=f"Dr. {name}",
            slug=self._slug(name),
            specialty_id=self.specialty_ids[number],
            bio=biography(chance, field, clinic.city.name),
            status=status,
            confirms_bookings="on_approval" if chance.random() < ON_APPROVAL else "automatic",
            step_minutes=chance.choice((10, 15, 30)) if chance.random() < STEPS else None,
            max_visits_per_day=chance.randint(6, 14) if chance.random() < LIMITED else None,
            created_at=instant(self.frame.now - (YEARS_BACK + chance.randrange(1500)) * DAY),
        )
        if is_busy:
            row = row._replace(step_minutes=None)
        if is_busy or any(one.closes_next_day for one in hours):  # a night is of two days
            row = row._replace(max_visits_per_day=None)
        closed = (self.by_id[one.location_id].closed for one in hours)
        off = frozenset().union(*closed, *(days for days, _ in time_off))
        rows = [off_row for _, off_row in time_off]
        return Doctor(row, field, clinic, languages, kinds, hours, rows, off, eagerness, is_busy)

    def _name_and_languages(self, clinic: Clinic) -> tuple[str, list[str]]:
        chance = self.chance
        region = pick_region(chance, clinic.city.region)
        others = chance.sample(region.languages, chance.randint(1, min(3, len(region.languages))))
        languages = sorted({"en", region.languages[0], *others})
        return f"{chance.choice(region.given)} {chance.choice(region.family)}", languages

    def _slug(self, name: str) -> str:
        stem = "-".join(["dr", *map(plain, name.split())])
        slug = stem
        while slug in self.taken_slugs:
            self.namesakes[stem] += 1
            slug = f"{stem}-{self.namesakes[stem] + 1}"
        self.taken_slugs.add(slug)
        return slug

    def _kinds(self, doctor_id: int, *, is_busy: bool, is_full: bool) -> list[KindRow]:
        chance = self.chance
        length = BUSY_MINUTES if is_busy else LENGTH.pick(chance)
        first = self._kind(doctor_id, chance.choice(medicine.FIRST_KINDS), length)
        if is_busy:
            return [first._replace(buffer_minutes=0)]
        if is_full:  # to be full for every kind, and some for as long as can be booked
            return [first._replace(horizon_days=chance.choice((None, 30, 45)))]
        return [first, *self._other_kinds(doctor_id, length)]

    def _other_kinds(self, doctor_id: int, length: int) -> Iterator[KindRow]:
        chance = self.chance
        names = chance.sample(medicine.OTHER_KINDS, OTHERS.pick(chance))
        for name in names:
            yield self._kind(doctor_id, name, chance.choice((15, 20, 30, 45, 60)))
        which = chance.random()
        if which < 0.06:
            longer = self._kind(doctor_id, medicine.NEW_KIND, min(2 * length, 60))
            yield longer._replace(audience="new")
        elif which < 0.12:
            yield self._kind(doctor_id, medicine.KNOWN_KIND, 15)._replace(audience="known")
        elif which < 0.2:
            yield self._kind(doctor_id, medicine.STAFF_KIND, 60)._replace(is_online=False)

    def _kind(self, doctor_id: int, name: str, minutes: int) -> KindRow:
        chance = self.chance
        own = chance.random()
        return KindRow(
            id=next(self.kind_ids),
            doctor_id=doctor_id,
            name=name,
            duration_minutes=minutes,
            buffer_minutes=BUFFER.pick(chance),
            notice_minutes=chance.choice((0, 30, 1440, 2880)) if own < 0.08 else None,
            horizon_days=chance.choice((30, 60, 180)) if own > 0.93 else None,
            audience="everyone",
            is_online=True,
            is_active=True,
        )

    def _hours(self, doctor_id: int, clinic: Clinic, *, is_busy: bool) -> list[HoursRow]:
        if is_busy:
            return busy_hours(self.frame, doctor_id, clinic.id)
        other = self.chance.choice(self.near[clinic.city.name])
        ids = [clinic.id] if other is clinic else [clinic.id, other.id]
        shift = -1 if clinic.city.country == "Nepal" else 0
        return make_hours(self.chance, self.frame, doctor_id, ids, shift)

    def _time_off(self, doctor_id: int, zone: str) -> Iterator[tuple[range, TimeOffRow]]:
        chance, frame = self.chance, self.frame
        if chance.random() >= RESTS:
            return
        first = chance.randint(frame.first_day, frame.last_day)
        for _ in range(chance.randint(1, 2)):
            days = range(first, first + chance.choice((1, 1, 2, 5, 7, 14)))
            start, end = (local_midnight(zone, day) for day in (days.start, days.stop))
            reason = chance.choice(medicine.TIME_OFF)
            yield days, TimeOffRow(doctor_id, None, start, end, reason)
            first = days.stop + chance.randint(10, 60)


def how_full(chance: Random) -> float:
    """Beside others: some have no visits, a few have no time left."""
    which = chance.random()
    if which < EMPTY:
        return 1 - ALMOST
    if which > 1 - FULL:
        return ALMOST
    return 0.02 + 0.97 * chance.random()


def biography(chance: Random, field: Field, city: str) -> str:
    some = chance.sample(field.reasons, min(3, len(field.reasons)))
    extra = chance.choice(medicine.TRAINING).format(city=city, years=chance.randint(3, 30))
    return f"Looks after {field.cares_for}: {', '.join(some[:-1])} and {some[-1]}. {extra}"
