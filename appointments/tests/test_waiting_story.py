"""Who did what with a place on the waiting list, and when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client

from accounts.keys import digest_of
from accounts.models import Patient, User
from appointments.exceptions import WrongStatus
from appointments.models import WaitingEntry, WaitingEvent
from appointments.waiting.exceptions import OfferOver
from appointments.waiting.services import lapse_offers
from appointments.waiting.services.answers import accept, decline, whoever_has_the_mail
from appointments.waiting.services.entries import (
    change_wishes,
    join,
    leave,
    let_go_first,
    pause,
    resume,
)
from docspot.tests.cast import NOW, at, patient_of
from docspot.tests.desk import change_url
from docspot.tests.fixtures import browser_of
from docspot.tests.waiting import make_offer, wait_for
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WISHES: dict[str, Any] = {
    "weekdays": 0b11111,
    "from_time": None,
    "to_time": None,
    "first_day": date(2026, 3, 2),
    "last_day": date(2026, 3, 10),
}


@pytest.fixture
def away(doctor: Doctor) -> Doctor:
    """Nothing of Dr. Smith's is free until Wednesday 11 March."""
    doctor.time_off.create(start=at(1, 0), end=at(11, 0))
    return doctor


def story(entry: WaitingEntry) -> list[tuple[str, User | None, bool, datetime]]:
    events = WaitingEvent.objects.filter(entry=entry).select_related("by").order_by("pk")
    return [(event.kind, event.by, event.by_link, event.at) for event in events]


def test_each_act_is_written_down(away: Doctor, person: User, receptionist: User) -> None:
    kind = away.visit_types.get()
    waits: dict[str, Any] = {"doctor": away, "visit_type": kind}
    entry = join(patient=patient_of(person), by=person, now=NOW, **waits, **WISHES)
    times = [NOW + timedelta(minutes=minute) for minute in range(6)]
    change_wishes(entry=entry, by=person, now=times[1], **WISHES | {"weekdays": 0b1})
    let_go_first(entry=wait_for(away, person, patient=other()), by=receptionist, now=NOW)
    let_go_first(entry=entry, by=receptionist, now=times[2])
    pause(entry=entry, by=receptionist, now=times[3])
    resume(entry=entry, by=person, now=times[4])
    leave(entry=entry, by=person, now=times[5])
    assert story(entry) == [
        ("joined", person, False, times[0]),
        ("changed", person, False, times[1]),
        ("first", receptionist, False, times[2]),
        ("paused", receptionist, False, times[3]),
        ("resumed", person, False, times[4]),
        ("left", person, False, times[5]),
    ]


def other() -> Patient:
    return Patient.objects.create(name="Boris Blue")


def test_what_changes_nothing_is_not_written_down(
    away: Doctor, person: User, receptionist: User
) -> None:
    entry = wait_for(away, person, **WISHES)
    change_wishes(entry=entry, by=person, now=NOW, **WISHES)
    let_go_first(entry=entry, by=receptionist, now=NOW)
    with pytest.raises(WrongStatus):
        resume(entry=entry, by=person, now=NOW)
    assert story(entry) == []


@pytest.mark.parametrize(("act", "kind"), [(accept, "accepted"), (decline, "declined")])
def test_answers_are_written_down(
    away: Doctor, person: User, receptionist: User, act: Any, kind: str
) -> None:
    """By staff for who telephones, and by whoever has the mail."""
    entry = wait_for(away, person, last_day=date(2026, 3, 10))
    offer = make_offer(entry, at(12, 9))
    act(offer=offer, by=receptionist, now=NOW)
    with pytest.raises(OfferOver):
        act(offer=offer, by=person, now=NOW)
    assert story(entry) == [(kind, receptionist, False, NOW)]
    another = wait_for(away, person, patient=other(), last_day=date(2026, 3, 10))
    Patient.objects.filter(pk=another.patient_id).update(email="boris@example.com")
    offer = make_offer(another, at(13, 9))
    offer.entry.patient.refresh_from_db()
    act(offer=offer, by=whoever_has_the_mail(offer), now=NOW)
    assert story(another) == [(kind, None, True, NOW)]


@pytest.mark.parametrize(
    ("act", "kind"), [("accept", "accepted"), ("decline", "declined"), ("pause", "paused")]
)
def test_what_a_link_does_is_written_down(away: Doctor, person: User, act: str, kind: str) -> None:
    entry = wait_for(away, person, last_day=date(2026, 3, 10))
    offer = make_offer(entry, at(12, 9))
    Client().post(address_of(offer), {"act": act})
    assert story(entry) == [(kind, person, True, NOW)]


def address_of(offer: Any) -> str:
    offer.digest = digest_of(offer.key)
    offer.save()
    return f"/offer/{offer.key}/"


def test_pause_after_three_lapses_is_nobodys_act(away: Doctor, person: User) -> None:
    entry = wait_for(away, person, last_day=date(2026, 3, 10))
    for day in (12, 13):
        make_offer(entry, at(day, 9), status="lapsed", held=None)
    last = make_offer(entry, at(16, 9))
    lapse_offers(now=last.until)
    assert story(entry) == [("paused", None, False, last.until)]


def test_place_shows_its_story(away: Doctor, person: User, receptionist: User) -> None:
    entry = wait_for(away, person, last_day=date(2026, 3, 10))
    pause(entry=entry, by=receptionist, now=NOW)
    resume(entry=entry, by=person, now=NOW + timedelta(minutes=5))
    Client().post(address_of(make_offer(entry, at(12, 9))), {"act": "decline"})
    WaitingEvent.objects.create(entry=entry, kind="paused", at=NOW)
    page = browser_of(receptionist).get(change_url(entry))
    html = " ".join(page.content.decode().split())
    for words in (
        "Paused",
        receptionist.email,
        "Mon 2 Mar 2026, 8:35am",
        "Let a kept time go",
        "with the link in an email",
        "by itself, after offers that were not answered",
    ):
        assert words in html


def test_who_has_acted_cannot_be_deleted(away: Doctor, person: User, receptionist: User) -> None:
    """As with what happened to a visit."""
    entry = wait_for(away, person)
    pause(entry=entry, by=receptionist, now=NOW)
    with pytest.raises(ProtectedError):
        receptionist.delete()
    with pytest.raises(ProtectedError):
        entry.delete()
