"""What is done again and again: come to a page, press a button of it, choose a time."""

from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from playwright.sync_api import Page, expect

from doctors.models import Doctor


def arrive(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def send(page: Page, button: str) -> None:
    """Press a button in the page itself, not in its head."""
    page.get_by_role("main").get_by_role("button", name=button, exact=True).click()


def book_url(doctor: Doctor, start: datetime) -> str:
    """The page that asks to confirm a visit at `start`."""
    chosen = {"visit_type": doctor.visit_types.get().pk, "start": start.isoformat()}
    return f"{reverse('appointments:book', args=[doctor.slug])}?{urlencode(chosen)}"
