"""The account pages, in every state they can be in."""

import re
from collections.abc import Callable

import pytest
from django.core.mail import EmailMessage
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.exceptions import LoginRefused, TooManyAttempts
from accounts.models import User
from accounts.services import set_active
from docspot.tests.cast import NOW, PASSWORD, make_user
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import send

# The ways through them are walked in test_journey.py with every change.
pytestmark = pytest.mark.thorough

WRONG = "not the password"
NEW = "a battery of horses"


def link_in(mail: EmailMessage) -> str:
    """The path of the link that a mail carries."""
    match = re.search(r"http://docspot\.example(/accounts/\S+)", str(mail.body))
    assert match is not None
    return match[1]


def see_errors(page: Page, heading: str, *errors: str) -> None:
    summary = page.get_by_role("alert")
    expect(summary.get_by_role("listitem")).to_have_text(errors)
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    see(page, heading)


def test_sign_up_states(page: Page, person: User) -> None:
    page.goto("/accounts/signup/")
    see(page, "Create an account")
    send(page, "Create account")
    see_errors(
        page,
        "Create an account",
        "Enter your full name",
        "Enter your email address",
        "Enter your date of birth",
        "Enter a password",
    )
    page.get_by_role("link", name="Enter your date of birth").click()
    expect(page.get_by_label("Date of birth")).to_be_focused()


def test_log_in_states(page: Page, person: User) -> None:
    page.goto("/accounts/login/")
    see(page, "Log in")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(WRONG)
    send(page, "Log in")
    see_errors(page, "Log in", str(LoginRefused.message))
    for _ in range(4):
        page.get_by_label("Password").fill(WRONG)
        send(page, "Log in")
        expect(page.get_by_label("Password")).to_be_empty()
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Log in")
    see_errors(page, "Log in", str(TooManyAttempts.message))


def test_closed_account_state(page: Page, person: User) -> None:
    set_active(user=person, active=False, now=NOW)
    page.goto("/accounts/login/")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Log in")
    see(page, "This account is closed")


def test_reset_password_states(page: Page, person: User, mailoutbox: list[EmailMessage]) -> None:
    page.goto("/accounts/password/reset/")
    see(page, "Forgotten your password?")
    send(page, "Send the link")
    see_errors(page, "Forgotten your password?", "Enter your email address")
    page.get_by_label("Email address").fill(person.email)
    send(page, "Send the link")
    see(page, "Look in your mail")
    link = link_in(mailoutbox[0])
    page.goto(link)
    see(page, "Choose a new password")
    page.get_by_label("New password").fill("password")
    send(page, "Save password")
    see_errors(page, "Choose a new password", "This password is too common.")
    page.get_by_label("New password").fill(NEW)
    send(page, "Save password")
    see(page, "Your password has been changed")
    page.goto(link)
    see(page, "This link no longer works")


def test_change_password_states(page_of: Callable[..., Page], person: User) -> None:
    page = page_of(person)
    page.goto("/accounts/password/change/")
    see(page, "Change your password")
    page.get_by_label("Current password").fill(WRONG)
    page.get_by_label("New password").fill("1234")
    send(page, "Change password")
    see(page, "Change your password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    send(page, "Change password")
    see(page, "Your details")
    expect(page.get_by_role("status")).to_have_text("Your password has been changed.")


def test_details_states(page_of: Callable[..., Page], person: User) -> None:
    page = page_of(person)
    page.goto("/accounts/profile/")
    see(page, "Your details")
    page.get_by_label("Full name").fill("")
    page.get_by_label("Phone number").fill("banana")
    send(page, "Save your details")
    see(page, "Your details")
    page.get_by_label("Full name").fill("Asha Devi Rao")
    page.get_by_label("Date of birth").fill("1980-05-05")
    page.get_by_label("Phone number").fill("+91 98765 43210")
    send(page, "Save your details")
    see(page, "Your details")
    expect(page.get_by_role("status")).to_have_text("Your details have been saved.")


def test_details_state_of_a_login_that_is_no_patient(page_of: Callable[..., Page]) -> None:
    page = page_of(make_user())
    page.goto("/accounts/profile/")
    see(page, "Your details")


def test_confirm_email_states(
    page_of: Callable[..., Page], person: User, mailoutbox: list[EmailMessage]
) -> None:
    page = page_of(person)
    page.goto("/accounts/profile/")
    send(page, "Send the email again")
    expect(page.get_by_role("status")).to_have_text(
        "We have sent you an email. Open the link in it."
    )
    link = link_in(mailoutbox[0])
    page.goto(link)
    see(page, "Confirm your email address")
    send(page, "Yes, confirm it")
    expect(page.get_by_role("status")).to_contain_text("is confirmed")
    page.goto(link)
    see(page, "This link no longer works")
    page.goto("/accounts/profile/")
    see(page, "Your details")


def test_email_to_be_confirmed_state(page: Page, settings: Settings, person: User) -> None:
    settings.REQUIRE_VERIFIED_EMAIL = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    page.goto("/accounts/login/")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Log in")
    see(page, "Look in your mail")


def test_log_out_states(page_of: Callable[..., Page], person: User) -> None:
    page = page_of(person)
    page.goto("/accounts/logout/")
    see(page, "Log out of DocSpot?")
    send(page, "Log out")
    see(page, "See a doctor, without the telephone.")
