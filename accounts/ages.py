"""How old people are. Pure; the standard library only."""

from __future__ import annotations

from datetime import date


def age_on(day: date, born: date | None) -> int | None:
    """Whole years on `day`; None where nobody knows, or of who is not born yet.

    Who was born on 29 February is a year older on 1 March where there is no such day.
    """
    if born is None or born > day:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
