"""How long doctors work in some days, less what they have off. Pure.

Counted by the week rather than day by day: all but a few days of a place are alike. Exact to the
second by the places' own calendar days, through clock changes, hours across midnight, hours of some
weeks or some dates, and time off that overlaps. Hours of one doctor that are at the same time,
which the forms refuse, count twice.

Days are counted as `date.toordinal` does; times of the day are seconds on the wall clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from appointments.dashboard.periods import Clock
from doctors.availability import DAY_SECONDS

Interval = tuple[int, int]  # [begins, ends) in seconds since 1970


class Rule(NamedTuple):
    """When weekly hours do not hold in every week there is. The dates are both included."""

    every_weeks: int = 1
    first: int | None = None
    last: int | None = None

    def among(self, days: range, after: int = 0) -> range:
        """Which of these days, a week apart, so many days after the hours open."""
        begin = 0 if self.first is None else bisect_left(days, self.first + after)
        end = len(days) if self.last is None else bisect_right(days, self.last + after)
        if self.every_weeks == 1 or self.first is None or begin >= end:
            return days[begin:end]
        monday = self.first - (self.first - 1) % 7
        weeks = (days[begin] - after - monday) // 7
        return days[begin + -weeks % self.every_weeks : end : self.every_weeks]


class Hours(NamedTuple):
    """Weekly hours of a doctor at a place; beyond the end of the day if they end on the next."""

    doctor: int
    place: int
    weekdays: tuple[int, ...]
    opens: int
    closes: int
    rule: Rule | None = None


# Or a plain tuple of the same, which takes a third of the time to make.
AnyHours = Hours | tuple[int, int, tuple[int, ...], int, int, Rule | None]


def working_seconds(
    all_hours: Iterable[AnyHours],
    places: Mapping[int, Place],
    off: Mapping[int, Iterable[Interval]],
) -> dict[int, list[int]]:
    """By doctor, on each day of the week from Monday on.

    `off` is the doctors' own time off; that of the places is in `places`.
    """
    found: dict[int, list[int]] = defaultdict(lambda: [0] * 7)
    away: dict[tuple[int, int], Away] = {}  # by doctor and place
    for doctor, number, weekdays, opens, closes, rule in all_hours:
        place, seconds = places[number], found[doctor]
        if rule is None and closes <= DAY_SECONDS and doctor not in off:  # nearly all
            usual, partly = place.usual, place.partly
            for weekday in weekdays:
                seconds[weekday] += usual[weekday] * (closes - opens)
                if partly[weekday]:
                    seconds[weekday] += place.on_days(partly[weekday], opens, closes)
            continue
        for piece in pieces(weekdays, opens, closes, rule):
            seconds[piece.weekday] += place.seconds(piece)
            if doctor in off:
                key = doctor, number
                if key not in away:
                    away[key] = Away(place, off[doctor])
                seconds[piece.weekday] -= away[key].seconds(piece)
    return dict(found)


@lru_cache(maxsize=16384)
def pieces(
    weekdays: tuple[int, ...], opens: int, closes: int, rule: Rule | None
) -> tuple[Piece, ...]:
    """The hours on each of the weekdays, cut at midnight."""
    found = [Piece(weekday, opens, min(closes, DAY_SECONDS), rule) for weekday in weekdays]
    if closes > DAY_SECONDS:
        rest = closes - DAY_SECONDS
        found += [Piece((weekday + 1) % 7, 0, rest, rule, after=1) for weekday in weekdays]
    return tuple(found)


class Piece(NamedTuple):
    """Hours within one day; `after` days after they opened."""

    weekday: int
    opens: int
    closes: int
    rule: Rule | None
    after: int = 0


class Place:
    """The days of a period at one place, with the times at which it is closed."""

    def __init__(self, clock: Clock, closed: Iterable[Interval] = ()) -> None:
        self.clock = clock
        self.closed = merged(closed)
        self.closed_on = by_day(clock, self.closed)
        # Days on which the clock changes, or the place is closed for a time or all day.
        self.unusual = by_weekday(clock.odd_days | self.closed_on.keys())
        self.usual = [
            len(days) - len(unusual)
            for days, unusual in zip(clock.weekdays, self.unusual, strict=True)
        ]
        # Those of them on which it may be open at all.
        self.partly = [[day for day in days if not self._is_shut(day)] for days in self.unusual]

    def seconds(self, piece: Piece) -> int:
        """How long the piece is, over all its days, less the time at which the place is closed."""
        weekday, opens, closes, rule, after = piece
        usual, partly = self.usual[weekday], self.partly[weekday]
        if rule is not None:
            days = rule.among(self.clock.weekdays[weekday], after)
            usual = len(days) - sum(day in days for day in self.unusual[weekday])
            partly = [day for day in partly if day in days]
        more = self.on_days(partly, opens, closes) if partly else 0
        return usual * (closes - opens) + more

    def on_days(self, days: Iterable[int], opens: int, closes: int) -> int:
        """How long it is open between two times of the day, over these days."""
        return sum(
            open_for(self.span(day, opens, closes), self.closed_on.get(day, ())) for day in days
        )

    def _is_shut(self, day: int) -> bool:
        begins, ends = self.clock.midnight(day), self.clock.midnight(day + 1)
        return any(start <= begins and ends <= end for start, end in self.closed_on.get(day, ()))

    def span(self, day: int, opens: int, closes: int) -> Interval:
        return self.clock.instant(day, opens), self.clock.instant(day, closes)


class Away:
    """A doctor's own time off, as it meets the days of a place."""

    def __init__(self, place: Place, off: Iterable[Interval]) -> None:
        off = list(off)
        self.place = place
        self.days = by_weekday(by_day(place.clock, off).keys())
        self.busy_on = by_day(place.clock, merged([*place.closed, *off]))

    def seconds(self, piece: Piece) -> int:
        """How much of the piece is off, beyond the time at which the place is closed anyway."""
        days = self.days[piece.weekday]
        if piece.rule is not None and days:
            happening = piece.rule.among(self.place.clock.weekdays[piece.weekday], piece.after)
            days = [day for day in days if day in happening]
        lost = 0
        for day in days:
            span = self.place.span(day, piece.opens, piece.closes)
            lost += open_for(span, self.place.closed_on.get(day, ()))
            lost -= open_for(span, self.busy_on.get(day, ()))
        return lost


def by_day(clock: Clock, intervals: Iterable[Interval]) -> dict[int, list[Interval]]:
    """The days of the period that these intervals meet, each with those that meet it."""
    found: dict[int, list[Interval]] = defaultdict(list)
    for begins, ends in intervals:
        if begins < clock.ends and ends > clock.begins:
            first = clock.day_of(max(begins, clock.begins))
            for day in range(first, clock.day_of(min(ends, clock.ends) - 1) + 1):
                found[day].append((begins, ends))
    return dict(found)


def by_weekday(days: Iterable[int]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(7)]
    for day in days:
        found[(day - 1) % 7].append(day)
    return found


def open_for(span: Interval, busy: Iterable[Interval]) -> int:
    """How many seconds of the span are not busy; what is busy does not overlap itself."""
    opens, closes = span
    left = closes - opens
    for begins, ends in busy:
        if begins < closes and ends > opens:
            left -= min(ends, closes) - max(begins, opens)
    return left


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """In order, and none meets another."""
    found: list[Interval] = []
    for begins, ends in sorted(intervals):
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], ends)
        else:
            found.append((begins, ends))
    return found
