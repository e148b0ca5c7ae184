"""A patient who stands at the desk: taken in at once, or booked for a gap of the day."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import Patient, User
from appointments.models import Appointment
from appointments.rules import is_about_to_begin, next_minute
from appointments.services.booking import book
from appointments.services.changes import check_in
from doctors.models import Doctor, VisitType


@transaction.atomic
def take_in(
    *,
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    by: User,
    now: datetime,
    start: datetime | None = None,
    reason: str = "",
) -> Appointment:
    """Book a patient who is there: from the next minute on, or at `start`, a free time.

    A visit that is about to begin has its patient checked in as well. Raises what `book` raises.
    """
    appointment = book(
        doctor=doctor,
        patient=patient,
        visit_type=visit_type,
        start=start or next_minute(now),
        by=by,
        now=now,
        reason=reason,
        walk_in=True,
    )
    today = now.astimezone(appointment.location.zone).date()
    if is_about_to_begin(appointment.start, now) and appointment.local_day <= today:
        check_in(appointment=appointment, by=by, now=now)
    return appointment
