"""The command seed_demo."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from itertools import count, pairwise
from multiprocessing import active_children
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Patient, PatientAccess, User
from appointments.models import Appointment, AppointmentEvent
from docspot.demo.apart import EndedEarly, made_apart
from docspot.demo.clinics import make_clinics
from docspot.demo.doctors import DoctorMaker
from docspot.demo.frame import Frame, instant
from docspot.demo.loads import Load, TooMany, room_of, share_out
from docspot.demo.medicine import FIELDS
from docspot.demo.people import Crowd
from docspot.demo.places import CITIES
from docspot.demo.progress import Progress
from docspot.demo.visits import HISTORY_VISITS, TooFewPatients, VisitMaker, make_batches
from docspot.tests import cast
from doctors.availability import free_slots
from doctors.holidays import known_calendars
from doctors.models import Doctor, Location, TimeOff, VisitType, WorkingHours
from doctors.selectors import read_windows, time_off_of

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
FRAME = Frame(seed=1, today=TODAY.toordinal())
MINUTE = timedelta(minutes=1)
TABLES = [
    User,
    EmailAddress,
    Patient,
    PatientAccess,
    Location,
    Doctor,
    Doctor.languages.through,
    VisitType,
    WorkingHours,
    TimeOff,
    Appointment,
    AppointmentEvent,
]


def run(doctors: int = 9, patients: int = 40, appointments: int = 200, **more: Any) -> str:
    out = StringIO()
    call_command(
        "seed_demo",
        f"--doctors={doctors}",
        f"--patients={patients}",
        f"--appointments={appointments}",
        f"--today={TODAY}",
        stdout=out,
        stderr=StringIO(),
        **more,
    )
    return out.getvalue()


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows, but for numbers that the database has given."""
    return {
        table.__name__: [
            {key: value for key, value in row.items() if key != "id" or table is Appointment}
            for row in table._default_manager.order_by("pk").values()
        ]
        for table in TABLES
    }


@pytest.mark.django_db
def test_there_are_as_many_as_were_asked_for() -> None:
    told = run()
    assert Doctor.objects.count() == 9
    assert Patient.objects.count() == 40
    assert Appointment.objects.count() == 200
    assert told.startswith("Made 2 clinics, 9 doctors, 40 patients, 200 appointments, in "), told
    users = User.objects.values_list("email", flat=True)
    assert set(users) == set(EmailAddress.objects.values_list("email", flat=True))


@pytest.mark.django_db
def test_same_seed_and_day_make_the_same_rows() -> None:
    seen = []
    for seed in (1, 1, 2):
        with transaction.atomic():
            run(appointments=60, seed=seed)
            seen.append(everything())
            transaction.set_rollback(True)
    assert seen[0] == seen[1]
    assert seen[0]["Appointment"] != seen[2]["Appointment"]


@pytest.mark.django_db
def test_visits_never_share_a_time_and_are_on_the_grid_of_their_doctors() -> None:
    run(doctors=12, patients=60, appointments=400)
    visits = list(Appointment.objects.select_related("visit_type").order_by("start"))
    by_doctor, by_patient = defaultdict(list), defaultdict(list)
    for visit in visits:
        by_doctor[visit.doctor_id].append(visit)
        by_patient[visit.patient_id].append(visit)
    for some in by_doctor.values():
        assert all(one.end + one.visit_type.buffer <= two.start for one, two in pairwise(some))
    for some in by_patient.values():
        assert all(one.end <= two.start for one, two in pairwise(some))
    offered = starts_on_offer()
    off = [
        visit
        for visit in visits
        if (visit.start, visit.end, visit.location_id)
        not in offered[visit.doctor_id, visit.visit_type_id]
    ]
    assert off == []


def starts_on_offer() -> dict[tuple[int, int], set[tuple[datetime, datetime, int]]]:
    """What could be booked in an empty book, by doctor and visit type."""
    windows = read_windows(Doctor.objects.values_list("pk", flat=True))
    first, last = NOW - timedelta(days=122), NOW + timedelta(days=62)
    time_off = time_off_of(windows, first, last)
    return {
        (kind.doctor_id, kind.pk): {
            (slot.start, slot.end, slot.location.pk)
            for slot in free_slots(
                windows=windows[kind.doctor_id],
                time_off=time_off[kind.doctor_id],
                visits=[],
                duration=kind.duration,
                buffer=kind.buffer,
                step=kind.doctor.step,
                first_day=first.date(),
                last_day=last.date(),
                earliest=first,
                latest=last,
            )
        }
        for kind in VisitType.objects.select_related("doctor")
    }


