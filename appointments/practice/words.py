"""Ages and lengths of time in words. Pure but for the reader's language."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

WEEK = timedelta(days=7)
IN_WEEKS = timedelta(days=61)  # so long a baby's age is told in weeks
IN_MONTHS = 24  # and then in months


def age_in_words(born: date, on: date) -> str:
    """34 years; of small children 14 months, 3 weeks. Nothing for who is born later."""
    if born > on:
        return ""
    if on - born < IN_WEEKS:
        weeks = (on - born) // WEEK
        return ngettext("%(count)s week", "%(count)s weeks", weeks) % {"count": weeks}
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    if months < IN_MONTHS:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    years = months // 12
    return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}


def length_in_words(length: timedelta) -> str:
    """2 hours 30 minutes; what is less than a minute is left out."""
    hours, minutes = divmod(length // timedelta(minutes=1), 60)
    in_hours = ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    in_minutes = ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    if not hours:
        return in_minutes
    if not minutes:
        return in_hours
    return _("%(hours)s %(minutes)s") % {"hours": in_hours, "minutes": in_minutes}
