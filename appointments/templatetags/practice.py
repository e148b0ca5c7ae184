"""The words of a doctor's pages in templates: {{ day.free|length_in_words }}."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from appointments.practice import words
from appointments.practice.agenda import Hours
from doctors.wall_clock import clock

register = template.Library()

register.filter("length_in_words", words.length_in_words)


@register.filter
def hours_in_words(hours: Iterable[Hours]) -> str:
    """9:00am to 1:00pm and 2:00pm to 5:00pm"""
    spans = [
        _("%(opens)s to %(closes)s")
        % {
            "opens": clock(piece.start, piece.place.zone),
            "closes": clock(piece.end, piece.place.zone),
        }
        for piece in hours
    ]
    return get_text_list(spans, _("and"))
