"""The whole way of a newcomer: sign up, search, book, find it again, cancel, log out."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from appointments.models import Appointment
from docspot.tests.cast import PASSWORD, at, make_doctor
from docspot.tests.e2e.hands import Keyboard, Pointer

HOME = "See a doctor, without the telephone."


@pytest.mark.parametrize(
    ("hand", "scripts"),
    [
        pytest.param(Keyboard, True, id="by keyboard alone"),
        pytest.param(Pointer, False, id="without JavaScript"),
    ],
)
def test_newcomer_books_and_cancels(
    page_of: Callable[..., Page], hand: type[Pointer], scripts: bool
) -> None:
    make_doctor("Dr. Smith")
    make_doctor("Dr. Kumar")
    page = page_of(java_script_enabled=scripts)
    page.goto("/")
    newcomer = hand(page)
    sign_up(newcomer)
    book(newcomer)
    booked = Appointment.objects.get()
    assert (booked.doctor.name, booked.patient.name, booked.start, booked.reason) == (
        "Dr. Smith",
        "Asha Rao",
        at(3, 9, 30),
        "Chest pain on stairs",
    )
    cancel(newcomer)
    booked.refresh_from_db()
    assert booked.status == Appointment.Status.CANCELLED
    newcomer.press("button", "Log out")
    newcomer.arrive(HOME)
    newcomer.press("link", "Log in")
    newcomer.arrive("Log in")


def sign_up(newcomer: Pointer) -> None:
    newcomer.press("link", "Create an account")
    newcomer.arrive("Create an account")
    newcomer.write("Full name", "Asha Rao")
    newcomer.write("Email address", "asha@example.com")
    newcomer.write("Date of birth", "05051980")  # whether the day or the month comes first
    newcomer.write("Phone number (optional)", "+91 98765 43210")
    newcomer.write("Password", PASSWORD)
    newcomer.press("button", "Create account")
    newcomer.arrive("My appointments")


def book(newcomer: Pointer) -> None:
    newcomer.press("link", "DocSpot")
    newcomer.arrive(HOME)
    newcomer.write("Name, specialty or place", "smith")
    newcomer.press("button", "Find times")
    newcomer.arrive("1 doctor found")
    newcomer.press("link", "Dr. Smith")
    newcomer.arrive("Dr. Smith")
    newcomer.press("link", "Tuesday 3 March, 9:30am, 30 minutes")
    newcomer.arrive("Check and confirm your appointment")
    newcomer.write("What is it for? (optional)", "Chest pain on stairs")
    newcomer.press("button", "Confirm appointment")
    newcomer.arrive("Appointment confirmed")


def cancel(newcomer: Pointer) -> None:
    newcomer.press("link", "My appointments")
    newcomer.arrive("My appointments")
    newcomer.press("link", "See details")
    newcomer.arrive("Appointment confirmed")
    newcomer.press("link", "Cancel appointment")
    newcomer.arrive("Cancel this appointment?")
    newcomer.write("Why do you cancel? (optional)", "I feel better")
    newcomer.press("button", "Cancel appointment")
    newcomer.arrive("Cancelled by you")
