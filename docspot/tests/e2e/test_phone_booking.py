"""The desk books in a real browser: for who telephones, for who walks in; and asks why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from time_machine import Traveller

from accounts.models import Patient, User
from appointments.models import Appointment
from docspot.tests.cast import at, make_appointment, make_doctor, make_location
from docspot.tests.e2e.hands import Keyboard
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import arrive, send
from doctors.models import Doctor

pytestmark = pytest.mark.thorough

BOOK, WALK_IN, WHY = "/admin/desk/book/", "/admin/desk/walk-in/", "/admin/desk/why/"
SEARCH = "Name, telephone, email or date of birth:"
SLOT = "Tue 3 March, 9:30am, Dr. Smith"

with_and_without_scripts = pytest.mark.parametrize(
    "scripts", [pytest.param(True, id="JavaScript"), pytest.param(False, id="no JavaScript")]
)


@with_and_without_scripts
def test_patient_on_the_telephone_is_booked(
    page_of: Callable[..., Page], staff: User, person: User, doctor: Doctor, scripts: bool
) -> None:
    look_at = see if scripts else arrive  # axe waits for ever where no script may run
    Patient.objects.create(name="Asha Rao", date_of_birth=date(1950, 1, 1), phone="+919876543210")
    page = page_of(staff, java_script_enabled=scripts)
    page.goto(BOOK)
    look_at(page, "Book for a patient")
    page.get_by_label(SEARCH).fill("rao 098765 43210")
    send(page, "Find")
    expect(page.get_by_role("status")).to_have_text("1 patient found.")
    look_at(page, "Book for a patient")
    page.get_by_role("link", name="Asha Rao").click()
    page.get_by_label("Doctor:").select_option("Dr. Smith, Cardiologist")
    send(page, "Show times")
    look_at(page, "Book for a patient")
    page.get_by_role("link", name=SLOT).click()
    look_at(page, "Book for a patient")
    page.get_by_label("Reason (optional)").fill("A cough")
    send(page, "Confirm appointment")
    look_at(page, "Appointment booked")
    expect(page.get_by_text("Nobody: Asha Rao has no email address.")).to_be_visible()
    visit = Appointment.objects.get()
    assert (visit.start, visit.reason, visit.patient.phone) == (
        at(3, 9, 30),
        "A cough",
        "+919876543210",
    )


@with_and_without_scripts
def test_new_patient_is_made_and_booked(
    page_of: Callable[..., Page], staff: User, doctor: Doctor, scripts: bool
) -> None:
    look_at = see if scripts else arrive
    page = page_of(staff, java_script_enabled=scripts)
    page.goto(f"{BOOK}?doctor={doctor.pk}")
    page.get_by_label(SEARCH).fill("Noor Khan 31.3.1980")
    send(page, "Find")
    expect(page.get_by_label("Full name:")).to_have_value("Noor Khan")
    send(page, "Make a new patient")
    arrive(page, "Book for a patient")
    expect(page.locator(".desk-patient")).to_contain_text("Noor Khan, born 31 March 1980")
    page.goto(f"{BOOK}?doctor={doctor.pk}")
    page.get_by_label(SEARCH).fill("nobody")
    send(page, "Find")
    page.get_by_label("Full name:").fill("noor khan")
    page.get_by_label("Date of birth:", exact=True).fill("1980-03-31")
    send(page, "Make a new patient")
    expect(page.get_by_role("alert")).to_contain_text("Is it one of these?")
    look_at(page, "Book for a patient")
    page.get_by_role("link", name="Noor Khan").click()
    page.get_by_role("link", name=SLOT).click()
    send(page, "Confirm appointment")
    arrive(page, "Appointment booked")
    assert [visit.patient.name for visit in Appointment.objects.all()] == ["Noor Khan"]
    assert Patient.objects.count() == 1


def test_time_just_taken_keeps_what_was_typed(
    page_of: Callable[..., Page], staff: User, person: User, stranger: User, doctor: Doctor
) -> None:
    patient = person.patients.get()
    page = page_of(staff)
    page.goto(f"{BOOK}?patient={patient.pk}&doctor={doctor.pk}&start=2026-03-03T04:00:00Z")
    page.get_by_label("Reason (optional)").fill("A cough")
    make_appointment(doctor, stranger, at(3, 9, 30))
    send(page, "Confirm appointment")
    expect(page.get_by_role("alert")).to_contain_text("cannot be booked")
    expect(page.get_by_text("It is taken by a visit of Sam Stranger")).to_be_visible()
    see(page, "Book for a patient")
    send(page, "Tue 3 March, 10:00am")
    expect(page.get_by_label("Reason (optional)")).to_have_value("A cough")
    send(page, "Confirm appointment")
    arrive(page, "Appointment booked")
    assert Appointment.objects.get(patient=patient).start == at(3, 10)


@with_and_without_scripts
def test_walk_in_is_taken_in_and_checked_in(
    page_of: Callable[..., Page], staff: User, person: User, doctor: Doctor, clock: Traveller,
    scripts: bool,
) -> None:  # fmt: skip
    look_at = see if scripts else arrive
    clock.move_to(at(3, 9, 7))
    make_appointment(make_doctor("Dr. Priya"), person, at(3, 9, 30))
    Patient.objects.create(name="Noor Khan")
    page = page_of(staff, java_script_enabled=scripts)
    page.goto(f"{WALK_IN}?place={make_location().pk}")
    look_at(page, "Walk-in")
    page.get_by_label(SEARCH).fill("noor")
    send(page, "Find")
    page.get_by_role("link", name="Noor Khan").click()
    look_at(page, "Walk-in")
    page.get_by_role("button", name="Book and check in with Dr. Smith").click()
    look_at(page, "Booked and checked in")
    visit = Appointment.objects.get(patient__name="Noor Khan")
    assert (visit.doctor, visit.status) == (doctor, "checked_in")


def test_all_is_done_by_keyboard(
    page_of: Callable[..., Page], staff: User, person: User, doctor: Doctor
) -> None:
    """The page puts the cursor where one goes on: no key is needed to get there."""
    page = page_of(staff)
    page.goto(f"{BOOK}?doctor={doctor.pk}")
    expect(page.get_by_label(SEARCH)).to_be_focused()
    page.keyboard.type("asha")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 patient found.")
    hand = Keyboard(page)
    hand.press("link", "Asha Rao")
    first = page.get_by_role("link", name="Mon 2 March, 11:00am, Dr. Smith")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Reason (optional)")).to_be_focused()
    page.keyboard.type("A cough")
    hand.press("button", "Confirm appointment")
    arrive(page, "Appointment booked")
    expect(page.get_by_role("link", name="Next patient")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label(SEARCH)).to_be_focused()
    assert Appointment.objects.get().start == at(2, 11)


def test_why_is_answered_and_leads_to_a_booking(
    page_of: Callable[..., Page], staff: User, person: User, doctor: Doctor
) -> None:
    page = page_of(staff)
    page.goto(WHY)
    see(page, "Why is this time not bookable?")
    page.get_by_label("Doctor:").select_option("Dr. Smith, Cardiologist")
    page.get_by_label("Day:").fill("2026-03-03")
    page.get_by_label("Time:").fill("13:15")
    send(page, "Tell me why")
    expect(page.get_by_role("heading", name="It is not bookable")).to_be_visible()
    expect(page.get_by_text("It is in a break.")).to_be_visible()
    see(page, "Why is this time not bookable?")
    page.get_by_role("link", name="Tue 3 March, 2:00pm").click()
    page.get_by_label(SEARCH).fill("asha")
    send(page, "Find")
    page.get_by_role("link", name="Asha Rao").click()
    send(page, "Confirm appointment")
    arrive(page, "Appointment booked")
    assert Appointment.objects.get().start == at(3, 14)
