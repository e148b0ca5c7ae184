"""The desk and the doctor see which times are kept for somebody on the waiting list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from accounts.models import User
from appointments.desk.obstacles import Question, obstacles
from appointments.models import BookingPolicy, HeldTime
from appointments.waiting.services import offer_to
from docspot.tests.cast import NOW, at
from docspot.tests.fixtures import browser_of
from docspot.tests.waiting import wait_for
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

UNTIL = "Kept for somebody on the waiting list until 9:00am"


@pytest.fixture
def held(doctor: Doctor, person: User) -> HeldTime:
    """11:00am to 11:30am today; a time before is too near to be offered."""
    [offer] = offer_to(entry=wait_for(doctor, person), now=NOW)
    assert offer.held is not None
    return offer.held


def why(held: HeldTime, minutes: int = 0) -> list[str]:
    doctor = Doctor.objects.with_schedule().get(pk=held.doctor_id)
    kind = doctor.visit_types.all()[0]
    start = held.start + timedelta(minutes=minutes)
    zone, policy = held.location.zone, BookingPolicy.current()
    ask = Question(doctor, kind, start, zone, policy, NOW)
    return [one.text for one in obstacles(ask)]


KEPT = (
    "11:00am to 11:30am is kept for somebody on the waiting list until Monday 2 March 2026, 9:00am."
)


def test_desk_is_told_why_a_held_time_cannot_be_booked(held: HeldTime) -> None:
    assert held.start == at(2, 11)
    assert why(held) == [KEPT]
    assert why(held, 30) == []


def test_time_kept_free_after_a_visit_meets_a_held_time(held: HeldTime) -> None:
    held.doctor.visit_types.update(buffer_minutes=10)
    assert KEPT in why(held, -30)


def test_day_of_the_desk_shows_a_held_time(held: HeldTime, staff: User) -> None:
    page = browser_of(staff).get(reverse("admin:desk_day"))
    assertContains(page, UNTIL, count=2)  # in the table and in the list


@pytest.mark.parametrize("page", ["day", "week"])
def test_doctor_sees_a_held_time_as_such_and_not_as_free(
    doctor: Doctor, person: User, page: str
) -> None:
    smith, url = browser_of(doctor.user), reverse(f"practice:{page}")
    assertNotContains(smith.get(url), "waiting list")
    offer_to(entry=wait_for(doctor, person), now=NOW)
    words = {"day": UNTIL, "week": "Kept for the waiting list, 11:00am - 11:30am"}
    assertContains(smith.get(url), words[page], count=1)


def test_held_time_that_belongs_to_no_offer_is_shown_without_its_end(
    doctor: Doctor, staff: User
) -> None:
    """As a script beside DocSpot might keep one."""
    place = doctor.working_hours.all()[0].location
    start = at(2, 12)
    HeldTime.objects.create(
        doctor=doctor, location=place, start=start, end=start + timedelta(minutes=30)
    )
    page = browser_of(staff).get(reverse("admin:desk_day"))
    assertContains(page, "Kept for somebody on the waiting list", count=2)
