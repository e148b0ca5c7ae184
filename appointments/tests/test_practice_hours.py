"""The page on which a doctor changes working hours, and its preview."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from appointments.practice.hours.selectors import Preview
from docspot.tests.api import everything
from docspot.tests.cast import at, make_appointment, make_doctor, make_location, make_user
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, Location, VisitType, WorkingHours

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

URL = "/practice/hours/"
PARTS = [*(f"day{number}" for number in range(7)), "dates"]


@pytest.fixture
def doctor(db: None) -> Doctor:
    """Dr. Smith, who works on Mondays and Tuesdays from 9:00 to 13:00."""
    return make_doctor(
        days=(0, 1), hours=((time(9), time(13)),), user=make_user("smith@example.com")
    )


@pytest.fixture
def place(doctor: Doctor) -> Location:
    return doctor.places[0]


@pytest.fixture
def smith(doctor: Doctor) -> Client:
    assert doctor.user is not None
    return browser_of(doctor.user)


def form_on(page: Any) -> dict[str, str]:
    """What a browser would send of the form on a page: its fields as they stand in it."""
    html = page.content.decode().split("<main", 1)[1]
    html = re.sub(r"<template>.*?</template>", "", html, flags=re.DOTALL)
    sent = {}
    for tag in re.findall(r"<input[^>]*>", html):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") != "checkbox" or " checked" in tag:
            usual = "on" if given.get("type") == "checkbox" else ""
            sent[given["name"]] = given.get("value", usual)
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = (chosen or re.search(r'value="([^"]*)"', options)).group(1)
    sent.pop("csrfmiddlewaretoken", None)
    return sent


def row(part: str, place: Location, number: int = 0, **fields: str) -> dict[str, str]:
    """A row that was added to a part, and how many there are then."""
    fields = {"opens": "09:00", "closes": "13:00", "location": str(place.pk)} | fields
    named = {f"{part}-{number}-{name}": value for name, value in fields.items()}
    return {f"{part}-TOTAL_FORMS": str(number + 1), **named}


def edit(client: Client, *changes: dict[str, str], act: str = "preview") -> Any:
    """Open the page, change the form, press a button of it."""
    form = form_on(client.get(URL))
    for change in changes:
        form |= change
    return client.post(URL, form | {"act": act})


def save(client: Client, *changes: dict[str, str]) -> Any:
    """Edit, look at the preview, and save what it shows."""
    preview = edit(client, *changes)
    assert preview.status_code == 200, errors_on(preview)
    return client.post(URL, form_on(preview) | {"act": "save"}, follow=True)


def errors_on(page: Any) -> list[tuple[str, str, str]]:
    """Where, at which field, what."""
    return [
        (wrong.where, wrong.field.html_name if wrong.field else "", wrong.text)
        for wrong in page.context["form"].errors
    ]


def words_of(page: Any) -> str:
    """What the page says, without its tags."""
    return " ".join(re.sub("<[^>]*>", " ", page.content.decode()).split())


def told_on(page: Any) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def hours_of(doctor: Doctor) -> list[str]:
    return [str(hours) for hours in doctor.working_hours.order_by("weekday", "opens")]


def preview_on(page: Any) -> Preview:
    assert page.status_code == 200, errors_on(page)
    found: Preview = page.context["preview"]
    return found


# The form


def test_page_shows_the_hours_by_weekday_and_date(
    smith: Client, doctor: Doctor, place: Location
) -> None:
    doctor.working_hours.create(
        location=place,
        weekday=5,
        opens=time(22),
        closes=time(0, 0, 30),
        closes_next_day=True,
        valid_from=date(2026, 3, 7),
        valid_until=date(2026, 3, 7),
    )
    doctor.working_hours.create(
        location=place,
        weekday=2,
        opens=time(9),
        closes=time(10),
        every_weeks=2,
        valid_from=date(2026, 3, 4),
    )
    form = form_on(smith.get(URL))
    assert {name: form[f"{name}-TOTAL_FORMS"] for name in PARTS} == {
        **dict.fromkeys(("day0", "day1", "day2", "dates"), "1"),
        **dict.fromkeys(("day3", "day4", "day5", "day6"), "0"),
    }
    assert {name: value for name, value in form.items() if name.startswith("day2-0")} == {
        "day2-0-opens": "09:00",
        "day2-0-closes": "10:00",
        "day2-0-location": str(place.pk),
        "day2-0-every_weeks": "2",
        "day2-0-valid_from": "2026-03-04",
        "day2-0-valid_until": "",
    }
    assert {name: value for name, value in form.items() if name.startswith("dates-0")} == {
        "dates-0-date": "2026-03-07",
        "dates-0-opens": "22:00",
        "dates-0-closes": "00:00:30",
        "dates-0-location": str(place.pk),
        "dates-0-closes_next_day": "on",
    }


def test_page_of_a_doctor_without_hours_is_designed(doctor: Doctor, smith: Client) -> None:
    doctor.working_hours.all().delete()
    page = smith.get(URL)
    assert page.content.decode().count("No hours.") == 7
    page = edit(smith, row("day3", make_location()))
    assert [str(day.name) for day in preview_on(page).week if day.rows] == ["Thursday"]


def test_page_says_when_the_clinic_has_no_place(db: None) -> None:
    doctor = make_doctor(days=(), user=make_user())
    Location.objects.all().delete()
    assert doctor.user is not None
    page = browser_of(doctor.user).get(URL).content.decode()
    assert "The clinic has no places yet. Its desk can add one." in page


def test_saving_what_is_there_changes_nothing(smith: Client, doctor: Doctor) -> None:
    before = hours_of(doctor)
    page = save(smith)
    assert told_on(page) == ["Your working hours are saved. Patients see them now."]
    assert hours_of(doctor) == before


def test_rows_are_changed_added_and_removed(smith: Client, doctor: Doctor, place: Location) -> None:
    changes = [
        {"day0-0-closes": "12:30"},
        row("day0", place, 1, opens="14:00", closes="17:00"),
        {"day1-0-DELETE": "on"},
        row("day4", place, every_weeks="2", valid_from="2026-03-06"),
        row("dates", place, date="2026-03-08"),
    ]
    assert save(smith, *changes).status_code == 200
    assert hours_of(doctor) == [
        "Monday 09:00-12:30",
        "Monday 14:00-17:00",
        "Friday 09:00-13:00",
        "2026-03-08 09:00-13:00",
    ]
    assert doctor.working_hours.get(weekday=4).every_weeks == 2


def test_a_row_that_was_emptied_is_removed(smith: Client, doctor: Doctor) -> None:
    save(smith, {"day0-0-opens": "", "day0-0-closes": ""})
    assert hours_of(doctor) == ["Tuesday 09:00-13:00"]


def test_all_rows_may_be_removed(smith: Client, doctor: Doctor) -> None:
    save(smith, {"day0-0-DELETE": "on", "day1-0-DELETE": "on"})
    assert hours_of(doctor) == []


def test_hours_to_midnight_end_next_day_by_themselves(
    smith: Client, doctor: Doctor, place: Location
) -> None:
    save(smith, row("day3", place, opens="18:00", closes="00:00"))
    assert doctor.working_hours.get(weekday=3).closes_next_day is True


def test_another_row_is_added_without_losing_or_judging_anything(
    smith: Client, doctor: Doctor, place: Location
) -> None:
    before = everything()
    page = edit(smith, {"day0-0-opens": "banana"}, act="add-day0")
    form = form_on(page)
    assert (page.status_code, errors_on(page)) == (200, [])
    assert (form["day0-0-opens"], form["day0-1-opens"]) == ("banana", "")
    assert form["day0-1-location"] == str(place.pk)
    assert everything() == before


def test_going_back_to_edit_loses_nothing(smith: Client, doctor: Doctor, place: Location) -> None:
    sent = form_on(smith.get(URL)) | row("dates", place, date="2026-03-08", closes_next_day="on")
    sent |= {"dates-0-closes": "08:00", "day1-0-DELETE": "on"}
    preview = smith.post(URL, sent | {"act": "preview"})
    assert preview.status_code == 200
    page = smith.post(URL, form_on(preview) | {"act": "edit"})
    assert (page.status_code, form_on(page)) == (200, sent)


def test_hours_that_have_ended_stay_as_they_were(
    smith: Client, doctor: Doctor, place: Location
) -> None:
    doctor.working_hours.create(
        location=place, weekday=3, opens=time(9), closes=time(10), valid_until=date(2026, 3, 1)
    )
    page = smith.get(URL)
    assert form_on(page)["day3-TOTAL_FORMS"] == "0"
    words = words_of(page)
    assert "1 row that has ended" in words
    assert "Thursday: 9:00am to 10:00am" in words
    assert "until Sunday 1 March 2026" in words
    preview = preview_on(edit(smith, {"day0-0-DELETE": "on"}))
    assert [str(day.name) for day in preview.week if day.is_changed] == ["Monday"]
    save(smith, {"day0-0-DELETE": "on"})
    assert hours_of(doctor) == ["Tuesday 09:00-13:00", "Thursday 09:00-10:00"]


# What is refused


def test_what_is_missing_is_said_at_its_field(
    smith: Client, doctor: Doctor, place: Location
) -> None:
    before = everything()
    page = edit(
        smith,
        {"day0-0-closes": "", "day0-0-location": ""},
        {"day1-0-opens": ""},
        row("dates", place),
        act="save",
    )
    assert page.status_code == 400
    assert errors_on(page) == [
        ("Monday", "day0-0-closes", "Enter when the hours end"),
        ("Monday", "day0-0-location", "Choose a place"),
        ("Tuesday", "day1-0-opens", "Enter when the hours begin"),
        ("Extra hours on a date", "dates-0-date", "Enter the date"),
    ]
    html = page.content.decode()
    assert "<title>Error: Working hours" in " ".join(html.split())
    assert '<a href="#id_day0-0-closes">Monday: Enter when the hours end</a>' in html
    assert everything() == before


A_TIME = "Enter a time, like 9:30 or 14:00"
A_DATE = "Enter a date, like 27 3 2027"
IN_ORDER = (
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "tick “ends next day”."
)


@pytest.mark.parametrize(
    ("part", "fields", "field", "said"),
    [
        ("day3", {"opens": "25:00"}, "opens", A_TIME),
        ("day3", {"opens": "9"}, "opens", A_TIME),
        ("day3", {"closes": "9:60"}, "closes", A_TIME),
        ("day3", {"closes": "\x00"}, "closes", A_TIME),
        ("day3", {"opens": "x" * 5000}, "opens", A_TIME),
        ("day3", {"location": "999999999"}, "location", "Choose one of the clinic's places"),
        ("day3", {"location": "banana"}, "location", "Choose one of the clinic's places"),
        ("day3", {"every_weeks": "9"}, "every_weeks", "Choose one from the list"),
        ("day3", {"every_weeks": "-1"}, "every_weeks", "Choose one from the list"),
        ("day3", {"valid_from": "2026-02-30"}, "valid_from", A_DATE),
        ("day3", {"valid_until": "soon"}, "valid_until", A_DATE),
        ("day3", {"valid_from": "0001-01-01"}, "valid_from", "Enter a year from 1900 to 2199"),
        ("day3", {"valid_until": "9999-12-31"}, "valid_until", "Enter a year from 1900 to 2199"),
        ("day3", {"opens": "13:00"}, "opens", IN_ORDER),
        ("day3", {"opens": "17:00"}, "opens", IN_ORDER),
        ("day3", {"closes_next_day": "on"}, "opens", IN_ORDER),
        (
            "day3",
            {"every_weeks": "2"},
            "opens",
            "Enter the first day: the weeks are counted from it.",
        ),
        (
            "day3",
            {"valid_from": "2026-04-09", "valid_until": "2026-04-08"},
            "opens",
            "The last day must not be before the first.",
        ),
        (
            "day3",
            {"valid_from": "2026-03-06", "valid_until": "2026-03-10"},
            "opens",
            "There is no such weekday between the two dates. Change the day or the dates.",
        ),
        ("dates", {"date": "2026-03-01"}, "date", "Enter a date that is still to come"),
        ("dates", {"date": "2026-02-30"}, "date", A_DATE),
        ("dates", {"date": "2200-01-01"}, "date", "Enter a year from 1900 to 2199"),
    ],
)
def test_wrong_rows_are_refused_at_their_field(
    smith: Client, place: Location, part: str, fields: dict[str, str], field: str, said: str
) -> None:
    before = everything()
    form = form_on(smith.get(URL)) | row(part, place, **fields)
    for act in ("preview", "save"):
        page = smith.post(URL, form | {"act": act})
        assert page.status_code == 400
        assert [error[1:] for error in errors_on(page)] == [(f"{part}-0-{field}", said)]
    assert everything() == before


@pytest.mark.parametrize("act", ["preview", "save"])
def test_rows_at_the_same_time_are_shown_at_both(smith: Client, place: Location, act: str) -> None:
    before = everything()
    page = edit(smith, row("day1", place, 1, opens="12:30", closes="15:00"), act=act)
    said = "Tuesday 09:00-13:00 and Tuesday 12:30-15:00 are at the same time. Change one of them."
    assert page.status_code == 400
    assert errors_on(page) == [
        ("Tuesday", "day1-0-opens", said),
        ("Tuesday", "day1-1-opens", said),
    ]
    assert everything() == before


def test_a_date_at_the_time_of_a_weekday_is_shown_at_both(smith: Client, place: Location) -> None:
    page = edit(smith, row("dates", place, date="2026-03-09"))
    assert [error[:2] for error in errors_on(page)] == [
        ("Monday", "day0-0-opens"),
        ("Extra hours on a date", "dates-0-opens"),
    ]


def test_a_row_that_is_removed_is_not_judged(smith: Client, doctor: Doctor) -> None:
    save(smith, {"day0-0-opens": "banana", "day0-0-DELETE": "on"})
    assert hours_of(doctor) == ["Tuesday 09:00-13:00"]


@pytest.mark.parametrize(
    "change",
    [
        {"day0-TOTAL_FORMS": "banana"},
        {"day0-TOTAL_FORMS": "1000"},
        {"day0-TOTAL_FORMS": "9" * 50},
        {"day0-INITIAL_FORMS": "\x00"},
    ],
)
def test_a_form_that_nobody_was_given_changes_nothing(
    smith: Client, change: dict[str, str]
) -> None:
    before = everything()
    form = form_on(smith.get(URL)) | change
    for act in ("preview", "save", "edit", "add-day0", "add-banana", "add-"):
        page = smith.post(URL, form | {"act": act})
        assert page.status_code == (400 if act in {"preview", "save"} else 200)
    assert everything() == before


def test_a_post_with_nothing_in_it_changes_nothing(smith: Client) -> None:
    before = everything()
    for data in ({}, {"act": "save"}, {"act": "save", "seen": "x" * 5000}):
        assert smith.post(URL, data).status_code == 400
    assert everything() == before


def test_a_thousand_rows_are_refused(smith: Client, place: Location) -> None:
    before = everything()
    form = QueryDict(mutable=True)
    form.update(form_on(smith.get(URL)) | {"act": "save", "day3-TOTAL_FORMS": "1000"})
    for number in range(1000):
        form.update({f"day3-{number}-opens": "09:00", f"day3-{number}-closes": "10:00"})
    assert smith.post(URL, form.dict()).status_code == 400
    few = dict(list(form.dict().items())[:300])
    page = smith.post(URL, few | {"day3-TOTAL_FORMS": "1000"})
    assert page.status_code == 400
    assert everything() == before


def test_more_rows_than_the_page_can_show_are_left_to_the_desk(
    smith: Client, doctor: Doctor, place: Location
) -> None:
    days = [date(2026, 4, 1 + number % 28) for number in range(101)]
    WorkingHours.objects.bulk_create(
        WorkingHours(
            doctor=doctor,
            location=place,
            weekday=day.weekday(),
            opens=time(14 + number // 28, 0),
            closes=time(14 + number // 28, 30),
            valid_from=day,
            valid_until=day,
        )
        for number, day in enumerate(days)
    )
    assert "Your hours cannot be changed here" in smith.get(URL).content.decode()


# The preview


def test_preview_says_what_patients_will_see_and_writes_nothing(
    smith: Client, doctor: Doctor, place: Location, person: User
) -> None:
    make_appointment(doctor, person, at(9, 9))
    before = everything()
    page = edit(smith, {"day0-0-closes": "12:00"}, row("dates", place, date="2026-03-14"))
    preview = preview_on(page)
    assert [(day.date.day, len(day.now), len(day.then)) for day in preview.days] == [
        (2, 5, 3),  # it is 8:30am: what begins before 10:30am is too near
        (3, 8, 8),
        (4, 0, 0),
        (5, 0, 0),
        (6, 0, 0),
        (7, 0, 0),
        (8, 0, 0),
        (9, 7, 5),
        (10, 8, 8),
        (11, 0, 0),
        (12, 0, 0),
        (13, 0, 0),
        (14, 0, 8),
        (15, 0, 0),
    ]
    words = words_of(page)
    assert (
        "Monday 9 March 5 times (now 7) 9:30am, 10:00am, 10:30am, 11:00am, 11:30am "
        "No longer: midday, 12:30pm" in words
    )
    assert "Saturday 14 March 8 times (now 0) 9:00am, 9:30am, 10:00am" in words
    assert [str(day.name) for day in preview.week if day.is_changed] == ["Monday"]
    assert "Saturday 14 March 2026: 9:00am to 1:00pm, City Heart Clinic, Hyderabad" in words
    assert "outside these hours" not in words
    assert everything() == before


def test_preview_of_the_same_hours_says_so(smith: Client) -> None:
    page = edit(smith)
    assert "They are the same as now." in page.content.decode()
    assert not preview_on(page).is_changed


def test_preview_names_booked_visits_outside_the_hours(
    smith: Client, doctor: Doctor, person: User
) -> None:
    make_appointment(doctor, person, at(9, 12, 30))
    make_appointment(doctor, person, at(10, 9))
    page = edit(smith, {"day0-0-closes": "12:00"})
    assert [stray.visit.start for stray in preview_on(page).strays] == [at(9, 12, 30)]
    words = words_of(page)
    assert "1 booked visit lies outside these hours" in words
    assert "It stays booked, until you or the clinic's desk move or cancel it." in words
    assert "Monday 9 March 2026, 12:30pm" in words
    assert "Asha Rao" in words
    done = smith.post(URL, form_on(page) | {"act": "save"}, follow=True)
    assert told_on(done) == [
        "Your working hours are saved. Patients see them now.",
        "1 booked visit lies outside them. It stays booked.",
    ]


def test_preview_heeds_time_off_at_a_place_one_does_not_work_at_yet(
    smith: Client, doctor: Doctor
) -> None:
    other = make_location("Pune", name="Pune Clinic")
    other.time_off.create(start=at(5, 0), end=at(6, 0))
    preview = preview_on(edit(smith, row("day3", other)))
    assert [(day.date.day, len(day.then)) for day in preview.days if day.then != day.now] == [
        (12, 8)
    ]


def test_preview_of_a_doctor_who_offers_nothing_says_so(smith: Client, doctor: Doctor) -> None:
    VisitType.objects.update(is_online=False)
    page = edit(smith)
    assert preview_on(page).days == []
    assert "you offer no visits that patients can book online" in page.content.decode()


def test_preview_says_how_often_and_how_long_rows_hold(smith: Client, place: Location) -> None:
    page = edit(
        smith,
        row("day3", place, every_weeks="2", valid_from="2026-03-05", valid_until="2026-06-04"),
        row("day4", place, opens="22:00", closes="02:00", closes_next_day="on"),
    )
    words = words_of(page)
    assert (
        "9:00am to 1:00pm, City Heart Clinic, Hyderabad, every 2 weeks, "
        "from Thursday 5 March 2026, until Thursday 4 June 2026" in words
    )
    assert "10:00pm to 2:00am the next day, City Heart Clinic" in words


# Somebody else


CHANGED = "Your hours were changed meanwhile"


def test_hours_that_somebody_else_changed_are_not_overwritten_unsaid(
    smith: Client, doctor: Doctor
) -> None:
    preview = edit(smith, {"day0-0-closes": "12:00"})
    doctor.working_hours.filter(weekday=1).update(closes=time(11))
    before = everything()
    page = smith.post(URL, form_on(preview) | {"act": "save"})
    assert page.status_code == 409
    assert CHANGED in page.content.decode()
    assert everything() == before
    changed = [str(day.name) for day in page.context["preview"].week if day.is_changed]
    assert changed == ["Monday", "Tuesday"]
    # Who has seen that may save all the same.
    smith.post(URL, form_on(page) | {"act": "save"})
    assert hours_of(doctor) == ["Monday 09:00-12:00", "Tuesday 09:00-13:00"]


def test_preview_says_that_somebody_else_changed_the_hours(smith: Client, doctor: Doctor) -> None:
    form = form_on(smith.get(URL))
    assert CHANGED not in smith.post(URL, form | {"act": "preview"}).content.decode()
    doctor.working_hours.filter(weekday=1).delete()
    page = smith.post(URL, form | {"act": "preview"})
    assert (page.status_code, CHANGED in page.content.decode()) == (200, True)


def test_hours_saved_anew_as_they_were_are_not_changed(smith: Client, doctor: Doctor) -> None:
    preview = edit(smith, {"day0-0-closes": "12:00"})
    save(smith)
    page = smith.post(URL, form_on(preview) | {"act": "save"}, follow=True)
    assert told_on(page)[0] == "Your working hours are saved. Patients see them now."


# How many questions


@pytest.mark.parametrize("count", [1, 3])
def test_page_and_preview_take_as_many_queries_for_many(
    smith: Client,
    doctor: Doctor,
    place: Location,
    person: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    doctor.working_hours.create(location=place, weekday=3, opens=time(9), closes=time(13))
    for number in range(count):
        make_appointment(doctor, person, at(12, 9 + number))
    with django_assert_num_queries(
        8
    ):  # the login (2), the head, the doctor with all (4), the places
        form = form_on(smith.get(URL))
    form |= {"day3-0-DELETE": "on", "act": "preview"}
    # and the visits to come, time off in them; the rules, time off, visits
    with django_assert_num_queries(14):
        assert len(preview_on(smith.post(URL, form)).strays) == count
