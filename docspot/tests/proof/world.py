"""The rows of one small clinic, in step with the model of it; all is committed at once.

Each sequence sweeps the rows of the one before it away and makes its own: a hundred times cheaper
than a flush of the database.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import connection, models, transaction

from accounts.models import Patient, PatientAccess, User
from appointments import selectors
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from docspot.tests.cast import make_person, make_specialty, make_user
from docspot.tests.proof.brute_force import DAY, MINUTE, MINUTES_A_DAY
from docspot.tests.proof.model import Clinic, Visit, overlaps
from docspot.tests.proof.post import Post
from doctors.availability import Slot
from doctors.models import Doctor, Location, Specialty, TimeOff, VisitType, WorkingHours

ROW = (
    *("doctor_id", "patient_id", "visit_type_id", "location_id"),
    *("start", "end", "status", "booked_by_id", "booked_at", "answer_by", "sequence", "version"),
)
# Events that are mailed.
TOLD = {"requested", "confirmed", "declined", "cancelled", "moved", "expired"}
SHOWN = 3
LOG = logging.getLogger("django.db.backends.base")  # where a mail that is not sent leaves its trace
# Where and when a sequence begins: mostly some days before the clock changes.
BEGINNINGS = [
    ("Europe/London", date(2026, 3, 27)),
    ("Europe/London", date(2026, 10, 23)),
    ("America/New_York", date(2026, 3, 6)),
    ("America/New_York", date(2026, 10, 31)),
    ("Australia/Lord_Howe", date(2026, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 2)),
    ("Asia/Kolkata", date(2026, 3, 2)),
]
ZONES = sorted({zone for zone, _ in BEGINNINGS})
# Opening and closing in minutes after midnight; above a day, on the next one.
SHAPES = [
    (9 * 60, 12 * 60),
    (14 * 60, 16 * 60 + 30),
    (22 * 60, 26 * 60),  # across midnight, into a night in which the clock may change
    (20 * 60, MINUTES_A_DAY),  # to midnight
    (0, 4 * 60),
    (60, 3 * 60 + 15),
    (23 * 60 + 30, 31 * 60),
    (12 * 60, 36 * 60),  # around the clock
]


class Crash(Exception):
    """Something fails after the service returned and before all is committed."""


@dataclass
class Cast:
    """The logins, which no sequence changes: made once for many of them."""

    desk: User
    doctor: User
    people: list[User]
    specialty: Specialty

    @classmethod
    def make(cls) -> Cast:
        people = [make_person("Asha Rao"), make_person("Ben Okri")]
        return cls(
            make_user(is_staff=True, is_superuser=True), make_user(), people, make_specialty()
        )


@dataclass(frozen=True)
class Plan:
    """What a sequence begins with."""

    beginning: tuple[str, date]
    minute: int
    shapes: list[int]  # of the first days, one after the other
    step: int | None
    most: int | None
    on_approval: bool
    audience: str
    horizon: int
    max_open: int
    visits: list[tuple[int, int, int]]  # of which doctor, which patient, at which free time


class World:
    def __init__(self, cast: Cast, plan: Plan) -> None:
        self.cast = cast
        Post.sent, Post.out_of_order = 0, False
        self.mails = 0
        with transaction.atomic():
            self.sweep()
            self.clinic = self._found(plan)
            self._book(plan.visits)

    # The rows

    def sweep(self) -> None:
        """Remove all that a sequence makes; foreign keys are looked at when all is gone."""
        with connection.cursor() as cursor:
            for table in _tables_of_a_sequence():
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")

    def _found(self, plan: Plan) -> Clinic:
        zone, day = plan.beginning
        now = datetime(day.year, day.month, day.day, tzinfo=UTC) + plan.minute * MINUTE
        places = Location.objects.bulk_create(
            Location(name=name, city="Hyderabad", time_zone=zone) for name in ("North", "South")
        )
        doctors = self._hire(plan)
        patients = Patient.objects.bulk_create(
            Patient(name=name) for name in ("Asha", "Ben", "No Login", "New Comer")
        )
        PatientAccess.objects.bulk_create(
            PatientAccess(user=user, patient=patient, relation=PatientAccess.Relation.SELF)
            for user, patient in zip(self.cast.people, patients, strict=False)
        )
        policy = BookingPolicy.objects.create(
            pk=1, notice_minutes=60, horizon_days=plan.horizon, max_open_visits=plan.max_open
        )
        return Clinic(
            now=now,
            policy=policy,
            places=places,
            doctors=doctors,
            kinds=self._offer(doctors, plan.audience),
            hours=self._open(doctors, places[0], day, plan.shapes),
            patients=patients,
            desk=self.cast.desk,
            logins={
                patient.pk: user for user, patient in zip(self.cast.people, patients, strict=False)
            },
        )

    def _hire(self, plan: Plan) -> list[Doctor]:
        """Two doctors; the first has a login and may have a step and a daily maximum."""
        approval = Doctor.Confirmation.ON_APPROVAL
        first = Doctor(
            name="Dr. First",
            slug="first",
            user=self.cast.doctor,
            step_minutes=plan.step,
            max_visits_per_day=plan.most,
        )
        second = Doctor(name="Dr. Second", slug="second")
        for doctor in (first, second):
            doctor.specialty, doctor.status = self.cast.specialty, Doctor.Status.APPROVED
        (first if plan.on_approval else second).confirms_bookings = approval
        return Doctor.objects.bulk_create([first, second])

    def _offer(self, doctors: list[Doctor], audience: str) -> dict[int, list[VisitType]]:
        kinds = VisitType.objects.bulk_create(
            VisitType(doctor=doctor, name=name, **values)
            for doctor in doctors
            for name, values in (
                ("Consultation", {"duration_minutes": 30}),
                ("Long", {"duration_minutes": 50, "buffer_minutes": 15, "audience": audience}),
                ("By telephone", {"duration_minutes": 20, "is_online": False}),
            )
        )
        return {
            doctor.pk: [kind for kind in kinds if kind.doctor_id == doctor.pk] for doctor in doctors
        }

    def _open(
        self, doctors: list[Doctor], place: Location, day: date, shapes: list[int]
    ) -> dict[int, list[WorkingHours]]:
        hours = WorkingHours.objects.bulk_create(
            hours_of(doctor, place, SHAPES[shape], day + number * DAY)
            for doctor in doctors
            for number, shape in enumerate(shapes)
        )
        return {
            doctor.pk: [one for one in hours if one.doctor_id == doctor.pk] for doctor in doctors
        }

    def _book(self, visits: list[tuple[int, int, int]]) -> None:
        """Some visits at free times are in the book already."""
        today, desk = self.clinic.now.date(), self.clinic.desk
        for number, (which, whom, pick) in enumerate(visits):
            doctor, patient = self.clinic.doctors[which], self.clinic.patients[whom]
            kind = self.clinic.kinds[doctor.pk][0]
            free = list(self.clinic.free(doctor, kind, today, today + 3 * DAY))
            start = free[pick % len(free)] if free else None
            if start is None or self.clinic.refusals_of_booking(doctor, patient, kind, start, desk):
                continue
            status = "pending" if pick % 2 else "confirmed"
            visit = Visit(
                id=UUID(int=number + 1),
                doctor=doctor,
                patient=patient,
                kind=kind,
                place=self.clinic.places[0],
                start=start,
                end=start + kind.duration_minutes * MINUTE,
                status=status,
                booked_by=desk,
                booked_at=self.clinic.now,
                answer_by=self.clinic.answer_by(status, start),
            )
            self.clinic.visits[visit.id] = visit
        Appointment.objects.bulk_create(
            Appointment(pk=visit.id, **dict(zip(ROW, visit.row, strict=True)))
            for visit in self.clinic.visits.values()
        )

    # What happens to a call

    @contextmanager
    def fate(self, fate: str) -> Iterator[None]:
        """Let a service run well, fail before its commit, or find the post out of order after."""
        Post.out_of_order = LOG.disabled = fate == "no post"
        try:
            if fate == "crash":
                with transaction.atomic():
                    yield
                    raise Crash
            else:
                yield
        finally:
            Post.out_of_order = LOG.disabled = False

    def told(self, visit: Visit, fate: str) -> None:
        """Count the mails that the last line of a visit's story has caused."""
        if visit.story[-1][0] in TOLD and fate != "no post":
            self.mails += visit.patient.pk in self.clinic.logins

    # What must hold after each step

    def check_rows(self) -> None:
        rows = {row[0]: row[1:] for row in _read(_visits())}
        busy = [row for row in rows.values() if row[6] in ("pending", "confirmed", "checked_in")]
        for owner in (0, 1):
            assert overlaps([(row[owner], row[4], row[5]) for row in busy]) == [], "booked twice"
        assert rows == {visit.id: visit.row for visit in self.clinic.visits.values()}
        stories: dict[Any, list[Any]] = {pk: [] for pk in rows}
        for pk, *line in _read(_events()):
            stories[pk].append(tuple(line))
        assert stories == {visit.id: visit.story for visit in self.clinic.visits.values()}
        assert Post.sent == self.mails, "mails sent"

    # What must hold now and then

    def check_free(
        self, doctor: Doctor, kind: VisitType, first_day: date, last_day: date
    ) -> list[Slot]:
        """What is shown as free on these days is what the model says."""
        shown = self.shown(doctor, kind, first_day, last_day)
        expected = self.clinic.free(doctor, kind, first_day, last_day)
        assert [slot.start for slot in shown] == list(expected), "shown as free"
        for slot in shown:
            assert slot.location in expected[slot.start]
            assert slot.end - slot.start == kind.duration_minutes * MINUTE
        return shown

    def shown(self, doctor: Doctor, kind: VisitType, first_day: date, last_day: date) -> list[Slot]:
        row = Doctor.objects.with_schedule().get(pk=doctor.pk)
        (offered,) = (one for one in row.visit_types.all() if one.pk == kind.pk)
        times = selectors.FreeTimes(
            [row],
            first_day=first_day,
            last_day=last_day,
            policy=self.clinic.policy,
            now=self.clinic.now,
        )
        return list(times.of(row, offered))

    def check_first_free(self) -> None:
        """The next free times of each doctor are the first that the model says."""
        computed = self.computed_first_free()
        for doctor in self.clinic.doctors:
            kind = self._first_kind(doctor)
            expected = self._ahead(doctor, kind)[:SHOWN] if kind else []
            assert [slot.start for slot in computed[doctor.pk]] == expected, "next free times"

    def computed_first_free(self) -> dict[int, list[Slot]]:
        """Those of each doctor for the kind of visit they offer first, by doctor id."""
        rows = list(Doctor.objects.with_schedule().order_by("pk"))
        times = selectors.free_times_ahead(
            rows, policy=BookingPolicy.current(), now=self.clinic.now
        )
        return {
            row.pk: list(islice(times.of(row, kind), SHOWN))
            if (kind := row.first_visit_type)
            else []
            for row in rows
        }

    def _ahead(self, doctor: Doctor, kind: VisitType) -> list[datetime]:
        first, last = self.clinic.now.date() - DAY, self.clinic.bounds(kind)[1].date() + DAY
        return list(self.clinic.free(doctor, kind, first, last))

    def _first_kind(self, doctor: Doctor) -> VisitType | None:
        kinds = [kind for kind in self.clinic.kinds[doctor.pk] if kind.is_active and kind.is_online]
        kinds.sort(key=lambda kind: kind.audience != "everyone")
        return next(iter(kinds), None)

    # Changes of all that is not a visit

    def change(self, row: models.Model, **values: Any) -> None:
        """Change a row of the database and the same of the model."""
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))

    def open_hours(self, hours: WorkingHours) -> None:
        hours.save()
        self.clinic.hours[hours.doctor_id].append(hours)

    def close_hours(self, hours: WorkingHours) -> None:
        self.clinic.hours[hours.doctor_id].remove(hours)
        hours.delete()

    def take_off(self, off: TimeOff) -> None:
        off.save()
        self.clinic.time_off.append(off)

    def take_back(self, off: TimeOff) -> None:
        self.clinic.time_off.remove(off)
        off.delete()