ENDS = {
    "pending": {"requested"},
    "confirmed": {"confirmed", "moved"},
    "completed": {"completed"},
    "no_show": {"no_show"},
    "cancelled": {"cancelled"},
    "declined": {"declined"},
}


@pytest.mark.django_db
def test_each_visit_has_its_story() -> None:
    run()
    for visit in Appointment.objects.prefetch_related("events").select_related("doctor"):
        story = list(visit.events.all())
        automatic = visit.doctor.confirms_bookings == Doctor.Confirmation.AUTOMATIC
        assert story[0].kind == ("confirmed" if automatic else "requested")
        assert story[0].at == visit.booked_at < visit.start
        assert story[-1].kind in ENDS[visit.status]
        assert story[-1].start == visit.start
        assert all(one.at <= two.at for one, two in pairwise(story))
        assert visit.version == len(story)
        assert visit.start > NOW or not visit.is_blocking


@pytest.mark.django_db
def test_what_is_over_keeps_no_time_and_only_the_approved_have_visits_to_come() -> None:
    run()
    assert not Appointment.objects.filter(start__lt=NOW).blocking().exists()
    others = Appointment.objects.exclude(doctor__status="approved").filter(start__gt=NOW)
    assert not others.exists()


@pytest.mark.django_db
def test_who_books_may_act_for_the_patient_or_is_staff() -> None:
    run()
    allowed = set(PatientAccess.objects.values_list("user_id", "patient_id"))
    others = Appointment.objects.exclude(booked_by__is_staff=True)
    assert set(others.values_list("booked_by_id", "patient_id")) - allowed == set()
    assert User.objects.filter(is_staff=True).count() == 1
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.django_db
def test_logins_work_with_a_known_password_only_while_debug_is_on(settings: Settings) -> None:
    with transaction.atomic():
        assert "known only with DEBUG" in run(appointments=0)
        assert not any(user.has_usable_password() for user in User.objects.all())
        transaction.set_rollback(True)
    settings.DEBUG = True
    assert "docspot-demo-2026" in run(appointments=0)
    fields = {"login": "front.desk@demo.example", "password": "docspot-demo-2026"}
    assert Client().post(reverse("account_login"), fields).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"doctors": -1}, "0 or more"),
        ({"appointments": -1}, "0 or more"),
        ({"doctors": 0}, "need a doctor"),
        ({"patients": 0}, "need a doctor and a patient"),
        ({"doctors": 0, "appointments": 0}, "ask for a doctor"),
        ({"doctors": 2, "appointments": 50_000}, "appointments at most"),
        ({"patients": 1, "appointments": 2_000}, "too few patients"),
    ],
)
def test_what_cannot_be_made_is_refused_and_changes_nothing(
    numbers: dict[str, int], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        run(**numbers)
    assert not any(everything().values())


@pytest.mark.django_db
def test_no_more_is_put_into_a_book_that_is_used(doctor: Doctor, person: User) -> None:
    visit = cast.make_appointment(doctor, person, cast.at(3, 10))
    before = everything()
    with pytest.raises(CommandError, match="There are appointments"):
        run()
    assert everything() == before
    AppointmentEvent.objects.all().delete()
    visit.delete()
    run(appointments=0)
    before = everything()
    with pytest.raises(CommandError, match="made-up clinic is in this book"):
        run(appointments=0)
    assert everything() == before


@pytest.mark.django_db
def test_rows_can_be_added_afterwards() -> None:
    run()
    doctor = cast.make_doctor("Dr. New")
    person = cast.make_person()
    cast.make_appointment(doctor, person, cast.at(3, 10))
    assert Appointment.objects.count() == 201


# The pure parts


def make_doctors(count: int) -> list[Any]:
    maker = DoctorMaker(
        FRAME,
        make_clinics(FRAME, 1, 1),
        first_kind_id=1,
        specialty_ids=list(range(len(FIELDS))),
        taken_slugs=set(),
    )
    return [maker.make(one, None, is_busy=one == 0) for one in range(count)]


def crowd_of(count: int) -> Crowd:
    crowd = Crowd(staff_id=1, first_patient_id=1)
    for _ in range(count):
        crowd.add(CITIES[0].name, 2)
    return crowd


def test_longest_history_is_of_one_visit_a_day() -> None:
    visits = list(VisitMaker(FRAME, crowd_of(1)).history(make_doctors(1), 0))
    assert len({visit.start.date() for visit in visits}) == HISTORY_VISITS
    assert max(visit.end for visit in visits) < instant(FRAME.now) - timedelta(days=120)


def test_busiest_doctor_has_a_full_month() -> None:
    (busy,) = make_doctors(1)
    visits = list(VisitMaker(FRAME, crowd_of(1000)).of(busy, Load(7, 0)))
    ahead = [visit for visit in visits if visit.start >= NOW]
    assert (len(visits), len(ahead)) == (507, 500)
    assert max(visit.start for visit in ahead) < NOW + timedelta(days=31)
    assert {visit.status for visit in ahead} <= {"confirmed", "pending"}


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 1])
def test_visits_are_shared_out_to_the_last(share: float) -> None:
    doctors = make_doctors(30)
    rooms = [room_of(doctor, FRAME) for doctor in doctors]
    most = sum(room.past + room.to_come for room in rooms)
    loads = share_out(int(most * share), rooms, [doctor.eagerness for doctor in doctors])
    assert sum(load.past + load.to_come for load in loads) == int(most * share)
    assert all(
        0 <= load.past <= room.past and 0 <= load.to_come <= room.to_come
        for load, room in zip(loads, rooms, strict=True)
    )
    with pytest.raises(TooMany):
        share_out(most + 1, rooms, [doctor.eagerness for doctor in doctors])


