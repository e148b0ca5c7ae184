"""Time off, entered while others book, cancel and enter the same: nothing is lost or done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from appointments import services
from appointments.absence.plan import Absence, Ask, Cancel, Decision, Move, Span
from appointments.absence.services import take_time_off
from appointments.exceptions import BookingError
from appointments.models import Appointment
from appointments.tests.test_races import at_once, booking, forget_visits
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_person, make_user
from doctors.models import Doctor, TimeOff

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 15


@pytest.fixture
def smith(transactional_db: None) -> Doctor:
    return make_doctor("Dr. Smith", user=make_user("smith@example.com"))


@pytest.fixture
def desk(transactional_db: None) -> User:
    return User.objects.create_superuser("desk@example.com")


def refused_by_name(act: Callable[[], Any], ends: list[str]) -> Callable[[], None]:
    def run() -> None:
        try:
            act()
            ends.append("done")
        except BookingError as refusal:
            ends.append(type(refusal).__name__)

    return run


def run_all(*acts: Callable[[], Any]) -> Counter[str]:
    """What they end with, by name; an error that is no refusal fails the test."""
    ends: list[str] = []
    outer = at_once([refused_by_name(act, ends) for act in acts])
    assert outer == {"done": len(acts)}
    return Counter(ends)


def taking(doctor: Doctor, by: User, decisions: dict[Appointment, Decision]) -> Callable[[], Any]:
    absence = Absence((Span(at(3, 0), at(4, 0)),), doctor=doctor)
    by_id = {visit.pk: decision for visit, decision in decisions.items()}
    return lambda: take_time_off(absence=absence, decisions=by_id, by=by, now=NOW)


def start_again() -> None:
    forget_visits()
    TimeOff.objects.all().delete()


def test_booking_in_time_off_that_is_just_entered(smith: Doctor, desk: User) -> None:
    """Either the visit is there first, and the list is shown again; or the time is off."""
    person = make_person()
    for _round in range(ROUNDS):
        ends = run_all(taking(smith, desk, {}), booking(smith, person, at(3, 9)))
        booked, off = Appointment.objects.count(), TimeOff.objects.count()
        assert (booked, off) in {(1, 0), (0, 1)}
        assert ends == Counter(["done", "VisitsChanged" if booked else "SlotUnavailable"])
        start_again()


def test_rival_books_the_time_that_was_chosen(smith: Doctor, desk: User) -> None:
    person, rival = make_person(), make_person()
    for _round in range(ROUNDS):
        visit = make_appointment(smith, person, at(3, 9))
        to = Move(at(4, 9), smith.pk)
        ends = run_all(taking(smith, desk, {visit: to}), booking(smith, rival, at(4, 9)))
        visit.refresh_from_db()
        if visit.start == at(4, 9):
            assert ends == {"done": 1, "SlotUnavailable": 1}
        else:
            assert ends == {"done": 1, "AlternativeGone": 1}
            assert not TimeOff.objects.exists()
        start_again()


def test_patient_cancels_while_the_clinic_decides(smith: Doctor, desk: User) -> None:
    person = make_person()
    for _round in range(ROUNDS):
        visit = make_appointment(smith, person, at(3, 9))
        mine = Appointment.objects.get(pk=visit.pk)
        ends = run_all(
            taking(smith, desk, {visit: Cancel()}),
            partial(services.cancel, appointment=mine, by=person, now=NOW),
        )
        assert ends["done"] == 1
        assert [event.kind for event in visit.events.all()] == ["confirmed", "cancelled"]
        start_again()


def test_two_of_staff_decide_at_once(smith: Doctor, desk: User) -> None:
    """One cancels, the other moves: one of the two is done, whole."""
    person, other = make_person(), make_person()
    for _round in range(ROUNDS):
        first = make_appointment(smith, person, at(3, 9))
        second = make_appointment(smith, other, at(3, 10))
        ends = run_all(
            taking(smith, desk, {first: Cancel(), second: Cancel()}),
            taking(
                smith,
                smith.user,
                {first: Move(at(4, 9), smith.pk), second: Move(at(4, 10), smith.pk)},
            ),
        )
        assert ends == {"done": 1, "VisitsChanged": 1}
        kinds = {visit.events.last().kind for visit in (first, second)}
        assert kinds in ({"moved"}, {"cancelled"})
        assert TimeOff.objects.count() == 1
        start_again()


def test_two_doctors_exchange_their_visits(smith: Doctor, desk: User) -> None:
    """Each moves to the other: they lock both doctors in one order, and nobody waits for ever."""
    rao = make_doctor("Dr. Rao")
    person, other = make_person(), make_person()
    for _round in range(ROUNDS):
        first = make_appointment(smith, person, at(3, 9))
        second = make_appointment(rao, other, at(3, 9))
        ends = run_all(
            taking(smith, desk, {first: Move(at(4, 9), rao.pk)}),
            taking(rao, desk, {second: Move(at(4, 9), smith.pk)}),
        )
        assert ends == {"done": 2}
        start_again()


def test_closure_and_time_off_of_one_visit(smith: Doctor, desk: User) -> None:
    person = make_person()
    for _round in range(ROUNDS):
        visit = make_appointment(smith, person, at(3, 9))
        span = Span(at(3, 0), at(3, 0) + timedelta(days=1))
        closure = Absence((span,), location=visit.location)
        ends = run_all(
            taking(smith, desk, {visit: Cancel()}),
            partial(
                take_time_off,
                absence=closure,
                decisions={visit.pk: Cancel()},
                by=desk,
                now=NOW,
            ),
        )
        assert ends == {"done": 1, "VisitsChanged": 1}
        assert visit.events.count() == 2
        start_again()


def test_second_click_asks_nobody_again(smith: Doctor, desk: User) -> None:
    person = make_person()
    visit = make_appointment(smith, person, at(3, 9))
    ends = run_all(*[taking(smith, desk, {visit: Ask()})] * 4)
    assert ends == {"done": 1, "VisitsChanged": 3}
    assert [event.kind for event in visit.events.all()] == ["confirmed", "offered"]
    assert TimeOff.objects.count() == 1
