"""All visits: on the grid of their doctors, never two at once for a doctor or for a patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from random import Random

from appointments.services import ImportedEvent, ImportedVisit
from appointments.services.importing import Batch, in_parts, prepare
from docspot.demo.chance import dice, uuid4
from docspot.demo.doctors import Doctor, KindRow
from docspot.demo.frame import DAY, MINUTE, Frame, instant, midnight
from docspot.demo.loads import Day, Load, split_days
from docspot.demo.people import Crowd
from docspot.demo.stories import Facts, tell
from docspot.demo.weeks import Place

HISTORY_VISITS = 1000
HISTORY_DOCTORS = 15
BUSY_VISITS, BUSY_DAYS = 500, 31
STAYS_LOCAL, COMES_AGAIN = 0.95, 0.4
OTHER_KIND, TELLS_REASON = 0.4, 0.6
OPEN_VISITS = 9  # of one patient: the clinic's rules allow ten
TRIES = 30
ALWAYS = -1  # a calendar on which every day is taken

Picked = tuple[int, Place]  # the midnight of the day, and the place on it


class TooFewPatients(ValueError):
    """On some day every patient has a visit already."""


def make_batches(
    vendor: str,
    at_once: int,
    frame: Frame,
    crowd: Crowd,
    doctors: Sequence[Doctor],
    loads: Sequence[Load],
    of_history: Sequence[Doctor],
) -> Iterator[Batch]:
    """All visits, ready for the database; first the long history, with these doctors."""
    maker = VisitMaker(frame, crowd)
    for part in in_parts(maker.all(doctors, loads, of_history), at_once):
        yield prepare(visits=part, vendor=vendor)


class VisitMaker:
    """Makes the visits of one doctor after another; a patient has one a day at most."""

    def __init__(self, frame: Frame, crowd: Crowd) -> None:
        self.frame, self.crowd = frame, crowd
        self.chance = dice(frame.seed, "visits")
        # By patient: the days in UTC that are taken, as bits, and the visits to come.
        self.taken = [0] * len(crowd)
        self.to_come = bytearray(len(crowd))
        self.origin = frame.now - (frame.today - frame.first_day + 2) * DAY

    def all(
        self, doctors: Sequence[Doctor], loads: Sequence[Load], of_history: Sequence[Doctor]
    ) -> Iterator[ImportedVisit]:
        if of_history:
            yield from self.history(of_history, 0)
        for doctor, load in zip(doctors, loads, strict=True):
            yield from self.of(doctor, load)

    def of(self, doctor: Doctor, load: Load) -> Iterator[ImportedVisit]:
        past, to_come = split_days(doctor, self.frame)
        chance = self.chance
        visits = pick(past, chance.sample(range(_room(past)), load.past))
        if doctor.is_busy:
            month = [day for day in to_come if day[0] < self.frame.now + (BUSY_DAYS - 1) * DAY]
            visits += pick(month, chance.sample(range(_room(month)), BUSY_VISITS))
        else:
            visits += pick(to_come, _sooner(chance, _room(to_come), load.to_come))
        regulars: list[int] = []
        for this, following in zip_longest(visits, visits[1:]):
            kind = self._kind(doctor, this, following)
            start = this[0] + this[1].start
            patient = self._patient(doctor, regulars, start, start + kind.length)
            regulars.append(patient)
            yield self._visit(doctor, kind, this, patient)

    def history(self, doctors: Sequence[Doctor], patient: int) -> Iterator[ImportedVisit]:
        """A thousand visits of one patient, before all others, one a day at most."""
        self.taken[patient] = ALWAYS
        chance, left = self.chance, HISTORY_VISITS
        last = self.frame.first_day - 2
        first = self.frame.anchor
        weeks = [dict(doctor.open_days(self.frame, first, last)) for doctor in doctors]
        for day in range(last, first, -1):
            if not left:
                return
            number = chance.randrange(len(doctors))
            doctor = doctors[number]
            begins = midnight(doctor.clinic.city.zone, day)
            places = weeks[number].get(begins) if begins is not None else None
            if begins is not None and places:
                yield self._visit(doctor, doctor.kinds[0], (begins, chance.choice(places)), patient)
                left -= 1

    def _kind(self, doctor: Doctor, this: Picked, following: Picked | None) -> KindRow:
        """The first kind, or another that fits in here, on its own grid."""
        kinds = doctor.for_all
        if len(kinds) == 1 or self.chance.random() >= OTHER_KIND:
            return kinds[0]
        begins, place = this
        kind = self.chance.choice(kinds)
        step = (doctor.row.step_minutes or 0) * MINUTE or kind.taken
        fits = (
            (place.start - place.opens) % step == 0
            and place.start + kind.length <= place.closes
            and (
                following is None
                or begins + place.start + kind.taken <= following[0] + following[1].start
            )
        )
        return kind if fits else kinds[0]

    def _patient(self, doctor: Doctor, regulars: list[int], start: int, end: int) -> int:
        first = (start - self.origin) // DAY
        days = 1 << first | 1 << (end - self.origin) // DAY
        is_past = start < self.frame.now
        taken, to_come, chance = self.taken, self.to_come, self.chance
        for _ in range(TRIES):
            patient = self._candidate(doctor, regulars, chance)
            if not taken[patient] & days and (is_past or to_come[patient] < OPEN_VISITS):
                break
        else:
            patient = self._any_free(days)
        taken[patient] |= days
        if not is_past:
            to_come[patient] += 1
        return patient

    def _candidate(self, doctor: Doctor, regulars: list[int], chance: Random) -> int:
        which = chance.random()
        if regulars and which < COMES_AGAIN:
            return regulars[int(len(regulars) * chance.random())]
        near = self.crowd.at_home.get(doctor.clinic.city.name)
        if near and which < STAYS_LOCAL:
            return near[int(len(near) * chance.random() ** 1.25)]
        return int(len(self.crowd) * chance.random())

    def _any_free(self, days: int) -> int:
        for patient, taken in enumerate(self.taken):
            if not taken & days and self.to_come[patient] < 255:
                return patient
        raise TooFewPatients

    def _visit(self, doctor: Doctor, kind: KindRow, picked: Picked, patient: int) -> ImportedVisit:
        begins, place = picked
        start = begins + place.start
        staff_id = self.crowd.staff_id
        facts = Facts(
            start,
            start + kind.length,
            self.crowd.bookers[patient] if kind.is_online else staff_id,
            doctor.row.user_id or staff_id,
            staff_id,
            doctor.is_on_approval,
            doctor.is_busy or doctor.is_full,
        )
        chance, when = self.chance, instant
        status, booked_by, booked_at, sequence, lines = tell(chance, facts, self.frame.now)
        # By position: naming the fields takes twice as long, and this runs a million times.
        return ImportedVisit(
            uuid4(chance),
            doctor.id,
            self.crowd.first_patient_id + patient,
            kind.id,
            place.location_id,
            when(start),
            when(facts.end),
            status,
            _reason(chance, doctor) if chance.random() < TELLS_REASON else "",
            booked_by,
            when(booked_at),
            sequence,
            [
                ImportedEvent(what, by, when(at), when(then), note)
                for what, by, at, then, note in lines
            ],
        )


def _reason(chance: Random, doctor: Doctor) -> str:
    reasons = doctor.field.reasons
    return reasons[int(len(reasons) * chance.random())].capitalize()


def _room(days: list[Day]) -> int:
    return sum(len(places) for _, places in days)


def _sooner(chance: Random, room: int, wanted: int) -> list[int]:
    """Some of the places, rather early ones: the weeks to come fill up from their beginning."""
    if wanted > room // 3:
        return chance.sample(range(room), wanted)
    picked: set[int] = set()
    while len(picked) < wanted:
        picked.add(int(room * chance.random() ** 1.6))
    return list(picked)


def pick(days: list[Day], numbers: list[int]) -> list[Picked]:
    """The places with these numbers, counted through all the days; in order of time."""
    found: list[Picked] = []
    numbers = sorted(numbers)
    place, before = 0, 0
    for begins, places in days:
        after = before + len(places)
        while place < len(numbers) and numbers[place] < after:
            found.append((begins, places[numbers[place] - before]))
            place += 1
        before = after
    return found
