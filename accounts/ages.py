"""How old people are, in days and in words. Pure but for the reader's language."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import ngettext

WEEK = timedelta(days=7)
IN_WEEKS = timedelta(days=61)  # so long a baby's age is told in weeks
IN_MONTHS = 24  # and then in months
OF_AGE = 18  # years; from the birthday on, by the date in UTC, nobody is anybody's child here


def birthday(born: date, years: int) -> date:
    """The day on which who was `born` then is so many years old.

    Who was born on 29 February is a year older on 1 March where there is no such day.
    """
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def born_by(on: date, years: int) -> date:
    """The latest date of birth of who is at least so many years old on that day."""
    try:
        return on.replace(year=on.year - years)
    except ValueError:
        return date(on.year - years, 2, 28)


def is_of_age(born: date | None, on: date) -> bool:
    """Whether they are of age on that day; of whom it is not known, not."""
    return born is not None and born <= born_by(on, OF_AGE)


def age_in_words(born: date | None, on: date) -> str:
    """34 years; of small children 14 months, 3 weeks. Nothing for who is born later, or unknown.

    Who was born on 29 February is a year older on 1 March where there is no such day.
    """
    if born is None or born > on:
        return ""
    if on - born < IN_WEEKS:
        weeks = (on - born) // WEEK
        return ngettext("%(count)s week", "%(count)s weeks", weeks) % {"count": weeks}
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months < IN_MONTHS:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    years = months // 12
    return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}
