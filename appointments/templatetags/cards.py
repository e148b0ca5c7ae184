"""Lists of doctors in templates: {% draw_cards cards "h2" %}."""

from django import template
from django.utils.safestring import SafeString

from appointments.cards import Card, draw

register = template.Library()


@register.simple_tag
def draw_cards(cards: list[Card], heading: str) -> SafeString:
    return draw(cards, heading)
