"""Who can be booked, and where: doctors, their fields of medicine, languages and places."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from doctors.limits import (
    LONGEST,
    ONE_OR_MORE,
    SHORTEST,
    SHORTEST_MINUTES,
    validate_holiday_calendar,
    validate_time_zone,
)
from doctors.querysets import DoctorQuerySet

if TYPE_CHECKING:
    from doctors.models.schedule import VisitType


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
        REJECTED = "rejected", _("not accepted")

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
    photo_digest = models.CharField(max_length=16, blank=True, editable=False)  # of DoctorPhoto
    licence_number = models.CharField(
        _("licence number"),
        max_length=60,
        blank=True,
        help_text=_("As in the register of doctors. Patients do not see it."),
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="doctors",
        verbose_name=_("place"),
        help_text=_("Where they asked to work. When and where they do work, the hours say."),
    )
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
        for_all = (kind for kind in offered if kind.is_for_everyone)
        return next(for_all, next(iter(offered), None))


class DoctorEvent(models.Model):
    """One line of how a doctor came to the clinic: what was decided, by whom, when, and why."""

    class Kind(models.TextChoices):
        APPLIED = "applied", _("Applied")
        AMENDED = "amended", _("Added to the application")
        ASKED = "asked", _("Asked for more")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Not accepted")
        SUSPENDED = "suspended", _("Suspended")

    doctor = models.ForeignKey(Doctor, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="doctor_events",
        verbose_name=_("who"),
    )
    at = models.DateTimeField(_("when"))
    note = models.TextField(_("note"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.get_kind_display())
