"""Who can be booked and when they work. Nothing here knows of patients or visits."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from doctors.querysets import DoctorQuerySet

LONGEST_VISIT_MINUTES = 12 * 60


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


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(_("Write a time zone as in the IANA list, such as Asia/Kolkata."))


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
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    objects = DoctorQuerySet.as_manager()

    class Meta:
        verbose_name = _("doctor")
        verbose_name_plural = _("doctors")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(specialty__isnull=False),
                name="doctors_approved_has_specialty",
                violation_error_message=_("An approved doctor needs a specialty."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters for the picture of a doctor without a photo: DS for Dr. Smith."""
        words = [word for word in self.name.replace(".", " ").split() if word]
        return "".join(word[0] for word in (words[:1] + words[-1:] if words[1:] else words)).upper()

    @property
    def places(self) -> list[Location]:
        """Where this doctor works, by name, each once; reads the prefetched working hours."""
        found = {hours.location_id: hours.location for hours in self.working_hours.all()}
        return sorted(found.values(), key=str)

    @property
    def offered_visit_types(self) -> list[VisitType]:
        """What patients may book, in the clinic's order; reads the prefetched visit types."""
        return [kind for kind in self.visit_types.all() if kind.is_active]


class VisitType(models.Model):
    """What a visit to this doctor can be for. FHIR HealthcareService."""

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="visit_types")
    name = models.CharField(_("name"), max_length=80)
    duration_minutes = models.PositiveSmallIntegerField(
        _("minutes"), validators=[MinValueValidator(5), MaxValueValidator(LONGEST_VISIT_MINUTES)]
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes kept free after"), default=0, validators=[MaxValueValidator(240)]
    )
    is_active = models.BooleanField(_("can be booked"), default=True)

    class Meta:
        verbose_name = _("visit type")
        verbose_name_plural = _("visit types")
        ordering = ["doctor", "id"]
        constraints = [
            models.UniqueConstraint(fields=["doctor", "name"], name="doctors_visit_type_name"),
            models.CheckConstraint(
                condition=Q(duration_minutes__gte=5, duration_minutes__lte=LONGEST_VISIT_MINUTES),
                name="doctors_visit_type_duration",
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
    """A window of every week: from `opens` to `closes` on the wall clock of `location`.

    Several a day make the breaks. The validity dates are both included. FHIR availableTime.
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
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_until = models.DateField(_("last day"), null=True, blank=True)

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ["doctor", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="doctors_hours_close_after_opening",
                violation_error_message=_("The hours must end after they begin."),
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
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}-{self.closes:%H:%M}"


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
