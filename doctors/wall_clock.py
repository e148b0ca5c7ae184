"""How instants are said to a reader: on the wall clock of a place, in the reader's language.

The words follow the NHS service manual, "Dates and times": Wednesday 6 August 2026, 5:30pm,
midday, midnight.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, gettext, ngettext, pgettext


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """5:30pm, midday or midnight; in a language with a 24-hour clock, as that language does."""
    local = instant.astimezone(zone)
    return _clock(local.hour, local.minute, get_language())


def time_of_day(wall: time) -> str:
    """5:30pm, midday or midnight, of a time that is no instant."""
    return _clock(wall.hour, wall.minute, get_language())


def day(when: date) -> str:
    """Wednesday 25 November 2026. A datetime is said as it stands: bring it to its zone first."""
    # Translators: a full date, in the letters of Django's `date` filter.
    return _date(when, gettext("l j F Y"))


def short_day(when: date) -> str:
    """Wed 25 November"""
    # Translators: a short date without the year, in the letters of Django's `date` filter.
    return _date(when, gettext("D j F"))


def weekday(when: date) -> str:
    """Wednesday"""
    # Translators: a day of the week, in the letters of Django's `date` filter.
    return _date(when, gettext("l"))


def date_of_year(when: date) -> str:
    """25 November"""
    # Translators: a date without weekday and year, in the letters of Django's `date` filter.
    return _date(when, gettext("j F"))


def date_with_year(when: date) -> str:
    """25 November 2026"""
    # Translators: a date with its year, without the weekday, in the letters of the `date` filter.
    return _date(when, gettext("j F Y"))


def day_and_clock(instant: datetime, zone: ZoneInfo) -> str:
    """Wednesday 25 November 2026, 9:30am"""
    return f"{day(instant.astimezone(zone))}, {clock(instant, zone)}"


def time_name(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Wednesday 25 November, 9:30am, 30 minutes"""
    minutes = (end - start) // timedelta(minutes=1)
    # Translators: a date without the year, in the letters of Django's `date` filter.
    day = _date(start.astimezone(zone), gettext("l j F"))
    return _whole(minutes, get_language()) % {"day": day, "clock": clock(start, zone)}


@lru_cache(maxsize=8192)
def written(instant: datetime) -> str:
    """2026-11-25T04:00:00Z (RFC 3339)"""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# A page of times says the same few days and hours again and again, and putting a date into words
# takes longer than all else about it.


def _date(when: date, pattern: str) -> str:
    return _formatted(when.year, when.month, when.day, pattern, get_language())


@lru_cache(maxsize=4096)
def _formatted(year: int, month: int, day: int, pattern: str, language: str | None) -> str:
    return date_format(date(year, month, day), pattern)


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, language: str | None) -> str:
    if (hour, minute) == (12, 0):
        return gettext("midday")
    if (hour, minute) == (0, 0):
        return gettext("midnight")
    if get_format("TIME_FORMAT") != "P":
        return date_format(datetime(2000, 1, 1, hour, minute, tzinfo=UTC), "TIME_FORMAT")
    half = pgettext("time", "am") if hour < 12 else pgettext("time", "pm")
    return f"{hour % 12 or 12}:{minute:02}{half}"


@lru_cache(maxsize=256)
def _whole(minutes: int, language: str | None) -> str:
    words = ngettext(
        "%(day)s, %(clock)s, %(minutes)s minute", "%(day)s, %(clock)s, %(minutes)s minutes", minutes
    )
    return words % {"day": "%(day)s", "clock": "%(clock)s", "minutes": minutes}
