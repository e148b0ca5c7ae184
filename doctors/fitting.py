"""Whether a visit can begin at one given instant; if not, by which rule. Pure; as availability.

What is on offer is known to doctors/availability.py; here the same hours, time off and visits are
asked about one start, and what stands against it is named. A start has nothing against it exactly
if it is among the free times; one that is only off the grid fits all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Any

from doctors.availability import DAY, Busy, Opening, Slot, Window, free_slots, openings

ALWAYS = timedelta(days=3)  # beyond the days that are looked at


class Rule(Enum):
    """What can stand against a start."""

    NO_HOURS = auto()  # no hours at all
    WEEKDAY = auto()  # none on this day of the week
    NOT_YET = auto()  # hours that begin to hold later
    NO_LONGER = auto()  # hours that held until earlier
    OTHER_WEEK = auto()  # hours of every other week, and this is not one
    BEFORE_HOURS = auto()
    AFTER_HOURS = auto()
    BREAK = auto()
    TOO_LONG = auto()  # it would not be over by closing time
    GRID = auto()  # not one of the starts on offer
    FULL_DAY = auto()  # as many visits as the doctor takes
    TIME_OFF = auto()
    CLOSED = auto()  # the place is
    VISIT = auto()
    BUFFER = auto()  # the time kept free after another visit
    OWN_BUFFER = auto()  # the time kept free after this one meets the next visit


@dataclass(frozen=True)
class Taken:
    """A booked visit over [start, end), with the time kept free after it until `until`."""

    start: datetime
    end: datetime
    until: datetime
    visit: Any = None  # the caller's own; handed back


@dataclass(frozen=True)
class Against:
    """One thing that stands against a start, with what there is to say about it."""

    rule: Rule
    openings: tuple[Opening, ...] = ()  # the hours of that day
    windows: tuple[Window, ...] = ()
    busy: Busy | None = None
    taken: Taken | None = None
    starts: tuple[datetime, ...] = ()  # the nearest on the grid


@dataclass(frozen=True)
class Schedule:
    """What a doctor's time is made of, around the day that is asked about.

    `step` is from one start on offer to the next; None: as far as a visit and its buffer take.
    """

    windows: Sequence[Window]
    time_off: Sequence[Busy]
    visits: Sequence[Taken]
    full_days: Collection[date] = field(default=())
    step: timedelta | None = None


def against(
    schedule: Schedule, start: datetime, *, duration: timedelta, buffer: timedelta
) -> list[Against]:
    """What stands against a visit that begins at `start`, a whole second; nothing if it is free.

    Of hours that overlap, those with the least against it count.
    """
    around = _around(schedule.windows, start)
    open_then = [hours for hours in around if hours.start <= start < hours.end]
    if not open_then:
        return [_closed(schedule.windows, around, start)]
    found = (_against(schedule, hours, start, duration, buffer) for hours in open_then)
    return min(found, key=len)


def fits(
    schedule: Schedule, start: datetime, *, duration: timedelta, buffer: timedelta
) -> Slot | None:
    """The time from `start` on, if it is free: one on the grid of starts, or off it."""
    for hours in _around(schedule.windows, start):
        if hours.start <= start < hours.end:
            found = _against(schedule, hours, start, duration, buffer)
            if all(one.rule == Rule.GRID for one in found):
                return Slot(start, start + duration, hours.window.location)
    return None


def _around(windows: Sequence[Window], start: datetime) -> list[Opening]:
    """All hours near `start`, in order; a local date is at most a day from that in UTC."""
    day = start.date()
    return sorted(
        (hours for window in windows for hours in openings(window, day - DAY, day + DAY)),
        key=lambda hours: hours.start,
    )


def _against(
    schedule: Schedule, hours: Opening, start: datetime, duration: timedelta, buffer: timedelta
) -> list[Against]:
    end = start + duration
    found = []
    if end > hours.end:
        found.append(Against(Rule.TOO_LONG, openings=(hours,)))
    else:
        grid = _grid(schedule, hours.window, start, duration, buffer)
        if start not in grid:
            before = [one for one in grid if hours.start <= one < start][-1:]
            after = [one for one in grid if start < one < hours.end][:1]
            found.append(Against(Rule.GRID, starts=(*before, *after)))
    if start.astimezone(hours.window.zone).date() in schedule.full_days:
        found.append(Against(Rule.FULL_DAY))
    for off in schedule.time_off:
        if off.location in (None, hours.window.location) and off.start < end and start < off.end:
            rule = Rule.TIME_OFF if off.location is None else Rule.CLOSED
            found.append(Against(rule, busy=off))
    for taken in schedule.visits:
        if taken.start < end + buffer and start < taken.until:
            found.append(Against(_how(taken, start, end), taken=taken))
    return found


def _how(taken: Taken, start: datetime, end: datetime) -> Rule:
    """In what way the two are at the same time: themselves, or the time after one of them."""
    if start >= taken.end:
        return Rule.BUFFER
    return Rule.OWN_BUFFER if taken.start >= end else Rule.VISIT


def _grid(
    schedule: Schedule, window: Window, start: datetime, duration: timedelta, buffer: timedelta
) -> list[datetime]:
    """The starts that these hours would offer around then, were nothing taken."""
    slots = free_slots(
        windows=[window],
        time_off=(),
        visits=(),
        duration=duration,
        buffer=buffer,
        step=schedule.step,
        first_day=start.date() - DAY,
        last_day=start.date() + DAY,
        earliest=start - ALWAYS,
        latest=start + ALWAYS,
    )
    return [slot.start for slot in slots]


def _closed(windows: Sequence[Window], around: list[Opening], start: datetime) -> Against:
    """Why no hours are open at `start`."""
    if not windows:
        return Against(Rule.NO_HOURS)
    that_day = tuple(
        hours for hours in around if _local_day(hours.window, start) in _days_of(hours)
    )
    if that_day:
        if start < that_day[0].start:
            return Against(Rule.BEFORE_HOURS, openings=that_day)
        if start >= max(hours.end for hours in that_day):
            return Against(Rule.AFTER_HOURS, openings=that_day)
        return Against(Rule.BREAK, openings=that_day)
    on_weekday = tuple(
        window for window in windows if window.weekday == _local_day(window, start).weekday()
    )
    for rule in (Rule.OTHER_WEEK, Rule.NOT_YET, Rule.NO_LONGER):
        some = tuple(one for one in on_weekday if _why_not_then(one, start) == rule)
        if some:
            return Against(rule, windows=some)
    return Against(Rule.WEEKDAY, windows=tuple(windows))


def _why_not_then(window: Window, start: datetime) -> Rule:
    """Of hours on this weekday that do not hold on this day."""
    day = _local_day(window, start)
    if window.valid_from and day < window.valid_from:
        return Rule.NOT_YET
    if window.valid_until and day > window.valid_until:
        return Rule.NO_LONGER
    return Rule.OTHER_WEEK


def _local_day(window: Window, instant: datetime) -> date:
    return instant.astimezone(window.zone).date()


def _days_of(hours: Opening) -> set[date]:
    """The local days on which these hours are open."""
    last = hours.end - timedelta(seconds=1)
    return {_local_day(hours.window, hours.start), _local_day(hours.window, last)}
