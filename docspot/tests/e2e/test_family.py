"""A parent adds a child, books for it, and asks the other parent, who goes on alone."""

import re
from collections.abc import Callable

from django.core.mail import EmailMessage
from playwright.sync_api import Page, expect

from accounts.models import Patient, User
from docspot.tests.cast import at, make_doctor, make_person
from docspot.tests.e2e.looking import look, see
from docspot.tests.e2e.steps import arrive, book_url, send


def test_two_parents_of_a_child(
    page_of: Callable[..., Page], person: User, mailoutbox: list[EmailMessage]
) -> None:
    doctor = make_doctor("Dr. Smith")
    page, other = page_of(person), page_of(make_person("Vikram Rao", "vikram@example.com"))
    add_child(page)
    page.goto(book_url(doctor, at(3, 9, 30)))
    page.get_by_label(re.compile(r"^Ravi Rao, \d+ years \(your child\)$")).check()
    send(page, "Confirm appointment")
    see(page, "Appointment confirmed")
    expect(page.get_by_text("You act for Ravi Rao (your child)")).to_be_visible()
    (mail,) = mailoutbox
    assert (mail.to, "Ravi" in str(mail.body)) == ([person.email], True)

    invite(page)
    accept(other, mailoutbox[1])
    other.get_by_role("link", name="My appointments").first.click()
    expect(other.get_by_text("For Ravi Rao (your child)")).to_be_visible()

    leave(page)
    page.get_by_role("link", name="My appointments").first.click()
    expect(page.get_by_text("You have no appointment coming up.")).to_be_visible()
    other.reload()
    other.get_by_role("link", name="See details").click()
    arrive(other, "Appointment confirmed")
    ravi = Patient.objects.get(name="Ravi Rao")
    assert [one.user.email for one in ravi.accesses.active()] == ["vikram@example.com"]


def add_child(page: Page) -> None:
    page.goto("/accounts/profile/")
    page.get_by_role("link", name="Family").click()
    see(page, "People you act for")
    page.get_by_role("link", name="Add a person").click()
    arrive(page, "Add a person")
    send(page, "Add this person")
    see(page, "Add a person")  # with what is missing
    page.get_by_label("My child, under 18").check()
    page.get_by_label("Full name").fill("Ravi Rao")
    page.get_by_label("Date of birth").fill("2016-05-03")
    send(page, "Add this person")
    expect(page.get_by_text("You can book for Ravi Rao now.")).to_be_visible()
    see(page, "People you act for")


def invite(page: Page) -> None:
    page.goto("/accounts/family/")
    page.get_by_role("link", name="Ravi Rao").click()
    page.get_by_role("link", name="Invite another person").click()
    see(page, "Invite another person")
    page.get_by_label("Their email address").fill("vikram@example.com")
    page.get_by_label("A parent").check()
    send(page, "Send invitation")
    expect(page.get_by_text("We have sent an invitation to vikram@example.com.")).to_be_visible()
    see(page, "Ravi Rao")


def accept(page: Page, mail: EmailMessage) -> None:
    link = re.search(r"http://docspot\.example(/accounts/family/\S+)", str(mail.body))
    assert link is not None
    page.goto(link[1])
    see(page, "Act for Ravi?")
    send(page, "Accept")
    expect(page.get_by_text("You can book for Ravi Rao now.")).to_be_visible()
    page.goto(link[1])
    expect(page.get_by_role("heading", level=1)).to_have_text("This invitation is no longer open")
    page.goto("/")


def leave(page: Page) -> None:
    page.goto("/accounts/family/")
    page.get_by_role("link", name="Ravi Rao").click()
    page.get_by_role("link", name="End your access").click()
    arrive(page, "End your access?")
    look(page)
    send(page, "End my access")
    expect(page.get_by_text("You no longer act for Ravi Rao.")).to_be_visible()
