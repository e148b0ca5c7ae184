"""The front desk's day: looked at, used by pointer and by keyboard, and printed."""

import re
from collections.abc import Callable
from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Patient, User
from appointments.models import Appointment
from docspot.tests.cast import at, make_appointment, make_doctor, make_person, patient_of
from docspot.tests.e2e.hands import Keyboard
from docspot.tests.e2e.looking import PHONE, see
from doctors.models import Doctor, TimeOff

pytestmark = pytest.mark.thorough

MONDAY = "Monday 2 March 2026"


def make_busy_day(doctor: Doctor, person: User, stranger: User) -> Appointment:
    """Every kind of time there is; returns the visit to check in."""
    make_appointment(doctor, stranger, at(2, 9), status="no_show")
    visit = make_appointment(doctor, person, at(2, 9, 30), reason="A cough")
    make_appointment(doctor, stranger, at(2, 10), status="pending", answer_by=at(2, 10))
    make_appointment(doctor, stranger, at(2, 10, 30), status="checked_in")
    make_appointment(doctor, person, at(2, 11), status="completed")
    make_appointment(doctor, person, at(2, 12), status="cancelled")
    other = make_doctor("Dr. Priya", duration=40, buffer=20)
    make_appointment(other, stranger, at(2, 12))
    TimeOff.objects.create(doctor=other, start=at(2, 14), end=at(2, 16), reason="Dentist")
    return visit


def test_day_is_for_everyone(
    page_of: Callable[..., Page], receptionist: User, doctor: Doctor, person: User, stranger: User
) -> None:
    page = page_of(receptionist)
    page.goto("/admin/desk/day/")
    see(page, MONDAY)
    make_busy_day(doctor, person, stranger)
    page.reload()
    see(page, MONDAY)
    table = page.get_by_role("region", name="The day, by doctor").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_count(3)
    expect(table.get_by_role("rowheader", name="9:30am", exact=True)).to_be_visible()


def test_patient_is_checked_in_with_one_tap(
    page_of: Callable[..., Page], receptionist: User, doctor: Doctor, person: User, stranger: User
) -> None:
    visit = make_busy_day(doctor, person, stranger)
    page = page_of(receptionist)
    page.goto("/admin/desk/day/?day=2026-03-02")
    page.get_by_role("button", name="Check in Asha Rao, 9:30am").click()
    expect(page.locator(".messagelist")).to_have_text(f"Checked in: Asha Rao, {MONDAY}, 9:30am.")
    expect(page).to_have_url(re.compile(r"/admin/desk/day/\?day=2026-03-02$"))
    expect(page.get_by_role("button", name="Complete Asha Rao, 9:30am")).to_be_visible()
    visit.refresh_from_db()
    assert visit.status == "checked_in"


def test_phone_has_a_list_for_each_doctor_and_no_script_is_needed(
    page_of: Callable[..., Page], receptionist: User, doctor: Doctor, person: User, stranger: User
) -> None:
    make_busy_day(doctor, person, stranger)
    page = page_of(
        receptionist, java_script_enabled=False, viewport={"width": PHONE, "height": 800}
    )
    page.goto("/admin/desk/day/")
    expect(page.get_by_role("table")).to_have_count(0)
    expect(page.get_by_role("heading", level=2)).to_have_text(["Dr. Priya", "Dr. Smith"])
    page.get_by_role("button", name="Confirm Sam Stranger, 10:00am").click()
    expect(page.locator(".messagelist")).to_have_text(
        f"Confirmed: Sam Stranger, {MONDAY}, 10:00am."
    )


def test_request_is_declined_by_keyboard_with_a_reason(
    page_of: Callable[..., Page], receptionist: User, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(2, 10), status="pending", answer_by=at(2, 10))
    hands = Keyboard(page_of(receptionist))
    hands.page.goto("/admin/desk/day/?day=2026-03-02")
    hands.press("link", "Decline Asha Rao, 10:00am")
    see(hands.page, "Decline the request?")
    hands.page.reload()
    hands.write("Reason (optional)", "The doctor is away")
    hands.press("button", "Decline the request")
    hands.arrive(MONDAY)
    visit.refresh_from_db()
    assert visit.status == "declined"


def test_patient_page_is_for_everyone(
    page_of: Callable[..., Page], receptionist: User, doctor: Doctor, person: User, stranger: User
) -> None:
    make_busy_day(doctor, person, stranger)
    page = page_of(receptionist)
    page.goto(f"/admin/desk/patients/{patient_of(person).pk}/")
    see(page, "Asha Rao")


def test_page_of_a_visit_acts_and_comes_back(
    page_of: Callable[..., Page], receptionist: User, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(2, 10))
    page = page_of(receptionist)
    page.goto(f"/admin/appointments/appointment/{visit.pk}/change/")
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_role("button", name="Complete")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{visit.pk}/change/$"))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_sheets_are_a_page_for_each_doctor(
    page_of: Callable[..., Page], receptionist: User, paper: str
) -> None:
    """Three doctors of whom each sees sixteen patients; a fourth has nobody."""
    for name in ("Dr. Smith", "Dr. Priya", "Dr. Chandran"):
        doctor = make_doctor(name, hours=((time(9), time(17)),))
        for number in range(16):
            patient = Patient.objects.create(
                name=f"{name}'s patient {number}", phone="+919876543210"
            )
            make_appointment(
                doctor,
                receptionist,
                at(2, 9) + number * timedelta(minutes=30),
                patient=patient,
                reason="Pain in the left knee when walking up stairs, for three weeks",
            )
    make_doctor("Dr. Free")
    page = page_of(receptionist)
    page.goto("/admin/desk/sheets/")
    printed = page.pdf(format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 3
    page.emulate_media(media="print")
    for gone in ("banner", "navigation", "button", "link"):
        expect(page.get_by_role(gone)).to_have_count(0)
    expect(page.get_by_role("heading")).to_have_text(["Dr. Chandran", "Dr. Priya", "Dr. Smith"])


def test_sheets_are_for_everyone(
    page_of: Callable[..., Page], receptionist: User, doctor: Doctor, stranger: User
) -> None:
    make_busy_day(doctor, make_person("Asha Rao"), stranger)
    page = page_of(receptionist)
    page.goto("/admin/desk/sheets/")
    see(page, "Day sheets")