def hours_of(
    doctor: Doctor, place: Location, shape: tuple[int, int], day: date, **more: Any
) -> WorkingHours:
    """Hours on the weekday of `day`."""
    return WorkingHours(
        doctor=doctor, location=place, weekday=day.weekday(), **clock_of(shape), **more
    )


def clock_of(shape: tuple[int, int]) -> dict[str, Any]:
    opens, closes = shape
    return {
        "opens": time(*divmod(opens, 60)),
        "closes": time(*divmod(closes % MINUTES_A_DAY, 60)),
        "closes_next_day": closes >= MINUTES_A_DAY,
    }


@cache
def next_change(zone: str, day: date) -> datetime | None:
    """The hour in which the clock changes next there, or None if it does not in 60 days."""
    hours = [
        datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=number)
        for number in range(60 * 24)
    ]
    offset = hours[0].astimezone(ZoneInfo(zone)).utcoffset()
    changed = (hour for hour in hours if hour.astimezone(ZoneInfo(zone)).utcoffset() != offset)
    return next(changed, None)


class Statement(NamedTuple):
    """A query that is put into SQL once, and not for each of some hundred thousand steps."""

    compiler: Any
    sql: str
    parameters: tuple[Any, ...]
    converters: Any


def _prepare(rows: models.QuerySet[Any, Any]) -> Statement:
    compiler = rows.query.get_compiler(connection.alias)
    sql, parameters = compiler.as_sql()
    columns = [column for column, *_ in compiler.select]
    return Statement(compiler, sql, parameters, compiler.get_converters(columns))


def _read(statement: Statement) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        rows = map(list, cursor.fetchall())
        return [
            tuple(row) for row in statement.compiler.apply_converters(rows, statement.converters)
        ]


@cache
def _visits() -> Statement:
    return _prepare(Appointment.objects.order_by().values_list("pk", *ROW))


@cache
def _events() -> Statement:
    line = ("appointment_id", "kind", "by_id", "at", "start")
    return _prepare(AppointmentEvent.objects.order_by("id").values_list(*line))


@cache
def _tables_of_a_sequence() -> list[str]:
    """Of the book and of doctors and patients, whatever slices there are."""
    stay = {"doctors_specialty", "doctors_language"}
    book: list[type[models.Model]] = [
        model
        for app in ("appointments", "doctors")
        for model in apps.get_app_config(app).get_models(include_auto_created=True)
        if not model._meta.proxy
    ]
    gone: list[type[models.Model]] = [*book, PatientAccess, Patient]
    tables = [model._meta.db_table for model in gone]
    return [table for table in tables if table not in stay]
