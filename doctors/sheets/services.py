"""Many doctors, and much time off, at once, as a sheet says. It has checked each line before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.parts import AT_ONCE, in_parts
from doctors.joining.services import free_slug
from doctors.models import Doctor, TimeOff

DETAILS = (
    "name",
    "specialty",
    "bio",
    "confirms_bookings",
    "step_minutes",
    "max_visits_per_day",
)


@transaction.atomic
def add_doctors(*, details: Iterable[Mapping[str, Any]]) -> list[Doctor]:
    """Enter doctors who wait for the clinic's approval; `slug` may be empty.

    Raises IntegrityError if somebody else has taken an address.
    """
    added = {}
    # Those with an address come first, so that none made from a name is in their way.
    for fields in sorted(details, key=lambda fields: not fields["slug"]):
        slug = fields["slug"] or free_slug(fields["name"])
        doctor = Doctor.objects.create(name=fields["name"], slug=slug)
        added[doctor.pk] = {name: value for name, value in fields.items() if name != "slug"}
    return change_doctors(details=added)


@transaction.atomic
def change_doctors(*, details: Mapping[int, Mapping[str, Any]]) -> list[Doctor]:
    """Change what is told of each doctor, by their ids; `languages` are ids."""
    rows = []
    spoken = []
    for pk, fields in details.items():
        own = dict(fields)
        spoken += [(pk, language) for language in own.pop("languages")]
        rows.append(Doctor(pk=pk, **own))
    Doctor.objects.bulk_update(rows, DETAILS, batch_size=AT_ONCE)
    _speak(rows, spoken)
    return rows


def _speak(doctors: Sequence[Doctor], spoken: Iterable[tuple[int, int]]) -> None:
    """Replace the languages of these doctors."""
    through = Doctor.languages.through
    for part in in_parts(doctors):
        through.objects.filter(doctor__in=part).delete()
    rows = [through(doctor_id=doctor, language_id=language) for doctor, language in spoken]
    through.objects.bulk_create(rows, batch_size=AT_ONCE)


@transaction.atomic
def add_all_time_off(*, rows: Iterable[Mapping[str, Any]]) -> list[TimeOff]:
    return TimeOff.objects.bulk_create([TimeOff(**fields) for fields in rows], batch_size=AT_ONCE)


@transaction.atomic
def change_reasons(*, reasons: Mapping[int, str]) -> list[TimeOff]:
    """Change the reason of each time off, by their ids."""
    every = TimeOff.objects.select_related("doctor", "location")
    rows = [off for part in in_parts(reasons) for off in every.filter(pk__in=part)]
    for off in rows:
        off.reason = reasons[off.pk]
    TimeOff.objects.bulk_update(rows, ["reason"], batch_size=AT_ONCE)
    return rows
