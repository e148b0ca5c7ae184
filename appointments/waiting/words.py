"""How a place on the waiting list is said: what for, which days and hours suit, which number."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from doctors.wall_clock import day, time_of_day, weekday

if TYPE_CHECKING:
    from appointments.waiting.models import WaitingEntry

WEEK = range(7)
EVERY_DAY = 0b1111111  # as waiting/models.py has it, which is not for pure modules
WORKING_DAYS = 0b0011111
MIDDAY = time(12)


def day_name(number: int) -> str:
    """Monday for 0."""
    return weekday(date(2024, 1, 1 + number))  # that was a Monday


def days_of(weekdays: int) -> list[int]:
    """The days in a number of bits: [0, 4] for Monday and Friday."""
    return [number for number in WEEK if weekdays >> number & 1]


def bits_of(days: list[int]) -> int:
    return sum(1 << number for number in set(days))


def what_for(entry: WaitingEntry) -> str:
    """Consultation with Dr. Smith; or Cardiologist in Hyderabad, any doctor."""
    if entry.doctor is not None and entry.visit_type is not None:
        words = {"kind": entry.visit_type.name, "doctor": entry.doctor.name}
        return _("%(kind)s with %(doctor)s") % words
    title = entry.specialty.title if entry.specialty else ""
    if not entry.city:
        return _("Any %(title)s") % {"title": title}
    return _("Any %(title)s in %(city)s") % {"title": title, "city": entry.city}


def days_in_words(weekdays: int) -> str:
    if weekdays == EVERY_DAY:
        return _("Any day of the week")
    if weekdays == WORKING_DAYS:
        words = {"first": day_name(0), "last": day_name(4)}
        return _("%(first)s to %(last)s") % words
    return get_text_list([day_name(number) for number in days_of(weekdays)], _("or"))


def hours_in_words(from_time: time | None, to_time: time | None) -> str:
    if from_time is None and to_time is None:
        return _("at any hour")
    if from_time is None or to_time is None:
        if to_time is not None:
            return _("before %(time)s") % {"time": time_of_day(to_time)}
        return _("from %(time)s on") % {"time": time_of_day(from_time or MIDDAY)}
    words = {"from": time_of_day(from_time), "to": time_of_day(to_time)}
    return _("between %(from)s and %(to)s") % words


def until_in_words(first_day: date, last_day: date, today: date) -> str:
    if first_day > today:
        words = {"first": day(first_day), "last": day(last_day)}
        return _("from %(first)s until %(last)s") % words
    return _("until %(last)s") % {"last": day(last_day)}


def wishes_in_words(entry: WaitingEntry, today: date) -> str:
    """Monday or Friday, before midday, until Wednesday 1 April 2026"""
    return ", ".join(
        [
            days_in_words(entry.weekdays),
            hours_in_words(entry.from_time, entry.to_time),
            until_in_words(entry.first_day, entry.last_day, today),
        ]
    )


def place_in_words(place: int) -> str:
    if place == 1:
        return _("You are first in line.")
    return _("You are number %(place)s in line.") % {"place": place}
