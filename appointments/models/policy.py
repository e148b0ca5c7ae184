"""The clinic's rules for booking."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from doctors.models import VisitType


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

    # Reminders
    first_reminder_hours = models.PositiveIntegerField(
        _("first reminder, in hours before"),
        default=7 * 24,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 90)],
        help_text=_("Empty for none. Mails go out from 8am to 8pm where the visit is."),
    )
    second_reminder_hours = models.PositiveIntegerField(
        _("second reminder, in hours before"),
        default=24,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 90)],
        help_text=_("Empty for none."),
    )

    # The waiting list
    offer_minutes = models.PositiveIntegerField(
        _("offers are held, in minutes"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(24 * 60)],
        help_text=_(
            "How long a time that has become free is kept for the first person on the waiting "
            "list. At night it is kept until the morning."
        ),
    )

    # Fair use
    max_open_per_specialty = models.PositiveIntegerField(
        _("open visits of one patient in one specialty"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("How many visits to come one patient may hold there. Empty for no limit."),
    )
    same_specialty_days = models.PositiveIntegerField(
        _("asked about a second visit, in days"),
        default=0,
        validators=[MaxValueValidator(365)],
        help_text=_(
            "Who books a second visit in a specialty within so many days is asked whether to "
            "keep both. 0 to ask nobody."
        ),
    )
    late_cancel_hours = models.PositiveIntegerField(
        _("cancelled late, in hours before"),
        default=24,
        validators=[MaxValueValidator(24 * 90)],
        help_text=_("A visit that its patient cancels later than this counts as missed."),
    )
    misses_before_approval = models.PositiveIntegerField(
        _("missed visits before the clinic approves"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_(
            "Who has missed so many visits, or cancelled them late, asks for new ones, and the "
            "clinic answers. Empty to count nothing."
        ),
    )
    misses_days = models.PositiveIntegerField(
        _("missed visits count for, in days"),
        default=180,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
    )

    class Meta:
        verbose_name = _("rules for booking")
        verbose_name_plural = _("rules for booking")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="appointments_one_policy")]

    def __str__(self) -> str:
        return str(_("Rules for booking"))

    def clean(self) -> None:
        super().clean()
        first, second = self.first_reminder_hours, self.second_reminder_hours
        if first is not None and second is not None and second >= first:
            nearer = _("The second reminder comes after the first: enter less than %(hours)s.")
            raise ValidationError({"second_reminder_hours": nearer % {"hours": first}})

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
