"""Signing up and logging in from a program."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from rest_framework.test import APIClient

from accounts.models import ApiSession, Patient, User
from docspot.tests.api import everything, problem
from docspot.tests.cast import (
    NOW,
    PASSWORD,
    make_doctor,
    make_location,
    make_person,
    make_specialty,
    make_user,
    patient_of,
)
from docspot.tests.fixtures import program_of
from doctors.models import Doctor, Language

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

NEW = {"email": "asha@example.com", "password": PASSWORD}


def register(**more: Any) -> Any:
    return APIClient().post("/api/register", NEW | more)


def log_in(email: str = "asha@example.com", password: str = PASSWORD) -> Any:
    return APIClient().post("/api/login", {"email": email, "password": password})


@pytest.fixture
def must_confirm(settings: Settings) -> None:
    settings.REQUIRE_VERIFIED_EMAIL = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"


# Signing up


def test_register_makes_a_person_with_their_own_patient() -> None:
    response = register(name="Asha Rao", date_of_birth="1980-03-31", phone="+91 98765 43210")
    assert (response.status_code, response.json()) == (
        201,
        {"message": "Your account has been created. You can log in now."},
    )
    user = User.objects.get()
    patient = patient_of(user)
    assert (user.email, user.is_staff, user.is_active) == ("asha@example.com", False, True)
    assert user.check_password(PASSWORD)
    assert (patient.name, str(patient.date_of_birth), str(patient.phone)) == (
        "Asha Rao",
        "1980-03-31",
        "+919876543210",
    )
    assert not Doctor.objects.exists()


def test_register_needs_no_more_than_the_old_client_sends() -> None:
    assert register(role="user").status_code == 201
    assert Patient.objects.get().name == "asha@example.com"


def test_register_takes_null_for_what_is_optional() -> None:
    assert register(name=None, date_of_birth=None, phone=None).status_code == 201
    assert Patient.objects.get().date_of_birth is None


def test_register_ignores_fields_that_nobody_may_set() -> None:
    register(is_staff=True, is_superuser=True, is_active=False, status="approved", id=7)
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.is_active) == (False, False, True)
    assert not Doctor.objects.exists()


@pytest.mark.parametrize("role", ["admin", "staff", "", "Doctor", None, True, ["user"], {}])
def test_register_refuses_any_other_role(role: object) -> None:
    body = problem(register(role=role), 400)
    assert body["errors"] == {"role": ["Choose “user” or “doctor”."]}
    assert User.objects.count() == 0


def test_register_as_doctor_makes_a_pending_one() -> None:
    response = register(role="doctor", name="Dr. Rao", status="approved")
    assert (response.status_code, response.json()["message"]) == (
        201,
        "Your account has been created. Patients can book you once the clinic approves you.",
    )
    doctor = Doctor.objects.get()
    assert (doctor.name, doctor.status, doctor.user) == ("Dr. Rao", "pending", User.objects.get())
    assert log_in().json()["role"] == "user"


def test_register_as_doctor_takes_the_application() -> None:
    field, place = make_specialty(), make_location()
    for code, name in (("en", "English"), ("te", "Telugu")):
        Language.objects.create(code=code, name=name)
    response = register(
        role="doctor",
        name="Dr. Rao",
        specialty="cardiology",
        location=place.pk,
        licence_number=" TS 1 ",
        languages=["te", "en", "te"],
        bio="Hearts.",
        status="approved",
        confirms_bookings="on_approval",
        slug="boss",
    )
    assert response.status_code == 201
    doctor = Doctor.objects.get()
    assert (doctor.specialty, doctor.location, doctor.licence_number) == (field, place, "TS 1")
    assert ([language.code for language in doctor.languages.all()], doctor.bio) == (
        ["en", "te"],
        "Hearts.",
    )
    assert (doctor.status, doctor.slug, doctor.confirms_bookings) == (
        "pending",
        "dr-rao",
        "automatic",
    )
    assert [(event.kind, event.by, event.at) for event in doctor.events.all()] == [
        ("applied", doctor.user, NOW)
    ]


def test_register_as_doctor_takes_null_for_what_is_optional() -> None:
    nothing = dict.fromkeys(("specialty", "location", "licence_number", "languages", "bio"))
    assert register(role="doctor", **nothing).status_code == 201
    doctor = Doctor.objects.get()
    assert (doctor.specialty, doctor.location, doctor.bio) == (None, None, "")


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("specialty", "banana", "There is no such specialty here."),
        ("specialty", 5, "Write a specialty, such as cardiology."),
        ("location", 999_999, "There is no such place here."),
        ("location", "here", "Write the id of a place."),
        ("licence_number", "x" * 61, "Use at most 60 characters."),
        ("languages", "en", "Send the languages as a list of codes, such as en."),
        ("languages", ["en"] * 51, "Send 50 languages or fewer."),
        ("languages", ["en", 5], "Send the languages as a list of codes, such as en."),
        ("languages", ["xx"], "There is no such language here."),
        ("bio", "x" * 2001, "Use at most 2000 characters."),
    ],
)
def test_register_as_doctor_refuses_what_the_clinic_does_not_have(
    field: str, value: object, text: str
) -> None:
    body = problem(register(role="doctor", **{field: value}), 400)
    assert body["errors"] == {field: [text]}
    assert (User.objects.count(), Doctor.objects.count()) == (0, 0)


def test_register_as_doctor_without_a_name_goes_by_the_address() -> None:
    register(role="doctor")
    assert Doctor.objects.get().name == "asha@example.com"


@pytest.mark.parametrize("email", ["asha@example.com", "ASHA@Example.COM", " asha@example.com "])
def test_register_says_that_an_address_is_taken(person: User, email: str) -> None:
    before = everything()
    body = problem(register(email=email, role="doctor"), 400)
    assert (body["code"], body["message"]) == (
        "email-taken",
        "There is already an account with this email address. Log in instead.",
    )
    assert everything() == before


@pytest.mark.parametrize(
    ("password", "text"),
    [
        ("short", "This password is too short. It must contain at least 8 characters."),
        ("password123", "This password is too common."),
        ("asha@example.com", "The password is too similar to the email address."),
        ("", "Enter a password."),
        ("x" * 129, "Use at most 128 characters."),
    ],
)
def test_register_refuses_a_weak_password_with_the_reason(password: str, text: str) -> None:
    body = problem(register(password=password), 400)
    assert (body["message"], body["errors"]) == (text, {"password": [text]})
    assert User.objects.count() == 0


def test_register_tells_all_that_is_missing() -> None:
    body = problem(APIClient().post("/api/register", {}), 400)
    email = "Enter an email address in the correct format, like name@example.com."
    assert body["errors"] == {"email": [email], "password": ["Enter a password."]}
    assert body["message"] == f"{email} Enter a password."


def test_register_keeps_spaces_of_a_password() -> None:
    register(password=f" {PASSWORD} ")
    assert log_in(password=PASSWORD).status_code == 401
    assert log_in(password=f" {PASSWORD} ").status_code == 200


def test_register_asks_to_confirm_the_address(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        register()
    assert [message.to for message in mail.outbox] == [["asha@example.com"]]
    assert "http://docspot.example/accounts/confirm-email/" in str(mail.outbox[0].body)
    assert not EmailAddress.objects.get().verified


def test_register_leaves_no_message_for_a_page() -> None:
    response = register()
    assert response.cookies == {}


def test_register_tells_strangers_nothing_where_addresses_are_confirmed(
    must_confirm: None,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    before = User.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        taken = register(email="Asha@example.com", role="doctor")
        new = register(email="new@example.com", role="doctor")
    assert (taken.status_code, taken.content) == (new.status_code, new.content)
    assert taken.json() == {
        "message": "We have sent you an email. Open the link in it, then log in."
    }
    assert {name: value for name, value in taken.items() if name != "Date"} == dict(new.items())
    assert User.objects.count() == before + 1
    assert [message.to for message in mail.outbox] == [["asha@example.com"], ["new@example.com"]]
    assert "/accounts/confirm-email/" not in str(mail.outbox[0].body)
    assert "/accounts/confirm-email/" in str(mail.outbox[1].body)


def test_register_does_not_flood_the_owner_of_an_address(
    must_confirm: None,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            assert register().status_code == 201
    assert len(mail.outbox) == 1


# Logging in


def test_login_gives_tokens_that_work(person: User) -> None:
    response = log_in(" ASHA@example.com ")
    assert (response.status_code, set(response.json())) == (200, {"token", "refresh", "role"})
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['token']}")
    assert client.get("/api/appointments").status_code == 200
    assert ApiSession.objects.get().user == person


def test_login_says_who_one_is(person: User, staff: User, doctor: Doctor) -> None:
    new = make_user("new@example.com")
    make_doctor("Dr. New", user=new, status=Doctor.Status.PENDING)
    boss = make_user("boss@example.com", is_staff=True)
    make_doctor("Dr. Boss", user=boss)
    people = [person, staff, doctor.user, new, boss]
    roles = [log_in(str(user)).json()["role"] for user in people]
    assert roles == ["user", "staff", "doctor", "user", "doctor"]


def test_login_refusal_tells_nothing(person: User) -> None:
    User.objects.create_user("left@example.com", PASSWORD, is_active=False)
    answers = {
        log_in("nobody@example.com").content,
        log_in(password="wrong horse battery").content,
        log_in("left@example.com").content,
        log_in("left@example.com", "wrong horse battery").content,
    }
    assert len(answers) == 1
    body = problem(log_in("nobody@example.com"), 401)
    assert (body["code"], body["message"]) == (
        "login-refused",
        "The email address or the password is not right. Check both and try again.",
    )
    assert ApiSession.objects.count() == 0


def test_login_waits_after_five_wrong_passwords(person: User) -> None:
    for _ in range(5):
        problem(log_in(password="wrong horse battery"), 401)
    body = problem(log_in(), 429)
    assert (body["code"], body["message"]) == (
        "too-many-attempts",
        "Too many attempts to log in. Wait 5 minutes, then try again.",
    )
    assert log_in(make_person(email="other@example.com").email).status_code == 200


def test_login_limit_is_that_of_the_pages(person: User) -> None:
    for _ in range(3):
        problem(log_in(password="wrong horse battery"), 401)
    page = Client()
    for _ in range(2):
        page.post("/accounts/login/", {"login": person.email, "password": "wrong horse battery"})
    problem(log_in(), 429)


def test_right_passwords_do_not_count_as_attempts(person: User) -> None:
    assert [log_in().status_code for _ in range(8)] == [200] * 8


def test_login_waits_for_the_address_to_be_confirmed(
    must_confirm: None,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    assert problem(log_in(password="wrong horse battery"), 401)["code"] == "login-refused"
    with django_capture_on_commit_callbacks(execute=True):
        assert problem(log_in(), 403)["code"] == "email-not-confirmed"
        assert problem(log_in(), 403)["code"] == "email-not-confirmed"
    assert [message.to for message in mail.outbox] == [["asha@example.com"]]
    assert ApiSession.objects.count() == 0
    EmailAddress.objects.update(verified=True)
    assert log_in().status_code == 200


def test_login_does_not_mind_a_stale_token(person: User) -> None:
    client = program_of(make_person())
    ApiSession.objects.all().delete()
    response = client.post("/api/login", {"email": person.email, "password": PASSWORD})
    assert response.status_code == 200
