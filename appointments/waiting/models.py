"""Who waits for what, and what they were offered."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.keys import derived_key
from accounts.models import Patient
from appointments.models.book import Appointment, HeldTime
from doctors.models import Doctor, Location, Specialty, VisitType

EVERY_DAY = 0b1111111
# Which offers are not made again: who never knew of one before it was withdrawn may get it again.
WAS_MADE = Q(told_at__isnull=False) | ~Q(status="withdrawn")


class WaitingEntry(models.Model):
    """A patient waits: for a visit type of a doctor, or for any doctor of a specialty in a city.

    Their time must lie on one of `weekdays` (bit 0 is Monday), begin in [from_time, to_time) on the
    wall clock of its place, and on a day from `first_day` to `last_day`, both included. Where it is
    `instead_of` a visit that they hold, it must begin before that one, which it takes the place of.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        PAUSED = "paused", _("Paused")
        MET = "met", _("Has a time")
        LEFT = "left", _("Left the list")
        OVER = "over", _("Ended: its days have passed")

    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="waiting_entries", verbose_name=_("patient")
    )
    doctor = models.ForeignKey(
        Doctor,
        on_delete=models.PROTECT,
        related_name="waiting_entries",
        verbose_name=_("doctor"),
        null=True,
        blank=True,
    )
    visit_type = models.ForeignKey(
        VisitType,
        on_delete=models.PROTECT,
        related_name="waiting_entries",
        verbose_name=_("visit type"),
        null=True,
        blank=True,
    )
    specialty = models.ForeignKey(
        Specialty,
        on_delete=models.PROTECT,
        related_name="waiting_entries",
        verbose_name=_("specialty"),
        null=True,
        blank=True,
    )
    city = models.CharField(_("city"), max_length=100, blank=True)
    instead_of = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        related_name="waiting_entries",
        verbose_name=_("instead of"),
        null=True,
        blank=True,
    )
    weekdays = models.PositiveSmallIntegerField(
        _("weekdays"), default=EVERY_DAY, validators=[MaxValueValidator(EVERY_DAY)]
    )
    from_time = models.TimeField(_("from"), null=True, blank=True)
    to_time = models.TimeField(_("to"), null=True, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.WAITING, editable=False
    )
    # In the line: the larger first, then who came first.
    priority = models.SmallIntegerField(
        _("priority"), default=0, help_text=_("The clinic may let somebody go first.")
    )
    joined_at = models.DateTimeField(_("since"))
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="waiting_entries",
        verbose_name=_("entered by"),
    )

    class Meta:
        verbose_name = _("place on the waiting list")
        verbose_name_plural = _("waiting list")
        ordering = ["-priority", "joined_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(doctor__isnull=False, visit_type__isnull=False, specialty=None)
                | Q(doctor=None, visit_type=None, specialty__isnull=False),
                name="appointments_waits_for_one",
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="appointments_waits_in_order"
            ),
            models.UniqueConstraint(
                fields=["patient", "doctor", "visit_type"],
                condition=Q(status__in=["waiting", "paused"], specialty=None),
                name="appointments_waits_once_doctor",
            ),
            models.UniqueConstraint(
                fields=["patient", "specialty", "city"],
                condition=Q(status__in=["waiting", "paused"], doctor=None),
                name="appointments_waits_once_specialty",
            ),
        ]
        indexes = [
            models.Index(
                fields=["doctor"], name="appointments_waits_doctor", condition=Q(status="waiting")
            ),
            models.Index(
                fields=["specialty", "city"],
                name="appointments_waits_specialty",
                condition=Q(status="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.patient)


class WaitingOffer(models.Model):
    """A time that became free, offered to one person alone until `until`; `held` keeps it.

    Until `told_at` nobody has been told of it: no mail about it is at the mail server yet.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    entry = models.ForeignKey(
        WaitingEntry, on_delete=models.PROTECT, related_name="offers", verbose_name=_("for")
    )
    doctor = models.ForeignKey(
        Doctor, on_delete=models.PROTECT, related_name="waiting_offers", verbose_name=_("doctor")
    )
    visit_type = models.ForeignKey(
        VisitType,
        on_delete=models.PROTECT,
        related_name="waiting_offers",
        verbose_name=_("visit type"),
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="waiting_offers", verbose_name=_("place")
    )
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("to"))
    made_at = models.DateTimeField(_("made"))
    told_at = models.DateTimeField(_("told"), null=True, blank=True, editable=False)
    until = models.DateTimeField(_("kept until"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.OPEN, editable=False
    )
    held = models.OneToOneField(
        HeldTime, on_delete=models.SET_NULL, related_name="offer", null=True, editable=False
    )
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        related_name="waiting_offers",
        verbose_name=_("appointment"),
        null=True,
        blank=True,
        editable=False,
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    # The offer's mail has a link that needs no login; its key is derived as a visit's (links).
    digest = models.CharField(max_length=64, unique=True, editable=False, null=True)  # noqa: DJ001

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "doctor", "start"],
                condition=WAS_MADE,
                name="appointments_offered_once",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(status="open"), name="appointments_one_open_offer"
            ),
        ]
        indexes = [
            models.Index(
                fields=["until"], name="appointments_open_offers", condition=Q(status="open")
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.doctor}"

    @property
    def key(self) -> str:
        """That of the link in its mails."""
        return derived_key("offer", self.pk)


class WaitingEvent(models.Model):
    """One line of the story of a place on the list: who did what, when. Written with the change.

    Only what somebody does, and the pause after offers that nobody answered: then `by` is empty.
    It is empty too for a patient without a login, who has acted by the link of a mail.
    """

    class Kind(models.TextChoices):
        JOINED = "joined", _("Put on the list")
        CHANGED = "changed", _("Other days or hours")
        FIRST = "first", _("Let go first")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        LEFT = "left", _("Left the list")
        ACCEPTED = "accepted", _("Took a kept time")
        DECLINED = "declined", _("Let a kept time go")

    entry = models.ForeignKey(
        WaitingEntry, on_delete=models.PROTECT, related_name="events", verbose_name=_("for")
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="waiting_events",
        verbose_name=_("who"),
        null=True,
        blank=True,
    )
    by_link = models.BooleanField(
        _("through a mail's link"),
        default=False,
        help_text=_("Whoever acted held the link of a mail, and was not asked to log in."),
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("event of the waiting list")
        verbose_name_plural = _("events of the waiting list")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()
