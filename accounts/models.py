"""People: who can log in, who is seen, who may act for whom, and the logins of programs."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult
from phonenumber_field.modelfields import PhoneNumberField

from accounts.keys import derived_key
from accounts.querysets import PatientAccessQuerySet, PatientQuerySet


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A login. There is no role: staff have `is_staff`, doctors an approved Doctor."""

    email = models.EmailField(_("email address"), unique=True)
    is_staff = models.BooleanField(
        _("staff"), default=False, help_text=_("May open the clinic's admin pages.")
    )
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Untick this instead of deleting an account.")
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        help_text=_("In which mails are written; empty for the clinic's own."),
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_any_case",
                violation_error_message=_("There is already an account with this email address."),
            )
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()


OLDEST_AGE_YEARS = 130


def validate_date_of_birth(value: date) -> None:
    """Refuse a day that is still to come, and one on which nobody alive was born."""
    today = timezone.now().date() + timedelta(days=1)  # it may be tomorrow where they live
    if value > today:
        raise ValidationError(_("Enter a date of birth in the past."))
    if today.year - value.year > OLDEST_AGE_YEARS:
        raise ValidationError(_("Check the year of the date of birth."))


class Patient(models.Model):
    """A person who is seen at the clinic; may have no login. FHIR Patient."""

    name = models.CharField(_("full name"), max_length=254)
    date_of_birth = models.DateField(
        _("date of birth"), null=True, blank=True, validators=[validate_date_of_birth]
    )
    phone = PhoneNumberField(_("phone number"), blank=True)
    email = models.EmailField(
        _("email address"), blank=True, help_text=_("For a patient without a login.")
    )
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    users = models.ManyToManyField(
        User,
        through="PatientAccess",
        through_fields=("patient", "user"),
        related_name="patients",
        verbose_name=_("logins"),
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        """Asha, of Asha Rao and of Rao, Asha: all of a name that a mail says."""
        family, _comma, given = self.name.partition(",")
        words = given.split() or family.split()
        return words[0] if words else ""


class PatientAccess(models.Model):
    """`user` may act for `patient`, until `ended_at`."""

    class Relation(models.TextChoices):
        SELF = "self", _("themselves")
        PARENT = "parent", _("parent")
        CARER = "carer", _("carer")
        OTHER = "other", _("other")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="accesses", verbose_name=_("login")
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="accesses", verbose_name=_("patient")
    )
    relation = models.CharField(_("as"), max_length=10, choices=Relation)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    given_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        related_name="accesses_given",
        verbose_name=_("given by"),
        null=True,
        blank=True,
        editable=False,
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        related_name="accesses_ended",
        verbose_name=_("ended by"),
        null=True,
        blank=True,
        editable=False,
    )
    noticed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text=_("When they were told that it ends, as the child comes of age."),
    )

    objects = PatientAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("access to a patient")
        verbose_name_plural = _("access to patients")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "patient"],
                condition=models.Q(ended_at=None),
                name="accounts_access_once",
                violation_error_message=_("This login may already act for this patient."),
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(ended_at=None, relation="self"),
                name="accounts_access_one_self_per_user",
                violation_error_message=_("This login already has its own patient."),
            ),
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(ended_at=None, relation="self"),
                name="accounts_access_one_self_per_patient",
                violation_error_message=_("This patient already has a login of their own."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.patient}"


class Invitation(models.Model):
    """Someone who acts for a patient asks another person to do so too, by mail.

    Whoever opens its link, and is logged in with the very address it went to, may accept. The key
    in the link is kept as its SHA-256 only.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for an answer")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    patient = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("patient")
    )
    relation = models.CharField(_("as"), max_length=10, choices=PatientAccess.Relation)
    email = models.EmailField(_("email address"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    by = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="invitations_sent",
        verbose_name=_("who"),
    )
    created_at = models.DateTimeField(_("sent"))
    expires_at = models.DateTimeField(_("good until"))
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.OPEN, editable=False
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "email"],
                condition=models.Q(status="open"),
                name="accounts_one_open_invitation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.patient}"

    @property
    def key(self) -> str:
        """That of the link in its mail."""
        return derived_key("invitation", self.pk)


class ApiSession(models.Model):
    """One login of a program: the family of all tokens that came from it.

    Its refresh tokens rotate; only the one named `refresh_jti` is good. Both kinds of token die
    when the session ends, and when the person's password is no longer the one of `auth_hash`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="api_sessions", verbose_name=_("login")
    )
    refresh_jti = models.CharField(max_length=64, editable=False)
    auth_hash = models.CharField(max_length=128, editable=False)
    created_at = models.DateTimeField(_("started"))
    refreshed_at = models.DateTimeField(_("last refreshed"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("login of a program")
        verbose_name_plural = _("logins of programs")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.user}, {self.created_at:%Y-%m-%d}"

    @property
    def is_live(self) -> bool:
        """Whether its tokens are still good."""
        return (
            self.ended_at is None
            and self.user.is_active
            and constant_time_compare(self.auth_hash, self.user.get_session_auth_hash())
        )


class Mail(DBTaskResult):
    """A mail in the task queue: every task that there is sends one (accounts.tasks)."""

    class Meta:
        proxy = True
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
