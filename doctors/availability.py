"""When a doctor is free: intervals in, slots out. Pure; the standard library only.

All instants are aware; those returned are in UTC. All intervals are half-open: `start` belongs to
them, `end` does not, so two visits may touch. Wall-clock times become instants through their zone:
a skipped hour offers nothing, a repeated one is offered once (its first pass), and lengths are
counted in real minutes, so that a visit across a clock change is as long as any other.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Weekly hours at one location; Monday is 0; both validity dates are included."""

    weekday: int
    opens: time
    closes: time
    zone: ZoneInfo
    location: Any  # the caller's own, hashable; handed back on each slot
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """A time that is taken; at one location only, or wherever the doctor is (`location` None)."""

    start: datetime
    end: datetime
    location: Any = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time on offer at `location`."""

    start: datetime
    end: datetime
    location: Any


def free_slots(
    *,
    windows: Iterable[Window],
    time_off: Iterable[Busy],
    visits: Iterable[Busy],
    duration: timedelta,
    buffer: timedelta,
    first_day: date,
    last_day: date,
    earliest: datetime,
    latest: datetime,
) -> Iterator[Slot]:
    """Yield the free times in order of their start, each start once.

    They lie within the windows of the local days `first_day` to `last_day` (both included), clear
    of time off, and start at `earliest` or later and before `latest`. A visit's own `buffer` must
    not run into the next visit, but may run into a break or past closing time. The `end` of each
    of `visits` already includes that visit's buffer.
    """
    windows = list(windows)
    time_off = list(time_off)
    taken = _Taken(visits)
    closed = {
        location: _Taken(off for off in time_off if off.location in (None, location))
        for location in {window.location for window in windows}
    }
    streams = (
        _offered(window, duration, duration + buffer, first_day, last_day) for window in windows
    )
    last_start = None
    for slot in heapq.merge(*streams, key=_start):
        if slot.start >= latest:
            return
        if slot.start < earliest or slot.start == last_start:
            continue
        if taken.overlap(slot.start, slot.end + buffer):
            continue
        if closed[slot.location].overlap(slot.start, slot.end):
            continue
        last_start = slot.start
        yield slot


def to_instant(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant at which the wall clock in `zone` reaches `wall` on `day`.

    A repeated time means its first pass; a skipped one, the instant at which the clock jumps.
    """
    local = datetime.combine(day, wall, tzinfo=zone)
    instant = local.astimezone(UTC)
    if _exists(local):
        return instant
    before = local.replace(fold=1).astimezone(UTC)
    return _jump(before, instant, zone)


def _start(slot: Slot) -> datetime:
    return slot.start


def _offered(
    window: Window, duration: timedelta, step: timedelta, first_day: date, last_day: date
) -> Iterator[Slot]:
    """The window's whole grid, free or not, in order of time."""
    first = max(first_day, window.valid_from or first_day)
    last = min(last_day, window.valid_until or last_day)
    day = first + DAY * ((window.weekday - first.weekday()) % 7)
    while day <= last:
        closes = to_instant(day, window.closes, window.zone)
        for start in _grid(day, window, step):
            if start + duration > closes:
                break
            yield Slot(start, start + duration, window.location)
        day += 7 * DAY


def _grid(day: date, window: Window, step: timedelta) -> Iterator[datetime]:
    wall = datetime.combine(day, window.opens)
    closes = datetime.combine(day, window.closes)
    while wall < closes:
        local = wall.replace(tzinfo=window.zone)
        if _exists(local):
            yield local.astimezone(UTC)
        wall += step


def _exists(local: datetime) -> bool:
    """Whether the wall clock shows this time; it does not in an hour that is skipped."""
    round_trip = local.astimezone(UTC).astimezone(local.tzinfo)
    return round_trip.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two at which the zone's offset changes, to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


class _Taken:
    """Times that are taken, merged and sorted, to ask of each slot whether it meets one."""

    def __init__(self, busy: Iterable[Busy]) -> None:
        self.starts: list[datetime] = []
        self.ends: list[datetime] = []
        for interval in sorted(busy, key=lambda interval: interval.start):
            if self.ends and interval.start <= self.ends[-1]:
                self.ends[-1] = max(self.ends[-1], interval.end)
            else:
                self.starts.append(interval.start)
                self.ends.append(interval.end)

    def overlap(self, start: datetime, end: datetime) -> bool:
        before_end = bisect_left(self.starts, end)
        return before_end > 0 and self.ends[before_end - 1] > start
