"""When doctors work and what they offer."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from doctors.limits import (
    HOURS_IN_ORDER,
    LONGEST,
    LONGEST_BUFFER_MINUTES,
    LONGEST_HORIZON_DAYS,
    LONGEST_NOTICE_MINUTES,
    LONGEST_VISIT_MINUTES,
    SHORTEST,
)
from doctors.models.people import Doctor, Location


class VisitType(models.Model):
    """What a visit to this doctor can be for. FHIR HealthcareService.

    `notice_minutes` and `horizon_days` are the clinic's own where they are empty.
    """

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("everyone")
        NEW = "new", _("who has not been with this doctor yet")
        KNOWN = "known", _("who has been with this doctor before")

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="visit_types")
    name = models.CharField(_("name"), max_length=80)
    duration_minutes = models.PositiveSmallIntegerField(
        _("minutes"), validators=[SHORTEST, LONGEST]
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes kept free after"),
        default=0,
        validators=[MaxValueValidator(LONGEST_BUFFER_MINUTES)],
    )
    notice_minutes = models.PositiveIntegerField(
        _("notice in minutes"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_NOTICE_MINUTES)],
        help_text=_("Bookable until this long before. Empty: as the clinic's rules say."),
    )
    horizon_days = models.PositiveIntegerField(
        _("days ahead"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_HORIZON_DAYS)],
        help_text=_("How far ahead it is offered. Empty: as the clinic's rules say."),
    )
    audience = models.CharField(_("for"), max_length=8, choices=Audience, default=Audience.EVERYONE)
    is_online = models.BooleanField(_("online"), default=True, help_text=_("Patients may book it."))
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("visit type")
        verbose_name_plural = _("visit types")
        ordering = ["doctor", "id"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "name"], name="doctors_visit_type_name"),
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=5, duration_minutes__lte=LONGEST_VISIT_MINUTES),
                name="doctors_visit_type_duration",
                violation_error_message=LONGEST.message,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_everyone(self) -> bool:
        return self.audience == self.Audience.EVERYONE

    @property
    def duration(self) -> timedelta:
        return timedelta(minutes=self.duration_minutes)

    @property
    def buffer(self) -> timedelta:
        return timedelta(minutes=self.buffer_minutes)


class WorkingHours(models.Model):
    """From `opens` to `closes` on the wall clock of `location`, every week. FHIR availableTime.

    Several a day make the breaks. The validity dates are both included; a window whose two dates
    are the same is extra hours on that date. With `every_weeks` above 1 the window holds in the
    week of `valid_from` and is counted from there (as INTERVAL in RFC 5545).
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="working_hours")
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="working_hours", verbose_name=_("place")
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))
    closes_next_day = models.BooleanField(
        _("ends next day"), default=False, help_text=_("For hours to midnight or across it.")
    )
    every_weeks = models.PositiveSmallIntegerField(
        _("every ... weeks"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(8)],
        help_text=_("2: every other week, counted from the first day."),
    )
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_until = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["doctor", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_next_day=False, closes__gt=F("opens"))
                | Q(closes_next_day=True, closes__lte=F("opens")),
                name="doctors_hours_close_after_opening",
                violation_error_message=HOURS_IN_ORDER,
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6), name="doctors_hours_weekday_of_seven"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="doctors_hours_validity_in_order",
                violation_error_message=_("The last day must not be before the first."),
            ),
            models.CheckConstraint(
                condition=Q(every_weeks=1) | Q(every_weeks__gt=1, valid_from__isnull=False),
                name="doctors_hours_weeks_counted",
                violation_error_message=_("Enter the first day: the weeks are counted from it."),
            ),
        ]

    def __str__(self) -> str:
        day = f"{self.valid_from:%Y-%m-%d}" if self.is_extra else self.get_weekday_display()
        return f"{day} {self.opens:%H:%M}-{self.closes:%H:%M}"

    @property
    def is_extra(self) -> bool:
        """Whether they are for one date alone."""
        return self.valid_from is not None and self.valid_from == self.valid_until


class ExtraHours(WorkingHours):
    """Working hours on one date alone, beside those of every week: the same rows."""

    class Meta:
        proxy = True
        verbose_name = _("extra hours")
        verbose_name_plural = _("extra hours on a date")


class TimeOff(models.Model):
    """A doctor, or a whole location, does not work from `start` until `end` (not included)."""

    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, null=True, blank=True, related_name="time_off"
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="time_off",
        verbose_name=_("place"),
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="doctors_time_off_ends_after_start",
                violation_error_message=_("The time off must end after it begins."),
            ),
            models.CheckConstraint(
                condition=Q(doctor__isnull=False, location__isnull=True)
                | Q(doctor__isnull=True, location__isnull=False),
                name="doctors_time_off_doctor_or_location",
                violation_error_message=_("Choose a doctor or a place, one of the two."),
            ),
        ]

    def __str__(self) -> str:
        return ": ".join(filter(None, [str(self.doctor or self.location), self.reason]))
