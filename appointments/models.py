"""The appointment, its story, and the clinic's rules for booking."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Patient
from appointments.querysets import BLOCKING, AppointmentQuerySet, is_question
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

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()


class BookingPolicy(models.Model):
    """The clinic's rules for booking online; one row, edited in the admin."""

    notice_minutes = models.PositiveIntegerField(
        _("shortest notice, in minutes"),
        default=120,
        validators=[MaxValueValidator(60 * 24 * 60)],
        help_text=_("A time can be booked until this long before it begins."),
    )
    horizon_days = models.PositiveIntegerField(
        _("booked ahead, in days"),
        default=90,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text=_("How far ahead times are offered."),
    )
    max_open_visits = models.PositiveIntegerField(
        _("open visits of one patient"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("How many visits to come one patient may hold."),
    )
    cancel_notice_hours = models.PositiveIntegerField(
        _("cancelled until, in hours before"),
        default=2,
        validators=[MaxValueValidator(24 * 90)],
        help_text=_("Later than this, patients telephone the clinic."),
    )
    reschedule_notice_hours = models.PositiveIntegerField(
        _("moved until, in hours before"),
        default=2,
        validators=[MaxValueValidator(24 * 90)],
        help_text=_("Later than this, patients telephone the clinic."),
    )

    answer_hours = models.PositiveIntegerField(
        _("requests are answered within, in hours"),
        default=48,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 90)],
        help_text=_("A request that nobody answers ends then, or when the visit would begin."),
    )

    class Meta:
        verbose_name = _("rules for booking")
        verbose_name_plural = _("rules for booking")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="appointments_one_policy")]

    def __str__(self) -> str:
        return str(_("Rules for booking"))

    @classmethod
    def current(cls) -> BookingPolicy:
        """The clinic's rules; the defaults until somebody has set them."""
        # Asked for every page with times and every booking: plain SQL takes a fifth of the time.
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM appointments_bookingpolicy")
            names = [column[0] for column in cursor.description]
            row = cursor.fetchone()
        return cls(**dict(zip(names, row, strict=True))) if row else cls(pk=1)

    def notice(self, visit_type: VisitType) -> timedelta:
        """How long before it begins a visit can be booked at the latest."""
        own = visit_type.notice_minutes
        return timedelta(minutes=self.notice_minutes if own is None else own)

    def horizon(self, visit_type: VisitType) -> timedelta:
        """How far ahead a visit is offered."""
        own = visit_type.horizon_days
        return timedelta(days=self.horizon_days if own is None else own)

    def earliest(self, visit_type: VisitType, now: datetime) -> datetime:
        """The first instant that may be booked."""
        return now + self.notice(visit_type)

    def latest(self, visit_type: VisitType, now: datetime) -> datetime:
        """The instant from which on nothing may be booked yet."""
        return now + self.horizon(visit_type)

    def cancel_until(self, start: datetime) -> datetime:
        """The instant until which patients may cancel a visit that begins at `start`."""
        return start - timedelta(hours=self.cancel_notice_hours)

    def answer_by(self, start: datetime, now: datetime) -> datetime:
        """Until when a visit at `start` that is asked for at `now` waits for the clinic."""
        return min(start, now + timedelta(hours=self.answer_hours))

    def reschedule_until(self, start: datetime) -> datetime:
        """The instant until which patients may move a visit that begins at `start`."""
        return start - timedelta(hours=self.reschedule_notice_hours)


class KeptAnswer(models.Model):
    """What was answered to an act that came with a key, for when the same is sent again.

    Written with the act itself, in one transaction, by services/idempotency.py alone. `asked` is a
    hash of what was asked for; `status` is empty only while the act is under way.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="kept_answers",
        db_index=False,  # the key below begins with it
    )
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField()  # JSON
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [
            models.UniqueConstraint(fields=["by", "key"], name="appointments_key_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.by_id}: {self.key}"


# The models of the slices, so that Django finds them.
from appointments.feeds.models import CalendarFeed  # noqa: E402, F401
from appointments.next_free.models import NextFree, NextFreeState  # noqa: E402, F401
