"""The rules about people and their logins."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from accounts import services
from accounts.exceptions import EmailTaken, KnownAlready, TokenRefused
from accounts.models import Patient, PatientAccess, User
from accounts.selectors import contact_emails, find_patients, may_act_for, own_patient
from docspot.tests.cast import NOW, PASSWORD, make_child, make_person, patient_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def can_call(access: str) -> bool:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    return client.get("/api/appointments").status_code == 200


def test_sign_up_without_a_name_goes_by_the_address() -> None:
    user = services.sign_up(email="Asha@Example.com", password=PASSWORD)
    assert (user.email, patient_of(user).name) == ("asha@example.com", "asha@example.com")


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: x",
        "Eve\u2028Bcc: x",
        " Eve \t Bcc: x",
        "Eve\u202e Bcc: x",
        "Eve\x1b\x07 \u200bBcc:\xad x",
    ],
)
def test_sign_up_keeps_a_name_on_one_line(name: str) -> None:
    user = services.sign_up(email="eve@example.com", password=PASSWORD, name=name)
    assert patient_of(user).name == "Eve Bcc: x"


def test_joiners_of_letters_stay_in_a_name() -> None:
    name = "\u0646\u06cc\u200c\u0646\u0627"  # Persian: without it the letters would join
    assert services.tidy(name) == name


@pytest.mark.parametrize("email", ["asha@example.com", "ASHA@EXAMPLE.COM"])
def test_sign_up_refuses_a_taken_address_whatever_its_case(person: User, email: str) -> None:
    with pytest.raises(EmailTaken):
        services.sign_up(email=email, password=PASSWORD)
    assert (User.objects.count(), Patient.objects.count()) == (1, 1)


def test_database_refuses_a_second_address_in_another_case(person: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="ASHA@example.com")])


def test_access_ends(person: User) -> None:
    child = make_child(person)
    assert may_act_for(person, child)
    PatientAccess.objects.filter(patient=child).update(ended_at=NOW)
    assert not may_act_for(person, child)
    assert list(Patient.objects.accessible_to(person)) == [patient_of(person)]


def test_own_patient_comes_first_and_is_one(person: User) -> None:
    make_child(person, "Aaron Rao")
    names = [patient.name for patient in Patient.objects.accessible_to(person)]
    assert names == ["Asha Rao", "Aaron Rao"]
    assert own_patient(person).name == "Asha Rao"


def test_contact_is_everyone_who_may_act(person: User) -> None:
    child = make_child(person)
    other = make_person("Other Parent", "other@example.com")
    PatientAccess.objects.create(user=other, patient=child, relation="parent")
    assert contact_emails(child) == ["asha@example.com", "other@example.com"]


def test_tokens_rotate(person: User) -> None:
    first = services.open_api_session(user=person, now=NOW)
    second = services.rotate_refresh_token(token=first.refresh, now=NOW)
    assert can_call(second.access)
    assert services.rotate_refresh_token(token=second.refresh, now=NOW).access


def test_rotated_token_used_again_ends_its_whole_family_only(person: User) -> None:
    first = services.open_api_session(user=person, now=NOW)
    elsewhere = services.open_api_session(user=person, now=NOW)
    second = services.rotate_refresh_token(token=first.refresh, now=NOW)
    with pytest.raises(TokenRefused):
        services.rotate_refresh_token(token=first.refresh, now=NOW)
    with pytest.raises(TokenRefused):
        services.rotate_refresh_token(token=second.refresh, now=NOW)
    assert not can_call(second.access)
    assert can_call(elsewhere.access)


def log_out(user: User, refresh: str) -> None:
    services.log_out_everywhere(refresh=refresh, now=NOW)


def change_password(user: User, refresh: str) -> None:
    user.set_password("quite another one")
    user.save()


def deactivate(user: User, refresh: str) -> None:
    services.set_active(user=user, active=False, now=NOW)


def delete(user: User, refresh: str) -> None:
    user.delete()


@pytest.mark.parametrize("act", [log_out, change_password, deactivate, delete])
def test_all_tokens_of_a_person_end_at_the_next_call(person: User, act) -> None:
    here = services.open_api_session(user=person, now=NOW)
    elsewhere = services.open_api_session(user=person, now=NOW)
    assert can_call(here.access)
    act(person, here.refresh)
    for pair in (here, elsewhere):
        assert not can_call(pair.access)
        with pytest.raises(TokenRefused):
            services.rotate_refresh_token(token=pair.refresh, now=NOW)


def test_tokens_of_a_locked_login_stay_dead_when_it_is_let_in_again(person: User) -> None:
    pair = services.open_api_session(user=person, now=NOW)
    services.set_active(user=person, active=False, now=NOW)
    services.set_active(user=person, active=True, now=NOW)
    assert not can_call(pair.access)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "eyJhbGciOiJub25lIn0.e30."])
def test_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        services.rotate_refresh_token(token=token, now=NOW)


def test_access_token_is_no_refresh_token(person: User) -> None:
    pair = services.open_api_session(user=person, now=NOW)
    with pytest.raises(TokenRefused):
        services.rotate_refresh_token(token=pair.access, now=NOW)
    assert not can_call(pair.refresh)


# Patients without a login


def register(**details: object) -> Patient:
    known = {"name": "Asha Rao", "date_of_birth": date(1980, 3, 31), "phone": "+919876543210"}
    return services.register_patient(**known | details)


def test_register_makes_a_patient_without_a_login() -> None:
    patient = register(name=" Asha \n Rao ", email=" asha@example.com ")
    patient.refresh_from_db()
    assert (patient.name, patient.phone, patient.email) == (
        "Asha Rao",
        "+919876543210",
        "asha@example.com",
    )
    assert contact_emails(patient) == ["asha@example.com"]
    assert PatientAccess.objects.count() == 0


@pytest.mark.parametrize(
    ("details", "is_alike"),
    [
        ({"phone": ""}, True),  # name and date of birth
        ({"name": "ASHA RAO", "phone": ""}, True),
        ({"name": "Ravi Rao", "date_of_birth": None}, True),  # telephone
        ({"date_of_birth": date(1980, 3, 30), "phone": ""}, False),
        ({"date_of_birth": None, "phone": ""}, False),
        ({"name": "Ravi Rao", "phone": "+919876543211"}, False),
    ],
)
def test_register_shows_who_may_be_the_same(details: dict[str, object], is_alike: bool) -> None:
    first = register()
    if not is_alike:
        assert register(**details) != first
        return
    with pytest.raises(KnownAlready) as known:
        register(**details)
    assert known.value.patients == [first]
    assert Patient.objects.count() == 1
    assert register(although_alike=True, **details) != first


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("asha", ["Asha Rao"]),
        ("AV RAO", ["Ravi Rao"]),
        ("rao", ["Asha Rao", "Ravi Rao"]),
        ("098765-43210", ["Asha Rao"]),
        ("98765 43210", ["Asha Rao"]),
        ("43210 asha", ["Asha Rao"]),
        ("43210 ravi", []),
        ("31/3/1980", ["Asha Rao"]),
        ("asha@login", ["Asha Rao"]),  # the address of who logs in for her
        ("ravi@", ["Ravi Rao"]),
        ("", []),
        ("%", []),
    ],
)
def test_find_patients_by_what_is_known_of_them(words: str, found: list[str]) -> None:
    asha, ravi = register(), Patient.objects.create(name="Ravi Rao", email="ravi@example.com")
    login = User.objects.create_user("asha@login.example", PASSWORD)
    PatientAccess.objects.create(user=login, patient=asha, relation="self")
    past = User.objects.create_user("ravi@login.example", PASSWORD)
    PatientAccess.objects.create(user=past, patient=ravi, relation="self", ended_at=NOW)
    assert [patient.name for patient in find_patients(words)] == found
