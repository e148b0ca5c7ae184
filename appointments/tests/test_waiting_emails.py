"""The mails of the waiting list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from accounts.keys import derived_key
from accounts.models import User
from appointments.models import WaitingEntry, WaitingOffer
from appointments.waiting import emails
from appointments.waiting.services import offer_to, tick_waiting
from appointments.waiting.services.answers import decline, whoever_has_the_mail
from docspot.tests.cast import NOW, at, make_appointment, make_doctor
from docspot.tests.waiting import tell_all, wait_for
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def committed(commit: Any, act: Callable[[], Any]) -> Any:
    """What the act returns, after all that follows its commit."""
    with commit(execute=True):
        return act()


def html_of(sent: Any) -> str:
    return str(sent.alternatives[0][0])


@pytest.fixture
def entry(doctor: Doctor, person: User) -> WaitingEntry:
    return wait_for(doctor, person, reason="Chest pain")


def test_offer_is_mailed_with_until_when_it_is_kept(
    entry: WaitingEntry, django_capture_on_commit_callbacks: Any
) -> None:
    make_appointment(make_doctor("Dr. Priya"), entry.joined_by, at(5, 9))
    [offer] = committed(django_capture_on_commit_callbacks, lambda: offer_to(entry=entry, now=NOW))
    [sent] = mail.outbox
    assert sent.to == ["asha@example.com"]
    assert sent.subject == "A time on Monday 2 March, 11:00am is kept for you"
    words = " ".join(str(sent.body).split())
    assert words.startswith(
        "Take the time on Monday 2 March 2026, 11:00am, or let it go: "
        "it is kept for you until 9:00am on Monday 2 March 2026."
    )
    assert f"http://docspot.example/offer/{derived_key('offer', offer.pk)}/" in words
    assert "Instead of" not in words
    for content in (sent.subject, words, html_of(sent)):
        assert "Chest pain" not in content
        assert "Cardiolog" not in content
        assert "Consultation" not in content


def test_offer_instead_of_a_later_visit_names_it(
    doctor: Doctor, person: User, django_capture_on_commit_callbacks: Any
) -> None:
    later = make_appointment(doctor, person, at(5, 9))
    entry = wait_for(doctor, person, instead_of=later)
    committed(django_capture_on_commit_callbacks, lambda: offer_to(entry=entry, now=NOW))
    [sent] = mail.outbox
    assert "Instead of: Thursday 5 March 2026, 9:00am to 9:30am" in sent.body
    assert "Thursday 5 March 2026, 9:00am to 9:30am" in html_of(sent)


@pytest.mark.parametrize("ends", ["declined", "lapsed"])
def test_offer_that_has_ended_before_its_mail_could_go_is_not_sent(
    entry: WaitingEntry, django_capture_on_commit_callbacks: Any, ends: str
) -> None:
    def act() -> None:
        [offer] = offer_to(entry=entry, now=NOW)
        WaitingEntry.objects.filter(pk=entry.pk).update(status="paused")
        if ends == "declined":
            decline(offer=offer, by=whoever_has_the_mail(offer), now=NOW)
        else:
            WaitingOffer.objects.filter(pk=offer.pk).update(until=NOW)

    committed(django_capture_on_commit_callbacks, act)
    assert mail.outbox == []


def test_pause_is_mailed_with_the_way_back(
    entry: WaitingEntry, django_capture_on_commit_callbacks: Any
) -> None:
    def act() -> None:
        WaitingEntry.objects.filter(pk=entry.pk).update(status="paused")
        emails.tell_paused(entry)

    committed(django_capture_on_commit_callbacks, act)
    [sent] = mail.outbox
    assert sent.subject == "The waiting list is paused for you"
    assert "three offers in a row were not answered" in " ".join(str(sent.body).split())
    WaitingEntry.objects.filter(pk=entry.pk).update(status="waiting")
    committed(django_capture_on_commit_callbacks, lambda: emails.tell_paused(entry))
    assert len(mail.outbox) == 1


def test_third_lapse_sends_the_mail(
    entry: WaitingEntry, django_capture_on_commit_callbacks: Any
) -> None:
    def act() -> None:
        now = NOW
        tick_waiting(now=now)
        for _lapse in range(3):
            tell_all()
            now = WaitingOffer.objects.get(status="open").until
            tick_waiting(now=now)

    committed(django_capture_on_commit_callbacks, act)
    assert [sent.subject for sent in mail.outbox] == ["The waiting list is paused for you"]
