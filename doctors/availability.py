"""When a doctor is free: intervals in, slots out. Pure; the standard library only.

All instants are aware; those returned are in UTC. All intervals are half-open: `start` belongs to
them, `end` does not, so two visits may touch. Wall-clock times become instants through their zone:
a skipped hour offers nothing, a repeated one is offered once (its first pass), and lengths are
counted in real minutes, so that a visit across a clock change is as long as any other.

Inside, instants are seconds since 1970: on a day on which no clock changes the times on offer are
an arithmetic progression, and what is taken is jumped over. That makes a month cheap.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
DAY_SECONDS = 24 * 60 * 60
EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Window:
    """Weekly hours at one location; Monday is 0; both validity dates are included.

    With `closes_next_day`, `closes` is on the day after. With `every_weeks` above 1 they hold in
    the week of `valid_from`, which then is needed, and in every so manieth week from there.
    """

    weekday: int
    opens: time
    closes: time
    zone: ZoneInfo
    location: Any  # the caller's own, hashable; handed back on each slot
    valid_from: date | None = None
    valid_until: date | None = None
    closes_next_day: bool = False
    every_weeks: int = 1


class Busy(NamedTuple):
    """A time that is taken; at one location only, or wherever the doctor is (`location` None)."""

    start: datetime
    end: datetime
    location: Any = None


class Opening(NamedTuple):
    """The hours of a window on one day."""

    start: datetime
    end: datetime
    window: Window


class Slot(NamedTuple):
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
    step: timedelta | None = None,
    full_days: Collection[date] = (),
    taken: Iterable[tuple[int, int]] = (),
) -> Iterator[Slot]:
    """Yield the free times in order of their start, each start once.

    They begin on the local days `first_day` to `last_day` (both included) but on none of
    `full_days`, lie within the windows, clear of time off, and start at `earliest` or later and
    before `latest`. Starts are `step` apart from opening time on; without one, as far as a visit
    and its buffer take. A visit's own `buffer` must not run into the next visit, but may run into
    a break or past closing time. The `end` of each of `visits` already includes that visit's
    buffer. `taken` are more visits, as seconds since 1970.
    """
    windows = list(windows)
    taken = [*taken, *map(_in_seconds, visits)]
    ask = _Question(
        length=_whole(duration),
        step=_whole(step or duration + buffer),
        first_day=first_day,
        last_day=last_day,
        earliest=math.ceil(earliest.timestamp()),
        latest=math.ceil(latest.timestamp()),
        full_days=full_days,
    )
    blocked = _blocked(windows, time_off, taken, ask.length, _whole(buffer))
    spans = heapq.merge(
        *(_spans(window, ask, blocked[window.location]) for window in windows), key=itemgetter(0)
    )
    last_start = None
    for group in _overlapping(spans):
        streams = [_free_in(span, ask) for span in group]
        if len(streams) == 1:
            location = group[0].window.location
            for start in streams[0]:
                yield _slot((_instant(start), _instant(start + ask.length), location))
            continue
        for start, location in heapq.merge(*map(_placed, streams, group), key=itemgetter(0)):
            if start != last_start:
                last_start = start
                yield _slot((_instant(start), _instant(start + ask.length), location))


def openings(window: Window, first_day: date, last_day: date) -> Iterator[Opening]:
    """Yield the hours of the window that begin on these days, and those of the night before."""
    ask = _Question(0, 0, first_day, last_day, 0, 0, ())
    for span in _spans(window, ask, _Blocked([], [])):
        yield Opening(_instant(span.opens), _instant(span.closes), window)


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


# What is asked, in seconds


class _Question(NamedTuple):
    length: int
    step: int
    first_day: date
    last_day: date
    earliest: int
    latest: int
    full_days: Collection[date]


class _Span(NamedTuple):
    """A window on one of its days. `offset` is the zone's from UTC, None if it changes then."""

    opens: int
    closes: int
    window: Window
    day: date
    offset: int | None
    blocked: _Blocked


class _Blocked(NamedTuple):
    """Where no visit may start: between each of `after` and its `until`, both themselves free."""

    after: list[int]
    until: list[int]


def _whole(length: timedelta) -> int:
    return length // timedelta(seconds=1)


# What is taken


def _blocked(
    windows: list[Window],
    time_off: Iterable[Busy],
    taken: list[tuple[int, int]],
    length: int,
    buffer: int,
) -> dict[Any, _Blocked]:
    """By location: where a visit of this length would meet what is taken.

    It meets [a, b) if it starts after a - its length, and before b.
    """
    reach = length + buffer
    taken = [(start - reach, end) for start, end in taken]
    off = [(busy.location, *_in_seconds(busy)) for busy in time_off]
    return {
        location: _merge(
            taken
            + [(start - length, end) for place, start, end in off if place in (None, location)]
        )
        for location in {window.location for window in windows}
    }


def _in_seconds(busy: Busy) -> tuple[int, int]:
    """Outwards to whole seconds: at whole seconds visits start."""
    return math.floor(busy.start.timestamp()), math.ceil(busy.end.timestamp())


def _merge(intervals: list[tuple[int, int]]) -> _Blocked:
    after: list[int] = []
    until: list[int] = []
    for start, end in sorted(intervals):
        if until and start < until[-1]:
            if end > until[-1]:
                until[-1] = end
        else:
            after.append(start)
            until.append(end)
    return _Blocked(after, until)


