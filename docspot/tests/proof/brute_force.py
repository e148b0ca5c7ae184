"""The free times, found by looking at the clock on the wall at every single minute.

It shares no thought with doctors/availability.py: it neither merges, jumps nor bisects, and knows
of clock changes only what the wall clock shows at each minute of UTC. All is in whole minutes.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from doctors.availability import Busy, Window

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = -1
# No clock is further than this from that of UTC, and no day longer.
FURTHEST = 14 * 60
LONGEST_DAY = 25 * 60


@dataclass(frozen=True)
class Question:
    """All that free_slots is asked; lengths in minutes."""

    windows: Collection[Window]
    time_off: Collection[Busy]
    visits: Collection[Busy]  # their ends include their buffers
    duration: int
    buffer: int
    step: int | None
    full_days: Collection[date]
    first_day: date
    last_day: date
    earliest: datetime
    latest: datetime


def free_times(ask: Question) -> dict[datetime, set[Any]]:
    """The starts of all free times in order, each with the places at which it is free."""
    first = minute_of_midnight(ask.first_day) - 2 * MINUTES_A_DAY
    size = minute_of_midnight(ask.last_day) + 4 * MINUTES_A_DAY - first
    visits = _marked(ask.visits, first, size)
    found: dict[int, set[Any]] = {}
    for place in {window.location for window in ask.windows}:
        off = _marked([off for off in ask.time_off if off.location in (None, place)], first, size)
        for minute in _starts_at(place, ask):
            begin, end = minute - first, minute - first + ask.duration
            if 1 not in off[begin:end] and 1 not in visits[begin : end + ask.buffer]:
                found.setdefault(minute, set()).add(place)
    return {
        start: found[minute]
        for minute in sorted(found)
        if ask.earliest <= (start := EPOCH + minute * MINUTE) < ask.latest
    }


def minute_of(instant: datetime) -> int:
    return (instant - EPOCH) // MINUTE


def minute_of_midnight(day: date) -> int:
    """Of that in UTC with which this day begins."""
    return (day - EPOCH.date()).days * MINUTES_A_DAY


def _marked(busy: Iterable[Busy], first: int, size: int) -> bytearray:
    """A byte for each minute from `first` on, 1 where it is taken."""
    marks = bytearray(size)
    for interval in busy:
        start = min(max(minute_of(interval.start) - first, 0), size)
        end = min(max(minute_of(interval.end) - first, start), size)
        marks[start:end] = b"\1" * (end - start)
    return marks


def _starts_at(place: Any, ask: Question) -> Iterator[int]:
    """The minutes at which the grid of the hours there begins a visit that ends by closing time."""
    step = ask.step or ask.duration + ask.buffer
    days = range((ask.last_day - ask.first_day).days + 2)
    for window in ask.windows:
        if window.location != place:
            continue
        for number in days:  # from the night before on, for hours across midnight
            day = ask.first_day - DAY + number * DAY
            if holds_on(window, day):
                yield from _starts_of(window, day, step, ask)


def _starts_of(window: Window, day: date, step: int, ask: Question) -> Iterator[int]:
    zone, over = window.zone.key, window.closes_next_day
    closing = first_at_or_after(zone, day + DAY if over else day, _reading(window.closes))
    last = _reading(window.closes) + (MINUTES_A_DAY if over else 0)
    for wall in range(_reading(window.opens), last, step):
        on = day + wall // MINUTES_A_DAY * DAY
        if not ask.first_day <= on <= ask.last_day or on in ask.full_days:
            continue
        minute = wall_clock(zone, on)[wall % MINUTES_A_DAY]
        if minute != NEVER and minute + ask.duration <= closing:
            yield minute


def holds_on(window: Window, day: date) -> bool:
    """Whether the hours open on this day: weeks are counted one by one."""
    if day.weekday() != window.weekday:
        return False
    if window.valid_from and day < window.valid_from:
        return False
    if window.valid_until and day > window.valid_until:
        return False
    if window.every_weeks == 1 or window.valid_from is None:
        return True
    monday = window.valid_from
    while monday.weekday() != 0:
        monday -= DAY
    while monday + WEEK <= day:
        monday += window.every_weeks * WEEK
    return monday <= day


def _reading(wall: time) -> int:
    return wall.hour * 60 + wall.minute


@lru_cache(maxsize=8192)
def wall_clock(zone: str, day: date) -> array[int]:
    """The first minute that shows each reading of the clock on this day, or NEVER."""
    shown = array("q", [NEVER]) * MINUTES_A_DAY
    there, midnight = ZoneInfo(zone), minute_of_midnight(day)
    for minute in range(midnight - FURTHEST, midnight + FURTHEST + LONGEST_DAY):
        local = (EPOCH + minute * MINUTE).astimezone(there)
        if local.day == day.day:
            reading = local.hour * 60 + local.minute
            if shown[reading] == NEVER:
                shown[reading] = minute
    return shown


@lru_cache(maxsize=8192)
def first_at_or_after(zone: str, day: date, reading: int) -> int:
    """The first minute at which the clock has reached this reading of this day, or passed it."""
    later = [*wall_clock(zone, day)[reading:], *wall_clock(zone, day + DAY)]
    return min(minute for minute in later if minute != NEVER)
