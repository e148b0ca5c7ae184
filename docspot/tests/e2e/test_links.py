"""The way of a mail: book, open its link in a browser that knows nobody, move with one tap."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.selectors import contacts_of
from appointments.links.services import key_of
from appointments.models import Appointment
from docspot.tests.cast import at, make_appointment
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import arrive, book_url, send
from doctors.models import Doctor

CONFIRMED = "Your appointment is confirmed"
MOVED = "Your appointment has been moved"


def address_in_mail() -> str:
    """The path of the link in the last mail that the worker has sent."""
    call_command("work", "--once")
    (line,) = [line for line in mail.outbox[-1].body.splitlines() if "/visit/" in line]
    return "/visit/" + line.partition("/visit/")[2]


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_patient_books_and_moves_by_the_mail_with_one_tap(
    page_of: Callable[..., Page], person: User, doctor: Doctor, scripts: bool
) -> None:
    page = page_of(person, java_script_enabled=scripts)
    page.goto(book_url(doctor, at(3, 9, 30)))
    send(page, "Confirm appointment")
    arrive(page, "Appointment confirmed")
    fresh = page_of(java_script_enabled=scripts)
    fresh.goto(address_in_mail())
    arrive(fresh, CONFIRMED)
    send(fresh, "Move to Tuesday 3 March, 10:00am, 30 minutes")
    arrive(fresh, MOVED)
    fresh.reload()
    arrive(fresh, MOVED)
    assert Appointment.objects.get().start == at(3, 10)
    again = address_in_mail()
    assert mail.outbox[-1].subject == "Your appointment is now on Tuesday 3 March, 10:00am"
    assert fresh.url.endswith(again)
    send(fresh, "I will come")
    arrive(fresh, "The clinic knows that you will come")
    assert list(Appointment.objects.get().events.values_list("kind", "by_link")) == [
        ("confirmed", False),
        ("moved", True),
        ("attends", True),
    ]


def test_pages_of_a_link(page_of: Callable[..., Page], person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(4, 9, 30))
    contact = contacts_of(visit.patient)[0]
    key = key_of(appointment=visit, contact=contact, now=timezone.now())
    page = page_of()
    page.goto(reverse("visit:show", args=[key]))
    see(page, CONFIRMED)
    page.get_by_role("link", name="All free times of Dr. Smith").click()
    see(page, "Move your appointment")
    page.get_by_role("link", name="Wednesday 4 March, 2:00pm, 30 minutes").click()
    see(page, "Check and confirm the new time")
    make_appointment(doctor, person, at(4, 14), status="checked_in")
    send(page, "Move appointment")
    see(page, "Move your appointment")
    expect(page.get_by_role("alert")).to_contain_text("Your appointment was not moved")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Cancel appointment").click()
    see(page, "Cancel this appointment?")
    send(page, "Cancel appointment")
    see(page, "You have cancelled this appointment")
    page.goto(reverse("visit:show", args=[key[::-1]]))
    see(page, "This link no longer works")
