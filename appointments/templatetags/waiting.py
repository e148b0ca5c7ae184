"""The waiting list in words, in templates: {{ entry|wishes }}."""

from django import template
from django.utils import timezone

from appointments.models import WaitingEntry
from appointments.waiting import words
from appointments.waiting.next_in_line import held_instead

register = template.Library()

register.filter("what_for", words.what_for)
register.filter("place_in_words", words.place_in_words)
register.filter("held_instead", held_instead)


@register.filter
def wishes(entry: WaitingEntry) -> str:
    return words.wishes_in_words(entry, timezone.now().date())
