"""Rivals with connections of their own, for one time.

The gap between check and insert is held open: every rival waits in it for the others, as long as
the lock lets more than one in. With the lock and the net both taken away, many get the same time
(`test_rivals_without_lock_and_net_double_book`): so the tests that keep one of the two can fail.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.core import mail
from django.db import connection, connections
from django.db.models import QuerySet

from accounts.models import User
from appointments import exceptions, net, services
from appointments.links.models import VisitLink
from appointments.models import Appointment, AppointmentEvent
from appointments.reminders.models import Reminder
from appointments.services import writing
from appointments.waiting.exceptions import OfferOver
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_person,
    make_user,
    patient_of,
)
from doctors import availability
from doctors.models import Doctor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

Status = Appointment.Status
RIVALS = 100


def in_rounds(some: int, many: int) -> pytest.MarkDecorator:
    """A race that is run some times with every change, and many times by `make test-thorough`."""
    return pytest.mark.parametrize("rounds", [some, pytest.param(many, marks=pytest.mark.thorough)])


NINE = at(3, 9)
# Refusals that say no cleanly; anything else is an error.
CLEAN = (
    exceptions.SlotUnavailable,
    exceptions.PatientBusy,
    exceptions.AlreadyBooked,
    exceptions.WrongStatus,
    OfferOver,
)


def at_once(acts: list[Callable[[], Any]]) -> Counter[str]:
    """Run all acts in threads that start together; count what they end with, by name."""
    with rivals(len(acts)) as together:
        return together(acts)


@contextmanager
def rivals(count: int) -> Iterator[Callable[[list[Callable[[], Any]]], Counter[str]]]:
    """So many threads with connections of their own, which they keep from one race to the next."""
    ready = threading.Barrier(count)

    def run(act: Callable[[], Any]) -> str:
        connection.ensure_connection()
        ready.wait()  # nobody is done before all have begun, so each act has a thread of its own
        try:
            act()
        except CLEAN as refusal:
            return type(refusal).__name__
        except Exception as error:  # noqa: BLE001 - counted, and fails the test by its name
            return f"{type(error).__name__}: {error}"
        return "done"

    with ThreadPoolExecutor(count) as threads:
        yield lambda acts: Counter(threads.map(run, acts))
        list(threads.map(run, [connections.close_all] * count))


def booking(doctor: Doctor, user: User, start: datetime = NINE) -> Callable[[], Any]:
    patient, visit_type = patient_of(user), doctor.visit_types.get()
    return lambda: services.book(
        doctor=doctor, patient=patient, visit_type=visit_type, start=start, by=user, now=NOW
    )


@pytest.fixture
def gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the gap between check and insert open until two rivals are in it, or for 0.2 s."""
    pure = availability.free_slots
    meeting = threading.Barrier(2)

    def slow(**question: Any) -> Iterator[availability.Slot]:
        found = list(pure(**question))
        try:
            meeting.wait(timeout=0.2)
        except threading.BrokenBarrierError:
            meeting.reset()
        return iter(found)

    monkeypatch.setattr(availability, "free_slots", slow)


@contextmanager
def without_net() -> Iterator[None]:
    with connection.schema_editor() as editor:
        net.take_down(None, editor)
    try:
        yield
    finally:
        forget_visits()
        with connection.schema_editor() as editor:
            net.spread(None, editor)


