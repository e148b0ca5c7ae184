"""What the desk asks about a patient: who may act for them, and how reliable visits were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet

from accounts.models import Patient, PatientAccess
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.querysets import BLOCKING

Status = Appointment.Status


def with_people(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """With `acting`: who may act for them now, each login with its `own` person."""
    own = PatientAccess.objects.active().filter(relation="self").select_related("patient")
    acting = (
        PatientAccess.objects.active()
        .select_related("user")
        .prefetch_related(Prefetch("user__accesses", own, to_attr="own"))
        .order_by("id")
    )
    return patients.prefetch_related(Prefetch("accesses", acting, to_attr="acting"))


@dataclass(frozen=True)
class Record:
    """How many visits took place, were missed, were cancelled, were cancelled late."""

    seen: int
    missed: int
    cancelled: int
    cancelled_late: int


def record_of(patient: Patient, *, now: datetime, policy: BookingPolicy) -> Record:
    """Late is what patients themselves could not have cancelled any more."""
    over = Q(status__in=("confirmed", "checked_in"), end__lte=now)
    counts = Appointment.objects.filter(patient=patient).aggregate(
        seen=Count("pk", Q(status="completed") | over),
        missed=Count("pk", Q(status="no_show")),
        cancelled=Count("pk", Q(status="cancelled")),
    )
    late = AppointmentEvent.objects.filter(
        appointment__patient=patient,
        kind=AppointmentEvent.Kind.CANCELLED,
        at__gt=F("start") - timedelta(hours=policy.cancel_notice_hours),
    )
    return Record(**counts, cancelled_late=late.count())


def upcoming(patient: Patient, now: datetime) -> QuerySet[Appointment, Any]:
    """The visits to come, or going on, the nearest first."""
    return Appointment.objects.upcoming(now).filter(patient=patient).with_details()


def past(patient: Patient, now: datetime) -> QuerySet[Appointment, Any]:
    """All others, the latest first."""
    over = ~Q(status__in=BLOCKING) | Q(end__lte=now)
    return Appointment.objects.filter(over, patient=patient).with_details().order_by("-start", "id")
