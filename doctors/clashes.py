"""Whether working hours are ever at the same time. Pure; the standard library only.

Forms, the admin and the API ask here. Hours are compared as instants, so that those of two zones
and those across a clock change are judged rightly. What would only hold before 1900 or after 2200
is never looked at.
"""

from __future__ import annotations

from datetime import date, datetime, time
from math import lcm
from typing import Any, Protocol

from doctors.availability import DAY, to_instant

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
SOME_DAY = date(2026, 1, 1)  # hours without dates are the same in any year
WEEKS_OF_A_YEAR = 53
WEEK = 7 * DAY


class Hours(Protocol):
    """Working hours: a row of the table, or a Window. The location has a `zone`."""

    @property
    def weekday(self) -> int: ...
    @property
    def opens(self) -> time: ...
    @property
    def closes(self) -> time: ...
    @property
    def closes_next_day(self) -> bool: ...
    @property
    def every_weeks(self) -> int: ...
    @property
    def valid_from(self) -> date | None: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def location(self) -> Any: ...


def at_the_same_time(one: Hours, other: Hours) -> bool:
    """Whether two windows ever share an instant."""
    apart = (other.weekday - one.weekday + 3) % 7 - 3  # days from one to the other
    weeks = lcm(one.every_weeks, other.every_weeks)
    if one.location.zone != other.location.zone:
        weeks = max(weeks, WEEKS_OF_A_YEAR)  # the clocks there may change on different days
    elif not _meet(_on_the_clock(one), _on_the_clock(other, apart)):
        return False  # what is apart on one clock is never at the same time
    begin = _first_day(
        max(filter(None, (one.valid_from, other.valid_from)), default=None),
        min(filter(None, (one.valid_until, other.valid_until)), default=None),
        weeks,
    )
    return any(
        happens_on(one, day)
        and happens_on(other, day + apart * DAY)
        and _meet(span(one, day), span(other, day + apart * DAY))
        for day in _weekly(one.weekday, begin, weeks)
    )


def ever_happens(hours: Hours) -> bool:
    """Whether there is such a day of the week between the validity dates."""
    begin = _first_day(hours.valid_from, hours.valid_until, hours.every_weeks)
    days = _weekly(hours.weekday, begin, hours.every_weeks)
    return any(happens_on(hours, day) for day in days)


def happens_on(hours: Hours, day: date) -> bool:
    """Whether the hours open on this day of their place's calendar."""
    if day.weekday() != hours.weekday:
        return False
    if not (hours.valid_from or day) <= day <= (hours.valid_until or day):
        return False
    if hours.every_weeks == 1 or hours.valid_from is None:
        return True
    monday = hours.valid_from - DAY * hours.valid_from.weekday()
    return (day - monday).days // 7 % hours.every_weeks == 0


def span(hours: Hours, day: date) -> tuple[datetime, datetime]:
    """[opening, closing) of the hours that open on `day`."""
    zone = hours.location.zone
    until = day + DAY if hours.closes_next_day else day
    return to_instant(day, hours.opens, zone), to_instant(until, hours.closes, zone)


def ends_next_day(closes: time, said: bool) -> bool:
    """Hours to midnight end on the next day, whether or not that was said."""
    return said or closes == time.min


def _on_the_clock(hours: Hours, days: int = 0) -> tuple[datetime, datetime]:
    """[opening, closing) as the wall clock shows it, so many days after some day."""
    day = SOME_DAY + days * DAY
    until = day + DAY if hours.closes_next_day else day
    return datetime.combine(day, hours.opens), datetime.combine(until, hours.closes)


def _meet(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _first_day(valid_from: date | None, valid_until: date | None, weeks: int) -> date:
    """From where on the weeks are looked at."""
    begin = valid_from or (valid_until or SOME_DAY)
    begin = min(max(begin, EARLIEST), LATEST)
    return begin if valid_from else begin - weeks * WEEK


def _weekly(weekday: int, begin: date, weeks: int) -> list[date]:
    """So many weeks of this day, and one before and one after them."""
    first = begin - WEEK + DAY * ((weekday - begin.weekday()) % 7)
    return [first + number * WEEK for number in range(weeks + 3)]
