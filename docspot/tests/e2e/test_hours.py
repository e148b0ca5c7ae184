"""A doctor's working hours and visit types in a browser, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from docspot.tests.cast import at, make_appointment, make_doctor, make_user
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import send
from doctors.models import Doctor

pytestmark = pytest.mark.thorough

EDIT, CHECK = "Working hours", "Check your working hours"


@pytest.fixture
def doctor(db: None) -> Doctor:
    """Dr. Smith, who works on Mondays and Tuesdays from 9:00 to 13:00."""
    return make_doctor(
        days=(0, 1), hours=((time(9), time(13)),), user=make_user("smith@example.com")
    )


def day(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True)


def enter(row: Locator, opens: str, closes: str) -> None:
    row.get_by_label("From", exact=True).fill(opens)
    row.get_by_label("To", exact=True).fill(closes)


def day_of_times(page: Page, name: str) -> Locator:
    return page.locator(".preview-days > div").filter(has_text=name)


@pytest.mark.parametrize("javascript", [True, False])
def test_hours_are_edited_looked_at_and_saved(
    page_of: Callable[..., Page], doctor: Doctor, person: User, javascript: bool
) -> None:
    make_appointment(doctor, person, at(9, 12, 30))
    page = page_of(doctor.user, java_script_enabled=javascript)
    page.goto("/practice/hours/")
    enter(day(page, "Monday").get_by_role("group", name="Row 1"), "09:00", "12:00")
    for name in ("Monday", "Saturday"):
        day(page, name).get_by_role("button", name="Add").click()
    if javascript:
        expect(page.locator("#id_day5-0-opens")).to_be_focused()
    enter(day(page, "Monday").get_by_role("group", name="Row 2"), "14:00", "15:00")
    enter(day(page, "Saturday").get_by_role("group", name="Row 1"), "10:00", "11:00")
    day(page, "Tuesday").get_by_label("Remove").check()
    send_last(page, "Preview")
    if javascript:
        see(page, CHECK)
    expect(day_of_times(page, "Monday 9 March")).to_contain_text("8 times (now 7)")
    expect(day_of_times(page, "Saturday 7 March")).to_contain_text("2 times (now 0)")
    expect(day_of_times(page, "Tuesday 10 March")).to_contain_text("No times (now 8)")
    expect(page.get_by_text("1 booked visit lies outside these hours")).to_be_visible()
    send(page, "Back to edit")
    expect(page.locator("#id_day0-1-closes")).to_have_value("15:00")
    expect(day(page, "Tuesday").get_by_label("Remove")).to_be_checked()
    send_last(page, "Preview")
    send(page, "Save these hours")
    expect(page.get_by_text("Your working hours are saved.")).to_be_visible()
    assert [str(row) for row in doctor.working_hours.order_by("weekday", "opens")] == [
        "Monday 09:00-12:00",
        "Monday 14:00-15:00",
        "Saturday 10:00-11:00",
    ]
    # What patients see is what the preview said.
    page.goto("/doctors/dr-smith/?week=2026-03-07")
    for count, on in ((2, "Saturday 7 March"), (8, "Monday 9 March")):
        expect(page.locator(".week > li").filter(has_text=on).locator("a.time")).to_have_count(
            count
        )


def send_last(page: Page, button: str) -> None:
    """The one that can be seen: the first of this name is for the Enter key."""
    page.get_by_role("main").get_by_role("button", name=button, exact=True).last.click()


def test_hours_states(page_of: Callable[..., Page], doctor: Doctor) -> None:
    page = page_of(doctor.user)
    page.goto("/practice/hours/")
    see(page, EDIT)
    day(page, "Extra hours on a date").get_by_role("button", name="Add").click()
    row = day(page, "Extra hours on a date").get_by_role("group", name="Row 1")
    row.get_by_label("From", exact=True).fill("09:00")
    row.get_by_label("From", exact=True).press("Enter")
    errors = page.get_by_role("alert").get_by_role("link")
    where = "Extra hours on a date"
    expect(errors).to_have_text([f"{where}: Enter the date", f"{where}: Enter when the hours end"])
    see(page, EDIT)
    errors.last.click()
    expect(page.locator("#id_dates-0-closes")).to_be_focused()
    enter(row, "09:00", "08:00")
    row.get_by_label("Date").fill("2026-03-14")
    row.get_by_text("Past midnight").click()
    row.get_by_label("Ends next day").check()
    doctor.working_hours.filter(weekday=1).delete()
    send_last(page, "Preview")
    expect(page.get_by_text("Your hours were changed meanwhile")).to_be_visible()
    see(page, CHECK)


def test_visit_type_states(page_of: Callable[..., Page], doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(3, 9))
    page = page_of(doctor.user)
    page.goto("/practice/visit-types/")
    see(page, "Visit types")
    page.get_by_role("link", name="Add a visit type").click()
    see(page, "Add a visit type")
    send(page, "Add visit type")
    expect(page.get_by_role("alert").get_by_role("link").first).to_have_text("Enter a name")
    see(page, "Add a visit type")
    page.get_by_label("Name").fill("Check-up")
    page.get_by_label("How long it takes, in minutes").fill("20")
    send(page, "Add visit type")
    see(page, "Visit types")
    page.get_by_role("link", name="Consultation").click()
    see(page, "Change “Consultation”")
    page.get_by_label("You offer it").uncheck()
    send(page, "Save visit type")
    see(page, "Stop offering “Consultation”?")
    send(page, "Back to edit")
    expect(page.get_by_label("You offer it")).not_to_be_checked()
    send(page, "Save visit type")
    send(page, "Stop offering it")
    see(page, "Visit types")
    page.get_by_role("link", name="Change").first.click()
    see(page, "How you are booked")
    page.get_by_label("It is a request, until you approve it").check()
    send(page, "Save how you are booked")
    expect(page.get_by_text("How you are booked is saved.")).to_be_visible()
    doctor.refresh_from_db()
    assert doctor.confirms_bookings == Doctor.Confirmation.ON_APPROVAL