@contextmanager
def without_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No row lock on PostgreSQL; on SQLite transactions that lock when they first write."""
    with monkeypatch.context() as patch:
        patch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows.all())
        patch.setattr(writing, "lock_rows", lambda model, ids: None)
        wrapper = type(connections["default"])
        patch.setattr(
            wrapper, "_start_transaction_under_autocommit", _begin_deferred, raising=False
        )
        yield


def _begin_deferred(wrapper: Any) -> None:
    wrapper.cursor().execute("BEGIN")


def forget_visits() -> None:
    for rows in (AppointmentEvent.objects, VisitLink.objects, Reminder.objects):
        rows.all()._raw_delete(connection.alias)
    Appointment.objects.all()._raw_delete(connection.alias)


@pytest.fixture
def people(db: None) -> list[User]:
    return [make_person(f"Rival {number}") for number in range(RIVALS)]


@in_rounds(8, 20)
def test_hundred_rivals_get_one_time_once(
    transactional_db: None, people: list[User], rounds: int
) -> None:
    doctor = make_doctor()
    with rivals(RIVALS) as together:
        for _round in range(rounds):
            ends = together([booking(doctor, person) for person in people])
            assert ends == {"done": 1, "SlotUnavailable": RIVALS - 1}
            assert (Appointment.objects.count(), AppointmentEvent.objects.count()) == (1, 1)
            forget_visits()


def test_lock_alone_lets_one_in(gap: None) -> None:
    doctor, people = make_doctor(), [make_person() for _ in range(16)]
    with without_net():
        ends = at_once([booking(doctor, person) for person in people])
        assert ends == {"done": 1, "SlotUnavailable": 15}


def test_net_alone_lets_one_in(gap: None, monkeypatch: pytest.MonkeyPatch) -> None:
    doctor, people = make_doctor(), [make_person() for _ in range(16)]
    with without_lock(monkeypatch):
        at_once([booking(doctor, person) for person in people])
    assert Appointment.objects.count() == 1


@pytest.mark.postgresql
def test_rivals_without_lock_and_net_double_book(
    gap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor, people = make_doctor(), [make_person() for _ in range(16)]
    with without_net(), without_lock(monkeypatch):
        ends = at_once([booking(doctor, person) for person in people])
        assert ends["done"] > 1


def test_staggered_starts_never_overlap(transactional_db: None) -> None:
    """Visits of three lengths for one doctor, asked for at many starts at once."""
    doctor = make_doctor(duration=30)
    people = [make_person() for _ in range(48)]
    kinds = [doctor.visit_types.get()] + [
        doctor.visit_types.create(name=f"{minutes} minutes", duration_minutes=minutes)
        for minutes in (20, 45)
    ]

    def act(number: int) -> Callable[[], Any]:
        kind, person = kinds[number % 3], people[number]
        start = NINE + timedelta(minutes=kind.duration_minutes * (number // 6))
        return lambda: services.book(
            doctor=doctor,
            patient=patient_of(person),
            visit_type=kind,
            start=start,
            by=person,
            now=NOW,
        )

    ends = at_once([act(number) for number in range(48)])
    assert set(ends) == {"done", "SlotUnavailable"}
    visits = list(Appointment.objects.order_by("start"))
    assert len(visits) == ends["done"]
    assert all(first.end <= then.start for first, then in pairwise(visits))


def test_one_patient_at_two_doctors_at_once_is_booked_once(transactional_db: None) -> None:
    person = make_person()
    doctors = [make_doctor(f"Dr. {name}") for name in ("A", "B", "C", "D")]
    ends = at_once([booking(doctor, person) for doctor in doctors])
    assert ends == {"done": 1, "PatientBusy": 3}


def test_double_click_books_once(transactional_db: None) -> None:
    doctor, person = make_doctor(), make_person()
    ends = at_once([booking(doctor, person)] * 8)
    assert ends == {"done": 1, "AlreadyBooked": 7}


def test_open_visits_are_counted_under_the_lock(transactional_db: None) -> None:
    person = make_person()
    doctors = [make_doctor(f"Dr. {number}") for number in range(12)]
    starts = [at(3, 9 + number % 4, 30 * (number // 4 % 2)) for number in range(12)]
    days = [start + timedelta(days=number // 8) for number, start in enumerate(starts)]
    ends = at_once(
        [booking(doctor, person, start) for doctor, start in zip(doctors, days, strict=True)]
    )
    refused = [end for end in ends if end.startswith("TooManyOpen")]
    assert ends["done"] == 10
    assert sum(ends[end] for end in refused) == 2


BOTH_SIDES = [
    ("answered", Status.PENDING, [("confirm", "doctor"), ("decline", "desk")]),
    ("approved", Status.PENDING, [("confirm", "doctor"), ("confirm", "desk")]),
    ("cancelled", Status.CONFIRMED, [("cancel", "patient"), ("cancel", "desk")]),
    ("checked in or missed", Status.CONFIRMED, [("check_in", "desk"), ("mark_no_show", "doctor")]),
]


@in_rounds(40, 200)
@pytest.mark.parametrize(
    ("status", "acts"),
    [row[1:] for row in BOTH_SIDES],
    ids=[row[0] for row in BOTH_SIDES],
)
def test_what_both_sides_do_at_once_has_one_winner(
    transactional_db: None, status: Status, acts: list[tuple[str, str]], rounds: int
) -> None:
    """One act, one line in the story; who comes too late has no mail sent."""
    sides = both_sides()
    # On the day before; or when it should have begun.
    begun = "mark_no_show" in dict(acts)
    now = NINE + timedelta(minutes=1) if begun else NOW
    with rivals(len(acts)) as together:
        for _round in range(rounds):
            visit = sides.visit(status)
            ends = together([sides.act(name, who, visit, now) for name, who in acts])
            assert ends == {"done": 1, "WrongStatus": len(acts) - 1}
            assert story_of(visit) == [visit.status]
            assert len(mail.outbox) == (not begun)


@in_rounds(40, 200)
def test_patient_cancels_while_the_clinic_approves(transactional_db: None, rounds: int) -> None:
    """Whoever is first, the visit is cancelled in the end, and each line was mailed once."""
    sides, stories = both_sides(), set()
    with rivals(2) as together:
        for _round in range(rounds):
            visit = sides.visit(Status.PENDING)
            ends = together(
                [sides.act("confirm", "doctor", visit), sides.act("cancel", "patient", visit)]
            )
            story = story_of(visit)
            assert visit.status == Status.CANCELLED
            assert (ends["done"], len(mail.outbox)) == (len(story), len(story))
            stories.add(tuple(story))
    assert stories <= {("cancelled",), ("confirmed", "cancelled")}


def story_of(visit: Appointment) -> list[str]:
    """What has happened since it was booked."""
    visit.refresh_from_db()
    return [event.kind for event in visit.events.all()][1:]


@dataclass
class Sides:
    visited: Doctor
    people: dict[str, User]

    def visit(self, status: Status) -> Appointment:
        """A new one, in a book and a post that are empty otherwise."""
        forget_visits()
        mail.outbox.clear()
        return make_appointment(self.visited, self.people["patient"], NINE, status=status)

    def act(
        self, name: str, who: str, visit: Appointment, now: datetime = NOW
    ) -> Callable[[], Any]:
        """With a row of its own each, as each has from their own page."""
        row = Appointment.objects.select_related("doctor", "patient", "location").get(pk=visit.pk)
        return partial(getattr(services, name), appointment=row, by=self.people[who], now=now)


def both_sides() -> Sides:
    people = {
        "patient": make_person("Asha Rao", "asha@example.com"),
        "doctor": make_user("smith@example.com"),
        "desk": User.objects.create_superuser("desk@example.com"),
    }
    return Sides(make_doctor(user=people["doctor"]), people)
