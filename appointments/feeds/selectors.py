"""Whose calendar an address is, and what is in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from appointments.feeds.models import CalendarFeed
from appointments.models import Appointment
from appointments.querysets import AppointmentQuerySet
from doctors.limits import LONGEST_HORIZON_DAYS
from doctors.models import Doctor

PAST = timedelta(weeks=4)
AHEAD = timedelta(days=LONGEST_HORIZON_DAYS)


def feed_of(doctor: Doctor) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(doctor=doctor).first()


def feed_at(key: str) -> CalendarFeed | None:
    """The calendar at this address, with its doctor; only while the doctor is approved."""
    approved = CalendarFeed.objects.filter(doctor__status=Doctor.Status.APPROVED)
    return approved.select_related("doctor").filter(key=key).first()


def visits_in(feed: CalendarFeed, now: datetime) -> AppointmentQuerySet:
    """The visits that take, or took, the doctor's time: from some weeks ago on, as far as booked.

    With no more of them than a calendar tells.
    """
    taken = Appointment.objects.taking_a_turn().filter(doctor=feed.doctor_id)
    near = taken.filter(start__gte=now - PAST, start__lte=now + AHEAD).order_by("start", "id")
    return near.select_related("location", "patient").defer("reason")
