"""Who sees which appointments, and the usual ways to ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from appointments.permissions import sees_all

if TYPE_CHECKING:
    from accounts.models import User

LONGEST_VISIT = timedelta(days=1)
BLOCKING = ("pending", "confirmed", "checked_in")
MOVABLE = ("pending", "confirmed")
# What settles the time of a visit, until its patient is asked to choose another ("offered").
SETTLING = ("requested", "confirmed", "moved")


def is_question(status: str, kinds: Iterable[str]) -> bool:
    """Whether a visit with these events, in order, waits for its patient to choose a new time."""
    last = [kind for kind in kinds if kind == "offered" or kind in SETTLING][-1:]
    return status in MOVABLE and last == ["offered"]


def was_asked_last() -> Exists:
    """Of an appointment: that nothing has settled its time since its patient was asked."""
    events = apps.get_model("appointments", "AppointmentEvent")._default_manager
    settled = events.filter(
        appointment=OuterRef("appointment"), kind__in=SETTLING, pk__gt=OuterRef("pk")
    )
    asking = events.filter(appointment=OuterRef("pk"), kind="offered")
    return Exists(asking.exclude(Exists(settled)))


def made_way_for_an_offer() -> Exists:
    """Of a cancelling: that it gave the visit back for an earlier time of the waiting list."""
    offers = apps.get_model("appointments", "WaitingOffer")._default_manager
    return Exists(
        offers.filter(
            entry__instead_of=OuterRef("appointment"), status="accepted", answered_at=OuterRef("at")
        )
    )


def is_promise(status: str, kinds: Iterable[str]) -> bool:
    """Whether somebody said that the patient will come, to the time that the visit has now."""
    last = [kind for kind in kinds if kind in (*SETTLING, "offered", "attends")][-1:]
    return status == "confirmed" and last == ["attends"]


class AppointmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> AppointmentQuerySet:
        """All, or those of the patients one may act for and of the doctor one is."""
        if not user.is_authenticated:
            return self.none()
        if sees_all(user):
            return self
        return self.filter(
            Q(
                patient__in=user.accesses.filter(ended_at=None).values("patient"),
            )
            | Q(doctor__user=user, doctor__status="approved")
        )

    def of_patients_of(self, user: User) -> AppointmentQuerySet:
        """Those of the patients one may act for: a person's own list, whoever else they are."""
        return self.filter(patient__in=user.accesses.filter(ended_at=None).values("patient"))

    def blocking(self) -> AppointmentQuerySet:
        """Those that keep their time from others."""
        return self.filter(status__in=BLOCKING)

    def taking_a_turn(self) -> AppointmentQuerySet:
        """Those that count for the daily maximum: all that block their time, or did so."""
        return self.filter(status__in=(*BLOCKING, "completed", "no_show"))

    def seen(self, now: datetime) -> AppointmentQuerySet:
        """Those that have begun and, as far as anybody noted, took place."""
        return self.filter(status__in=("confirmed", "checked_in", "completed"), start__lte=now)

    def meeting(self, start: datetime, end: datetime) -> AppointmentQuerySet:
        """Those that share an instant with [start, end). No visit is longer than a day."""
        return self.filter(start__lt=end, start__gt=start - LONGEST_VISIT, end__gt=start)

    def waiting_too_long(self, now: datetime) -> AppointmentQuerySet:
        """Requests that nobody has answered in the time in which they were to be answered."""
        in_time = Q(answer_by__lte=now) | Q(answer_by=None, start__lte=now)
        return self.filter(in_time, status="pending")

    def asked(self) -> AppointmentQuerySet:
        """Those whose patients were asked to choose another time and have not: `is_question`."""
        return self.filter(was_asked_last(), status__in=MOVABLE)

    def promised(self) -> AppointmentQuerySet:
        """Those to which somebody said that the patient will come: `is_promise`."""
        return self.filter(_said_to_come())

    def with_promises(self) -> AppointmentQuerySet:
        """Each with `is_promised`, where the events are not read."""
        return self.annotate(is_promised=_said_to_come())

    def upcoming(self, now: datetime) -> AppointmentQuerySet:
        """Those still to come or going on, nearest first."""
        begun = now - LONGEST_VISIT  # what the index can be asked by
        return self.blocking().filter(start__gt=begun, end__gt=now).order_by("start", "id")

    def with_details(self) -> AppointmentQuerySet:
        """All that a row of a list tells, without a query per row."""
        return self.select_related(
            "doctor__specialty", "patient", "visit_type", "location"
        ).prefetch_related("events")


def _said_to_come() -> Q:
    events = apps.get_model("appointments", "AppointmentEvent")._default_manager
    later = events.filter(
        appointment=OuterRef("appointment"), kind__in=(*SETTLING, "offered"), pk__gt=OuterRef("pk")
    )
    said = events.filter(appointment=OuterRef("pk"), kind="attends")
    return Q(status="confirmed") & Q(Exists(said.exclude(Exists(later))))
