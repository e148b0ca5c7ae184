"""What a doctor's pages ask about the doctor's own visits."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.db.models import Count, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.practice.agenda import Held, Off
from appointments.querysets import AppointmentQuerySet
from appointments.selectors import held_times
from doctors.models import Doctor, Location, TimeOff

DAY = timedelta(days=1)
Status = Appointment.Status


def visits_of(doctor: Doctor) -> AppointmentQuerySet:
    """All visits with this doctor, and with nobody else, each with what a line tells of it."""
    own = Appointment.objects.filter(doctor=doctor)
    return own.select_related("patient", "visit_type", "location").with_promises()


def visits_by_day(doctor: Doctor, first_day: date, last_day: date) -> dict[date, list[Appointment]]:
    """The visits of some days, both included, in order; each on the calendar of its place."""
    # A local day begins up to 14 hours before or 12 after its UTC namesake.
    start, end = _midnight(first_day) - DAY, _midnight(last_day) + 2 * DAY
    found: dict[date, list[Appointment]] = defaultdict(list)
    for visit in visits_of(doctor).filter(start__gte=start, start__lt=end):
        if first_day <= visit.local_day <= last_day:
            found[visit.local_day].append(visit)
    return found


def time_off_between(doctor: Doctor, first_day: date, last_day: date) -> list[Off]:
    """When the doctor, or a place where they work, is away on some days; with the reason."""
    places: dict[int, Location] = {
        hours.location_id: hours.location for hours in doctor.working_hours.all()
    }
    start, end = _midnight(first_day) - DAY, _midnight(last_day) + 2 * DAY
    away = TimeOff.objects.filter(Q(doctor=doctor) | Q(location__in=places))
    return [
        Off(one.start, one.end, places.get(one.location_id or 0), one.reason)
        for one in away.filter(start__lt=end, end__gt=start)
    ]


def held_by_day(doctor: Doctor, first_day: date, last_day: date) -> dict[date, list[Held]]:
    """The times that are kept for somebody who waits, on the calendar of each place."""
    rows = held_times([doctor.pk], _midnight(first_day) - DAY, _midnight(last_day) + 2 * DAY)
    found: dict[date, list[Held]] = defaultdict(list)
    for one in rows.select_related("offer", "location").order_by("start"):
        local_day = one.start.astimezone(one.location.zone).date()
        found[local_day].append(Held(one.start, one.end, one.location, one.until))
    return found


def requests_to(doctor: Doctor) -> AppointmentQuerySet:
    """The requests that wait for this doctor's answer, the soonest deadline first."""
    waiting = visits_of(doctor).filter(status=Status.PENDING)
    return waiting.annotate(until=Coalesce("answer_by", "start")).order_by("until", "start", "id")


class History(NamedTuple):
    """How often somebody was here before, and how often they did not come."""

    seen: int = 0
    missed: int = 0


def history_with(doctor: Doctor, patients: set[int], now: datetime) -> dict[int, History]:
    """Of each of these patients, with this doctor alone; who was never here is left out."""
    past = Appointment.objects.filter(doctor=doctor, patient__in=patients, start__lte=now)
    seen = Count("pk", filter=Q(status__in=(Status.CONFIRMED, Status.CHECKED_IN, Status.COMPLETED)))
    missed = Count("pk", filter=Q(status=Status.NO_SHOW))
    counts = past.order_by().values("patient").annotate(seen=seen, missed=missed)
    rows = counts.values_list("patient", "seen", "missed")
    return {patient: History(here, missing) for patient, here, missing in rows if here or missing}


def other_visits(visit: Appointment) -> AppointmentQuerySet:
    """The other visits of the same patient with the same doctor, the latest first."""
    same = Appointment.objects.filter(doctor=visit.doctor_id, patient=visit.patient_id)
    return same.exclude(pk=visit.pk).select_related("visit_type", "location").order_by("-start")


def with_rule(visits: AppointmentQuerySet) -> AppointmentQuerySet:
    """With `misses_before_approval` as the clinic's rules have it: None where it counts nothing."""
    rule = BookingPolicy.objects.values("misses_before_approval")[:1]
    return visits.annotate(misses_before_approval=Subquery(rule))


def with_story(visits: AppointmentQuerySet) -> AppointmentQuerySet:
    return visits.prefetch_related(Prefetch("events", AppointmentEvent.objects.order_by("id")))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
