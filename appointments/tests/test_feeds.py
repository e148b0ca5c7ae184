"""Calendars to subscribe to, a doctor's and a person's: who reads them, what they tell."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries
from time_machine import Traveller

from accounts.models import PatientAccess, User
from appointments.feeds.models import CalendarFeed, PersonFeed
from appointments.models import Appointment
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_location,
    make_person,
    make_user,
)
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PAGE = "/practice/calendar/"


@pytest.fixture
def smith(doctor: Doctor) -> Client:
    assert doctor.user is not None
    return browser_of(doctor.user)


@pytest.fixture
def feed(smith: Client) -> CalendarFeed:
    smith.post(PAGE)
    return CalendarFeed.objects.get()


def address(feed: CalendarFeed) -> str:
    return reverse("practice:feed", args=[feed.key])


def read(feed: CalendarFeed) -> Calendar:
    response = Client().get(address(feed))
    assert response.status_code == 200
    return Calendar.from_ical(response.content)


def lines(feed: CalendarFeed) -> list[str]:
    """With the folded lines of RFC 5545 whole again."""
    text = Client().get(address(feed)).text
    return re.sub(r"\r\n ", "", text).splitlines()


# The address


def test_no_address_is_made_by_looking(smith: Client) -> None:
    response = smith.get(PAGE)
    assert "Make an address" in response.text
    assert not CalendarFeed.objects.exists()


def test_address_is_made_once(smith: Client, feed: CalendarFeed) -> None:
    smith.post(PAGE)  # a double click
    assert CalendarFeed.objects.get().key == feed.key
    assert feed.shows_names is False
    page = smith.get(PAGE).text
    assert f"http://docspot.example{address(feed)}" in page
    assert f"webcal://docspot.example{address(feed)}" in page


def test_key_cannot_be_guessed(feed: CalendarFeed) -> None:
    assert re.fullmatch(r"[\w-]{43}", feed.key)  # 256 bits


def test_new_address_ends_the_old_one(smith: Client, feed: CalendarFeed) -> None:
    assert "Make a new address?" in smith.get(reverse("practice:calendar_renew")).text
    assert Client().get(address(feed)).status_code == 200
    smith.post(reverse("practice:calendar_renew"))
    fresh = CalendarFeed.objects.get()
    assert fresh.key != feed.key
    assert Client().get(address(feed)).status_code == 404
    assert Client().get(address(fresh)).status_code == 200


def test_address_is_taken_away(smith: Client, feed: CalendarFeed) -> None:
    assert "Take the address away?" in smith.get(reverse("practice:calendar_remove")).text
    smith.post(reverse("practice:calendar_remove"))
    assert Client().get(address(feed)).status_code == 404
    smith.post(reverse("practice:calendar_renew"))  # makes none where there is none
    smith.post(PAGE, {"names": "shown"})
    assert not CalendarFeed.objects.exists()


def test_address_of_another_doctor_is_out_of_reach(feed: CalendarFeed) -> None:
    priya = browser_of(make_doctor("Dr. Priya", user=make_user()).user)
    assert feed.key not in priya.get(PAGE).text
    for name in ("calendar_renew", "calendar_remove"):
        priya.post(reverse(f"practice:{name}"))
    priya.post(PAGE, {"names": "shown"})
    unchanged = CalendarFeed.objects.get()
    assert (unchanged.key, unchanged.shows_names) == (feed.key, False)


@pytest.mark.parametrize("status", [Doctor.Status.PENDING, Doctor.Status.SUSPENDED])
def test_wrong_and_ended_addresses_are_answered_alike(feed: CalendarFeed, status: str) -> None:
    Doctor.objects.update(status=status)
    ended = Client().get(address(feed))
    never = Client().get(reverse("practice:feed", args=["x" * 43]))
    assert (ended.status_code, never.status_code) == (404, 404)
    assert ended.content == never.content


def test_key_stands_in_no_log(
    smith: Client, feed: CalendarFeed, caplog: pytest.LogCaptureFixture
) -> None:
    Doctor.objects.update(status=Doctor.Status.SUSPENDED)
    with caplog.at_level(logging.DEBUG):
        assert Client().get(address(feed)).status_code == 404
        assert Client().post(address(feed)).status_code == 405
        logging.getLogger("gunicorn.access").info("%(r)s", {"r": f"GET {address(feed)} HTTP/1.1"})
    told = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert len(told) == 3
    assert [line for line in told if feed.key in line] == []
    assert [line for line in told if "/practice/calendar/....ics" in line] == told


# What it tells


def test_feed_tells_when_and_where_and_no_more(
    feed: CalendarFeed, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), reason="Chest pain", version=3)
    told = lines(feed)
    for line in (
        f"UID:{visit.pk}",
        "DTSTART:20260303T033000Z",
        "DTEND:20260303T040000Z",
        "SEQUENCE:2",
        "STATUS:CONFIRMED",
        "SUMMARY:Appointment",
        "LOCATION:City Heart Clinic\\, Hyderabad\\, India",
        "X-WR-CALNAME:Appointments of Dr. Smith",
        "NAME:Appointments of Dr. Smith",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ):
        assert line in told
    text = "\n".join(told)
    for secret in ("Chest", "Consultation", "Asha", "asha", str(visit.patient_id) + "@"):
        assert secret not in text


def test_feed_tells_names_only_where_the_doctor_asks_for_them(
    smith: Client, feed: CalendarFeed, doctor: Doctor, person: User
) -> None:
    make_appointment(doctor, person, at(3, 9), reason="Chest pain")
    smith.post(PAGE, {"names": "shown"})
    assert "SUMMARY:Asha Rao" in lines(feed)
    assert "Chest" not in "".join(lines(feed))
    smith.post(PAGE, {"names": "hidden"})
    assert "SUMMARY:Appointment" in lines(feed)


def test_feed_has_what_takes_the_doctors_time(
    feed: CalendarFeed, doctor: Doctor, person: User
) -> None:
    for day, status in enumerate(
        ("pending", "confirmed", "checked_in", "completed", "no_show", "declined", "cancelled"), 3
    ):
        make_appointment(doctor, person, at(day, 9), status=status)
    make_appointment(doctor, person, NOW - timedelta(weeks=5), status="completed")
    make_appointment(make_doctor("Dr. Priya"), make_person(), at(3, 9))
    events = [(event["dtstart"].dt, event["status"]) for event in read(feed).walk("VEVENT")]
    assert events == [
        (at(3, 9), "TENTATIVE"),
        (at(4, 9), "CONFIRMED"),
        (at(5, 9), "CONFIRMED"),
        (at(6, 9), "CONFIRMED"),
        (at(7, 9), "CONFIRMED"),
    ]


def test_feed_that_did_not_change_is_not_sent_again(
    feed: CalendarFeed, doctor: Doctor, person: User, clock: Traveller
) -> None:
    make_appointment(doctor, person, at(3, 9))
    first = Client().get(address(feed))
    assert (first["Content-Type"], first["Cache-Control"]) == (
        "text/calendar; charset=utf-8",
        "private, no-cache",
    )
    clock.shift(timedelta(hours=1))
    again = Client().get(address(feed), headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Appointment.objects.update(status="cancelled")
    changed = Client().get(address(feed), headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_feed_queries(
    feed: CalendarFeed,
    doctor: Doctor,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        make_appointment(doctor, make_person(), at(3 + number, 9))
    with django_assert_num_queries(2):
        assert Client().get(address(feed)).status_code == 200


def test_key_with_what_no_database_keeps_is_wrong_like_any_other() -> None:
    assert Client().get("/practice/calendar/%00.ics").status_code == 404


# A person's own calendar: of all they may act for

OWN_PAGE = "/appointments/calendar/"
RENEW, REMOVE = f"{OWN_PAGE}renew/", f"{OWN_PAGE}remove/"


@pytest.fixture
def asha(person: User) -> Client:
    return browser_of(person)


@pytest.fixture
def own(asha: Client) -> PersonFeed:
    asha.post(OWN_PAGE)
    return PersonFeed.objects.get()


def own_address(feed: PersonFeed) -> str:
    return f"/appointments/feed/{feed.key}.ics"


def read_own(feed: PersonFeed) -> list[tuple[str, str]]:
    response = Client().get(own_address(feed))
    assert response.status_code == 200
    events = Calendar.from_ical(response.content).walk("VEVENT")
    return [(str(event["summary"]), str(event["status"])) for event in events]


def test_own_address_is_made_once_renewed_and_taken_away(asha: Client, person: User) -> None:
    assert "Make an address" in asha.get(OWN_PAGE).text
    assert not PersonFeed.objects.exists()
    for url in (RENEW, REMOVE):  # nothing to change yet
        assert asha.get(url)["Location"] == OWN_PAGE
        asha.post(url)
    assert not PersonFeed.objects.exists()
    asha.post(OWN_PAGE)
    asha.post(OWN_PAGE)  # a double click
    first = PersonFeed.objects.get()
    assert re.fullmatch(r"[\w-]{43}", first.key)  # 256 bits
    assert f"webcal://docspot.example{own_address(first)}" in asha.get(OWN_PAGE).text
    assert "Make a new address?" in asha.get(RENEW).text
    assert Client().get(own_address(first)).status_code == 200  # asking changes nothing
    asha.post(RENEW)
    second = PersonFeed.objects.get()
    assert Client().get(own_address(first)).status_code == 404
    assert Client().get(own_address(second)).status_code == 200
    assert "Take the address away?" in asha.get(REMOVE).text
    asha.post(REMOVE)
    assert Client().get(own_address(second)).status_code == 404


def test_own_address_is_linked_from_the_list(asha: Client, doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(3, 9))
    assert f'href="{OWN_PAGE}"' in asha.get("/appointments/").text


def test_own_address_of_another_is_out_of_reach(own: PersonFeed, stranger: User) -> None:
    sam = browser_of(stranger)
    assert own.key not in sam.get(OWN_PAGE).text
    sam.post(RENEW)
    sam.post(REMOVE)
    assert PersonFeed.objects.get().key == own.key


def test_own_calendar_tells_with_whom_when_and_where_and_no_more(
    own: PersonFeed, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), reason="Chest pain", version=3)
    text = re.sub(r"\r\n ", "", Client().get(own_address(own)).text)
    for line in (
        "METHOD:PUBLISH",
        "X-WR-CALNAME:My appointments",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        f"UID:{visit.pk}",
        "SEQUENCE:2",
        "SUMMARY:Appointment with Dr. Smith",
        "DTSTART:20260303T033000Z",
        "LOCATION:City Heart Clinic\\, Hyderabad\\, India",
    ):
        assert line in text.splitlines()
    for secret in ("Chest", "Consultation", "Asha", "asha", "Cardio"):
        assert secret not in text


def test_own_calendar_has_those_of_all_one_acts_for_now(
    own: PersonFeed, doctor: Doctor, person: User, stranger: User
) -> None:
    child = make_child(person)
    make_appointment(doctor, person, at(3, 9))
    make_appointment(doctor, person, at(4, 9), patient=child)
    make_appointment(doctor, stranger, at(5, 9))
    assert read_own(own) == [
        ("Appointment with Dr. Smith (Asha)", "CONFIRMED"),
        ("Appointment with Dr. Smith (Ravi)", "CONFIRMED"),
    ]
    PatientAccess.objects.filter(patient=child).update(ended_at=NOW)
    assert read_own(own) == [("Appointment with Dr. Smith", "CONFIRMED")]


def test_own_calendar_says_for_some_weeks_that_a_visit_is_cancelled(
    own: PersonFeed, doctor: Doctor, person: User, clock: Traveller
) -> None:
    for day, status in enumerate(("pending", "checked_in", "completed", "no_show"), 3):
        make_appointment(doctor, person, at(day, 9), status=status)
    for day, status in ((9, "cancelled"), (10, "declined")):
        visit = make_appointment(doctor, person, at(day, 9, month=4), status=status)
        visit.events.create(kind=status, by=person, at=NOW, start=visit.start)
    make_appointment(doctor, person, NOW - timedelta(weeks=5), status="completed")
    stand = ["TENTATIVE", "CONFIRMED", "CONFIRMED"]
    assert [status for _, status in read_own(own)] == [*stand, "CANCELLED", "CANCELLED"]
    clock.shift(timedelta(weeks=4, seconds=1))
    assert [status for _, status in read_own(own)] == stand


def test_own_address_of_a_login_that_is_kept_out_is_like_a_wrong_one(
    own: PersonFeed, person: User
) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    ended = Client().get(own_address(own))
    never = Client().get(f"/appointments/feed/{'x' * 43}.ics")
    assert (ended.status_code, never.status_code) == (404, 404)
    assert ended.content == never.content


def test_address_of_one_kind_is_wrong_for_the_other(own: PersonFeed, feed: CalendarFeed) -> None:
    assert Client().get(f"/appointments/feed/{feed.key}.ics").status_code == 404
    assert Client().get(f"/practice/calendar/{own.key}.ics").status_code == 404


def test_own_calendar_that_did_not_change_is_not_sent_again(
    own: PersonFeed, doctor: Doctor, person: User, clock: Traveller
) -> None:
    make_appointment(doctor, person, at(3, 9))
    first = Client().get(own_address(own))
    assert first["Cache-Control"] == "private, no-cache"
    assert first["X-Robots-Tag"] == "noindex"
    clock.shift(timedelta(hours=1))
    seen = {"if-none-match": first["ETag"]}
    again = Client().get(own_address(own), headers=seen)
    assert (again.status_code, again.content) == (304, b"")
    Appointment.objects.update(location=make_location("Guntur"))
    assert Client().get(own_address(own), headers=seen).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_own_feed_queries(
    own: PersonFeed,
    doctor: Doctor,
    person: User,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        make_appointment(
            doctor, person, at(3 + number, 9), patient=make_child(person, f"Child {number}")
        )
    with django_assert_num_queries(3):
        assert Client().get(own_address(own)).status_code == 200


def test_own_key_stands_in_no_log(own: PersonFeed, caplog: pytest.LogCaptureFixture) -> None:
    User.objects.update(is_active=False)
    with caplog.at_level(logging.DEBUG):
        assert Client().get(own_address(own)).status_code == 404
        assert Client().post(own_address(own)).status_code == 405
    told = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert len(told) == 2
    assert [line for line in told if own.key in line] == []
