"""The doctor's pages, in each of their states: day, week, requests, a visit, the calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from time_machine import Traveller

from accounts.models import Patient, User
from appointments.models import Appointment
from docspot.tests.cast import at, make_appointment, make_person
from docspot.tests.e2e.hands import Keyboard, Pointer
from docspot.tests.e2e.looking import look, see
from docspot.tests.e2e.steps import send
from doctors.models import Doctor, TimeOff

pytestmark = pytest.mark.thorough

MONDAY = "Monday 2 March 2026"
Status = Appointment.Status


@pytest.fixture
def page(page_of: Callable[..., Page], doctor: Doctor) -> Page:
    return page_of(doctor.user)


def fill_day(doctor: Doctor, person: User, stranger: User) -> None:
    """A day with everything in it, at 11:10am."""
    Patient.objects.update(date_of_birth=date(1984, 5, 17))
    make_appointment(doctor, person, at(2, 9), status=Status.COMPLETED, reason="Chest pain")
    make_appointment(doctor, stranger, at(2, 9, 30), status=Status.NO_SHOW)
    make_appointment(doctor, person, at(2, 10))
    make_appointment(doctor, stranger, at(2, 10, 30), status=Status.CANCELLED)
    make_appointment(doctor, person, at(2, 11), status=Status.CHECKED_IN)
    make_appointment(doctor, stranger, at(2, 11, 30))
    TimeOff.objects.create(doctor=doctor, start=at(2, 15), end=at(3, 9), reason="Conference")
    for number, visitor in enumerate((person, stranger, person, stranger)):
        make_appointment(
            doctor,
            visitor,
            at(10 + number, 9),
            status=Status.PENDING,
            answer_by=at(2, 14 + 3 * number),
            reason="It hurts when I climb stairs",
        )


def test_day_states(
    page: Page, doctor: Doctor, person: User, stranger: User, clock: Traveller
) -> None:
    page.goto("/practice/")
    see(page, MONDAY)
    fill_day(doctor, person, stranger)
    clock.move_to(at(2, 11, 10))
    page.reload()
    see(page, MONDAY)
    page.get_by_text("1 cancelled or declined").click()
    look(page)
    page.get_by_role("link", name="Tue 3 March").click()
    see(page, "Tuesday 3 March 2026")
    page.get_by_role("link", name="Today").click()
    see(page, MONDAY)
    page.goto("/practice/?day=2026-03-07")
    see(page, "Saturday 7 March 2026")
    page.goto("/practice/?day=banana")
    see(page, MONDAY)


def test_week_states(page: Page, doctor: Doctor, person: User, stranger: User) -> None:
    page.goto("/practice/week/")
    see(page, "Mon 2 March to Sun 8 March")
    fill_day(doctor, person, stranger)
    page.reload()
    see(page, "Mon 2 March to Sun 8 March")
    page.get_by_role("link", name="Later week").click()
    see(page, "Mon 9 March to Sun 15 March")
    page.get_by_label("Go to a date").fill("2026-03-02")
    send(page, "Go")
    see(page, "Mon 2 March to Sun 8 March")
    page.get_by_role("link", name="Monday 2 March").click()
    see(page, MONDAY)


def test_request_states(
    page: Page, doctor: Doctor, person: User, stranger: User, clock: Traveller
) -> None:
    page.goto("/practice/requests/")
    see(page, "0 requests wait for your answer")
    fill_day(doctor, person, stranger)
    clock.move_to(at(2, 11, 10))
    page.reload()
    see(page, "4 requests wait for your answer")
    send(page, "Approve those ticked")
    expect(page.get_by_role("alert")).to_contain_text("Tick at least one request")
    see(page, "4 requests wait for your answer")
    page.get_by_label("Asha Rao, Tuesday 10 March 2026, 9:00am").check()
    send(page, "Approve those ticked")
    expect(page.get_by_role("status")).to_have_text(
        "Approved: Asha Rao, Tuesday 10 March 2026, 9:00am."
    )
    see(page, "3 requests wait for your answer")
    page.get_by_role("link", name="Tick all").click()
    send(page, "Decline those ticked")
    see(page, "Decline these 3 requests?")
    page.get_by_label("Why?").fill("I am away")
    send(page, "Decline 3 requests")
    see(page, "0 requests wait for your answer")


def test_visit_states(page: Page, doctor: Doctor, person: User, stranger: User) -> None:
    fill_day(doctor, person, stranger)
    one_of_each = {visit.status: visit for visit in Appointment.objects.order_by("-start")}
    for visit in one_of_each.values():
        page.goto(reverse("practice:visit", args=[visit.pk]))
        see(page, visit.patient.name)
    waiting = Appointment.objects.filter(status=Status.PENDING)[0]
    page.goto(reverse("practice:act", args=[waiting.pk, "decline"]))
    see(page, "Decline this request?")
    page.get_by_label("Why?").evaluate("element => { element.value = 'very '.repeat(300) }")
    send(page, "Decline request")
    see(page, "Decline this request?")
    to_come = Appointment.objects.filter(start=at(2, 11, 30)).get()
    page.goto(reverse("practice:act", args=[to_come.pk, "cancel"]))
    see(page, "Cancel this visit?")
    send(page, "Cancel visit")
    see(page, "Sam Stranger")
    page.goto(reverse("practice:visit", args=[waiting.pk]))
    Appointment.objects.filter(pk=waiting.pk).update(status=Status.CANCELLED, version=2)
    send(page, "Approve Asha Rao")
    expect(page.get_by_role("alert")).to_contain_text("It has been cancelled.")
    see(page, "Asha Rao")


def test_calendar_states(page: Page) -> None:
    heading = "Your visits in your own calendar"
    page.goto("/practice/calendar/")
    see(page, heading)
    send(page, "Make an address")
    see(page, heading)
    send(page, "Show the patients' names")
    see(page, heading)
    page.get_by_role("link", name="Make a new address").click()
    see(page, "Make a new address?")
    send(page, "Make a new address")
    see(page, heading)
    page.get_by_role("link", name="Take the address away").click()
    see(page, "Take the address away?")
    send(page, "Take the address away")
    expect(page.get_by_role("button", name="Make an address")).to_be_visible()


@pytest.mark.parametrize(
    ("hand", "scripts"),
    [
        pytest.param(Keyboard, True, id="by keyboard alone"),
        pytest.param(Pointer, False, id="without JavaScript"),
    ],
)
def test_doctor_approves_checks_in_and_completes(
    page_of: Callable[..., Page],
    person: User,
    doctor: Doctor,
    clock: Traveller,
    hand: type[Pointer],
    scripts: bool,
) -> None:
    visit = make_appointment(doctor, person, at(2, 11), status=Status.PENDING)
    refused = make_appointment(doctor, make_person("Sam"), at(2, 12), status=Status.PENDING)
    page = page_of(doctor.user, java_script_enabled=scripts)
    page.goto("/")
    smith = hand(page)
    smith.press("link", "Your practice")
    smith.arrive(MONDAY)
    smith.press("button", "Approve Asha Rao")
    expect(page.get_by_role("status")).to_contain_text("Approved: Asha Rao")
    smith.press("link", "Decline Sam")
    smith.arrive("Decline this request?")
    smith.write("Why? (optional)", "I am away then")
    smith.press("button", "Decline request")
    smith.arrive(MONDAY)
    smith.press("button", "Check in Asha Rao")
    expect(page.get_by_role("status")).to_contain_text("Arrived: Asha Rao")
    smith.press("link", "Asha Rao")
    smith.arrive("Asha Rao")
    smith.press("button", "Done Asha Rao")
    smith.arrive(MONDAY)
    expect(page.get_by_role("status")).to_contain_text("Completed: Asha Rao")
    assert Appointment.objects.get(pk=visit.pk).status == Status.COMPLETED
    assert Appointment.objects.get(pk=refused.pk).status == Status.DECLINED


def test_long_words_do_not_widen_pages(page: Page, doctor: Doctor) -> None:
    word = "Llanfairpwllgwyngyll" * 6
    person = make_person(word)
    visit = make_appointment(doctor, person, at(2, 9), reason=word)
    make_appointment(doctor, person, at(3, 9), reason=word, status=Status.PENDING)
    for name, arguments in (("day", []), ("week", []), ("requests", []), ("visit", [visit.pk])):
        page.goto(reverse(f"practice:{name}", args=arguments))
        look(page)
