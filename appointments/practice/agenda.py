"""A day at the practice laid out for reading: visits, what is free between them, time off. Pure.

All instants are aware, all intervals half-open. A day is one of the calendar at the doctor's place;
working hours across midnight are cut there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from doctors.availability import DAY, Window, to_instant
from doctors.clashes import happens_on, span

SHORTEST_GAP = timedelta(minutes=5)


class Taken(Protocol):
    """What the layout needs of a visit; `until` includes the time kept free after it."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def until(self) -> datetime: ...
    @property
    def place(self) -> Any: ...


class Hours(NamedTuple):
    """From when until when the doctor works, at one place."""

    start: datetime
    end: datetime
    place: Any


class Off(NamedTuple):
    """Time off: at one place only, or wherever the doctor is (`place` None)."""

    start: datetime
    end: datetime
    place: Any
    reason: str = ""


class Held(NamedTuple):
    """A time that is kept until `until` for somebody on the waiting list."""

    start: datetime
    end: datetime
    place: Any
    until: datetime | None


@dataclass(frozen=True)
class Entry:
    """One line of the day. `kind` is visit, held, free, off, or now where nothing else goes on."""

    kind: str
    start: datetime
    end: datetime
    place: Any
    visit: Any = None
    reason: str = ""
    is_now: bool = False
    until: datetime | None = None

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True)
class Day:
    """A day, in order of time; `free` is what is left of the hours from now on.

    `called_off` are visits that will not take place.
    """

    date: date
    hours: list[Hours]
    entries: list[Entry]
    free: timedelta
    called_off: list[Any]

    @property
    def visits(self) -> list[Any]:
        return [entry.visit for entry in self.entries if entry.kind == "visit"]

    @property
    def off(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == "off"]

    @property
    def held(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == "held"]


def lay_out_day(
    day: date,
    *,
    windows: Iterable[Window],
    off: Sequence[Off],
    visits: Iterable[Taken],
    place: Any,
    now: datetime,
    called_off: Iterable[Any] = (),
    held: Sequence[Held] = (),
) -> Day:
    """`visits` and `held` are of the day; `place` is where the doctor is, for what has none."""
    visits, hours = list(visits), working_hours(windows, day)
    booked = [*((visit.start, visit.until) for visit in visits), *(one[:2] for one in held)]
    gaps = [gap for gap in _gaps(hours, off, booked) if gap.end > now]
    entries = [
        *(Entry("visit", visit.start, visit.end, visit.place, visit=visit) for visit in visits),
        *(Entry("free", *gap) for gap in gaps),
        *_time_off(hours, off, place),
        *(Entry("held", *one[:3], until=one.until) for one in held),
    ]
    entries.sort(key=lambda entry: (entry.start, entry.kind))
    if place is not None and now.astimezone(place.zone).date() == day:
        entries = _with_now(entries, place, now)
    free = sum((gap.end - max(gap.start, now) for gap in gaps), timedelta())
    return Day(day, hours, entries, free, list(called_off))


def working_hours(windows: Iterable[Window], day: date) -> list[Hours]:
    """When the doctor works on this day of the place's calendar, in order; what touches is one."""
    pieces = []
    for window in windows:
        begins, ends = day_of(day, window.zone)
        for opening_day in (day - DAY, day) if window.closes_next_day else (day,):
            if happens_on(window, opening_day):
                opens, closes = span(window, opening_day)
                piece = Hours(max(opens, begins), min(closes, ends), window.location)
                if piece.start < piece.end:
                    pieces.append(piece)
    joined: list[Hours] = []
    for piece in sorted(pieces, key=lambda piece: piece.start):
        if joined and joined[-1].end == piece.start and joined[-1].place == piece.place:
            joined[-1] = joined[-1]._replace(end=piece.end)
        else:
            joined.append(piece)
    return joined


def day_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[midnight, next midnight) on the wall clock of `zone`."""
    return to_instant(day, time.min, zone), to_instant(day + DAY, time.min, zone)


def _gaps(
    hours: list[Hours], off: Sequence[Off], booked: Sequence[tuple[datetime, datetime]]
) -> list[Hours]:
    """What is free, in order."""
    gaps = []
    for piece in hours:
        away = [(one.start, one.end) for one in off if one.place in (None, piece.place)]
        start = piece.start
        for begins, ends in sorted([*booked, *away, (piece.end, piece.end)]):
            end = min(begins, piece.end)
            if end - start >= SHORTEST_GAP:
                gaps.append(Hours(start, end, piece.place))
            start = max(start, ends)
    return gaps


def _time_off(hours: list[Hours], off: Sequence[Off], place: Any) -> list[Entry]:
    """Time off as far as it meets the working day, from its first opening to its last closing."""
    entries = []
    for one in off:
        here = [piece for piece in hours if one.place in (None, piece.place)]
        if here:
            start, end = max(one.start, here[0].start), min(one.end, here[-1].end)
            if start < end:
                entries.append(Entry("off", start, end, one.place or place, reason=one.reason))
    return entries


def _with_now(entries: list[Entry], place: Any, now: datetime) -> list[Entry]:
    """The line that goes on now is marked; where there is none, one is put in."""
    going_on = [entry for entry in entries if entry.start <= now < entry.end]
    if going_on:
        return [
            replace(entry, is_now=True) if entry is going_on[-1] else entry for entry in entries
        ]
    if not entries:
        return []
    before = [entry for entry in entries if entry.start <= now]
    mark = Entry("now", now, now, place, is_now=True)
    return [*before, mark, *entries[len(before) :]]
