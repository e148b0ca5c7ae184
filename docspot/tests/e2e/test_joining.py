"""A doctor joins the clinic: every page on the way, and staff who decide in the admin."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from docspot.tests.cast import (
    NOW,
    PASSWORD,
    make_appointment,
    make_doctor,
    make_location,
    make_specialty,
)
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import send
from docspot.tests.pictures import picture
from doctors.joining import services
from doctors.models import Language

pytestmark = pytest.mark.thorough

PHOTO = {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture()}


def choose(page: Page, action: str) -> None:
    """Choose an action for the one doctor in the admin's list."""
    page.locator("#result_list tbody").get_by_role("checkbox").check()
    page.get_by_label("Action:").select_option(action)
    page.get_by_role("button", name="Go").click()


def test_doctor_joins_and_is_approved(
    page: Page, page_of: Callable[..., Page], staff: User
) -> None:
    make_specialty()
    make_location()
    Language.objects.create(code="en", name="English")
    page.goto("/accounts/signup/")
    page.get_by_role("link", name="Are you a doctor? Join the clinic").click()
    see(page, "Join the clinic as a doctor")
    send(page, "Send application")
    see(page, "Join the clinic as a doctor")
    page.get_by_label("Your name, with title").fill("Dr. Asha Rao")
    page.get_by_label("Email address").fill("asha@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Specialty").select_option("Cardiology")
    page.get_by_label("Where you want to work").select_option("City Heart Clinic, Hyderabad")
    page.get_by_label("Licence number").fill("TS 1")
    page.get_by_label("English").check()
    page.get_by_label("Photo").set_input_files(PHOTO)
    send(page, "Send application")
    see(page, "Your application is with the clinic")
    desk = page_of(staff)
    desk.goto("/admin/doctors/doctor/")
    desk.get_by_role("link", name="Waiting for approval").first.click()
    choose(desk, "ask_for_more")
    desk.get_by_label("What is missing").fill("Send the year.")
    desk.get_by_role("button", name="Ask for this").click()
    expect(desk.locator(".messagelist")).to_contain_text("1 doctor asked.")
    page.reload()
    see(page, "The clinic needs to know more")
    page.get_by_label("About you").fill("In the register since 2001.")
    send(page, "Send to the clinic")
    see(page, "Your application is with the clinic")
    desk.goto("/admin/doctors/doctor/?turn=clinic")
    choose(desk, "approve")
    expect(desk.locator(".messagelist")).to_contain_text("1 doctor approved.")
    page.goto("/practice/profile/")
    see(page, "Your profile")
    page.get_by_role("link", name="See your page as patients do").click()
    see(page, "Dr. Asha Rao")
    expect(page.locator("img.photo")).to_have_js_property("complete", True)
    page.goto("/practice/profile/photo/remove/")
    see(page, "Remove your photo?")
    send(page, "Remove photo")
    see(page, "Your profile")


def test_suspending_leads_to_the_visits(
    page_of: Callable[..., Page], staff: User, person: User
) -> None:
    doctor = make_doctor(user=person)
    make_appointment(doctor, person, NOW.replace(day=3, hour=4))
    desk = page_of(staff)
    desk.goto("/admin/doctors/doctor/")
    choose(desk, "suspend")
    desk.get_by_label("The reason").fill("It has run out.")
    desk.get_by_role("button", name="Suspend for this reason").click()
    desk.get_by_role("link", name="Tuesday 3 March 2026, 9:30am").click()
    expect(desk).to_have_url(re.compile("/admin/appointments/appointment/"))
    page = page_of(person)
    page.goto(reverse("practice:profile"))
    see(page, "The clinic has suspended you")


def test_rejected_doctor_may_apply_again(
    page_of: Callable[..., Page], staff: User, person: User
) -> None:
    doctor = make_doctor(status="pending", user=person)
    services.reject(doctor=doctor, by=staff, now=NOW, words="No room.")
    page = page_of(person)
    page.goto("/practice/application/")
    see(page, "The clinic has not accepted your application")
