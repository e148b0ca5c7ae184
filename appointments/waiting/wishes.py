"""Which times suit somebody who waits. Pure.

All is meant on the wall clock and the calendar of the place where the visit would be.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Protocol


class Wishes(Protocol):
    """`weekdays` has a bit for each day, 1 for Monday; [from_time, to_time) is open without one.

    The days from `first_day` to `last_day` are both included.
    """

    @property
    def weekdays(self) -> int: ...
    @property
    def from_time(self) -> time | None: ...
    @property
    def to_time(self) -> time | None: ...
    @property
    def first_day(self) -> date: ...
    @property
    def last_day(self) -> date: ...


def suits(wishes: Wishes, start: datetime) -> bool:
    """Whether a visit that begins at `start`, in the zone of its place, is as wished."""
    day, clock = start.date(), start.time()
    return (
        wishes.first_day <= day <= wishes.last_day
        and bool(wishes.weekdays >> day.weekday() & 1)
        and (wishes.from_time is None or wishes.from_time <= clock)
        and (wishes.to_time is None or clock < wishes.to_time)
    )
