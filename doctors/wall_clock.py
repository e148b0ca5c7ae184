"""How instants are said to a reader: on the wall clock of a place, in the reader's language.

The words follow the NHS service manual, "Dates and times": Wednesday 6 August 2026, 5:30pm,
midday, midnight.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, get_format
from django.utils.translation import gettext, pgettext


def clock(instant: datetime, zone: ZoneInfo) -> str:
    """5:30pm, midday or midnight; in a language with a 24-hour clock, as that language does."""
    local = instant.astimezone(zone)
    if (local.hour, local.minute) == (12, 0):
        return gettext("midday")
    if (local.hour, local.minute) == (0, 0):
        return gettext("midnight")
    if get_format("TIME_FORMAT") != "P":
        return date_format(local, "TIME_FORMAT")
    half = pgettext("time", "am") if local.hour < 12 else pgettext("time", "pm")
    return f"{local.hour % 12 or 12}:{local.minute:02}{half}"


def day(when: date) -> str:
    """Wednesday 25 November 2026. A datetime is said as it stands: bring it to its zone first."""
    # Translators: a full date, in the letters of Django's `date` filter.
    return date_format(when, gettext("l j F Y"))


def short_day(when: date) -> str:
    """Wed 25 November"""
    # Translators: a short date without the year, in the letters of Django's `date` filter.
    return date_format(when, gettext("D j F"))


def day_and_clock(instant: datetime, zone: ZoneInfo) -> str:
    """Wednesday 25 November 2026, 9:30am"""
    return f"{day(instant.astimezone(zone))}, {clock(instant, zone)}"