# What is open


def _spans(window: Window, ask: _Question, blocked: _Blocked) -> Iterator[_Span]:
    """The window on each of its days, in order of time."""
    opens, closes = _seconds(window.opens), _seconds(window.closes)
    first_day = ask.first_day
    if window.closes_next_day:  # last night's hours may reach into the first day
        closes += DAY_SECONDS
        first_day -= DAY
    first = max(first_day, window.valid_from or first_day)
    last = min(ask.last_day, window.valid_until or ask.last_day)
    day = first + DAY * ((window.weekday - first.weekday()) % 7)
    if window.every_weeks > 1 and window.valid_from:
        begin = window.valid_from - DAY * window.valid_from.weekday()
        day += 7 * DAY * (-((day - begin).days // 7) % window.every_weeks)
    while day <= last:
        offset = _offset_throughout(window.zone, day)
        if offset is None:
            until = day + DAY if window.closes_next_day else day
            yield _Span(
                int(to_instant(day, window.opens, window.zone).timestamp()),
                int(to_instant(until, window.closes, window.zone).timestamp()),
                window,
                day,
                None,
                blocked,
            )
        else:
            midnight = (day.toordinal() - EPOCH_DAY) * DAY_SECONDS - offset
            yield _span((midnight + opens, midnight + closes, window, day, offset, blocked))
        day += 7 * DAY * window.every_weeks


def _overlapping(spans: Iterable[_Span]) -> Iterator[list[_Span]]:
    """The spans in groups: only those of one group share an instant."""
    group: list[_Span] = []
    until = -math.inf
    for span in spans:
        if group and span.opens >= until:
            yield group
            group = []
        until = max(until, span.closes)
        group.append(span)
    if group:
        yield group


def _free_in(span: _Span, ask: _Question) -> list[int]:
    """The starts in this span that are free, in order."""
    starts = _changing(span, ask) if span.offset is None else _steady(span, ask)
    if not span.window.closes_next_day and not ask.full_days:
        return starts
    return [
        start
        for start in starts
        if ask.first_day <= (day := _local_day(start, span.window.zone)) <= ask.last_day
        and day not in ask.full_days
    ]


def _placed(starts: list[int], span: _Span) -> Iterator[tuple[int, Any]]:
    return ((start, span.window.location) for start in starts)


def _steady(span: _Span, ask: _Question) -> list[int]:
    """On a day without a clock change: in runs, and over all that is blocked in one jump."""
    after, until = span.blocked
    opens, step = span.opens, ask.step
    last = min(span.closes - ask.length, ask.latest - 1)
    start = max(opens, opens - (opens - ask.earliest) // step * step)
    place = bisect_right(until, start)
    free: list[int] = []
    while start <= last:
        free_to = after[place] if place < len(after) and after[place] < last else last
        run = range(start, free_to + 1, step)
        free += run
        start += len(run) * step
        while place < len(after) and after[place] < start:  # jump to where it ends
            if until[place] > start:
                start = opens - (opens - until[place]) // step * step
            place += 1
    return free


def _changing(span: _Span, ask: _Question) -> list[int]:
    """On a day on which the clock changes: by the wall clock, looking at each time."""
    after, until = span.blocked
    free = []
    for start in _on_the_wall(span, ask.step):
        if start + ask.length > span.closes or start >= ask.latest:
            break
        place = bisect_right(until, start)
        is_free = place == len(until) or after[place] >= start
        if is_free and start >= ask.earliest:
            free.append(start)
    return free


def _on_the_wall(span: _Span, step: int) -> tuple[int, ...]:
    window = span.window
    opens = datetime.combine(span.day, window.opens)
    closes = datetime.combine(span.day, window.closes)
    return _shown(opens, closes + DAY if window.closes_next_day else closes, step, window.zone)


@lru_cache(maxsize=1024)
def _shown(opens: datetime, closes: datetime, step: int, zone: ZoneInfo) -> tuple[int, ...]:
    """The instants at which the clock shows the times of a grid that there are on that day."""
    starts = []
    wall = opens
    while wall < closes:
        local = wall.replace(tzinfo=zone)
        if _exists(local):
            starts.append(int(local.timestamp()))
        wall += timedelta(seconds=step)
    return tuple(starts)


# Clocks


def _seconds(wall: time) -> int:
    """Since midnight; hours are told to the second."""
    return wall.hour * 3600 + wall.minute * 60 + wall.second


# From a tuple: their own constructors are functions in Python, and take twice the time.
_slot = partial(tuple.__new__, Slot)
_span = partial(tuple.__new__, _Span)


@lru_cache(maxsize=8192)
def _instant(start: int) -> datetime:
    return datetime.fromtimestamp(start, UTC)


def _local_day(start: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(start, zone).date()


@lru_cache(maxsize=8192)
def _offset_throughout(zone: ZoneInfo, day: date) -> int | None:
    """Seconds ahead of UTC on this day and the next, or None if that changes meanwhile."""
    first = datetime.combine(day, time.min, tzinfo=zone)
    last = datetime.combine(day + 2 * DAY, time.min, tzinfo=zone)
    offsets = {edge.replace(fold=fold).utcoffset() for edge in (first, last) for fold in (0, 1)}
    offset = offsets.pop()
    return None if offsets or offset is None else _whole(offset)


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
