"""Rivals with connections of their own, for one time.

The gap between check and insert is held open: every rival waits in it for the others, as long as
the lock lets more than one in. With the lock and the net both taken away, many get the same time
(`test_rivals_without_lock_and_net_double_book`): so the tests that keep one of the two can fail.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import QuerySet

from accounts.models import User
from appointments import exceptions, net, services
from appointments.models import Appointment, AppointmentEvent
from appointments.services import writing
from docspot.tests.cast import NOW, at, make_doctor, make_person, patient_of
from doctors import availability
from doctors.models import Doctor

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

RIVALS = 100
ROUNDS = 20
NINE = at(3, 9)
# Refusals that say no cleanly; anything else is an error.
CLEAN = (exceptions.SlotUnavailable, exceptions.PatientBusy, exceptions.AlreadyBooked)


def at_once(acts: list[Callable[[], Any]]) -> Counter[str]:
    """Run all acts in threads that start together; count what they end with, by name."""
    ends: list[str] = []
    ready = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            ready.wait()
            act()
            ends.append("done")
        except CLEAN as refusal:
            ends.append(type(refusal).__name__)
        except Exception as error:  # noqa: BLE001 - counted, and fails the test by its name
            ends.append(f"{type(error).__name__}: {error}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ends)


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
    AppointmentEvent.objects.all()._raw_delete(connection.alias)
    Appointment.objects.all()._raw_delete(connection.alias)


@pytest.fixture
def people(db: None) -> list[User]:
    return [make_person(f"Rival {number}") for number in range(RIVALS)]


def test_hundred_rivals_get_one_time_once(transactional_db: None, people: list[User]) -> None:
    doctor = make_doctor()
    for _round in range(ROUNDS):
        ends = at_once([booking(doctor, person) for person in people])
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


def test_cancel_and_confirm_at_once_have_one_winner(transactional_db: None) -> None:
    doctor = make_doctor(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    person, staff = make_person(), User.objects.create_superuser("desk@example.com")
    for _round in range(10):
        visit = booking(doctor, person)()
        at_once(
            [
                partial(act, appointment=Appointment.objects.get(pk=visit.pk), by=staff, now=NOW)
                for act in (services.confirm, services.decline)
            ]
        )
        visit.refresh_from_db()
        kinds = [event.kind for event in visit.events.all()]
        assert kinds == ["requested", visit.status]
        forget_visits()
