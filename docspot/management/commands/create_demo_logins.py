"""Logins to try DocSpot with: a patient, doctors and staff. Only while DEBUG is on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import services
from accounts.family.services import add_person
from accounts.models import User
from docspot.demo.people import STAFF_EMAIL
from doctors.joining.services import Application, apply
from doctors.models import Doctor, Language, Location, Specialty

PASSWORD = "docspot-demo-2026"  # noqa: S105  everybody may know it
DOCTOR = "dr-smith"


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "Demo logins are made only while DEBUG is on: their password is known."
            )
        if has_staff_of_its_own():
            self.stdout.write("No demo logins: this book has staff of its own.")
            return
        with transaction.atomic():
            rows = [patient(), doctor(), applicant(), receptionist(), manager(), staff()]
        self.stdout.write(f"Logins to try, each with the password {PASSWORD}")
        for who, email, what in rows:
            self.stdout.write(f"  {who:<13}{email:<26}{what}")


def has_staff_of_its_own() -> bool:
    """Whether it looks like the book of a clinic, opened by `make run` by mistake."""
    staff = User.objects.filter(is_staff=True)
    known = Q(email__endswith="@example.com") | Q(email=STAFF_EMAIL)
    return staff.exclude(known).exists() and not staff.filter(known).exists()


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
        now = timezone.now()
        child = date(now.year - 9, 3, 14)
        add_person(name="Ravi Rao", relation="parent", date_of_birth=child, by=user, now=now)
    return "Patient", email, "books and cancels, for a child too"


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


def applicant() -> tuple[str, str, str]:
    email = "applicant@example.com"
    user = login(email)
    if not Doctor.objects.filter(user=user).exists():
        application = Application(
            name="Dr. Meera Iyer",
            specialty=Specialty.objects.first(),
            location=Location.objects.first(),
            licence_number="TS 48213",
            languages=Language.objects.filter(code="en"),
            bio="Ten years in a teaching hospital. Listens first.",
        )
        apply(user=user, application=application, now=timezone.now())
    return "Applicant", email, "a doctor who waits for approval"


def receptionist() -> tuple[str, str, str]:
    email = "receptionist@example.com"
    in_group(email, "Receptionist")
    return "Receptionist", email, "does the day's work at the desk, at /admin/"


def manager() -> tuple[str, str, str]:
    email = "manager@example.com"
    in_group(email, "Clinic manager")
    return "Manager", email, "manages the clinic, at /admin/"


def in_group(email: str, name: str) -> None:
    """A login of staff with this role, when it is made; what a clinic made of it later stays."""
    if not User.objects.filter(email=email).exists():
        login(email, is_staff=True).groups.add(Group.objects.get(name=name))


def staff() -> tuple[str, str, str]:
    email = "staff@example.com"
    login(email, is_staff=True, is_superuser=True)
    return "Staff", email, "may do everything, at /admin/"


def login(email: str, **fields: bool) -> User:
    """The login that there is, untouched, or a new one."""
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD, **fields)
        services.confirm_address(user=user)
    return user
