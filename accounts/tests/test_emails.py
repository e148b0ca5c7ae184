"""The mails about accounts, asked for at a forged address; and sending mail at all."""

from __future__ import annotations

import re

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from docspot.tests.fixtures import browser_of

pytestmark = pytest.mark.django_db
SITE = "http://docspot.example"
LINK = re.compile(r"https?://[^\s\"<]+")


@pytest.fixture
def post(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks):
    """Post to a page with a Host that is allowed but is not the site's; returns the one mail."""

    def do(name: str, data: dict[str, str], client: Client | None = None) -> EmailMultiAlternatives:
        with django_capture_on_commit_callbacks(execute=True):
            (client or Client()).post(reverse(name), data, headers={"host": "localhost"})
        [message] = mail.outbox
        assert isinstance(message, EmailMultiAlternatives)
        return message

    return do


def html_of(message: EmailMultiAlternatives) -> str:
    [(content, kind)] = message.alternatives
    assert kind == "text/html"
    return str(content)


def link_of(message: EmailMultiAlternatives, *others: str) -> str:
    """The path of the mail's link; all its links lead to the site, in both parts."""
    links = LINK.findall(str(message.body))
    assert set(LINK.findall(html_of(message))) == set(links)
    assert all(link.startswith(SITE) for link in links)
    assert [link.removeprefix(SITE) for link in links[1:]] == [*others, ""]
    return links[0].removeprefix(SITE)


SIGN_UP = {
    "name": "Asha O'Neil & Sons",
    "email": "new@example.com",
    "date_of_birth": "1984-05-17",
    "phone": "",
    "password1": "correct horse battery",
}


def test_sign_up_asks_to_confirm_the_address(post) -> None:
    message = post("account_signup", SIGN_UP)
    assert (message.subject, message.to) == ("Confirm your email address", ["new@example.com"])
    assert message.body.startswith("Open the link in this email.")
    assert Client().get(link_of(message)).status_code == 200


def test_address_is_confirmed_by_a_mail_sent_again(post, person: User) -> None:
    message = post("account_send_confirmation", {}, browser_of(person))
    assert (message.subject, message.to) == ("Confirm your email address", ["asha@example.com"])
    assert Client().get(link_of(message)).status_code == 200


def test_forgotten_password_is_replaced_by_a_link(post, person: User) -> None:
    message = post("account_reset_password", {"email": "asha@example.com"})
    assert (message.subject, message.to) == ("Choose a new password", ["asha@example.com"])
    assert "your password stays as it is" in message.body
    response = Client().get(link_of(message), follow=True)
    assert response.status_code == 200
    assert "password1" in response.context["form"].fields


def test_address_without_an_account_is_told_so_by_mail_only(post) -> None:
    message = post("account_reset_password", {"email": "none@example.com"})
    assert (message.subject, message.to) == (
        "You have no account with this email address",
        ["none@example.com"],
    )
    assert "DocSpot has none for none@example.com." in message.body
    assert link_of(message) == reverse("account_signup")


def test_second_sign_up_is_told_of_the_account(
    person: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    request = RequestFactory().post("/", headers={"host": "localhost"})
    with context.request_context(request), django_capture_on_commit_callbacks(execute=True):
        get_adapter(request).send_account_already_exists_mail("asha@example.com")
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    assert (message.subject, message.to) == ("You already have an account", ["asha@example.com"])
    assert link_of(message, reverse("account_reset_password")) == reverse("account_login")


def test_mail_is_sent_only_when_all_is_committed(
    person: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        Client().post(reverse("account_reset_password"), {"email": "asha@example.com"})
        assert mail.outbox == []
    assert len(callbacks) == 1


def test_host_that_is_not_ours_is_refused(person: User) -> None:
    data = {"email": "asha@example.com"}
    url = reverse("account_reset_password")
    assert Client().post(url, data, headers={"host": "evil.example"}).status_code == 400
    assert mail.outbox == []
