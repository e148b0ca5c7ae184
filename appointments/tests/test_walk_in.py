"""A patient who stands at the desk: now, off the grid of starts, or the next gap."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from accounts.models import User
from appointments import exceptions, services
from appointments.models import Appointment, BookingPolicy
from docspot.tests.cast import at, make_appointment, make_doctor, patient_of
from doctors.models import Doctor, TimeOff

pytestmark = pytest.mark.django_db
Status = Appointment.Status
NOW = at(3, 9, 7) + timedelta(seconds=20)


def take_in(doctor: Doctor, person: User, by: User, now: datetime = NOW, **options) -> Appointment:
    return services.take_in(
        doctor=doctor,
        patient=patient_of(person),
        visit_type=doctor.visit_types.get(),
        by=by,
        now=now,
        **options,
    )


def test_now_begins_with_the_next_minute_and_is_checked_in(
    doctor: Doctor, person: User, staff: User
) -> None:
    visit = take_in(doctor, person, staff, reason="A cut")
    visit.refresh_from_db()
    assert (visit.start, visit.end) == (at(3, 9, 8), at(3, 9, 38))
    assert (visit.status, visit.reason, visit.booked_by) == (Status.CHECKED_IN, "A cut", staff)
    assert [event.kind for event in visit.events.all()] == ["confirmed", "checked_in"]


def test_now_needs_no_approval(person: User, staff: User) -> None:
    doctor = make_doctor(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    visit = take_in(doctor, person, staff)
    assert (visit.status, visit.answer_by) == (Status.CHECKED_IN, None)


@pytest.mark.parametrize(("minute", "status"), [(15, Status.CHECKED_IN), (30, Status.CONFIRMED)])
def test_gap_is_checked_in_if_it_is_about_to_begin(
    doctor: Doctor, person: User, staff: User, minute: int, status: str
) -> None:
    doctor.step_minutes = 15
    doctor.save()
    visit = take_in(doctor, person, staff, start=at(3, 9, minute))
    assert (visit.start, visit.status) == (at(3, 9, minute), status)


def test_now_is_refused_where_the_next_visit_is_too_near(
    doctor: Doctor, person: User, stranger: User, staff: User
) -> None:
    make_appointment(doctor, stranger, at(3, 9, 30))
    with pytest.raises(exceptions.SlotUnavailable):
        take_in(doctor, person, staff)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    "now",
    [
        at(3, 8, 45),  # before opening
        at(3, 12, 45),  # it would run into the break
        at(3, 13, 10),  # in the break
        at(3, 17),  # after closing
        at(7, 10),  # on a Saturday
    ],
)
def test_now_is_refused_outside_the_hours(
    doctor: Doctor, person: User, staff: User, now: datetime
) -> None:
    with pytest.raises(exceptions.SlotUnavailable):
        take_in(doctor, person, staff, now=now)


def test_now_is_refused_during_time_off(doctor: Doctor, person: User, staff: User) -> None:
    TimeOff.objects.create(doctor=doctor, start=at(3, 9, 20), end=at(3, 10))
    with pytest.raises(exceptions.SlotUnavailable):
        take_in(doctor, person, staff)


def test_now_is_refused_on_a_full_day(person: User, stranger: User, staff: User) -> None:
    doctor = make_doctor(max_visits_per_day=1)
    make_appointment(doctor, stranger, at(3, 14))
    with pytest.raises(exceptions.SlotUnavailable):
        take_in(doctor, person, staff)


def test_slot_that_has_begun_is_refused(doctor: Doctor, person: User, staff: User) -> None:
    with pytest.raises(exceptions.OutsideBookingWindow):
        take_in(doctor, person, staff, start=at(3, 9))


def test_now_overrules_notice_and_open_visits(doctor: Doctor, person: User, staff: User) -> None:
    BookingPolicy.objects.create(pk=1, notice_minutes=600, max_open_visits=1)
    make_appointment(doctor, person, at(4, 9))
    assert take_in(doctor, person, staff).status == Status.CHECKED_IN


def test_patient_cannot_walk_in_by_themselves(doctor: Doctor, person: User) -> None:
    with pytest.raises(exceptions.NotAllowed):
        take_in(doctor, person, person)
    with pytest.raises(exceptions.NotAllowed):
        services.book(
            doctor=doctor,
            patient=patient_of(person),
            visit_type=doctor.visit_types.get(),
            start=at(3, 9, 8),
            by=person,
            now=NOW,
            walk_in=True,
        )


def test_failed_check_in_books_nothing(
    doctor: Doctor, person: User, stranger: User, staff: User
) -> None:
    """Patient and doctor are checked before anything is written."""
    other = make_doctor("Dr. Priya")
    make_appointment(other, person, at(3, 9))
    with pytest.raises(exceptions.PatientBusy):
        take_in(doctor, person, staff)
    assert Appointment.objects.filter(doctor=doctor).count() == 0


def test_last_minute_of_a_day_is_not_checked_in_for_the_next(person: User, staff: User) -> None:
    doctor = make_doctor(hours=((time(0), time(2)),), days=range(7))
    visit = take_in(doctor, person, staff, now=at(3, 23, 59))
    assert (visit.start, visit.status) == (at(4, 0), Status.CONFIRMED)