def test_most_visits_are_over() -> None:
    doctors = make_doctors(100)
    rooms = [room_of(doctor, FRAME) for doctor in doctors]
    loads = share_out(10_000, rooms, [doctor.eagerness for doctor in doctors])
    assert 0.8 < sum(load.past for load in loads) / 10_000 < 0.9


def test_calendars_are_empty_full_and_between() -> None:
    doctors = make_doctors(300)
    rooms = [room_of(doctor, FRAME) for doctor in doctors]
    loads = share_out(30_000, rooms, [doctor.eagerness for doctor in doctors])
    pairs = [(load, room) for load, room in zip(loads, rooms, strict=True) if room.past]
    fullness = sorted(load.past / room.past for load, room in pairs)
    assert fullness[0] == 0
    assert fullness[-1] == 1
    assert any(0.2 < share < 0.8 for share in fullness)
    full = [load for doctor, load in zip(doctors, loads, strict=True) if doctor.is_full]
    assert full == [room for doctor, room in zip(doctors, rooms, strict=True) if doctor.is_full]


def test_a_second_process_makes_the_same() -> None:
    doctors = make_doctors(4)
    given: Any = ("sqlite", 50, FRAME, crowd_of(90), doctors, [Load(30, 0)] * 4, [])
    doctors[0].is_busy = False
    with made_apart(make_batches, *given) as batches:
        made = list(batches)
    assert [batch.size for batch in made] == [50, 50, 20]
    assert made == list(make_batches(*given))
    given = ("sqlite", 50, FRAME, crowd_of(1), doctors, [Load(30, 0)] * 4, [])
    with pytest.raises(TooFewPatients), made_apart(make_batches, *given) as batches:
        list(batches)


def leave() -> Iterator[int]:
    os._exit(3)


def test_a_second_process_that_ends_early_is_noticed() -> None:
    with pytest.raises(EndedEarly), made_apart(leave) as things:
        list(things)


def test_a_second_process_is_gone_when_the_first_stops() -> None:
    def look(numbers: Iterator[int]) -> None:
        assert [next(numbers), next(numbers)] == [1, 2]
        assert len(active_children()) == 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), made_apart(count, 1) as numbers:
        look(numbers)
    assert active_children() == []


def test_cities_are_known_to_the_holiday_calendars() -> None:
    assert {city.calendar for city in CITIES} - known_calendars() == set()


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("out", "lines"),
    [
        (StringIO(), ["Things                 3 in 0.0 s"]),
        (
            Terminal(),
            ["Things                 0 of 3 [.......]", "Things                 3 in 0.0 s"],
        ),
    ],
)
def test_progress_is_a_bar_on_a_terminal_only(
    out: StringIO, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert list(Progress(OutputWrapper(out), is_quiet=False).watch("Things", "abc", 3)) == [*"abc"]
    shown = [line.rstrip() for line in out.getvalue().replace("\r", "\n").split("\n")]
    assert [line for line in shown if line] == lines
