"""Who of those who wait is passed over, and why, whatever their place in the line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Patient, User
from appointments import services
from appointments.absence.plan import Absence, Ask, Cancel, Decision, Span
from appointments.absence.services import take_back_time_off, take_time_off
from appointments.actors import Holder
from appointments.exceptions import WrongStatus
from appointments.models import Appointment, BookingPolicy, WaitingEntry, WaitingOffer
from appointments.waiting.services import offer_times_of, tick_waiting
from appointments.waiting.services.answers import accept
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_person,
    make_specialty,
    patient_of,
)
from docspot.tests.waiting import offered, open_offer_of, open_on, wait_for, wait_for_any
from doctors.models import Doctor, VisitType

pytestmark = pytest.mark.django_db

HALF = timedelta(minutes=30)
NINE = at(4, 9)  # on a Wednesday
WEDNESDAY = date(2026, 3, 4)
Status = Appointment.Status


@pytest.fixture
def doctor(db: None) -> Doctor:
    """Half an hour on the Wednesday, one visit, is all there is."""
    found = make_doctor("Dr. Smith", days=(), duration=30)
    open_on(found, WEDNESDAY, time(9), time(9, 30))
    return found


def book(doctor: Doctor, user: User, start: datetime) -> Appointment:
    return services.book(
        doctor=doctor,
        patient=patient_of(user),
        visit_type=doctor.visit_types.first(),
        start=start,
        by=user,
        now=NOW,
    )


def cancel(visit: Appointment) -> None:
    services.cancel(appointment=visit, by=visit.booked_by, now=NOW)


def status_of(entry: WaitingEntry) -> str:
    return WaitingEntry.objects.get(pk=entry.pk).status


# What they had themselves


@pytest.mark.parametrize("how", ["cancel", "decline", "expire", "move"])
def test_time_that_they_had_themselves_goes_to_the_next(
    doctor: Doctor, staff: User, person: User, stranger: User, how: str
) -> None:
    open_on(doctor, date(2026, 3, 6))
    visit = make_appointment(doctor, person, NINE, status=Status.PENDING, answer_by=NOW)
    entries = [
        wait_for(doctor, person, instead_of=visit, last_day=WEDNESDAY),
        wait_for(doctor, stranger, last_day=WEDNESDAY),
    ]
    if how == "expire":
        services.expire_requests(now=NOW)
    elif how == "move":
        services.reschedule(appointment=visit, start=at(6, 9), by=person, now=NOW)
    elif how == "decline":
        services.decline(appointment=visit, by=staff, now=NOW)
    else:
        cancel(visit)
    tick_waiting(now=NOW)
    assert [offered(entry) for entry in entries] == [[], [("04 09:00", "open")]]


def test_time_that_they_had_with_another_doctor_is_offered(doctor: Doctor, person: User) -> None:
    entry = wait_for(doctor, person)
    cancel(make_appointment(make_doctor("Dr. Priya"), person, NINE))
    tick_waiting(now=NOW)
    assert offered(entry) == [("04 09:00", "open")]


def test_time_that_they_gave_up_through_a_link_is_not_offered(doctor: Doctor, person: User) -> None:
    visit = book(doctor, person, NINE)
    entry = wait_for(doctor, person)
    person.accesses.all().delete()
    Patient.objects.update(email="own@example.com")
    visit.refresh_from_db()
    by = Holder(visit.patient_id, "own@example.com", visit_id=visit.pk)
    services.cancel(appointment=visit, by=by, now=NOW)
    tick_waiting(now=NOW)
    assert offered(entry) == []


@pytest.mark.parametrize("decision", [Cancel(), Ask()])
def test_time_that_the_clinic_took_is_theirs_again_when_the_time_off_is_taken_back(
    doctor: Doctor, person: User, stranger: User, staff: User, decision: Decision
) -> None:
    open_on(doctor, date(2026, 3, 6))
    visit = book(doctor, person, NINE)
    entries = [wait_for(doctor, user, last_day=WEDNESDAY) for user in (person, stranger)]
    absence = Absence((Span(NINE, NINE + HALF),), doctor=doctor)
    done = take_time_off(absence=absence, decisions={visit.pk: decision}, by=staff, now=NOW)
    if decision == Ask():
        services.reschedule(appointment=visit, start=at(6, 9), by=person, now=NOW)
    assert [offered(entry) for entry in entries] == [[], []]
    take_back_time_off(time_off=done.time_off[0], by=staff, now=NOW)
    tick_waiting(now=NOW)
    assert [offered(entry) for entry in entries] == [[("04 09:00", "open")], []]


def test_time_that_they_moved_from_before_the_clinic_cancelled_is_not_offered(
    doctor: Doctor, person: User, staff: User
) -> None:
    open_on(doctor, date(2026, 3, 6), time(9), time(9, 30))
    visit = book(doctor, person, NINE)
    entry = wait_for(doctor, person, last_day=WEDNESDAY)
    services.reschedule(appointment=visit, start=at(6, 9), by=person, now=NOW)
    services.cancel(appointment=visit, by=staff, now=NOW)
    assert offered(entry) == []


# The visit that it would be instead of


@pytest.mark.parametrize("status", [Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW])
def test_entry_ends_when_the_visit_it_is_instead_of_is_over(
    doctor: Doctor, person: User, stranger: User, status: str
) -> None:
    visit = make_appointment(make_doctor("Dr. Priya"), person, at(5, 9), status=status)
    entries = [wait_for(doctor, person, instead_of=visit), wait_for(doctor, stranger)]
    offer_times_of(doctor.pk, now=NOW)
    assert [offered(entry) for entry in entries] == [[], [("04 09:00", "open")]]
    tick_waiting(now=NOW)
    assert [status_of(entry) for entry in entries] == ["over", "waiting"]


def test_entry_ends_when_the_visit_it_is_instead_of_begins(doctor: Doctor, person: User) -> None:
    visit = make_appointment(make_doctor("Dr. Priya"), person, at(3, 9))
    entry = wait_for(doctor, person, instead_of=visit, status="paused")
    tick_waiting(now=at(3, 9) - timedelta(seconds=1))
    assert status_of(entry) == "paused"
    tick_waiting(now=at(3, 9))
    assert status_of(entry) == "over"


def test_entry_goes_on_when_the_visit_it_is_instead_of_never_took_place(
    doctor: Doctor, person: User
) -> None:
    visit = make_appointment(make_doctor("Dr. Priya"), person, at(3, 9))
    entry = wait_for(doctor, person, instead_of=visit)
    cancel(visit)
    assert offered(entry) == [("04 09:00", "open")]
    tick_waiting(now=at(3, 10))
    assert status_of(entry) == "waiting"


# A later visit that is booked while they wait


@pytest.mark.parametrize("how", [wait_for, wait_for_any])
def test_later_visit_that_is_booked_meanwhile_is_what_an_offer_is_instead_of(
    doctor: Doctor, person: User, how: Callable[..., WaitingEntry]
) -> None:
    open_on(doctor, date(2026, 3, 6))
    entry = how(doctor, person, last_day=WEDNESDAY)
    later = book(doctor, person, at(6, 9))
    entry.refresh_from_db()
    assert (entry.status, entry.instead_of) == ("waiting", later)
    offer_times_of(doctor.pk, now=NOW)
    offer = open_offer_of(entry)
    assert offer is not None
    visit = accept(offer=offer, by=person, now=NOW)
    assert (visit.pk, visit.start) == (later.pk, NINE)
    assert Appointment.objects.get() == visit


def test_offer_stays_good_when_a_later_visit_is_booked(doctor: Doctor, person: User) -> None:
    open_on(doctor, date(2026, 3, 6))
    entry = wait_for(doctor, person, last_day=WEDNESDAY)
    offer_times_of(doctor.pk, now=NOW)
    book(doctor, person, at(6, 9))
    assert offered(entry) == [("04 09:00", "open")]


def test_first_later_visit_stays_what_an_offer_is_instead_of(doctor: Doctor, person: User) -> None:
    open_on(doctor, date(2026, 3, 6))
    entry = wait_for(doctor, person, last_day=WEDNESDAY)
    first = book(doctor, person, at(6, 9))
    book(doctor, person, at(6, 9, 30))
    entry.refresh_from_db()
    assert entry.instead_of == first
    cancel(first)
    third = book(doctor, person, at(6, 9))
    entry.refresh_from_db()
    assert entry.instead_of == third


def test_accept_while_a_later_visit_is_being_booked_elsewhere_is_refused(
    doctor: Doctor, person: User
) -> None:
    """Their doctor was not locked before the patient was: others may wait for these in turn."""
    entry = wait_for_any(doctor, person, last_day=WEDNESDAY, to_time=time(10))
    offer_times_of(doctor.pk, now=NOW)
    seen = WaitingOffer.objects.select_related("entry__instead_of", "entry__patient").get()
    later = book(make_doctor("Dr. Priya"), person, at(5, 9))
    with pytest.raises(WrongStatus):
        accept(offer=seen, by=person, now=NOW)
    assert (status_of(entry), offered(entry)) == ("waiting", [("04 09:00", "open")])
    offer = open_offer_of(entry)
    assert offer is not None
    assert accept(offer=offer, by=person, now=NOW).start == NINE
    later.refresh_from_db()
    assert later.status == "cancelled"


@pytest.mark.parametrize("other", ["doctor", "kind", "patient", "before"])
def test_visit_that_is_not_what_they_wait_for_is_not_given_up(
    doctor: Doctor, person: User, other: str
) -> None:
    first_day = date(2026, 3, 9) if other == "before" else date(2026, 3, 2)
    entry = wait_for(doctor, person, first_day=first_day, weekdays=0b1)
    if other == "kind":
        VisitType.objects.create(doctor=doctor, name="Long", duration_minutes=30)
    where = make_doctor("Dr. Priya") if other == "doctor" else doctor
    visit = services.book(
        doctor=where,
        patient=make_child(person) if other == "patient" else patient_of(person),
        visit_type=where.visit_types.order_by("pk").last(),
        start=at(4, 9) if other != "doctor" else at(4, 10),
        by=person,
        now=NOW,
    )
    entry.refresh_from_db()
    assert (entry.status, entry.instead_of, visit.status) == ("waiting", None, "confirmed")


# Fair use


@pytest.mark.parametrize("limit", ["max_open_visits", "max_open_per_specialty"])
def test_who_holds_as_much_as_they_may_is_passed_over(
    doctor: Doctor, person: User, stranger: User, limit: str
) -> None:
    BookingPolicy.objects.create(pk=1, **{limit: 1})
    visit = make_appointment(make_doctor("Dr. Priya"), person, at(5, 9))
    entries = [wait_for(doctor, person), wait_for(doctor, stranger, last_day=date(2026, 3, 3))]
    offer_times_of(doctor.pk, now=NOW)
    assert [offered(entry) for entry in entries] == [[], []]
    WaitingEntry.objects.filter(pk=entries[1].pk).update(last_day=WEDNESDAY)
    cancel(visit)  # they have kept their place
    assert [offered(entry) for entry in entries] == [[("04 09:00", "open")], []]


def test_who_holds_as_much_as_they_may_elsewhere_is_offered_times(
    doctor: Doctor, person: User
) -> None:
    BookingPolicy.objects.create(pk=1, max_open_per_specialty=1)
    skin = make_doctor("Dr. Priya", specialty=make_specialty("Dermatology", "Dermatologist"))
    make_appointment(skin, person, at(5, 9))
    entry = wait_for(doctor, person)
    offer_times_of(doctor.pk, now=NOW)
    assert offered(entry) == [("04 09:00", "open")]


@pytest.mark.parametrize("limit", ["max_open_visits", "max_open_per_specialty"])
def test_visit_that_an_offer_is_instead_of_counts_for_nothing(
    doctor: Doctor, person: User, limit: str
) -> None:
    BookingPolicy.objects.create(pk=1, **{limit: 1})
    later = make_appointment(make_doctor("Dr. Priya"), person, at(5, 9))
    entry = wait_for_any(doctor, person, instead_of=later)
    offer_times_of(doctor.pk, now=NOW)
    offer = open_offer_of(entry)
    assert offer is not None
    assert accept(offer=offer, by=person, now=NOW).start == NINE


def test_move_to_an_earlier_time_has_no_limit(doctor: Doctor, person: User) -> None:
    """As where they move the visit themselves: they hold no more than before."""
    BookingPolicy.objects.create(pk=1, max_open_visits=1)
    make_appointment(make_doctor("Dr. Priya"), person, at(5, 9))
    later = make_appointment(doctor, person, at(6, 9))
    entry = wait_for(doctor, person, instead_of=later)
    offer_times_of(doctor.pk, now=NOW)
    offer = open_offer_of(entry)
    assert offer is not None
    assert accept(offer=offer, by=person, now=NOW).pk == later.pk


# The same for all


def test_line_costs_the_same_however_many_are_passed_over(doctor: Doctor) -> None:
    counts = []
    BookingPolicy.objects.create(pk=1, max_open_per_specialty=1)
    priya = make_doctor("Dr. Priya")
    for number in range(3):
        user = make_person()
        cancel(book(doctor, user, NINE))
        wait_for(doctor, user)
        other = make_person()
        make_appointment(priya, other, at(5, 9) + number * HALF)
        wait_for(doctor, other)
        with CaptureQueriesContext(connection) as queries:
            assert offer_times_of(doctor.pk, now=NOW) == []
        counts.append(len(queries))
    assert counts == [counts[0]] * 3
