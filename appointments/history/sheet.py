"""A person's visits as lines of a spreadsheet, and as many of them as there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from appointments.models import Appointment
from appointments.panels import state_of
from appointments.querysets import AppointmentQuerySet

AT_ONCE = 50  # visits in memory, twice: those told and those read next


def rows_of(visits: AppointmentQuerySet, *, reader: User, now: datetime) -> Iterator[Sequence[Any]]:
    """The names of the columns, then a row a visit; read a part at a time."""
    yield (
        _("Date"),
        _("From"),
        _("To"),
        _("Time zone"),
        _("State"),
        _("Who it is for"),
        _("Doctor"),
        _("Specialty"),
        _("Visit type"),
        _("What for"),
        _("Place"),
        _("Address"),
        _("Town"),
        _("Country"),
    )
    for visit in visits.with_details().iterator(chunk_size=AT_ONCE):
        yield _row(visit, state_of(visit, reader, now))


def _row(visit: Appointment, state: str) -> Sequence[Any]:
    place, specialty = visit.location, visit.doctor.specialty
    start, end = visit.start.astimezone(place.zone), visit.end.astimezone(place.zone)
    return (
        start.date().isoformat(),
        f"{start:%H:%M}",
        f"{end:%H:%M}",
        place.time_zone,
        state,
        visit.patient.name,
        visit.doctor.name,
        specialty.name if specialty else "",
        visit.visit_type.name,
        visit.reason,
        place.name,
        place.address,
        place.city,
        place.country,
    )
