"""A time that is given back goes down the line of those who wait for an earlier one."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from playwright.sync_api import Page, expect
from time_machine import Traveller

from accounts.models import User
from appointments.models import Appointment
from appointments.waiting.services import tick_waiting
from docspot.tests.cast import at, make_appointment, make_person
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import arrive, send
from doctors.models import Doctor


@pytest.fixture
def given_back(doctor: Doctor) -> Appointment:
    """Wednesday 9:00am, all that Dr. Smith has until Wednesday the 11th; taken by Boris."""
    doctor.time_off.create(start=at(1, 0), end=at(4, 9))
    doctor.time_off.create(start=at(4, 9, 30), end=at(11, 0))
    return make_appointment(doctor, make_person("Boris Blue"), at(4, 9))


@pytest.mark.parametrize(
    "scripts", [pytest.param(True, id="JavaScript"), pytest.param(False, id="no JavaScript")]
)
def test_given_back_time_is_for_the_first_who_answers_in_time(
    page_of: Callable[..., Page],
    given_back: Appointment,
    mailoutbox: list[EmailMessage],
    clock: Traveller,
    scripts: bool,
) -> None:
    look = see if scripts else arrive
    people = [make_person("First Green", "first@example.com")]
    people.append(make_person("Second Red", "second@example.com"))
    later = [
        make_appointment(given_back.doctor, person, at(12, 9 + number))
        for number, person in enumerate(people)
    ]
    for person, visit, place in zip(
        people, later, ("You are first in line.", "You are number 2 in line."), strict=True
    ):
        page = page_of(person, java_script_enabled=scripts)
        join(page, visit, look)
        expect(page.get_by_role("main")).to_contain_text(place)
    cancel(page_of(given_back.booked_by, java_script_enabled=scripts), given_back)

    stranger = page_of(java_script_enabled=scripts)  # whoever reads the mail: not logged in
    first = link_in(mailoutbox, "first@example.com")
    stranger.goto(first)
    look(stranger, "An earlier time is kept for you")
    assert not [mail for mail in mailoutbox if mail.to == ["second@example.com"]]

    clock.move_to(at(2, 9, 31))  # the first has not answered
    tick_waiting(now=at(2, 9, 31))
    stranger.goto(link_in(mailoutbox, "second@example.com"))
    expect(stranger.get_by_role("main")).to_contain_text("Thursday 12 March 2026, 10:00am")
    send(stranger, "Take this time")
    look(stranger, "This time is yours")
    stranger.goto(first)
    look(stranger, "This offer has ended")

    held = Appointment.objects.blocking().order_by("patient__name")
    assert [(visit.patient.name, visit.start) for visit in held] == [
        ("First Green", at(12, 9)),
        ("Second Red", at(4, 9)),
    ]


def join(page: Page, visit: Appointment, look: Callable[[Page, str], None]) -> None:
    page.goto(f"/appointments/{visit.pk}/")
    page.get_by_role("link", name="Tell me of an earlier time").click()
    look(page, "Tell me of an earlier time")
    send(page, "Tell me of an earlier time")
    look(page, "Waiting list")


def cancel(page: Page, visit: Appointment) -> None:
    page.goto(f"/appointments/{visit.pk}/cancel/")
    send(page, "Cancel appointment")
    arrive(page, "Cancelled by you")


def link_in(mails: list[EmailMessage], to: str) -> str:
    """The path of the link in the last mail to this address."""
    [*_, mail] = [mail for mail in mails if mail.to == [to]]
    match = re.search(r"http://docspot\.example(/offer/\S+)", str(mail.body))
    assert match
    return match[1]


def test_person_takes_what_is_kept_on_the_list(
    page_of: Callable[..., Page], given_back: Appointment, person: User
) -> None:
    """Without the mail; before that, free times are shown to who asks for too much."""
    page = page_of(person)
    page.goto("/doctors/dr-smith/")
    page.get_by_role("link", name="Tell me of an earlier time").click()
    arrive(page, "Tell me of an earlier time")
    page.get_by_label("Until which day?").fill("2026-03-11")
    send(page, "Tell me of an earlier time")
    see(page, "There are free times now")
    page.get_by_label("Between these times:").check()
    page.get_by_label("From", exact=True).fill("08:30")
    page.get_by_label("To", exact=True).fill("08:00")
    send(page, "Tell me of an earlier time")
    expect(page.get_by_role("alert")).to_contain_text("The hours end before they begin.")
    see(page, "Tell me of an earlier time")
    page.get_by_label("To", exact=True).fill("09:30")
    page.get_by_label("Until which day?").fill("2026-03-10")
    send(page, "Tell me of an earlier time")
    arrive(page, "Waiting list")
    cancel(page_of(given_back.booked_by), given_back)
    page.reload()
    see(page, "Waiting list")
    send(page, "Take this time")
    arrive(page, "Appointment confirmed")
    (visit,) = Appointment.objects.blocking()
    assert (visit.patient.name, visit.start) == ("Asha Rao", at(4, 9))
