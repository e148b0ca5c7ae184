"""Offers that could not be told of: no mail server, no worker, nobody to write to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from pytest_django import Settings
from time_machine import Traveller

from accounts.models import Patient, User
from appointments.models import BookingPolicy, WaitingEntry, WaitingOffer
from appointments.waiting.services import offer_to, tick_waiting, withdraw_offers
from appointments.waiting.services.answers import decline
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_location
from docspot.tests.waiting import check_held_times, make_offer, offered, open_offer_of, wait_for
from doctors.models import Doctor, WorkingHours

# With commits, for the worker closes the connection between two tasks.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "queue")]

HALF = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


class Away(EmailBackend):
    """A mail server that cannot be reached, until it is there again."""

    is_there = False

    def open(self) -> None:
        if not self.is_there:
            raise ConnectionRefusedError


class Scolding(EmailBackend):
    """One that takes the mails of nobody, and does not say that it is for good."""

    def send_messages(self, messages: Any) -> int:
        raise TimeoutError


@pytest.fixture
def mail_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Away]:
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    monkeypatch.setattr(Away, "is_there", False)
    return Away


@pytest.fixture
def doctor(db: None) -> Doctor:
    """Three mornings with one time each, at 11:00, are all there is."""
    found = make_doctor("Dr. Smith", days=(), duration=30)
    for day in (4, 5, 6):
        open_at(found, at(day, 11))
    return found


def open_at(doctor: Doctor, start: datetime) -> None:
    local = start.astimezone(make_location().zone)
    WorkingHours.objects.create(
        doctor=doctor,
        location=make_location(),
        weekday=local.weekday(),
        opens=local.time(),
        closes=(local + HALF).time(),
        valid_from=local.date(),
        valid_until=local.date(),
    )


def work() -> None:
    call_command("work", "--once")


@pytest.fixture
def wait(clock: Traveller) -> Callable[[timedelta], None]:
    """Let time pass, and the worker do what is due then."""

    def wait(length: timedelta) -> None:
        clock.shift(length)
        work()

    return wait


def own(entry: WaitingEntry) -> WaitingEntry:
    entry.refresh_from_db()
    return entry


def test_offer_is_told_when_its_mail_is_at_the_server(doctor: Doctor, person: User) -> None:
    entry = wait_for(doctor, person)
    [offer] = offer_to(entry=entry, now=NOW)
    assert offer.told_at is None
    work()
    told = open_offer_of(entry)
    assert told is not None
    assert (told.told_at, told.until) == (NOW, NOW + HALF)


def test_outage_takes_nobodys_offers(
    doctor: Doctor, person: User, mail_server: Any, wait: Callable[[timedelta], None]
) -> None:
    """Two hours without a mail server: then they are told of the time, and may answer."""
    entry = wait_for(doctor, person)
    tick_waiting(now=NOW)
    for _ in range(4):
        wait(HALF)
    assert own(entry).status == "waiting"
    assert offered(entry) == [("04 11:00", "withdrawn")] * 4 + [("04 11:00", "open")]
    check_held_times()
    mail_server.is_there = True
    wait(10 * MINUTE)
    offer = open_offer_of(entry)
    assert offer is not None
    assert offer.told_at == NOW + 4 * HALF + 10 * MINUTE
    assert offer.until == offer.told_at + HALF  # they have as long as everybody


def test_worker_that_was_away_takes_nobodys_offers(
    doctor: Doctor, person: User, wait: Callable[[timedelta], None]
) -> None:
    entry = wait_for(doctor, person)
    tick_waiting(now=NOW)
    wait(timedelta(hours=3))
    assert offered(entry) == [("04 11:00", "withdrawn"), ("04 11:00", "open")]
    offer = open_offer_of(entry)
    assert offer is not None
    assert offer.told_at == NOW + timedelta(hours=3)


def test_slow_mail_server_takes_nobodys_offers(
    doctor: Doctor, person: User, settings: Settings, wait: Callable[[timedelta], None]
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Scolding"
    entry = wait_for(doctor, person)
    tick_waiting(now=NOW)
    work()
    wait(HALF)
    assert offered(entry) == [("04 11:00", "withdrawn"), ("04 11:00", "open")]


def test_told_late_it_is_kept_no_longer_than_it_can_be_taken(
    doctor: Doctor, person: User, mail_server: Any, wait: Callable[[timedelta], None]
) -> None:
    """The visit that it is instead of can be given back for half an hour more."""
    BookingPolicy.objects.create(pk=1, cancel_notice_hours=24, reschedule_notice_hours=48)
    later = make_appointment(make_doctor("Dr. Priya"), person, NOW + timedelta(hours=24) + HALF)
    open_at(doctor, at(2, 16))
    entry = wait_for(doctor, person, instead_of=later)
    [offer] = offer_to(entry=entry, now=NOW)
    mail_server.is_there = True
    wait(20 * MINUTE)
    offer.refresh_from_db()
    assert (offer.told_at, offer.until) == (NOW + 20 * MINUTE, NOW + HALF)


def test_told_offer_that_nobody_answers_lapses_and_counts(
    doctor: Doctor, person: User, wait: Callable[[timedelta], None]
) -> None:
    entry = wait_for(doctor, person)
    tick_waiting(now=NOW)
    work()
    for _ in range(3):
        wait(HALF)
    assert [status for _, status in offered(entry)] == ["lapsed"] * 3
    assert own(entry).status == "paused"


def test_nobody_to_tell_is_not_paused_for_it(
    doctor: Doctor, person: User, wait: Callable[[timedelta], None]
) -> None:
    """Of each time the clinic has half an hour to telephone; then others get it."""
    patient = Patient.objects.create(name="Boris Blue")
    entry = wait_for(doctor, person, patient=patient)
    tick_waiting(now=NOW)
    for _ in range(4):
        wait(HALF)
    assert [status for _, status in offered(entry)] == ["lapsed"] * 3
    assert own(entry).status == "waiting"


def test_refused_address_is_nobody_to_tell(
    doctor: Doctor, person: User, wait: Callable[[timedelta], None]
) -> None:
    """Else they would be offered the same time for ever, and those behind them nothing."""
    patient = Patient.objects.create(name="Boris Blue", email="boris@\u202eexample.com")
    entry = wait_for(doctor, person, patient=patient)
    behind = wait_for(doctor, person, joined_at=NOW + MINUTE, last_day=date(2026, 3, 4))
    tick_waiting(now=NOW)
    work()
    wait(HALF)
    assert offered(entry)[0] == ("04 11:00", "lapsed")
    assert offered(behind) == [("04 11:00", "open")]


def test_untold_lapse_does_not_pause_again(
    doctor: Doctor, person: User, wait: Callable[[timedelta], None]
) -> None:
    patient = Patient.objects.create(name="Boris Blue")
    entry = wait_for(doctor, person, patient=patient)
    for day in (10, 11, 12):
        WaitingOffer.objects.create(
            entry=entry,
            doctor=doctor,
            visit_type=doctor.visit_types.get(),
            location=make_location(),
            start=at(day, 9),
            end=at(day, 10),
            made_at=NOW - timedelta(days=1),
            told_at=NOW - timedelta(days=1),
            until=NOW - timedelta(days=1),
            status="lapsed",
        )
    tick_waiting(now=NOW)
    wait(HALF)
    assert own(entry).status == "waiting"


def test_answered_or_told_offers_are_not_made_again(doctor: Doctor, person: User) -> None:
    entry = wait_for(doctor, person, last_day=date(2026, 3, 4))
    [offer] = offer_to(entry=entry, now=NOW)
    withdraw_offers(entry=entry, now=NOW)  # before it was told
    again = open_offer_of(entry)
    assert again is not None
    assert (again.pk == offer.pk, again.start) == (False, offer.start)
    decline(offer=again, by=person, now=NOW)
    assert open_offer_of(entry) is None
    assert [status for _, status in offered(entry)] == ["withdrawn", "declined"]


def test_mail_of_an_offer_that_ended_meanwhile_tells_nothing(
    doctor: Doctor, person: User, mailoutbox: list[EmailMessage]
) -> None:
    entry = wait_for(doctor, person, last_day=date(2026, 3, 4))
    [offer] = offer_to(entry=entry, now=NOW)
    decline(offer=offer, by=person, now=NOW)
    work()
    offer.refresh_from_db()
    assert (mailoutbox, offer.told_at) == ([], None)


def test_migration_back_leaves_one_offer_of_each_time(doctor: Doctor, person: User) -> None:
    """All that counts stays, and else the last one."""
    entry = wait_for(doctor, person)
    for start, told in ((at(4, 11), None), (at(4, 11), NOW), (at(5, 11), None), (at(5, 11), None)):
        make_offer(entry, start, told_at=told, status="withdrawn", held=None)
    migration = import_module("appointments.migrations.0012_told_offers")
    migration.forget_repeats(apps, None)
    left = WaitingOffer.objects.order_by("pk").values_list("start", "told_at")
    assert list(left) == [(at(4, 11), NOW), (at(5, 11), None)]
    migration.all_were_told(apps, None)
    assert not WaitingOffer.objects.filter(told_at=None).exists()
