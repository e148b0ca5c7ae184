"""The pages of booking and of a person's appointments, in every state they can be in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from time_machine import Traveller

from accounts.models import User
from appointments.models import Appointment, BookingPolicy
from docspot.tests.cast import (
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_location,
    make_person,
)
from docspot.tests.e2e.looking import look, see
from docspot.tests.e2e.steps import book_url, send
from doctors.models import Doctor

CHECK = "Check and confirm your appointment"
GONE = "Choose another time"
REFUSED = "This appointment was not booked"
Status = Appointment.Status


def write_too_much(page: Page, field: str) -> None:
    """As a browser that does not know maxlength would let one do."""
    page.get_by_label(field).evaluate("element => { element.value = 'very '.repeat(300) }")


def test_book_states(page_of: Callable[..., Page], person: User, doctor: Doctor) -> None:
    page = page_of(person)
    page.goto(book_url(doctor, at(3, 9, 30)))
    see(page, CHECK)
    make_child(person)
    page.reload()
    see(page, CHECK)
    write_too_much(page, "What is it for?")
    send(page, "Confirm appointment")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(
        [
            "Choose who the appointment is for",
            "Use 1,000 characters or fewer",
        ]
    )
    see(page, CHECK)
    page.get_by_role("link", name="Choose who the appointment is for").click()
    expect(page.get_by_label("Asha Rao")).to_be_focused()


def test_book_state_of_a_doctor_who_answers_first(
    page_of: Callable[..., Page], person: User
) -> None:
    doctor = make_doctor(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    page = page_of(person)
    page.goto(book_url(doctor, at(2, 11)))
    see(page, CHECK)
    send(page, "Send request")
    see(page, "Request sent")


def test_booked_state(page_of: Callable[..., Page], person: User, doctor: Doctor) -> None:
    page = page_of(person)
    page.goto(book_url(doctor, at(3, 9, 30)))
    send(page, "Confirm appointment")
    see(page, "Appointment confirmed")


def test_time_gone_states(
    page_of: Callable[..., Page],
    person: User,
    stranger: User,
    doctor: Doctor,
    clock: Traveller,
) -> None:
    page = page_of(person)
    make_appointment(doctor, stranger, at(3, 9, 30))
    page.goto(book_url(doctor, at(3, 9, 30)))
    see(page, GONE)
    page.goto(book_url(doctor, at(3, 10)))
    clock.move_to(at(3, 11))
    send(page, "Confirm appointment")
    see(page, GONE)
    expect(page.get_by_text("This time has passed. Choose a later time.")).to_be_visible()


def test_time_gone_state_with_nothing_left(
    page_of: Callable[..., Page], person: User, stranger: User
) -> None:
    BookingPolicy.objects.create(pk=1, horizon_days=2)
    doctor = make_doctor(days=(1,), hours=((time(9), time(9, 30)),))
    make_appointment(doctor, stranger, at(3, 9))
    page = page_of(person)
    page.goto(book_url(doctor, at(3, 9)))
    see(page, GONE)
    expect(page.get_by_role("link", name="Other doctors for Cardiology")).to_be_visible()


def test_refused_states(
    page_of: Callable[..., Page], person: User, doctor: Doctor, settings: Settings
) -> None:
    page = page_of(person)
    page.goto(book_url(doctor, at(3, 9, 30)).replace("2026", "banana"))
    see(page, REFUSED)
    page.goto(book_url(doctor, at(3, 9, 30)))
    BookingPolicy.objects.create(pk=1, max_open_visits=1)
    make_appointment(doctor, person, at(4, 9))
    send(page, "Confirm appointment")
    see(page, REFUSED)
    settings.REQUIRE_VERIFIED_EMAIL = True
    page.goto(book_url(doctor, at(3, 9, 30)))
    send(page, "Confirm appointment")
    see(page, REFUSED)


def test_refused_state_of_staff_who_are_no_patients(
    page_of: Callable[..., Page], staff: User, doctor: Doctor
) -> None:
    page = page_of(staff)
    page.goto(book_url(doctor, at(3, 9, 30)))
    see(page, REFUSED)
    expect(page.get_by_role("link", name="Add your details")).to_be_visible()


def test_list_states(page_of: Callable[..., Page], person: User, doctor: Doctor) -> None:
    page = page_of(person)
    page.goto("/appointments/")
    see(page, "My appointments")
    for number in range(21):
        status = list(Status)[number % len(Status)]
        make_appointment(doctor, person, at(2, 9, month=2) - timedelta(days=number), status=status)
    page.goto("/appointments/")
    see(page, "My appointments")
    for day, status in ((3, Status.CONFIRMED), (4, Status.PENDING), (5, Status.CANCELLED)):
        make_appointment(doctor, person, at(day, 9, 30), status=status)
    page.goto("/appointments/")
    see(page, "My appointments")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    see(page, "My appointments")


@pytest.mark.parametrize(
    ("status", "start", "heading"),
    [
        (Status.PENDING, at(3, 9, 30), "Request sent"),
        (Status.CONFIRMED, at(3, 9, 30), "Appointment confirmed"),
        pytest.param(Status.CONFIRMED, at(2, 9), "Appointment confirmed", id="too late"),
        pytest.param(Status.CONFIRMED, at(2, 9, month=2), "This appointment is over", id="over"),
        (Status.CHECKED_IN, at(2, 8, 15), "Arrived"),
        (Status.COMPLETED, at(2, 9, month=2), "Completed"),
        (Status.NO_SHOW, at(2, 9, month=2), "Missed"),
        (Status.DECLINED, at(3, 9, 30), "Declined by the clinic"),
        (Status.CANCELLED, at(3, 9, 30), "Cancelled"),
    ],
)
def test_detail_states(
    page_of: Callable[..., Page],
    person: User,
    doctor: Doctor,
    status: Status,
    start: datetime,
    heading: str,
) -> None:
    appointment = make_appointment(doctor, person, start, status=status, reason="Chest pain")
    page = page_of(person)
    page.goto(reverse("appointments:detail", args=[appointment.pk]))
    see(page, heading)


def test_cancel_states(
    page_of: Callable[..., Page],
    person: User,
    doctor: Doctor,
    clock: Traveller,
) -> None:
    appointment = make_appointment(doctor, person, at(3, 9, 30))
    ask = reverse("appointments:cancel", args=[appointment.pk])
    page = page_of(person)
    page.goto(ask)
    see(page, "Cancel this appointment?")
    write_too_much(page, "Why do you cancel?")
    send(page, "Cancel appointment")
    see(page, "Cancel this appointment?")
    clock.move_to(at(3, 8))
    page.goto(ask)
    see(page, "It is too late to cancel here")
    clock.move_to(at(3, 7))
    page.goto(ask)
    page.get_by_label("Why do you cancel?").fill("I feel better")
    send(page, "Cancel appointment")
    see(page, "Cancelled by you")


def test_move_states(
    page_of: Callable[..., Page], person: User, stranger: User, doctor: Doctor
) -> None:
    appointment = make_appointment(doctor, person, at(3, 9, 30))
    page = page_of(person)
    page.goto(reverse("appointments:reschedule", args=[appointment.pk]))
    see(page, "Move your appointment")
    page.get_by_role("link", name="Tuesday 3 March, 10:00am, 30 minutes").click()
    see(page, "Check and confirm the new time")
    make_appointment(doctor, stranger, at(3, 10))
    send(page, "Move appointment")
    see(page, "Move your appointment")
    expect(page.get_by_role("status")).to_contain_text("This time is not free.")
    page.get_by_role("link", name="Tuesday 3 March, 10:30am, 30 minutes").click()
    send(page, "Move appointment")
    see(page, "Appointment confirmed")
    appointment.refresh_from_db()
    assert appointment.start == at(3, 10, 30)


@pytest.mark.thorough
def test_long_words_do_not_widen_pages(page_of: Callable[..., Page]) -> None:
    word = "Llanfairpwllgwyngyll" * 6
    person = make_person(word, f"{word[:60]}@{word[:60]}.example".lower())
    doctor = make_doctor(f"Dr. {word}", slug="dr-long", bio=word, location=make_location(word[:80]))
    visit = make_appointment(doctor, person, at(3, 9, 30), reason=word)
    make_child(person, word)
    page = page_of(person)
    detail = reverse("appointments:detail", args=[visit.pk])
    addresses = ["/", "/doctors/", "/doctors/dr-long/", book_url(doctor, at(3, 10)), detail]
    for address in [*addresses, f"{detail}cancel/", "/appointments/", "/accounts/profile/"]:
        page.goto(address)
        look(page)
