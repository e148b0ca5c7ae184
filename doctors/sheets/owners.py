"""Which doctor and which place a cell means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from accounts.parts import in_parts
from accounts.sheets.cells import Names
from doctors.models import Doctor, Location, WorkingHours

NO_DOCTOR = _("There is no doctor with this address. It stands in the exported file of doctors.")
NO_PLACE = _("There is no place of this name. Write it as the list of places does, with its town.")


def doctors_by_slug(
    slugs: Iterable[str], *related: str | Prefetch, lock: bool
) -> dict[str, Doctor]:
    """With what is `related`; locked in one order, lest two who do this wait for each other."""
    found = Doctor.objects.order_by("pk").prefetch_related(*related)
    if lock:
        found = found.select_for_update(no_key=True)
    parts = in_parts(sorted(set(slugs) - {""}))
    return {doctor.slug: doctor for part in parts for doctor in found.filter(slug__in=part)}


def named_places() -> list[tuple[str, Location]]:
    """All places with the names they have in files: those of the same name with a number."""
    places = list(Location.objects.all())
    of_name = Counter(str(place).casefold() for place in places)
    return [
        (f"{place} #{place.pk}" if of_name[str(place).casefold()] > 1 else str(place), place)
        for place in places
    ]


def zones_of_doctors() -> dict[int, ZoneInfo]:
    """By the ids of the doctors who work somewhere: the zone of the first of their `places`."""
    places = Location.objects.in_bulk()
    rows = WorkingHours.objects.order_by().values_list(
        "doctor_id", "location_id", "valid_from", "valid_until"
    )
    first: dict[int, tuple[bool, str, int]] = {}
    for doctor, place, begin, end in rows.distinct():
        own = (begin is not None and begin == end, str(places[place]), place)  # extra hours last
        first[doctor] = min(first.get(doctor, own), own)
    return {doctor: places[place].zone for doctor, (_extra, _name, place) in first.items()}


def places_by_name() -> Names:
    return Names(named_places())


def names_of_places() -> dict[int, str]:
    return {place.pk: name for name, place in named_places()}
