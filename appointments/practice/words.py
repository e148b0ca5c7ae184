"""Lengths of time in words. Pure but for the reader's language."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


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
