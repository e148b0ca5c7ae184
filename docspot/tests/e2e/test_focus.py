"""Whoever uses the keyboard gets everywhere, and sees where they are."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from accounts.models import User
from docspot.tests.cast import at, make_appointment, make_child
from docspot.tests.e2e.steps import book_url
from doctors.models import Doctor

# How things look before they are reached...
REMEMBER = """() => {
  const parts = ["outline", "backgroundColor", "borderColor", "boxShadow"];
  window.look = (element) => parts.map((part) => getComputedStyle(element)[part]).join();
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary");
  window.before = new Map([...all].map((element) => [element, look(element)]));
}"""
# ... and what is wrong with the one that has been reached; nothing when all have been.
WHAT_IS_WRONG = """() => {
  const element = document.activeElement;
  if (element === document.body || element === window.first) return null;
  window.first ??= element;
  if (window.before.get(element) === "seen") return [];  // the next part of a date
  const { top, bottom, left, right, width, height } = element.getBoundingClientRect();
  const inside = Math.min(top, left) > -1 && bottom < innerHeight + 1 && right < innerWidth + 1;
  const wrong = [];
  if (look(element) === window.before.get(element)) wrong.push("looks as without focus");
  if (!inside || width < 2 || height < 2) wrong.push("is out of sight");
  window.before.set(element, "seen");
  return wrong.map((text) => `${element.outerHTML.slice(0, 120)}: ${text}`);
}"""
# What Tab did not come to, though it can be seen. Of radio buttons, it goes to one.
NOT_REACHED = """() => [...window.before]
  .filter(([element, look]) => look !== "seen" && element.type !== "radio")
  .filter(([element]) => element.checkVisibility() && element.getBoundingClientRect().width > 0)
  .map(([element]) => `${element.outerHTML.slice(0, 120)}: cannot be reached`)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_reached_and_seen(
    page_of: Callable[..., Page], person: User, doctor: Doctor, scheme: str
) -> None:
    make_child(person)
    doctor.working_hours.exclude(weekday=1).delete()
    visit = make_appointment(doctor, person, at(3, 9, 30))
    page = page_of(person, color_scheme=scheme, reduced_motion="reduce")
    addresses = ["/", "/doctors/", "/doctors/dr-smith/", book_url(doctor, at(3, 10))]
    addresses += ["/appointments/", f"/appointments/{visit.pk}/", "/accounts/profile/"]
    for address in addresses:
        page.goto(address)
        assert (address, walk(page)) == (address, [])


def walk(page: Page) -> list[str]:
    """Go through the whole page with Tab, and tell what is wrong on the way."""
    page.evaluate(REMEMBER)
    found: list[str] = []
    while True:
        page.keyboard.press("Tab")
        wrong = page.evaluate(WHAT_IS_WRONG)
        if wrong is None:
            return found + page.evaluate(NOT_REACHED)
        found += wrong
