"""A doctor goes away for a day on which three visits are booked; staff close a place."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from appointments.models import Appointment
from docspot.tests.cast import at, make_appointment, make_doctor, make_person
from docspot.tests.e2e.looking import ALL_RULES, AXE, PHONE, SCREEN, see
from docspot.tests.e2e.steps import arrive, send
from doctors.models import Doctor, TimeOff

VISITS = "Visits in this time off"


@pytest.fixture
def visits(doctor: Doctor) -> list[Appointment]:
    """Three on Tuesday: of Anna at 9, of Boris at 10, of Chen at 11."""
    make_doctor("Dr. Rao")
    return [
        make_appointment(doctor, make_person(name, f"{name.lower()}@example.com"), at(3, hour))
        for name, hour in (("Anna", 9), ("Boris", 10), ("Chen", 11))
    ]


def choose(page: Page, patient: str, way: str) -> None:
    group = page.get_by_role("group", name=re.compile(f"^{patient},"))
    group.get_by_label(way, exact=True).check()


def add_tuesday(page: Page) -> None:
    page.goto(reverse("practice:time_off"))
    page.get_by_role("link", name="Add time off").click()
    arrive(page, "Add time off")
    page.get_by_label("First day", exact=True).fill("2026-03-03")
    page.get_by_label("Reason").fill("Conference")
    send(page, "Continue")
    arrive(page, VISITS)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_doctor_moves_one_asks_one_and_cancels_one(
    page_of: Callable[..., Page],
    doctor: Doctor,
    visits: list[Appointment],
    mailoutbox: list[EmailMessage],
    scripts: bool,
) -> None:
    page = page_of(doctor.user, java_script_enabled=scripts)
    add_tuesday(page)
    page.get_by_role("link", name="Back, change nothing").first.click()
    arrive(page, "Add time off")
    assert not TimeOff.objects.exists()
    add_tuesday(page)
    choose(page, "Anna", "Move to Dr. Rao, Tuesday 3 March 2026, 9:00am")
    choose(page, "Boris", "Ask the patient to choose another time")
    choose(page, "Chen", "Cancel it")
    send(page, "Save the time off and do this")
    arrive(page, "Time off")
    report = page.get_by_role("status")
    expect(report).to_contain_text("Anna: moved to Tuesday 3 March 2026, 9:00am, Dr. Rao")
    expect(report).to_contain_text("Boris, Tuesday 3 March 2026, 10:00am: asked to choose")
    expect(report).to_contain_text("Chen, Tuesday 3 March 2026, 11:00am: cancelled")
    anna, boris, chen = (Appointment.objects.get(pk=visit.pk) for visit in visits)
    assert (anna.doctor.name, anna.start, anna.status) == ("Dr. Rao", at(3, 9), "confirmed")
    assert (boris.start, boris.status, boris.is_asked) == (at(3, 10), "confirmed", True)
    assert chen.status == "cancelled"
    assert sorted((sent.to[0], str(sent.subject)) for sent in mailoutbox) == [
        ("anna@example.com", "Your appointment is now on Tuesday 3 March, 9:00am"),
        (
            "boris@example.com",
            "Choose another time: your appointment on Tuesday 3 March, 10:00am",
        ),
        ("chen@example.com", "Your appointment on Tuesday 3 March, 11:00am is cancelled"),
    ]
    answer(page_of(boris.booked_by, java_script_enabled=scripts), mailoutbox)
    boris = Appointment.objects.get(pk=boris.pk)
    assert (boris.start, boris.is_asked) == (at(4, 10), False)
    page.reload()
    expect(page.get_by_role("heading", name="Visits that need a new time")).to_have_count(0)


def answer(page: Page, mailoutbox: list[EmailMessage]) -> None:
    """Boris opens the link in the mail and chooses."""
    [message] = [sent for sent in mailoutbox if sent.to == ["boris@example.com"]]
    link = re.search(r"http://docspot\.example(/visit/\S+)", str(message.body))
    assert link is not None
    page.goto(link[1])
    arrive(page, "Move your appointment")
    page.get_by_role("link", name="Wednesday 4 March, 10:00am, 30 minutes").click()
    arrive(page, "Check and confirm the new time")
    send(page, "Move appointment")
    arrive(page, "Your appointment has been moved")


@pytest.mark.thorough
def test_time_off_states(
    page_of: Callable[..., Page], doctor: Doctor, visits: list[Appointment]
) -> None:
    page = page_of(doctor.user)
    page.goto(reverse("practice:time_off"))
    see(page, "Time off")
    page.goto(reverse("practice:time_off_add"))
    see(page, "Add time off")
    send(page, "Continue")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text(["Enter the first day"])
    see(page, "Add time off")
    add_tuesday(page)
    see(page, VISITS)
    send(page, "Move each to the first free time")
    expect(page.get_by_label("Move to Wednesday 4 March 2026, 9:00am").first).to_be_checked()
    make_appointment(doctor, make_person("Rival"), at(4, 9))
    send(page, "Save the time off and do this")
    expect(page.get_by_role("alert")).to_contain_text("is not free any more")
    expect(page).to_have_title(re.compile("^Error: "))
    see(page, VISITS)
    send(page, "Ask all patients")
    send(page, "Save the time off and do this")
    see(page, "Time off")
    page.get_by_role("link", name="Deal with the visits").click()
    see(page, VISITS)
    page.goto(reverse("practice:time_off"))
    page.get_by_role("link", name=re.compile("^Take back")).click()
    see(page, "Take back this time off?")
    asked = page_of(visits[0].booked_by)
    asked.goto(reverse("appointments:detail", args=[visits[0].pk]))
    see(asked, "Choose another time")
    asked.goto(reverse("appointments:list"))
    see(asked, "My appointments")


# The frame of the admin is Django's own.
RUN_AXE = """
async (options) => {
  const results = await axe.run("#content-main", {...options, resultTypes: ["violations"]});
  return results.violations.map((rule) => `${rule.id}: ${rule.nodes[0].html}`);
}
"""


def look_at_content(page: Page) -> None:
    page.evaluate(AXE)
    for width in (PHONE, SCREEN):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(RUN_AXE, ALL_RULES) == []


@pytest.mark.thorough
def test_desk_closes_a_place(
    page_of: Callable[..., Page],
    staff: User,
    visits: list[Appointment],
    mailoutbox: list[EmailMessage],
) -> None:
    page = page_of(staff)
    page.goto(reverse("admin:doctors_timeoff_add"))
    page.get_by_role("combobox").nth(1).click()
    page.get_by_role("option", name="City Heart Clinic, Hyderabad").click()
    page.get_by_label("From:").fill("2026-03-03T00:00")
    page.get_by_label("Until:").fill("2026-03-04T00:00")
    page.get_by_role("button", name="Save", exact=True).click()
    arrive(page, VISITS)
    look_at_content(page)
    assert not TimeOff.objects.exists()
    page.get_by_role("button", name="Save the time off and do this").click()
    expect(page.locator(".messagelist")).to_contain_text("The closure is entered.")
    assert len(mailoutbox) == 3
    page.goto(reverse("admin:desk_strays"))
    arrive(page, "Visits that need a new time")
    look_at_content(page)
    page.get_by_role("link", name="deal with 3 visits").click()
    arrive(page, VISITS)
