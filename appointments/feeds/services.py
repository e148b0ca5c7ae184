"""The address of a doctor's calendar: made, made anew, taken away."""

from __future__ import annotations

import secrets
from datetime import datetime

from appointments.feeds.models import CalendarFeed
from doctors.models import Doctor

KEY_BYTES = 32  # from the system's own randomness: 256 bits cannot be guessed


def make_feed(*, doctor: Doctor, now: datetime) -> CalendarFeed:
    """The doctor's address; one that there is already stays as it is."""
    fresh = {"key": _new_key(), "made_at": now}
    return CalendarFeed.objects.get_or_create(doctor=doctor, defaults=fresh)[0]


def renew_feed(*, doctor: Doctor, now: datetime) -> bool:
    """Another address instead of the one there is, which ends; whether there was one."""
    feeds = CalendarFeed.objects.filter(doctor=doctor)
    return bool(feeds.update(key=_new_key(), made_at=now))


def show_names(*, doctor: Doctor, shows_names: bool) -> bool:
    """Whether the calendar tells who comes; returns whether there is one."""
    return bool(CalendarFeed.objects.filter(doctor=doctor).update(shows_names=shows_names))


def remove_feed(*, doctor: Doctor) -> None:
    """The address ends, and there is no other."""
    CalendarFeed.objects.filter(doctor=doctor).delete()


def _new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)
