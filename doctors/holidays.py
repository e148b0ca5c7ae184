"""Public holidays by country and region (ISO 3166-1 and 3166-2), from the `holidays` library."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from doctors.availability import DAY, to_instant


@lru_cache(maxsize=1)
def known_calendars() -> frozenset[str]:
    """Every calendar by its code: IN, IN-TS."""
    return frozenset(
        code
        for country, regions in holidays.list_supported_countries(include_aliases=False).items()
        for code in (country, *(f"{country}-{region}" for region in regions))
    )


def public_holidays(calendar: str, first: date, last: date) -> list[tuple[date, str]]:
    """The public holidays from `first` to `last`, both included, each once, by date."""
    country, _, region = calendar.partition("-")
    years = range(first.year, last.year + 1)
    found = holidays.country_holidays(country, subdiv=region or None, years=years)
    return sorted((day, name) for day, name in found.items() if first <= day <= last)


def whole_day(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """[midnight, next midnight) on the calendar of the zone."""
    return to_instant(day, time.min, zone), to_instant(day + DAY, time.min, zone)


def not_closed(
    days: Iterable[tuple[date, str]], closures: list[tuple[datetime, datetime]], zone: ZoneInfo
) -> list[tuple[date, str]]:
    """Those of the days that no one of the closures, from-until, covers whole."""
    return [
        (day, name)
        for day, name in days
        if not any(
            start <= whole_day(day, zone)[0] and whole_day(day, zone)[1] <= end
            for start, end in closures
        )
    ]
