"""The words of doctors/wall_clock.py in templates: {{ slot.start|clock:slot.location }}."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext

from doctors import wall_clock
from doctors.models import Location

register = template.Library()


@register.filter
def clock(instant: datetime, location: Location) -> str:
    return wall_clock.clock(instant, location.zone)


@register.filter
def day(instant: datetime, location: Location) -> str:
    return wall_clock.day(instant.astimezone(location.zone))


@register.filter
def short_day(instant: datetime, location: Location) -> str:
    return wall_clock.short_day(instant.astimezone(location.zone))


@register.filter
def local_date(instant: datetime, location: Location) -> date:
    return instant.astimezone(location.zone).date()


@register.filter
def say_date(when: date) -> str:
    return wall_clock.day(when)


@register.filter
def say_short_date(when: date) -> str:
    return wall_clock.short_day(when)


register.filter("say_time", wall_clock.time_of_day)


@register.filter
def say_date_with_year(when: date) -> str:
    """31 March 1980"""
    return wall_clock.date_with_year(when)


register.filter("say_weekday", wall_clock.weekday)
register.filter("say_date_of_year", wall_clock.date_of_year)
register.filter("iso_utc", wall_clock.written)


@register.simple_tag
def zone_note(location: Location, instant: datetime | None = None) -> str:
    """Whose clock is meant, with the short name of its zone at `instant`, or else now."""
    zone = (instant or timezone.now()).astimezone(location.zone).strftime("%Z")
    name = location.city if zone[:1] in "+-" else f"{location.city} ({zone})"
    return gettext("All times are local to %(place)s.") % {"place": name}
