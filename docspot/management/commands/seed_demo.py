"""Fill a new book with a made-up clinic, for demonstrations and benchmarks."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import count
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Patient, PatientAccess, User
from appointments.models import Appointment
from appointments.next_free.services import find_out
from appointments.services.importing import import_batches, in_parts, indexed_afterwards, write_rows
from docspot.demo import clinics, doctors, people
from docspot.demo.apart import EndedEarly, made_apart
from docspot.demo.chance import dice, letters
from docspot.demo.clinics import Clinic
from docspot.demo.doctors import Doctor, DoctorMaker
from docspot.demo.frame import DAY, YEARS_BACK, Frame, instant
from docspot.demo.loads import Load, TooMany, room_of, share_out
from docspot.demo.medicine import FIELDS
from docspot.demo.names import LANGUAGES
from docspot.demo.people import DOMAIN, Crowd, Login, PeopleMaker, Person
from docspot.demo.progress import Progress
from docspot.demo.visits import (
    BUSY_DAYS,
    BUSY_VISITS,
    HISTORY_DOCTORS,
    HISTORY_VISITS,
    TooFewPatients,
    make_batches,
)
from docspot.management.commands.create_demo_logins import PASSWORD
from doctors.models import Doctor as DoctorModel
from doctors.models import Language, Location, Specialty, TimeOff, VisitType, WorkingHours

LARGE = 100_000  # appointments from which on there are a long history and a busy doctor
CACHE_KILOBYTES = 400_000
AT_ONCE = 10_000
FIRST_YEAR, LAST_YEAR = 1990, 2100


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-11-24.") from None


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--doctors", type=int, default=60)
        parser.add_argument("--patients", type=int, default=1_000)
        parser.add_argument("--appointments", type=int, default=10_000)
        parser.add_argument(
            "--seed", type=int, default=1, help="The same seed and day make the same rows."
        )
        parser.add_argument(
            "--today", type=day, default=None, metavar="YYYY-MM-DD", help="Instead of today (UTC)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        doctors, patients, visits = (
            options[name] for name in ("doctors", "patients", "appointments")
        )
        today = options["today"] or timezone.now().date()
        check_numbers(doctors, patients, visits, today)
        began = time.perf_counter()
        progress = Progress(self.stderr, is_quiet=options["verbosity"] == 0)
        seeding = Seeding(Frame(options["seed"], today.toordinal()), progress)
        try:
            with large_cache(), transaction.atomic():
                refuse_used_book()
                seeding.run(doctors, patients, visits)
        except TooMany as refusal:
            raise CommandError(
                f"These doctors' calendars hold {refusal.args[0]:,} appointments at most. "
                "Ask for fewer, or for more doctors. Nothing was changed."
            ) from None
        except TooFewPatients:
            raise CommandError(
                "A patient has one appointment a day at most, and there are too few patients for "
                "so many. Ask for more patients. Nothing was changed."
            ) from None
        except EndedEarly:
            raise CommandError("The process that made the appointments is gone.") from None
        tidy_up()
        find_out(now=timezone.now())  # so that the first visitor need not wait for it
        if options["verbosity"]:
            self.stdout.write("\n".join(seeding.summary(time.perf_counter() - began)))


def check_numbers(doctors: int, patients: int, visits: int, today: date) -> None:
    if min(doctors, patients, visits) < 0:
        raise CommandError("Numbers of doctors, patients and appointments are 0 or more.")
    if visits and not (doctors and patients):
        raise CommandError("Appointments need a doctor and a patient.")
    if patients and not doctors:
        raise CommandError("Patients live where there are clinics: ask for a doctor at least.")
    if not FIRST_YEAR <= today.year <= LAST_YEAR:
        raise CommandError(f"Choose a day from {FIRST_YEAR} to {LAST_YEAR}.")


def refuse_used_book() -> None:
    if Appointment.objects.exists():
        raise CommandError(
            "There are appointments in this book: made-up ones are put only into a new one. "
            "Nothing was changed."
        )
    if User.objects.filter(email__endswith=f"@{DOMAIN}").exists():
        raise CommandError("The made-up clinic is in this book. Nothing was changed.")


class Seeding:
    """One run, within one transaction."""

    def __init__(self, frame: Frame, progress: Progress) -> None:
        self.frame = frame
        self.progress = progress
        self.user_id, self.patient_id = next_id(User), next_id(Patient)
        self.staff_id = self._new_user_id()
        self.crowd = Crowd(self.staff_id, self.patient_id)
        self.password = shared_password(frame.seed)
        self.special: list[str] = []
        self.counts: dict[str, int] = {}

    def run(self, doctors: int, patients: int, visits: int) -> None:
        is_large = visits >= LARGE
        rooms = clinics.make_clinics(self.frame, doctors, next_id(Location))
        found = self._make_doctors(rooms, doctors, is_large=is_large)
        loads = self._loads(found, visits, is_large=is_large)
        self._write_staff()
        self._write_clinics(rooms)
        self._write_doctors(found)
        self._write_patients(rooms, found, patients, is_large=is_large)
        self._write_visits(found, loads, visits, is_large=is_large)
        reset_sequences()
        self.counts = {
            "clinics": len(rooms),
            "doctors": doctors,
            "patients": patients,
            "appointments": visits,
        }

    def summary(self, seconds: float) -> Iterator[str]:
        counts = ", ".join(f"{number:,} {what}" for what, number in self.counts.items())
        yield f"Made {counts}, in {seconds:.0f} s."
        yield f"Front desk: {people.STAFF_EMAIL}"
        yield from self.special
        if settings.DEBUG:
            yield f"Every made-up login has the password {PASSWORD}"
        else:
            yield "Nobody can log in as a made-up person: their password is known only with DEBUG."

    # Doctors

    def _make_doctors(self, rooms: list[Clinic], number: int, *, is_large: bool) -> list[Doctor]:
        slugs = set(DoctorModel.objects.values_list("slug", flat=True))
        maker = DoctorMaker(
            self.frame,
            rooms,
            first_kind_id=next_id(VisitType),
            specialty_ids=specialty_ids() if number else [],
            taken_slugs=slugs,
        )
        chance = dice(self.frame.seed, "logins of doctors")
        first = next_id(DoctorModel)
        numbers = self.progress.watch("Doctors", range(number), number)
        return [
            maker.make(
                first + one,
                self._new_user_id() if chance.random() < doctors.HAS_LOGIN else None,
                is_busy=is_large and one == 0,
            )
            for one in numbers
        ]

    def _loads(self, found: list[Doctor], visits: int, *, is_large: bool) -> list[Load]:
        rooms = [
            room_of(doctor, self.frame)
            for doctor in self.progress.watch("Calendars", found, len(found))
        ]
        if is_large:
            rooms[0] = Load(rooms[0].past, 0)  # those to come are given, see VisitMaker
            visits -= HISTORY_VISITS + BUSY_VISITS
            busy = found[0].row.slug
            self.special.append(f"{BUSY_VISITS} visits in {BUSY_DAYS} days: /doctors/{busy}/")
        return share_out(visits, rooms, [doctor.eagerness for doctor in found])

    def _write_clinics(self, rooms: list[Clinic]) -> None:
        write_rows(
            model=Location,
            columns=clinics.LocationRow._fields,
            rows=[clinic.row for clinic in rooms],
        )
        write_rows(
            model=TimeOff,
            columns=clinics.TimeOffRow._fields,
            rows=[row for clinic in rooms for row in clinics.closures(clinic, self.frame)],
        )

    def _write_doctors(self, found: list[Doctor]) -> None:
        self._write_logins(
            Login(one.row.user_id, f"{one.row.slug}@{DOMAIN}", False, one.row.created_at, True)
            for one in found
            if one.row.user_id
        )
        languages = language_ids() if found else {}
        write_rows(
            model=DoctorModel,
            columns=doctors.DoctorRow._fields,
            rows=[doctor.row for doctor in found],
        )
        write_rows(
            model=VisitType,
            columns=doctors.KindRow._fields,
            rows=[kind for doctor in found for kind in doctor.kinds],
        )
        write_rows(
            model=WorkingHours,
            columns=doctors.HoursRow._fields,
            rows=[hours for doctor in found for hours in doctor.hours],
        )
        write_rows(
            model=TimeOff,
            columns=clinics.TimeOffRow._fields,
            rows=[off for doctor in found for off in doctor.time_off],
        )
        write_rows(
            model=DoctorModel.languages.through,
            columns=("doctor_id", "language_id"),
            rows=[(doctor.id, languages[code]) for doctor in found for code in doctor.languages],
        )

    # People

    def _new_user_id(self) -> int:
        self.user_id += 1
        return self.user_id - 1

    def _write_staff(self) -> None:
        joined = instant(self.frame.now - YEARS_BACK * DAY)
        self._write_logins([Login(self.staff_id, people.STAFF_EMAIL, True, joined, True)])

    def _write_patients(
        self, rooms: list[Clinic], found: list[Doctor], number: int, *, is_large: bool
    ) -> None:
        if not number:
            return
        some = []
        if is_large:
            city = found[0].clinic.city
            some = [
                people.make_history_patient(
                    self.frame, self.crowd, self.patient_id, self._new_user_id(), city
                )
            ]
        cities = list({clinic.city.name: clinic.city for clinic in rooms}.values())
        maker = PeopleMaker(self.frame, self.crowd, cities, self.user_id)
        others = self.progress.watch("Patients", maker.make(number - len(some)), number - len(some))
        self._write_people(some)
        for part in in_parts(others, AT_ONCE):
            self._write_people(part)

    def _write_people(self, persons: list[Person]) -> None:
        self._write_logins(person.login for person in persons if person.login)
        write_rows(
            model=Patient,
            columns=people.PatientRow._fields,
            rows=[person.patient for person in persons],
        )
        write_rows(
            model=PatientAccess,
            columns=people.AccessRow._fields,
            rows=[person.access for person in persons if person.access],
        )

    def _write_logins(self, logins: Any) -> None:
        logins = list(logins)
        write_rows(
            model=User,
            columns=("id", "email", "is_staff", "date_joined", "password"),
            rows=[(*login[:4], self.password) for login in logins],
        )
        write_rows(
            model=EmailAddress,
            columns=("user_id", "email", "verified", "primary"),
            rows=[(login.id, login.email, login.is_confirmed, True) for login in logins],
        )

    # Visits

    def _write_visits(
        self, found: list[Doctor], loads: list[Load], number: int, *, is_large: bool
    ) -> None:
        of_history = self._doctors_of_history(found) if is_large else []
        given = (connection.vendor, AT_ONCE, self.frame, self.crowd, found, loads, of_history)
        with ExitStack() as stack:
            if is_large:
                batches = stack.enter_context(made_apart(make_batches, *given))
                stack.enter_context(indexed_afterwards())
            else:
                batches = make_batches(*given)
            watched = self.progress.watch("Appointments", batches, number, lambda some: some.size)
            import_batches(batches=watched)

    def _doctors_of_history(self, found: list[Doctor]) -> list[Doctor]:
        city = found[0].clinic.city
        near = [one for one in found if one.clinic.city == city and one.works_every_week]
        self.special.append(f"{HISTORY_VISITS} visits of one patient: {people.HISTORY_EMAIL}")
        return [one for one in near if one.row.status == "approved"][:HISTORY_DOCTORS]


def next_id(model: type[models.Model]) -> int:
    return (model._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1


def shared_password(seed: int) -> str:
    """Hashed once: a hundred thousand times would take hours. Known only while DEBUG is on."""
    chance = dice(seed, "password")
    if settings.DEBUG:
        return make_password(PASSWORD, salt=letters(chance, 22))
    return UNUSABLE_PASSWORD_PREFIX + letters(chance, 40)


def specialty_ids() -> list[int]:
    """Of the fields of medicine, in their order; those that there are keep their words."""
    known = {word for one in Specialty.objects.all() for word in (one.slug, one.name)}
    ids = count(next_id(Specialty))
    Specialty.objects.bulk_create(
        Specialty(id=next(ids), name=field.name, title=field.title, slug=field.slug)
        for field in FIELDS
        if field.slug not in known and field.name not in known
    )
    found = {word: one.pk for one in Specialty.objects.all() for word in (one.name, one.slug)}
    return [found.get(field.slug) or found[field.name] for field in FIELDS]


def language_ids() -> dict[str, int]:
    """By code; those that there are keep their words."""
    known = {word for one in Language.objects.all() for word in (one.code, one.name)}
    ids = count(next_id(Language))
    Language.objects.bulk_create(
        Language(id=next(ids), code=code, name=name)
        for code, name in LANGUAGES.items()
        if code not in known and name not in known
    )
    found = {word: one.pk for one in Language.objects.all() for word in (one.name, one.code)}
    return {code: found.get(code) or found[name] for code, name in LANGUAGES.items()}


@contextmanager
def large_cache() -> Iterator[None]:
    """SQLite otherwise writes each page of an index to the disk again and again."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA cache_size").fetchone()[0]
        cursor.execute(f"PRAGMA cache_size = {-CACHE_KILOBYTES}")
        cursor.execute("PRAGMA temp_store = MEMORY")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {before}")
            cursor.execute("PRAGMA temp_store = DEFAULT")


def reset_sequences() -> None:
    """Ids were given, so PostgreSQL must be told where to go on."""
    written = [User, Patient, Location, Language, Specialty, DoctorModel, VisitType]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), written):
            cursor.execute(statement)


def tidy_up() -> None:
    """Let the database learn how its rows are spread, and SQLite's log become short again."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
