"""A clinic from its first doctor to its first visit: every face has its part in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import Page, expect
from time_machine import Traveller

from accounts.models import User
from appointments.models import Appointment
from docspot.tests.cast import PASSWORD, at, make_location, make_specialty
from docspot.tests.e2e.hands import Pointer
from docspot.tests.e2e.steps import send
from doctors.models import Doctor


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without JavaScript"])
def test_doctor_joins_and_a_visit_takes_place(
    page_of: Callable[..., Page],
    manager: User,
    receptionist: User,
    person: User,
    clock: Traveller,
    scripts: bool,
) -> None:
    make_specialty()
    make_location()

    def browser(user: User | None = None) -> Page:
        return page_of(user, java_script_enabled=scripts)

    doctor = browser()
    apply(doctor)
    approve(browser(manager))
    offer_times(doctor)
    ask_for_a_visit(browser(person))
    visit = Appointment.objects.get()
    assert (visit.status, visit.start) == ("pending", at(3, 10))
    answer(doctor)
    clock.move_to(at(3, 9, 55))
    desk = browser(receptionist)
    desk.goto("/admin/desk/day/")
    desk.get_by_role("button", name="Check in Asha Rao, 10:00am").click()
    expect(desk.locator(".messagelist")).to_contain_text("Checked in: Asha Rao")
    desk.get_by_role("button", name="Complete Asha Rao, 10:00am").click()
    expect(desk.locator(".messagelist")).to_contain_text("Completed: Asha Rao")
    visit.refresh_from_db()
    assert [event.kind for event in visit.events.all()] == [
        "requested",
        "confirmed",
        "checked_in",
        "completed",
    ]
    assert [message.subject for message in mail.outbox if message.to == [person.email]] == [
        "Your request for Tuesday 3 March, 10:00am",
        "Your appointment on Tuesday 3 March, 10:00am",
    ]


def apply(page: Page) -> None:
    page.goto("/accounts/signup/")
    page.get_by_role("link", name="Are you a doctor? Join the clinic").click()
    page.get_by_label("Your name, with title").fill("Dr. Lena Roy")
    page.get_by_label("Email address").fill("lena@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Specialty").select_option("Cardiology")
    page.get_by_label("Where you want to work").select_option("City Heart Clinic, Hyderabad")
    page.get_by_label("Licence number").fill("TS 1")
    send(page, "Send application")
    Pointer(page).arrive("Your application is with the clinic")


def approve(desk: Page) -> None:
    desk.goto("/admin/doctors/doctor/?turn=clinic")
    desk.locator("#result_list tbody").get_by_role("checkbox").check()
    desk.get_by_label("Action:").select_option("approve")
    desk.get_by_role("button", name="Go").click()
    expect(desk.locator(".messagelist")).to_contain_text("1 doctor approved.")


def offer_times(page: Page) -> None:
    """A visit type, who confirms, and the hours of a Tuesday."""
    hand = Pointer(page)
    page.goto("/practice/visit-types/add/")
    page.get_by_label("Name", exact=True).fill("Consultation")
    page.get_by_label("How long it takes, in minutes").fill("30")
    send(page, "Add visit type")
    page.goto("/practice/visit-types/booking/")
    page.get_by_label("It is a request, until you approve it").check()
    send(page, "Save how you are booked")
    hand.press("link", "Working hours")
    tuesday = page.get_by_role("group", name="Tuesday", exact=True)
    tuesday.get_by_role("button", name="Add").click()
    row = tuesday.get_by_role("group", name="Row 1")
    row.get_by_label("From", exact=True).fill("09:00")
    row.get_by_label("To", exact=True).fill("12:00")
    page.get_by_role("main").get_by_role("button", name="Preview", exact=True).last.click()
    send(page, "Save these hours")
    expect(page.get_by_text("Your working hours are saved.")).to_be_visible()


def ask_for_a_visit(page: Page) -> None:
    doctor = Doctor.objects.get()
    page.goto(f"/doctors/{doctor.slug}/")
    hand = Pointer(page)
    hand.press("link", "Tuesday 3 March, 10:00am, 30 minutes")
    hand.arrive("Check and confirm your appointment")
    send(page, "Send request")
    hand.arrive("Request sent")


def answer(page: Page) -> None:
    page.goto("/practice/requests/")
    page.get_by_role("button", name="Approve").first.click()
    expect(page.get_by_role("status")).to_contain_text("Approved: Asha Rao")
