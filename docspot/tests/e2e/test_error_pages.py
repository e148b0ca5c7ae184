"""What is said when something is wrong: each page as it comes to a person, from the live site."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import User
from docspot import urls
from docspot.tests.e2e.looking import see
from docspot.tests.e2e.steps import send


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [path("broken/", broken), *urls.urlpatterns]
handler500 = urls.handler500


def test_bad_request_page(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email address").evaluate("e => { e.value = 'x'.repeat(2 * 1024 * 1024) }")
    send(page, "Log in")
    see(page, "We could not read that")


def test_forbidden_page(page_of: Callable[..., Page], person: User) -> None:
    page = page_of(person)
    page.goto("/admin/")
    see(page, "You cannot open this page")


def test_forgery_page(page: Page) -> None:
    page.goto("/accounts/login/")
    page.context.clear_cookies()
    send(page, "Log in")
    see(page, "Send that again")


def test_not_found_page(page: Page) -> None:
    page.goto("/nowhere/")
    see(page, "This page was not found")


def test_too_many_requests_page(page: Page, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/h/ip"}
    page.goto("/accounts/signup/")
    send(page, "Create account")
    expect(page.get_by_role("alert")).to_be_visible()
    send(page, "Create account")
    see(page, "Too many attempts")


@pytest.mark.urls(__name__)
def test_broken_page(page: Page) -> None:
    page.goto("/broken/")
    see(page, "Something went wrong here")
