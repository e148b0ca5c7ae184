"""Free times in templates, one place for their look: a page may show a hundred of them."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from doctors import wall_clock
from doctors.availability import Slot

register = template.Library()


@register.simple_tag
def time_list(
    slots: Iterable[Slot], visit_type: int | str, url: str, show_city: bool = False
) -> SafeString:
    """Free times in a row, each as `time_button`."""
    items = (f"<li>{time_button(slot, visit_type, url, show_city)}</li>" for slot in slots)
    return SafeString(f'<ul class="times">{"".join(items)}</ul>')


@register.simple_tag
def time_button(slot: Slot, visit_type: int | str, url: str, show_city: bool = False) -> SafeString:
    """One free time as a link to book it, below `url`.

    Its name is whole, for those who hear it out of its column. `show_city` is for a doctor who
    works in several places. Without a visit type the page at `url` knows what for.
    """
    city = conditional_escape(slot.location.city) if show_city else ""
    kind = f"visit_type={int(visit_type)}&amp;" if visit_type else ""
    start, end, place = slot.start, slot.end, slot.location
    clock, name, written = _words(start, end, place.zone, get_language())
    return SafeString(
        f'<a class="btn time" href="{conditional_escape(url)}?{kind}'
        f'start={written}"><span aria-hidden="true">{clock}'
        + (f'<br><span class="small">{city}</span>' if city else "")
        + f'</span><span class="visually-hidden">{name}{", " if city else ""}{city}</span></a>'
    )


@register.simple_tag
def whole_name(slot: Slot) -> str:
    """Wednesday 25 November, 9:30am, 30 minutes"""
    return wall_clock.time_name(slot.start, slot.end, slot.location.zone)


@lru_cache(maxsize=8192)
def _words(start: datetime, end: datetime, zone: ZoneInfo, language: str) -> tuple[str, str, str]:
    return (
        conditional_escape(wall_clock.clock(start, zone)),
        conditional_escape(wall_clock.time_name(start, end, zone)),
        wall_clock.written(start),
    )
