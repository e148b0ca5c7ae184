"""The words of acting for others in templates: {{ access.relation|as_what }}."""

from __future__ import annotations

from django import template

from accounts.ages import age_in_words
from accounts.family.selectors import name_of
from accounts.family.words import RELATIONS, as_what, for_whom

register = template.Library()

register.filter("as_what", as_what)
register.filter("called", name_of)
register.filter("for_whom", for_whom)
register.filter("age", age_in_words)


@register.filter
def acting_words(relation: str) -> str:
    """Your child, in your care; of others nothing more is to be said."""
    return str(RELATIONS.get(relation, ""))
