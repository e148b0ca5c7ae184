"""The command create_demo_logins."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.family.selectors import people_of
from accounts.models import User
from accounts.selectors import has_confirmed_email
from docspot.tests import cast
from docspot.tests.cast import patient_of
from doctors.models import Doctor, DoctorEvent

pytestmark = pytest.mark.django_db
PASSWORD = "docspot-demo-2026"
EMAILS = [
    f"{name}@example.com"
    for name in ("applicant", "doctor", "manager", "patient", "receptionist", "staff")
]


@pytest.fixture(autouse=True)
def _groups(db: None) -> None:
    for role in ("Receptionist", "Clinic manager"):
        cast.group_of(role)


@pytest.fixture(autouse=True)
def _debug(settings: Settings) -> None:
    settings.DEBUG = True


def run() -> list[str]:
    out = StringIO()
    call_command("create_demo_logins", stdout=out)
    return out.getvalue().splitlines()


def test_nothing_is_made_in_a_real_clinic(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError) as refusal:
        run()
    assert "only while DEBUG is on" in str(refusal.value)
    assert not User.objects.exists()


def test_nothing_is_made_in_a_book_with_staff_of_its_own() -> None:
    cast.make_user("desk@clinic.example", is_staff=True)
    assert run() == ["No demo logins: this book has staff of its own."]
    assert User.objects.count() == 1


def test_logins_are_made_and_told(doctor: Doctor) -> None:
    Doctor.objects.update(user=None)
    assert run() == [
        "Logins to try, each with the password docspot-demo-2026",
        "  Patient      patient@example.com       books and cancels, for a child too",
        "  Doctor       doctor@example.com        is Dr. Smith",
        "  Applicant    applicant@example.com     a doctor who waits for approval",
        "  Receptionist receptionist@example.com  does the day's work at the desk, at /admin/",
        "  Manager      manager@example.com       manages the clinic, at /admin/",
        "  Staff        staff@example.com         may do everything, at /admin/",
    ]
    patient, doctors, staff = (
        User.objects.get(email=f"{name}@example.com") for name in ("patient", "doctor", "staff")
    )
    asha = patient_of(patient)
    assert (asha.name, asha.date_of_birth, asha.phone.as_e164) == (
        "Asha Rao",
        date(1984, 5, 17),
        "+919876543210",
    )
    assert [str(access.patient) for access in people_of(patient)] == ["Asha Rao", "Ravi Rao"]
    assert doctors.doctor == doctor
    assert [user.is_staff for user in (patient, doctors, staff)] == [False, False, True]
    assert [user.is_superuser for user in (patient, doctors, staff)] == [False, False, True]
    assert all(has_confirmed_email(user) for user in User.objects.filter(email__in=EMAILS))
    assert User.objects.filter(email__in=EMAILS).count() == 6


def test_staff_are_in_the_groups_of_their_roles() -> None:
    run()
    staff = User.objects.filter(is_staff=True).order_by("email")
    assert [
        (one.email, one.is_superuser, [*one.groups.values_list("name", flat=True)]) for one in staff
    ] == [
        ("manager@example.com", False, ["Clinic manager"]),
        ("receptionist@example.com", False, ["Receptionist"]),
        ("staff@example.com", True, []),
    ]


def test_applicant_waits_for_approval(doctor: Doctor) -> None:
    run()
    waiting = Doctor.objects.get(user__email="applicant@example.com")
    assert (waiting.name, waiting.status) == ("Dr. Meera Iyer", "pending")
    assert (waiting.specialty, waiting.location) == (doctor.specialty, doctor.places[0])
    assert [event.kind for event in waiting.events.all()] == ["applied"]


@pytest.mark.parametrize("email", EMAILS)
def test_login_opens_the_site(email: str) -> None:
    run()
    data = {"login": email, "password": PASSWORD}
    response = Client().post(reverse("account_login"), data)
    assert (response.status_code, response["Location"]) == (302, reverse("landing"))


def test_second_run_tells_the_same_and_changes_nothing(doctor: Doctor) -> None:
    Doctor.objects.update(user=None)
    first = run()
    User.objects.filter(email="staff@example.com").update(is_superuser=False)
    EmailAddress.objects.filter(email="patient@example.com").update(verified=False)
    before = everything()
    assert run() == first
    assert everything() == before


def everything() -> list[object]:
    users = User.objects.order_by("pk").values()
    addresses = EmailAddress.objects.order_by("pk").values()
    events = DoctorEvent.objects.values()
    return [*users, *addresses, *events, *Doctor.objects.order_by("pk").values()]


NOBODY = (
    "  Doctor       doctor@example.com        is nobody: there is no “dr-smith” without a login"
)


def test_missing_doctor_is_said() -> None:
    assert run()[2] == NOBODY


def test_doctor_with_a_login_keeps_it(doctor: Doctor) -> None:
    theirs = doctor.user
    assert run()[2] == NOBODY
    doctor.refresh_from_db()
    assert doctor.user == theirs


def test_login_that_is_another_doctors_is_left_there(doctor: Doctor) -> None:
    cast.make_doctor("Dr. Kumar", user=cast.make_user("doctor@example.com"))
    Doctor.objects.filter(pk=doctor.pk).update(user=None)
    assert run()[2] == "  Doctor       doctor@example.com        is Dr. Kumar"
    doctor.refresh_from_db()
    assert doctor.user is None
