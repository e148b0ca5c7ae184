"""The words of acting for others: whom a visit is for, and as what one acts. Pure."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

RELATIONS = {"parent": _("your child"), "carer": _("in your care")}
FOR_WHOM = {
    "parent": _("%(name)s (your child)"),
    "carer": _("%(name)s (in your care)"),
    "other": _("%(name)s (you act for them)"),
}
AS_WHAT = {
    "parent": _("as a parent"),
    "carer": _("as a carer"),
}


def for_whom(name: str, relation: str) -> str:
    """Ravi Rao (your child); the name alone of oneself, and of those one does not act for."""
    return str(FOR_WHOM[relation]) % {"name": name} if relation in FOR_WHOM else name


def as_what(relation: str) -> str:
    """As what one acts for another: as a parent; empty where there is nothing to say."""
    return str(AS_WHAT.get(relation, ""))
