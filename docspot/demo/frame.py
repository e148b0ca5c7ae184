"""The time that the made-up clinic covers, and its clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = 60, 3600, 24 * 3600
EPOCH = date(1970, 1, 1).toordinal()
DAYS_BACK, DAYS_AHEAD = 120, 60
YEARS_BACK = 2100  # days; the clinic was there before any visit


@dataclass(frozen=True)
class Frame:
    """`now` is the midnight in UTC with which `today` begins; what is before it is over."""

    seed: int
    today: int

    @cached_property
    def now(self) -> int:
        return (self.today - EPOCH) * DAY

    @property
    def first_day(self) -> int:
        return self.today - DAYS_BACK

    @property
    def last_day(self) -> int:
        return self.today + DAYS_AHEAD

    @property
    def anchor(self) -> int:
        """The Monday from which alternating weeks are counted."""
        day = self.today - YEARS_BACK
        return day - weekday(day)


def weekday(day: int) -> int:
    """0 is Monday, as was the first day of all."""
    return (day - 1) % 7


@lru_cache(maxsize=400_000)  # the minutes of all the days that are covered
def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=100_000)
def midnight(zone: str, day: int) -> int | None:
    """When the day begins there; None if the clock changes on it or on the next."""
    place = ZoneInfo(zone)
    begins = [
        datetime.combine(date.fromordinal(day + later), time.min, tzinfo=place)
        for later in range(3)
    ]
    same = len({one.utcoffset() for one in begins}) == 1
    return int(begins[0].timestamp()) if same else None


def local_midnight(zone: str, day: int) -> datetime:
    """The same on every day, as an instant in UTC."""
    begins = datetime.combine(date.fromordinal(day), time.min, tzinfo=ZoneInfo(zone))
    return begins.astimezone(UTC)
