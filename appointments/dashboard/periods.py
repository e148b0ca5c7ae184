"""The days that are looked at, and what they are on the clocks of the places. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from doctors.availability import DAY, DAY_SECONDS, EPOCH_DAY, to_instant

QUARTER = 15 * 60  # clocks change at a quarter of an hour, and there are no finer offsets
LONGEST_DAYS = 366


class Period(NamedTuple):
    """From one day to another, both included; on the calendar of each place."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days, right before these."""
        return Period(self.first - DAY * self.days, self.first - DAY)


def last_days(today: date, number: int) -> Period:
    """So many days up to today."""
    return Period(today - DAY * (number - 1), today)


class Stretch(NamedTuple):
    """[begins, ends) in seconds since 1970, in which the clock is `ahead` of UTC by as many."""

    begins: int
    ends: int
    ahead: int


class Clock:
    """The days of a period in one time zone. Days are counted as `date.toordinal` does."""

    def __init__(self, zone: ZoneInfo, period: Period) -> None:
        self.zone = zone
        self.first, self.last = period.first.toordinal(), period.last.toordinal()
        self.begins, self.ends = self._reaches(self.first, 0), self._reaches(self.last + 1, 0)

    @cached_property
    def _midnights(self) -> list[int]:
        between = range(self.first + 1, self.last + 1)
        return [self.begins, *(self._reaches(day, 0) for day in between), self.ends]

    @cached_property
    def weekdays(self) -> list[range]:
        """The days, by day of the week from Monday on."""
        firsts = [self.first + (weekday - self.first + 1) % 7 for weekday in range(7)]
        return [range(first, self.last + 1, 7) for first in firsts]

    @cached_property
    def odd_days(self) -> set[int]:
        """Those that are not 24 hours long."""
        return {
            day
            for day in range(self.first, self.last + 1)
            if self.midnight(day + 1) - self.midnight(day) != DAY_SECONDS
        }

    def midnight(self, day: int) -> int:
        """When the day begins; for days of the period and the one after."""
        return self._midnights[day - self.first]

    def instant(self, day: int, wall: int) -> int:
        """When the wall clock shows so many seconds after midnight; a whole day is the next."""
        if day not in self.odd_days:
            return self.midnight(day) + wall
        return self._reaches(day + wall // DAY_SECONDS, wall % DAY_SECONDS)

    def day_of(self, instant: int) -> int:
        return datetime.fromtimestamp(instant, self.zone).toordinal()

    def stretches(self) -> list[Stretch]:
        """The period, cut where the clock changes."""
        pieces: list[Stretch] = []
        for day in range(self.first, self.last + 1):
            begins, ends = self.midnight(day), self.midnight(day + 1)
            if day not in self.odd_days:
                pieces.append(Stretch(begins, ends, (day - EPOCH_DAY) * DAY_SECONDS - begins))
                continue
            for ahead, quarters in groupby(range(begins, ends, QUARTER), self._ahead):
                start, *more = quarters
                pieces.append(Stretch(start, (more or [start])[-1] + QUARTER, ahead))
        return [
            Stretch(some[0].begins, some[-1].ends, ahead)
            for ahead, group in groupby(pieces, lambda piece: piece.ahead)
            for some in [list(group)]
        ]

    def _ahead(self, instant: int) -> int:
        offset = datetime.fromtimestamp(instant, self.zone).utcoffset() or timedelta(0)
        return int(offset.total_seconds())

    def _reaches(self, day: int, wall: int) -> int:
        clock = time(wall // 3600, wall // 60 % 60, wall % 60)
        return int(to_instant(date.fromordinal(day), clock, self.zone).timestamp())


def instant_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
