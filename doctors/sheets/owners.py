"""Which doctor and which place a cell means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from accounts.parts import in_parts
from accounts.sheets.cells import Names
from doctors.models import Doctor, Location, WorkingHours

NO_DOCTOR = _("There is no doctor with this address. It stands in the exported file of doctors.")
NO_PLACE = _("There is no place of this name. Write it as the list of places does, with its town.")


def doctors_by_slug(slugs: Iterable[str], *, lock: bool) -> dict[str, Doctor]:
    """With their hours; locked in one order, so that two who do this do not wait for each other."""
    found = Doctor.objects.order_by("pk")
    if lock:
        found = found.select_for_update(no_key=True)
    hours = Prefetch("working_hours", WorkingHours.objects.select_related("location"))
    known = {}
    for part in in_parts(sorted(set(slugs) - {""})):
        for doctor in found.filter(slug__in=part).prefetch_related(hours):
            known[doctor.slug] = doctor
    return known


def named_places() -> list[tuple[str, Location]]:
    """All places with the names they have in files: those of the same name with a number."""
    places = list(Location.objects.all())
    of_name = Counter(str(place).casefold() for place in places)
    return [
        (f"{place} #{place.pk}" if of_name[str(place).casefold()] > 1 else str(place), place)
        for place in places
    ]


def places_by_name() -> Names:
    return Names(named_places())


def names_of_places() -> dict[int, str]:
    return {place.pk: name for name, place in named_places()}
