"""Working hours, and the places for visits that they make on each day of two weeks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from random import Random
from typing import NamedTuple

from docspot.demo.chance import Weighted
from docspot.demo.frame import DAY, HOUR, MINUTE, Frame

TWO_WEEKS = 14
SATURDAY = 5
MIDNIGHT = 24

# Working days; Monday is 0.
DAYS: Weighted[tuple[int, ...]] = Weighted(
    [
        ((0, 1, 2, 3, 4), 38),
        ((0, 1, 2, 3, 4, 5), 10),
        ((1, 2, 3, 4, 5), 6),
        ((0, 1, 2, 3), 9),
        ((0, 2, 4), 12),
        ((1, 3), 12),
        ((0, 1, 3), 6),
        ((2,), 4),
        ((5, 6), 3),
    ]
)
# Hours on the clock, those above 24 on the next day; the gaps are longer than any buffer.
Windows = tuple[tuple[float, float], ...]
HOURS: Weighted[Windows] = Weighted(
    [
        (((9, 13), (14, 17)), 30),
        (((8, 12), (13, 16)), 15),
        (((10, 14), (15, 18)), 12),
        (((7, 12),), 9),
        (((7, 11.5), (12.5, 15)), 6),
        (((12, 16), (16.5, 20)), 8),
        (((15, 20),), 8),
        (((8.5, 12.5),), 8),
        (((20, 26),), 2),
    ]
)
BUSY_DAYS = (0, 1, 2, 3, 4, 5)
BUSY_HOURS: Windows = ((8, 13), (14, 18))
ALTERNATES, TWO_PLACES = 0.05, 0.12


class HoursRow(NamedTuple):
    doctor_id: int
    location_id: int
    weekday: int
    opens: time
    closes: time
    closes_next_day: bool
    every_weeks: int
    valid_from: date | None


class Place(NamedTuple):
    """Room for a visit on some day, in seconds since its midnight."""

    start: int
    opens: int
    closes: int
    location_id: int


def make_hours(
    chance: Random, frame: Frame, doctor_id: int, location_ids: list[int], shift: int
) -> list[HoursRow]:
    """Hours as doctors keep them; `shift` moves the week, where it begins on a Sunday."""
    days, windows = DAYS.pick(chance), HOURS.pick(chance)
    if len(location_ids) < 2 or len(days) < 2 or chance.random() >= TWO_PLACES:
        location_ids = location_ids[:1]
    alternates = windows[-1][1] < MIDNIGHT and chance.random() < ALTERNATES
    turns = [(days, 0), (DAYS.pick(chance), 1)] if alternates else [(days, None)]
    return [
        hours_row(frame, doctor_id, location_ids[place], (day + shift) % 7, window, turn)
        for turn_days, turn in turns
        for place, some_days in _spread(turn_days, len(location_ids))
        for day in some_days
        for window in (windows if day < SATURDAY else windows[:1])
    ]


def busy_hours(frame: Frame, doctor_id: int, location_id: int) -> list[HoursRow]:
    return [
        hours_row(frame, doctor_id, location_id, day, window, None)
        for day in BUSY_DAYS
        for window in BUSY_HOURS
    ]


def _spread(days: tuple[int, ...], places: int) -> Iterable[tuple[int, tuple[int, ...]]]:
    """At a second place on the last of the days."""
    return [(0, days)] if places == 1 else [(0, days[:-1]), (1, days[-1:])]


def hours_row(
    frame: Frame,
    doctor_id: int,
    location_id: int,
    day: int,
    window: tuple[float, float],
    turn: int | None,
) -> HoursRow:
    """`turn` is 0 or 1 for hours in every other week."""
    opens, closes = window
    begins = None if turn is None else date.fromordinal(frame.anchor + 7 * turn)
    return HoursRow(
        doctor_id=doctor_id,
        location_id=location_id,
        weekday=day,
        opens=clock(opens),
        closes=clock(closes),
        closes_next_day=closes >= MIDNIGHT,
        every_weeks=1 if turn is None else 2,
        valid_from=begins,
    )


def clock(hour: float) -> time:
    return time(int(hour) % MIDNIGHT, int(hour % 1 * 60))


def places_of(
    hours: list[HoursRow], frame: Frame, *, length: int, apart: int, at_most: int | None
) -> list[tuple[Place, ...]]:
    """The places on each day of two weeks, the first of which is that of the frame's anchor.

    A visit takes `length`, the next begins `apart` later.
    """
    days: list[list[Place]] = [[] for _ in range(TWO_WEEKS)]
    for row in sorted(hours, key=lambda row: row.opens):
        opens, closes = _seconds(row.opens), _seconds(row.closes)
        closes += DAY if row.closes_next_day else 0
        for day in _days_of(row, frame):
            days[day] += (
                Place(start, opens, closes, row.location_id)
                for start in range(opens, closes - length + 1, apart)
            )
    return [tuple(places[:at_most]) for places in days]


def _days_of(row: HoursRow, frame: Frame) -> Iterable[int]:
    if row.valid_from is None:
        return (row.weekday, row.weekday + 7)
    return (row.weekday + row.valid_from.toordinal() - frame.anchor,)


def _seconds(wall: time) -> int:
    return wall.hour * HOUR + wall.minute * MINUTE
