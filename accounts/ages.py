"""How old people are, in words. Pure but for the reader's language."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import ngettext

WEEK = timedelta(days=7)
IN_WEEKS = timedelta(days=61)  # so long a baby's age is told in weeks
IN_MONTHS = 24  # and then in months


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
