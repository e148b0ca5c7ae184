"""Who can be booked and when they work. Nothing here knows of patients or visits."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from doctors.limits import (
    HOURS_IN_ORDER,
    LONGEST,
    LONGEST_BUFFER_MINUTES,
    LONGEST_HORIZON_DAYS,
    LONGEST_NOTICE_MINUTES,
    LONGEST_VISIT_MINUTES,
    ONE_OR_MORE,
    SHORTEST,
    SHORTEST_MINUTES,
    validate_holiday_calendar,
    validate_time_zone,
)
from doctors.querysets import DoctorQuerySet


class Specialty(models.Model):
    """A field of medicine ("Cardiology") and what its doctors are called ("Cardiologist")."""

    name = models.CharField(_("field"), max_length=80, unique=True)
    title = models.CharField(_("what its doctors are called"), max_length=80)
    slug = models.SlugField(_("address"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("specialty")
        verbose_name_plural = _("specialties")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Language(models.Model):
    code = models.CharField(
        _("code"), max_length=12, unique=True, help_text=_("As in BCP 47: en, te, pt-BR.")
    )
    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A place with an address and the time zone in which its hours are meant. FHIR Location."""

    name = models.CharField(_("name"), max_length=120)
    address = models.CharField(_("street and number"), max_length=200, blank=True)
    city = models.CharField(_("town or city"), max_length=80)
    country = models.CharField(_("country"), max_length=60, blank=True)
    phone = PhoneNumberField(_("phone number"), blank=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=60,
        validators=[validate_time_zone],
        help_text=_("As in the IANA list, such as Asia/Kolkata."),
    )
    holiday_calendar = models.CharField(
        _("public holidays of"),
        max_length=8,
        blank=True,
        validators=[validate_holiday_calendar],
        help_text=_("The country or region as in ISO 3166: IN, IN-TS, GB-SCT."),
    )

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering = ["city", "name"]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Doctor(models.Model):
    """A person who sees patients. FHIR Practitioner and PractitionerRole."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for approval")
        APPROVED = "approved", _("approved")
        SUSPENDED = "suspended", _("suspended")

    class Confirmation(models.TextChoices):
        AUTOMATIC = "automatic", _("at once")
        ON_APPROVAL = "on_approval", _("when the clinic approves")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="doctor",
        verbose_name=_("login"),
    )
    name = models.CharField(_("name"), max_length=254, help_text=_("With title: Dr. Smith."))
    slug = models.SlugField(_("address of the page"), max_length=120, unique=True)
    specialty = models.ForeignKey(
        Specialty, on_delete=models.PROTECT, null=True, blank=True, related_name="doctors"
    )
    languages = models.ManyToManyField(
        Language, blank=True, related_name="doctors", verbose_name=_("languages")
    )
    bio = models.TextField(_("about"), max_length=2000, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    confirms_bookings = models.CharField(
        _("bookings are confirmed"),
        max_length=12,
        choices=Confirmation,
        default=Confirmation.AUTOMATIC,
    )
    step_minutes = models.PositiveSmallIntegerField(
        _("minutes from one start to the next"),
        null=True,
        blank=True,
        validators=[SHORTEST, LONGEST],
        help_text=_("Empty: as long as a visit takes, with the time kept free after it."),
    )
    max_visits_per_day = models.PositiveSmallIntegerField(
        _("visits a day at most"),
        null=True,
        blank=True,
        validators=[ONE_OR_MORE],
        help_text=_("Empty: as many as there is time for."),
    )
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    objects = DoctorQuerySet.as_manager()
    catalogue_token: float  # as of which doctors.catalogue has read this

    class Meta:
        verbose_name = _("doctor")
        verbose_name_plural = _("doctors")
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["status", "name", "id"], name="doctors_by_status_and_name")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(specialty__isnull=False),
                name="doctors_approved_has_specialty",
                violation_error_message=_("An approved doctor needs a specialty."),
            ),
            models.CheckConstraint(
                condition=Q(step_minutes__isnull=True) | Q(step_minutes__gte=SHORTEST_MINUTES),
                name="doctors_step_of_minutes",
                violation_error_message=SHORTEST.message,
            ),
            models.CheckConstraint(
                condition=Q(max_visits_per_day__isnull=True) | Q(max_visits_per_day__gte=1),
                name="doctors_a_visit_a_day",
                violation_error_message=ONE_OR_MORE.message,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the picture of a doctor without a photo: DS for Dr. Smith."""
        words = [word for word in self.name.replace(".", " ").split() if word]
        return "".join(word[0] for word in (words[:1] + words[-1:] if words[1:] else words)).upper()

    @property
    def step(self) -> timedelta | None:
        """From one start on offer to the next; None: as long as a visit with its buffer."""
        return timedelta(minutes=self.step_minutes) if self.step_minutes else None

    @cached_property
    def places(self) -> list[Location]:
        """Where they work every week, else on some dates; by name. Reads the prefetched hours."""
        hours = self.working_hours.all()
        weekly = [one for one in hours if not one.is_extra] or hours
        return sorted({one.location_id: one.location for one in weekly}.values(), key=str)

    @property
    def offered_visit_types(self) -> list[VisitType]:
        """What patients may book, in the clinic's order; reads the prefetched visit types."""
        return [kind for kind in self.visit_types.all() if kind.is_active and kind.is_online]

    @property
    def first_visit_type(self) -> VisitType | None:
        """What a time is for where nobody has said: the first kind that everyone may book."""
        offered = self.offered_visit_types
        for_all = (kind for kind in offered if kind.audience == VisitType.Audience.EVERYONE)
        return next(for_all, next(iter(offered), None))


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


# The models of the slices, so that Django finds them.
from doctors.catalogue.models import Catalogue  # noqa: E402, F401
