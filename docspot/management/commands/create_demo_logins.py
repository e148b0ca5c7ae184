"""Logins to try DocSpot with: a patient, a doctor and staff. Only while DEBUG is on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import services
from accounts.models import User
from doctors.models import Doctor

PASSWORD = "docspot-demo-2026"  # noqa: S105  everybody may know it
DOCTOR = "dr-smith"


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "Demo logins are made only while DEBUG is on: their password is known."
            )
        with transaction.atomic():
            rows = [patient(), doctor(), staff()]
        self.stdout.write(f"Logins to try, each with the password {PASSWORD}")
        for who, email, what in rows:
            self.stdout.write(f"  {who:<9}{email:<22}{what}")


def patient() -> tuple[str, str, str]:
    email = "patient@example.com"
    if not User.objects.filter(email=email).exists():
        user = services.sign_up(
            email=email,
            password=PASSWORD,
            name="Asha Rao",
            date_of_birth=date(1984, 5, 17),
            phone="+919876543210",
        )
        services.confirm_address(user=user)
    return "Patient", email, "books and cancels"


def doctor() -> tuple[str, str, str]:
    email = "doctor@example.com"
    user = login(email)
    doctor = Doctor.objects.filter(user=user).first() or link_to_free_doctor(user)
    what = f"is {doctor}" if doctor else f"is nobody: there is no “{DOCTOR}” without a login"
    return "Doctor", email, what


def link_to_free_doctor(user: User) -> Doctor | None:
    doctor = Doctor.objects.filter(slug=DOCTOR, user=None).first()
    if doctor is not None:
        doctor.user = user
        doctor.save(update_fields=["user"])
    return doctor


def staff() -> tuple[str, str, str]:
    email = "staff@example.com"
    login(email, is_staff=True, is_superuser=True)
    return "Staff", email, "runs the clinic, at /admin/"


def login(email: str, **fields: bool) -> User:
    """The login that there is, untouched, or a new one."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD, **fields)
        services.confirm_address(user=user)
    return user
