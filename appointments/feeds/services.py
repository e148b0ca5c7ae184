"""The address of a calendar: made, made anew, taken away. `owner` is the doctor or the person."""

from __future__ import annotations

import secrets
from datetime import datetime

from accounts.models import User
from appointments.feeds.models import CalendarFeed, Feed, PersonFeed
from appointments.feeds.selectors import feeds_of
from doctors.models import Doctor

KEY_BYTES = 32  # from the system's own randomness: 256 bits cannot be guessed


def make_feed(*, owner: Doctor | User, now: datetime) -> Feed:
    """The owner's address; one that there is already stays as it is."""
    fresh = {"key": _new_key(), "made_at": now}
    if isinstance(owner, Doctor):
        return CalendarFeed.objects.get_or_create(doctor=owner, defaults=fresh)[0]
    return PersonFeed.objects.get_or_create(user=owner, defaults=fresh)[0]


def renew_feed(*, owner: Doctor | User, now: datetime) -> bool:
    """Another address instead of the one there is, which ends; whether there was one."""
    return bool(feeds_of(owner).update(key=_new_key(), made_at=now))


def show_names(*, doctor: Doctor, shows_names: bool) -> bool:
    """Whether the calendar tells who comes; returns whether there is one."""
    return bool(CalendarFeed.objects.filter(doctor=doctor).update(shows_names=shows_names))


def remove_feed(*, owner: Doctor | User) -> None:
    """The address ends, and there is no other."""
    feeds_of(owner).delete()


def _new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)
