"""Which booked visits no longer fit the hours, and who is told."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from appointments.models import Appointment
from appointments.outside_hours.selectors import stray_visits
from docspot.tests import cast
from docspot.tests.cast import NOW, at, make_appointment
from doctors.models import Doctor, Location

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

OUTSIDE, OFF = False, True


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    """A visit on Tuesday 3 March from 9:00 to 9:30, within the hours."""
    return make_appointment(doctor, person, at(3, 9))


def found(*doctors: Doctor) -> list[tuple[Any, bool]]:
    return [(visit.pk, off) for visit, off in stray_visits(doctors, now=NOW)]


def test_visit_within_the_hours_is_not_found(doctor: Doctor, visit: Appointment) -> None:
    assert found(doctor) == []


@pytest.mark.parametrize("status", ["pending", "confirmed", "checked_in"])
def test_visit_without_hours_is_found(doctor: Doctor, visit: Appointment, status: str) -> None:
    Appointment.objects.update(status=status)
    doctor.working_hours.filter(weekday=1).delete()
    assert found(doctor) == [(visit.pk, OUTSIDE)]


@pytest.mark.parametrize("status", ["cancelled", "declined", "completed", "no_show"])
def test_visit_that_blocks_no_time_is_not_found(
    doctor: Doctor, visit: Appointment, status: str
) -> None:
    Appointment.objects.update(status=status)
    doctor.working_hours.all().delete()
    assert found(doctor) == []


def test_visit_that_is_over_is_not_found(doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, NOW - timedelta(minutes=30))
    doctor.working_hours.all().delete()
    assert found(doctor) == []


def test_visit_of_another_doctor_is_not_found(doctor: Doctor, visit: Appointment) -> None:
    doctor.working_hours.all().delete()
    assert found(cast.make_doctor("Dr. Kumar")) == []


@pytest.mark.parametrize(
    ("opens", "closes", "fits"),
    [
        (time(9), time(9, 30), True),
        (time(9), time(9, 29), False),
        (time(9, 1), time(13), False),
    ],
)
def test_visit_fits_if_the_whole_of_it_lies_in_the_hours(
    doctor: Doctor, visit: Appointment, opens: time, closes: time, fits: bool
) -> None:
    doctor.working_hours.filter(weekday=1, opens=time(9)).update(opens=opens, closes=closes)
    assert found(doctor) == ([] if fits else [(visit.pk, OUTSIDE)])


def test_hours_at_another_place_do_not_count(doctor: Doctor, visit: Appointment) -> None:
    doctor.working_hours.update(location=cast.make_location("Guntur"))
    assert found(doctor) == [(visit.pk, OUTSIDE)]


def test_hours_that_have_ended_do_not_count(doctor: Doctor, visit: Appointment) -> None:
    doctor.working_hours.update(valid_until=date(2026, 3, 2))
    assert found(doctor) == [(visit.pk, OUTSIDE)]


def test_hours_of_every_other_week_count_in_theirs(
    doctor: Doctor, visit: Appointment, person: User
) -> None:
    doctor.working_hours.update(every_weeks=2, valid_from=date(2026, 3, 2))
    next_week = make_appointment(doctor, person, at(10, 9))
    assert found(doctor) == [(next_week.pk, OUTSIDE)]


def test_hours_of_the_night_before_count(doctor: Doctor, person: User) -> None:
    doctor.working_hours.create(
        location=doctor.working_hours.all()[0].location,
        weekday=4,
        opens=time(22),
        closes=time(2),
        closes_next_day=True,
    )
    make_appointment(doctor, person, at(7, 1))
    late = make_appointment(doctor, person, at(7, 1, 45))
    assert found(doctor) == [(late.pk, OUTSIDE)]


def test_change_of_the_zone_moves_no_visit_out_of_its_instant(
    doctor: Doctor, visit: Appointment
) -> None:
    """9am in India is half past 3 in London, when the doctor there is not at work."""
    Location.objects.update(time_zone="Europe/London")
    assert found(doctor) == [(visit.pk, OUTSIDE)]
    visit.refresh_from_db()
    assert visit.start == at(3, 9)


@pytest.mark.parametrize(
    ("begins", "ends", "off"),
    [
        (at(3, 0), at(4, 0), True),
        (at(3, 9, 29), at(3, 12), True),
        (at(3, 9, 30), at(3, 12), False),
        (at(3, 8), at(3, 9), False),
    ],
)
def test_visit_in_time_off_is_found(
    doctor: Doctor, visit: Appointment, begins: Any, ends: Any, off: bool
) -> None:
    doctor.time_off.create(start=begins, end=ends)
    assert found(doctor) == ([(visit.pk, OFF)] if off else [])


def test_visit_at_a_closed_place_is_found(doctor: Doctor, visit: Appointment) -> None:
    elsewhere = cast.make_location("Guntur")
    doctor.working_hours.create(location=elsewhere, weekday=5, opens=time(9), closes=time(13))
    closing = {"start": at(3, 0), "end": at(4, 0)}
    elsewhere.time_off.create(**closing)
    assert found(doctor) == []
    visit.location.time_off.create(**closing)
    assert found(doctor) == [(visit.pk, OFF)]


def test_three_visits_ask_no_more_than_one(
    doctor: Doctor,
    visit: Appointment,
    person: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    doctor.time_off.create(start=at(3, 0), end=at(6, 0))
    other = cast.make_doctor("Dr. Kumar", location=cast.make_location("Guntur"))
    doctors = Doctor.objects.all()
    with django_assert_num_queries(5):
        assert len(stray_visits(doctors, now=NOW)) == 1
    other.time_off.create(start=at(3, 0), end=at(6, 0))
    make_appointment(other, person, at(4, 9))
    make_appointment(doctor, person, at(5, 9))
    with django_assert_num_queries(5):
        strays = stray_visits(doctors, now=NOW)
        assert [str(visit) for visit, _ in strays] == [
            "Dr. Smith, Tuesday 3 March 2026, 9:00am",
            "Dr. Kumar, Wednesday 4 March 2026, 9:00am",
            "Dr. Smith, Thursday 5 March 2026, 9:00am",
        ]
