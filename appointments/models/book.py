"""The appointment, its story, and times that are kept for somebody."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.querysets import BLOCKING, AppointmentQuerySet, is_promise, is_question
from doctors.models import Doctor, Location, VisitType
from doctors.wall_clock import day_and_clock


class Appointment(models.Model):
    """A booked visit over [start, end), written by services.py alone. FHIR Appointment."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for the clinic")
        CONFIRMED = "confirmed", _("Confirmed")
        CHECKED_IN = "checked_in", _("Arrived")
        COMPLETED = "completed", _("Completed")
        NO_SHOW = "no_show", _("Did not come")
        DECLINED = "declined", _("Declined by the clinic")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Without indexes of their own: those on both with `start` serve better, if none else is there.
    doctor = models.ForeignKey(
        Doctor,
        on_delete=models.PROTECT,
        related_name="appointments",
        verbose_name=_("doctor"),
        db_index=False,
    )
    patient = models.ForeignKey(
        Patient,
        on_delete=models.PROTECT,
        related_name="appointments",
        verbose_name=_("patient"),
        db_index=False,
    )
    visit_type = models.ForeignKey(
        VisitType,
        on_delete=models.PROTECT,
        related_name="appointments",
        verbose_name=_("visit type"),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        related_name="appointments",
        verbose_name=_("place"),
        db_index=False,
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("to"))
    status = models.CharField(_("status"), max_length=10, choices=Status)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="booked_appointments",
        verbose_name=_("booked by"),
    )
    booked_at = models.DateTimeField(_("booked at"))
    answer_by = models.DateTimeField(
        _("answered by"),
        null=True,
        blank=True,
        help_text=_("Until when a request is kept. Then it ends by itself."),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    sequence = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("How often it moved (RFC 5545 SEQUENCE).")
    )

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["start", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="appointments_end_later"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "confirmed",
                        "checked_in",
                        "completed",
                        "no_show",
                        "declined",
                        "cancelled",
                    ]
                ),
                name="appointments_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["doctor", "start"], name="appointments_doctor_start"),
            models.Index(fields=["patient", "start"], name="appointments_patient_start"),
            models.Index(fields=["start"], name="appointments_start"),
            models.Index(
                fields=["answer_by"], name="appointments_requests", condition=Q(status="pending")
            ),
            # All that the figures of the front desk read.
            models.Index(
                fields=["location", "status", "start", "end", "doctor", "booked_at"],
                name="appointments_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {day_and_clock(self.start, self.location.zone)}"

    @property
    def who_and_when(self) -> str:
        """Asha Rao, Tuesday 3 March 2026, 9:00am: how the clinic names it."""
        return f"{self.patient}, {day_and_clock(self.start, self.location.zone)}"

    @property
    def local_day(self) -> date:
        """The date of the visit on the calendar of its place."""
        return self.start.astimezone(self.location.zone).date()

    @property
    def is_blocking(self) -> bool:
        return self.status in BLOCKING

    @cached_property
    def is_asked(self) -> bool:
        """Whether its patient was asked to choose another time; reads the prefetched events."""
        return is_question(self.status, [event.kind for event in self.events.all()])

    @cached_property
    def is_promised(self) -> bool:
        """Whether somebody said that the patient will come; reads the prefetched events."""
        return is_promise(self.status, [event.kind for event in self.events.all()])


class AppointmentEvent(models.Model):
    """One line of an appointment's story: who did what, when. Written with the change itself.

    `by` is empty where nobody acted, but time passed.
    """

    class Kind(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        CONFIRMED = "confirmed", _("Confirmed")
        DECLINED = "declined", _("Declined")
        CANCELLED = "cancelled", _("Cancelled")
        MOVED = "moved", _("Moved")
        OFFERED = "offered", _("Asked to choose another time")
        EXPIRED = "expired", _("Not answered in time")
        CHECKED_IN = "checked_in", _("Arrived")
        COMPLETED = "completed", _("Completed")
        NO_SHOW = "no_show", _("Did not come")
        ATTENDS = "attends", _("Said that they will come")

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="appointment_events",
        verbose_name=_("who"),
        null=True,
        blank=True,
    )
    at = models.DateTimeField(_("when"))
    start = models.DateTimeField(_("start then"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    by_link = models.BooleanField(
        _("through a mail's link"),
        default=False,
        help_text=_("Whoever acted held the link of a mail, and was not asked to log in."),
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()


class HeldTime(models.Model):
    """A time [start, end) of a doctor that is kept for somebody; it blocks as long as it is there.

    Nobody else is offered it or can book it, on any path (net.py). The time kept free after the
    visit is in it. It counts for the daily maximum. FHIR Slot "busy-tentative".
    """

    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="held_times", verbose_name=_("doctor")
    )
    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="held_times", verbose_name=_("place")
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("to"))

    class Meta:
        verbose_name = _("held time")
        verbose_name_plural = _("held times")
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="appointments_held_later")
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.start:%Y-%m-%d %H:%M} UTC"

    @property
    def until(self) -> datetime | None:
        """Until when it is kept, if it is offered to somebody; reads the selected `offer`."""
        offer = getattr(self, "offer", None)
        return offer.until if offer else None
