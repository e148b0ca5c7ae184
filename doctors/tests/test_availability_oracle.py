"""The free times against an oracle that looks at a calendar minute by minute.

It shares no thought with doctors/availability.py: it neither merges nor bisects, and knows of clock
changes only what the wall clock shows at each minute of UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from doctors.availability import Busy, Slot, Window, free_slots

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 24 * 60

# A day on which the clock changes, or that differs in another way, and a zone where it does.
NIGHTS = [
    ("Asia/Kolkata", date(2026, 3, 2)),
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Africa/Cairo", date(2026, 4, 24)),  # from 0:00 to 1:00
    ("Africa/Cairo", date(2026, 10, 30)),  # from 24:00 to 23:00 the day before
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
]
PLACES = ("north", "south")


@dataclass(frozen=True)
class Question:
    """All that free_slots is asked. `minute` 0 is the midnight in UTC with which `day` begins."""

    day: date
    windows: list[Window]
    time_off: list[Busy]
    visits: list[Busy]
    duration: int
    buffer: int
    first_day: date
    last_day: date
    earliest: int
    latest: int


def instant(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + minute * MINUTE


# The oracle


@cache
def wall_clock(zone: str, day: date) -> dict[date, dict[int, int]]:
    """The readings of the clock on the wall near `day`, each with the first minute to show it."""
    shown: dict[date, dict[int, int]] = {}
    for minute in range(-2 * MINUTES_A_DAY, 4 * MINUTES_A_DAY):
        local = instant(day, minute).astimezone(ZoneInfo(zone))
        shown.setdefault(local.date(), {}).setdefault(local.hour * 60 + local.minute, minute)
    return shown


@cache
def first_at_or_after(zone: str, near: date, day: date, wall: int) -> int:
    """The first minute at which the clock has reached this reading of this day, or passed it."""
    return min(
        minute
        for shown_day, readings in wall_clock(zone, near).items()
        for reading, minute in readings.items()
        if (shown_day, reading) >= (day, wall)
    )


def minutes_of(busy: list[Busy], day: date) -> set[int]:
    midnight = instant(day, 0)
    return {
        minute
        for interval in busy
        for minute in range(
            (interval.start - midnight) // MINUTE, (interval.end - midnight) // MINUTE
        )
    }


def starts_in(window: Window, ask: Question) -> Iterator[int]:
    """The minutes at which the window's grid begins a visit that ends by closing time."""
    opens = window.opens.hour * 60 + window.opens.minute
    closes = window.closes.hour * 60 + window.closes.minute
    for day, readings in wall_clock(window.zone.key, ask.day).items():
        if day.weekday() != window.weekday or not ask.first_day <= day <= ask.last_day:
            continue
        if window.valid_from and day < window.valid_from:
            continue
        if window.valid_until and day > window.valid_until:
            continue
        closing = first_at_or_after(window.zone.key, ask.day, day, closes)
        for wall in range(opens, closes, ask.duration + ask.buffer):
            if wall in readings and readings[wall] + ask.duration <= closing:
                yield readings[wall]


def oracle(ask: Question) -> list[Slot]:
    taken = minutes_of(ask.visits, ask.day)
    found: dict[int, Slot] = {}
    for window in ask.windows:
        place = window.location
        off = minutes_of([off for off in ask.time_off if off.location in (None, place)], ask.day)
        for minute in starts_in(window, ask):
            end = minute + ask.duration
            if minute in found or not ask.earliest <= minute < ask.latest:
                continue
            if off.isdisjoint(range(minute, end)) and taken.isdisjoint(
                range(minute, end + ask.buffer)
            ):
                found[minute] = Slot(instant(ask.day, minute), instant(ask.day, end), place)
    return [found[minute] for minute in sorted(found)]


# The questions


@st.composite
def window(draw: st.DrawFn, zones: list[str], day: date) -> Window:
    opens = draw(st.integers(0, 5 * 60) | st.integers(0, MINUTES_A_DAY - 2))
    closes = draw(st.integers(opens + 1, min(opens + 8 * 60, MINUTES_A_DAY - 1)))
    near = st.sampled_from([None, None, None, None, day - DAY, day, day + DAY])
    return Window(
        weekday=(day + draw(st.sampled_from([0, 0, 0, 0, -1, 1])) * DAY).weekday(),
        opens=time(*divmod(opens, 60)),
        closes=time(*divmod(closes, 60)),
        zone=ZoneInfo(draw(st.sampled_from(zones))),
        location=draw(st.sampled_from(PLACES)),
        valid_from=draw(near),
        valid_until=draw(near),
    )


@st.composite
def busy(draw: st.DrawFn, day: date, places: tuple[str | None, ...] = (None,)) -> Busy:
    start = draw(st.integers(-MINUTES_A_DAY, 2 * MINUTES_A_DAY))
    end = start + draw(st.integers(1, 180))
    return Busy(instant(day, start), instant(day, end), draw(st.sampled_from(places)))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    zone, day = draw(st.sampled_from(NIGHTS))
    zones = [zone, zone, zone, "Asia/Kolkata"]
    return Question(
        day=day,
        windows=draw(st.lists(window(zones, day), min_size=1, max_size=4)),
        time_off=draw(st.lists(busy(day, (None, *PLACES)), max_size=3)),
        visits=draw(st.lists(busy(day), max_size=6)),
        duration=draw(st.sampled_from([5, 15, 20, 30, 45, 60, 90, 240])),
        buffer=draw(st.sampled_from([0, 0, 5, 10, 45])),
        first_day=day + draw(st.sampled_from([-1, 0, 0])) * DAY,
        last_day=day + draw(st.sampled_from([0, 0, 1])) * DAY,
        earliest=draw(st.just(-2 * MINUTES_A_DAY) | st.integers(-MINUTES_A_DAY, MINUTES_A_DAY)),
        latest=draw(st.just(3 * MINUTES_A_DAY) | st.integers(0, 2 * MINUTES_A_DAY)),
    )


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(questions())
def test_the_free_times_are_those_of_the_oracle(ask: Question) -> None:
    slots = free_slots(
        windows=ask.windows,
        time_off=ask.time_off,
        visits=ask.visits,
        duration=ask.duration * MINUTE,
        buffer=ask.buffer * MINUTE,
        first_day=ask.first_day,
        last_day=ask.last_day,
        earliest=instant(ask.day, ask.earliest),
        latest=instant(ask.day, ask.latest),
    )
    assert list(slots) == oracle(ask)
