"""How instants are said, in Python and in templates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.utils import translation

from doctors import wall_clock
from doctors.models import Location

INDIA = ZoneInfo("Asia/Kolkata")
HYDERABAD = Location(name="City Heart Clinic", city="Hyderabad", time_zone="Asia/Kolkata")
LONDON = Location(name="Heart Centre", city="London", time_zone="Europe/London")
DUBAI = Location(name="Heart Centre", city="Dubai", time_zone="Asia/Dubai")
HALF_PAST_NINE = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # 9:30am in India


def in_india(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 25, hour, minute, tzinfo=INDIA).astimezone(UTC)


def rendered(source: str, **context: object) -> str:
    return Template("{% load wall_clock %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "midnight"),
        (0, 5, "12:05am"),
        (1, 0, "1:00am"),
        (9, 30, "9:30am"),
        (11, 59, "11:59am"),
        (12, 0, "midday"),
        (12, 1, "12:01pm"),
        (13, 0, "1:00pm"),
        (17, 30, "5:30pm"),
        (23, 59, "11:59pm"),
    ],
)
def test_clock_says_the_time_of_the_place(hour: int, minute: int, said: str) -> None:
    assert wall_clock.clock(in_india(hour, minute), INDIA) == said


@pytest.mark.parametrize(("hour", "said"), [(9, "09:30"), (17, "17:30")])
def test_clock_has_24_hours_in_a_language_that_counts_so(hour: int, said: str) -> None:
    with translation.override("de"):
        assert wall_clock.clock(in_india(hour, 30), INDIA) == said


def test_clock_follows_the_summer_time_of_the_place() -> None:
    noon_in_utc = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert wall_clock.clock(noon_in_utc, ZoneInfo("Europe/London")) == "1:00pm"


def test_day_is_said_in_full() -> None:
    assert wall_clock.day(date(2026, 11, 25)) == "Wednesday 25 November 2026"


def test_day_of_one_digit_has_no_nought() -> None:
    assert wall_clock.day(date(2026, 8, 6)) == "Thursday 6 August 2026"


def test_short_day_leaves_the_year_out() -> None:
    assert wall_clock.short_day(date(2026, 11, 25)) == "Wed 25 November"


def test_day_and_clock_are_those_of_the_place() -> None:
    late_in_utc = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert wall_clock.day_and_clock(late_in_utc, INDIA) == "Wednesday 25 November 2026, 1:30am"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ start|clock:place }}", "9:30am"),
        ("{{ start|day:place }}", "Wednesday 25 November 2026"),
        ("{{ start|short_day:place }}", "Wed 25 November"),
        ("{{ start|local_date:place|date:'Y-m-d' }}", "2026-11-25"),
        ("{{ start|iso_utc }}", "2026-11-25T04:00:00Z"),
    ],
)
def test_filters_say_an_instant_at_a_place(source: str, said: str) -> None:
    assert rendered(source, start=HALF_PAST_NINE, place=HYDERABAD) == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ start|day:place }}", "Thursday 26 November 2026"),
        ("{{ start|short_day:place }}", "Thu 26 November"),
        ("{{ start|local_date:place|date:'Y-m-d' }}", "2026-11-26"),
    ],
)
def test_filters_take_the_day_of_the_place(source: str, said: str) -> None:
    late_in_utc = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
    assert rendered(source, start=late_in_utc, place=HYDERABAD) == said


def test_iso_utc_turns_a_local_time_into_utc() -> None:
    local = datetime(2026, 11, 25, 9, 30, tzinfo=INDIA)
    assert rendered("{{ start|iso_utc }}", start=local) == "2026-11-25T04:00:00Z"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ day|say_date }}", "Wednesday 25 November 2026"),
        ("{{ day|say_short_date }}", "Wed 25 November"),
    ],
)
def test_filters_say_a_date(source: str, said: str) -> None:
    assert rendered(source, day=date(2026, 11, 25)) == said


@pytest.mark.parametrize(
    ("place", "now", "said"),
    [
        (HYDERABAD, "2026-03-02T00:00Z", "All times are local to Hyderabad (IST)."),
        (LONDON, "2026-03-02T00:00Z", "All times are local to London (GMT)."),
        (LONDON, "2026-07-02T00:00Z", "All times are local to London (BST)."),
        (DUBAI, "2026-03-02T00:00Z", "All times are local to Dubai."),  # its zone has no name
    ],
)
def test_zone_note_names_the_zone(place: Location, now: str, said: str) -> None:
    with time_machine.travel(now, tick=False):
        assert rendered("{% zone_note place %}", place=place) == said
