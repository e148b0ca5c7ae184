"""Public holidays by country and region (ISO 3166-1 and 3166-2), from the `holidays` library."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays


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
