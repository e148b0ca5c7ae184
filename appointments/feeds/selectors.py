"""Whose calendar an address is, and what is in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.selectors import patients_acted_for
from appointments.feeds.models import CalendarFeed, Feed, PersonFeed
from appointments.models import Appointment, AppointmentEvent
from appointments.querysets import AppointmentQuerySet
from doctors.limits import LONGEST_HORIZON_DAYS
from doctors.models import Doctor

PAST = timedelta(weeks=4)
AHEAD = timedelta(days=LONGEST_HORIZON_DAYS)
CANCELLED_SHOWN = timedelta(weeks=4)  # by then every calendar program has read of it
Kind = AppointmentEvent.Kind


def feeds_of(owner: Doctor | User) -> QuerySet[Feed]:
    """The one address of this calendar, or none."""
    if isinstance(owner, Doctor):
        return CalendarFeed.objects.filter(doctor=owner)
    return PersonFeed.objects.filter(user=owner)


def feed_at(key: str) -> CalendarFeed | None:
    """The doctor's calendar at this address; only while the doctor is approved."""
    approved = CalendarFeed.objects.filter(doctor__status=Doctor.Status.APPROVED)
    return approved.select_related("doctor").filter(key=key).first()


def person_feed_at(key: str) -> PersonFeed | None:
    """The person's calendar at this address; only while they may log in."""
    active = PersonFeed.objects.filter(user__is_active=True)
    return active.select_related("user").filter(key=key).first()


def visits_in(feed: CalendarFeed, now: datetime) -> AppointmentQuerySet:
    """The visits that take, or took, the doctor's time: from some weeks ago on, as far as booked.

    With no more of them than a calendar tells.
    """
    taken = Appointment.objects.taking_a_turn().filter(doctor=feed.doctor_id)
    return _told(taken, now).select_related("location", "patient")


def visits_for(patients: list[int], now: datetime) -> AppointmentQuerySet:
    """The visits of these patients that a person's calendar has, some weeks back and all to come.

    With those of late cancelled or declined, so that a calendar program hears of it.
    """
    ended = AppointmentEvent.objects.filter(
        appointment=OuterRef("pk"),
        kind__in=(Kind.CANCELLED, Kind.DECLINED, Kind.EXPIRED),
        at__gte=now - CANCELLED_SHOWN,
    )
    given_back = Q(status__in=("cancelled", "declined")) & Exists(ended)
    stands = ~Q(status__in=("cancelled", "declined", "no_show"))
    own = Appointment.objects.filter(stands | given_back, patient__in=patients)
    return _told(own, now).select_related("doctor", "location", "patient")


def patients_told_of(feed: PersonFeed) -> list[int]:
    """Those whom the owner of the address may act for now."""
    return patients_acted_for(feed.user)


def _told(visits: AppointmentQuerySet, now: datetime) -> AppointmentQuerySet:
    near = visits.filter(start__gte=now - PAST, start__lte=now + AHEAD)
    return near.order_by("start", "id").defer("reason")
