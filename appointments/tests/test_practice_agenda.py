"""A day laid out: what is free between visits, time off, and where the day stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from appointments.practice.agenda import Day, Off, lay_out_day, working_hours
from appointments.practice.words import length_in_words
from doctors.availability import Window


class Place(NamedTuple):
    name: str
    zone: ZoneInfo


@dataclass
class Visit:
    start: datetime
    end: datetime
    until: datetime
    place: Place


INDIA = Place("Heart", ZoneInfo("Asia/Kolkata"))
OTHER = Place("Skin", ZoneInfo("Asia/Kolkata"))
MONDAY = date(2026, 3, 2)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=INDIA.zone).astimezone(UTC)


def window(opens: int, closes: int, place: Place = INDIA, weekday: int = 0) -> Window:
    return Window(weekday, time(opens), time(closes), place.zone, place)


def visit(hour: int, minute: int = 0, *, minutes: int = 30, buffer: int = 0) -> Visit:
    start = at(hour, minute)
    end = start + timedelta(minutes=minutes)
    return Visit(start, end, end + timedelta(minutes=buffer), INDIA)


def lay_out(
    *,
    windows: tuple[Window, ...] = (window(9, 13), window(14, 17)),
    off: tuple[Off, ...] = (),
    visits: tuple[Visit, ...] = (),
    now: datetime = LONG_AGO,
    day: date = MONDAY,
) -> Day:
    return lay_out_day(day, windows=windows, off=off, visits=visits, place=INDIA, now=now)


def said(day: Day) -> list[str]:
    """Each line as: kind from-to, with a star where it goes on now."""
    return [
        f"{entry.kind} {entry.start.astimezone(INDIA.zone):%H:%M}"
        f"-{entry.end.astimezone(INDIA.zone):%H:%M}{'*' if entry.is_now else ''}"
        for entry in day.entries
    ]


def test_gaps_between_visits_are_free() -> None:
    day = lay_out(visits=(visit(9), visit(11, minutes=60), visit(16, 30)))
    assert said(day) == [
        "visit 09:00-09:30",
        "free 09:30-11:00",
        "visit 11:00-12:00",
        "free 12:00-13:00",
        "free 14:00-16:30",
        "visit 16:30-17:00",
    ]
    assert day.free == timedelta(hours=5)


def test_time_kept_free_after_a_visit_is_not_free() -> None:
    assert said(lay_out(windows=(window(9, 10),), visits=(visit(9, buffer=28),))) == [
        "visit 09:00-09:30"
    ]
    day = lay_out(windows=(window(9, 10),), visits=(visit(9, buffer=10),))
    assert said(day) == ["visit 09:00-09:30", "free 09:40-10:00"]


def test_visit_outside_the_hours_stands_at_its_time() -> None:
    day = lay_out(windows=(window(9, 10),), visits=(visit(7), visit(9, 45)))
    assert said(day) == ["visit 07:00-07:30", "free 09:00-09:45", "visit 09:45-10:15"]


def test_time_off_is_shown_within_the_working_day() -> None:
    days_away = Off(at(0, day=1), at(12, day=2), None, "Conference")
    day = lay_out(off=(days_away,), visits=(visit(9),))
    assert said(day) == [
        "off 09:00-12:00",
        "visit 09:00-09:30",
        "free 12:00-13:00",
        "free 14:00-17:00",
    ]
    assert day.off[0].reason == "Conference"
    assert said(lay_out(off=(days_away,), day=date(2026, 3, 1))) == []


def test_closure_of_one_place_leaves_the_other_open() -> None:
    windows = (window(9, 10), window(10, 11, OTHER))
    day = lay_out(windows=windows, off=(Off(at(0), at(23), OTHER),))
    assert said(day) == ["free 09:00-10:00", "off 10:00-11:00"]
    assert [entry.place for entry in day.entries] == [INDIA, OTHER]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(8), ["now 08:00-08:00*", "visit 09:00-09:30", "free 09:30-10:00"]),
        (at(9), ["visit 09:00-09:30*", "free 09:30-10:00"]),
        (at(9, 29), ["visit 09:00-09:30*", "free 09:30-10:00"]),
        (at(9, 30), ["visit 09:00-09:30", "free 09:30-10:00*"]),
        (at(10), ["visit 09:00-09:30", "now 10:00-10:00*"]),
        (at(23, 59), ["visit 09:00-09:30", "now 23:59-23:59*"]),
        (at(0, day=3), ["visit 09:00-09:30"]),
    ],
)
def test_now_is_marked(now: datetime, expected: list[str]) -> None:
    assert said(lay_out(windows=(window(9, 10),), visits=(visit(9),), now=now)) == expected


def test_free_time_is_counted_from_now() -> None:
    assert lay_out(windows=(window(9, 10),), now=at(9, 45)).free == timedelta(minutes=15)


def test_day_without_hours_and_visits_has_no_lines() -> None:
    day = lay_out(windows=(), now=at(9))
    assert (day.entries, day.hours, day.free) == ([], [], timedelta())


def test_hours_across_midnight_are_cut_there() -> None:
    night = Window(0, time(22), time(6), INDIA.zone, INDIA, closes_next_day=True)
    assert [(piece.start, piece.end) for piece in working_hours([night], MONDAY)] == [
        (at(22), at(0, day=3))
    ]
    tuesday = working_hours([night], date(2026, 3, 3))
    assert [(piece.start, piece.end) for piece in tuesday] == [(at(0, day=3), at(6, day=3))]


def test_hours_that_touch_are_one() -> None:
    joined = working_hours([window(13, 17), window(9, 13)], MONDAY)
    assert [(piece.start, piece.end) for piece in joined] == [(at(9), at(17))]
    apart = working_hours([window(13, 17, OTHER), window(9, 13)], MONDAY)
    assert [piece.place for piece in apart] == [INDIA, OTHER]


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=150), "2 hours 30 minutes"),
        (timedelta(minutes=60), "1 hour"),
        (timedelta(minutes=61), "1 hour 1 minute"),
        (timedelta(seconds=59), "0 minutes"),
    ],
)
def test_length_is_said(length: timedelta, words: str) -> None:
    assert length_in_words(length) == words
