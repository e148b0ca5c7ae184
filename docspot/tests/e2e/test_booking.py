"""What a browser can do to a booking: two clicks, two people, reload, back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from appointments.models import Appointment
from docspot.tests.cast import at, make_appointment, make_doctor, make_person
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import arrive, book_url, send
from doctors.models import Doctor

with_and_without_scripts = pytest.mark.parametrize(
    "scripts", [pytest.param(True, id="JavaScript"), pytest.param(False, id="no JavaScript")]
)


@with_and_without_scripts
def test_double_click_books_once(
    page_of: Callable[..., Page], person: User, doctor: Doctor, scripts: bool
) -> None:
    page = page_of(person, java_script_enabled=scripts)
    page.goto(book_url(doctor, at(3, 9, 30)))
    methods: list[str] = []
    page.on("request", lambda request: methods.append(request.method))
    page.get_by_role("button", name="Confirm appointment").dblclick()
    arrive(page, "Appointment confirmed")
    if scripts:  # static/js/submit-once.js; without it the server gets both, and books once
        assert methods.count("POST") == 1
    assert [visit.start for visit in Appointment.objects.all()] == [at(3, 9, 30)]


@with_and_without_scripts
def test_time_gone_keeps_what_was_typed(
    page_of: Callable[..., Page], person: User, stranger: User, doctor: Doctor, scripts: bool
) -> None:
    quick = page_of(stranger, java_script_enabled=scripts)
    slow = page_of(person, java_script_enabled=scripts)
    for page in (quick, slow):
        page.goto(book_url(doctor, at(3, 9, 30)))
    slow.get_by_label("What is it for?").fill("Chest pain\non stairs")
    send(quick, "Confirm appointment")
    arrive(quick, "Appointment confirmed")
    send(slow, "Confirm appointment")
    arrive(slow, "Choose another time")
    send(slow, "Tuesday 3 March, 10:00am, 30 minutes")
    arrive(slow, "Check and confirm your appointment")
    expect(slow.get_by_label("What is it for?")).to_have_value("Chest pain\non stairs")
    send(slow, "Confirm appointment")
    arrive(slow, "Appointment confirmed")
    booked = {visit.patient.name: visit for visit in Appointment.objects.all()}
    assert {name: visit.start for name, visit in booked.items()} == {
        "Sam Stranger": at(3, 9, 30),
        "Asha Rao": at(3, 10),
    }
    assert booked["Asha Rao"].reason.splitlines() == ["Chest pain", "on stairs"]


def test_reload_of_the_confirmation_changes_nothing(
    page_of: Callable[..., Page], person: User, doctor: Doctor
) -> None:
    page = page_of(person)
    page.goto(book_url(doctor, at(3, 9, 30)))
    send(page, "Confirm appointment")
    arrive(page, "Appointment confirmed")
    before = page.content()
    visit = Appointment.objects.get()
    page.reload()
    arrive(page, "Appointment confirmed")
    # All but the token against forgery, which is another one each time.
    assert without_tokens(page.content()) == without_tokens(before)
    assert Appointment.objects.get().version == visit.version
    assert visit.events.count() == 1


def without_tokens(html: str) -> list[str]:
    return [line for line in html.splitlines() if "csrfmiddlewaretoken" not in line]


def test_back_after_booking_leads_to_what_is_booked(
    page_of: Callable[..., Page], person: User, doctor: Doctor
) -> None:
    page = page_of(person)
    page.goto(book_url(doctor, at(3, 9, 30)))
    send(page, "Confirm appointment")
    arrive(page, "Appointment confirmed")
    booked = page.url
    page.go_back()
    expect(page).to_have_url(booked)
    arrive(page, "Appointment confirmed")
    assert Appointment.objects.count() == 1


def test_back_after_log_out_shows_nothing_private(
    page_of: Callable[..., Page], person: User, doctor: Doctor
) -> None:
    visit = make_appointment(doctor, person, at(3, 9, 30), reason="Chest pain")
    page = page_of(person)
    private = ["/appointments/", f"/appointments/{visit.pk}/", "/accounts/profile/"]
    for address in private:
        page.goto(address)
    page.get_by_role("button", name="Log out").click()
    arrive(page, "See a doctor, without the telephone.")
    for _ in private:
        page.go_back()
        arrive(page, "Log in")
        expect(page.get_by_text("Asha Rao")).to_have_count(0)


@with_and_without_scripts
def test_any_doctor_is_booked_by_their_times_together(
    page_of: Callable[..., Page], person: User, doctor: Doctor, scripts: bool
) -> None:
    make_doctor("Dr. Rao")
    make_appointment(doctor, make_person(), at(3, 14))
    page = page_of(person, java_script_enabled=scripts)
    page.goto("/doctors/?specialty=cardiology&place=Hyderabad")
    page.get_by_role("link", name="Any of them in Hyderabad will do").click()
    look_at = see if scripts else arrive  # axe waits for ever where no script may run
    look_at(page, "Any Cardiologist in Hyderabad")
    page.get_by_role("link", name="Tuesday 3 March, 9:30am, 30 minutes").click()
    look_at(page, "Check and confirm your appointment")
    send(page, "Confirm appointment")
    arrive(page, "Appointment confirmed")
    visit = Appointment.objects.get(start=at(3, 9, 30))
    assert visit.doctor.name == "Dr. Rao"  # who has fewer visits on that day


def test_any_doctor_when_the_time_has_gone(
    page_of: Callable[..., Page], person: User, stranger: User, doctor: Doctor
) -> None:
    page = page_of(person)
    page.goto(f"/appointments/book/any/{doctor.specialty_id}/Hyderabad/?start=2026-03-03T04:00:00Z")
    make_appointment(doctor, stranger, at(3, 9, 30))
    send(page, "Confirm appointment")
    see(page, "This appointment was not booked")
