"""Free times in templates, one place for their look: a page may show a hundred of them."""

from functools import lru_cache

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from doctors import wall_clock
from doctors.availability import Slot
from doctors.templatetags.wall_clock import iso_utc

register = template.Library()


@register.simple_tag
def time_button(slot: Slot, visit_type: int, url: str, show_city: bool = False) -> SafeString:
    """One free time as a link to book it, below `url`.

    Its name is whole, for those who hear it out of its column. `show_city` is for a doctor who
    works in several places.
    """
    city = conditional_escape(slot.location.city) if show_city else ""
    clock = conditional_escape(wall_clock.clock(slot.start, slot.location.zone))
    return SafeString(
        f'<a class="btn time" href="{conditional_escape(url)}?visit_type={int(visit_type)}'
        f'&amp;start={_written(slot.start)}"><span aria-hidden="true">{clock}'
        + (f'<br><span class="small">{city}</span>' if city else "")
        + f'</span><span class="visually-hidden">{whole_name(slot, show_city)}</span></a>'
    )


@register.simple_tag
def whole_name(slot: Slot, show_city: bool = False) -> SafeString:
    """Wednesday 25 November, 9:30am, 30 minutes; and where, if there are several places."""
    name = wall_clock.time_name(slot.start, slot.end, slot.location.zone)
    return conditional_escape(f"{name}, {slot.location.city}" if show_city else name)


_written = lru_cache(maxsize=4096)(iso_utc)
