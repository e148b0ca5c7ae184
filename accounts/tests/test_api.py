"""The calls about logins: refreshing, logging out, and whom one may book for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import ApiSession, PatientAccess, User
from accounts.services import TokenPair, open_api_session, set_active
from docspot.tests.api import problem
from docspot.tests.cast import NOW, make_child, make_user, patient_of
from docspot.tests.fixtures import program_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def pair(person: User) -> TokenPair:
    return open_api_session(user=person, now=NOW)


def refresh(token: str) -> tuple[int, dict[str, str]]:
    response = APIClient().post("/api/token/refresh", {"refresh": token})
    return response.status_code, response.json()


def with_token(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def is_let_in(token: str) -> bool:
    return with_token(token).get("/api/patients").status_code == 200


def test_refresh_gives_a_pair_that_works(pair: TokenPair) -> None:
    status, new = refresh(pair.refresh)
    assert (status, set(new)) == (200, {"token", "refresh"})
    assert is_let_in(new["token"])
    assert refresh(new["refresh"])[0] == 200


def test_refresh_is_good_once_and_reuse_ends_the_family(pair: TokenPair) -> None:
    _, new = refresh(pair.refresh)
    assert refresh(pair.refresh)[0] == 401
    assert refresh(new["refresh"])[0] == 401
    assert not is_let_in(new["token"])
    assert not is_let_in(pair.access)


def test_refresh_lasts_fourteen_days(pair: TokenPair, clock: Any) -> None:
    clock.move_to(NOW + timedelta(days=14, seconds=-1))
    assert refresh(pair.refresh)[0] == 200
    clock.move_to(NOW + timedelta(days=14, seconds=1))
    assert refresh(pair.refresh)[0] == 401


def test_access_lasts_an_hour(pair: TokenPair, clock: Any) -> None:
    clock.move_to(NOW + timedelta(minutes=59))
    assert is_let_in(pair.access)
    clock.move_to(NOW + timedelta(minutes=61))
    body = problem(with_token(pair.access).get("/api/patients"), 401)
    assert (body["code"], body["message"]) == (
        "token-refused",
        "This login has ended. Log in again.",
    )


def test_access_token_does_not_refresh(pair: TokenPair) -> None:
    assert refresh(pair.access)[0] == 401
    assert not is_let_in(pair.refresh)


def test_logout_ends_all_tokens_of_the_person(pair: TokenPair, person: User) -> None:
    phone = open_api_session(user=person, now=NOW)
    response = APIClient().post("/api/logout", {"refresh": pair.refresh})
    assert (response.status_code, response.content) == (204, b"")
    assert not is_let_in(pair.access)
    assert not is_let_in(phone.access)
    assert refresh(pair.refresh)[0] == 401
    assert refresh(phone.refresh)[0] == 401


def test_logout_leaves_others_alone(pair: TokenPair, stranger: User) -> None:
    theirs = open_api_session(user=stranger, now=NOW)
    APIClient().post("/api/logout", {"refresh": pair.refresh})
    assert is_let_in(theirs.access)


def test_logout_with_a_wrong_token_ends_nothing(pair: TokenPair) -> None:
    for token in ("banana", pair.access, pair.refresh[:-2] + "xx"):
        problem(APIClient().post("/api/logout", {"refresh": token}), 401)
    assert is_let_in(pair.access)


def test_password_change_ends_all_tokens(pair: TokenPair, person: User) -> None:
    person.set_password("another horse battery")
    person.save()
    assert not is_let_in(pair.access)
    assert refresh(pair.refresh)[0] == 401


def test_deactivation_ends_all_tokens_for_good(pair: TokenPair, person: User) -> None:
    set_active(user=person, active=False, now=NOW)
    assert not is_let_in(pair.access)
    set_active(user=person, active=True, now=NOW)
    assert not is_let_in(pair.access)
    assert refresh(pair.refresh)[0] == 401


def test_tokens_of_a_deleted_person_are_refused(pair: TokenPair, person: User) -> None:
    PatientAccess.objects.filter(user=person).delete()
    person.delete()
    assert ApiSession.objects.count() == 0
    assert not is_let_in(pair.access)
    assert refresh(pair.refresh)[0] == 401


def test_answers_are_not_kept_on_the_way(pair: TokenPair) -> None:
    response = APIClient().post("/api/token/refresh", {"refresh": pair.refresh})
    assert response["Cache-Control"] == "no-store"
    assert with_token(pair.access).get("/api/patients")["Cache-Control"] == "no-store"


def test_patients_are_oneself_and_those_one_acts_for(person: User, stranger: User) -> None:
    child = make_child(person)
    former = make_child(person, "Mira Rao")
    PatientAccess.objects.filter(patient=former).update(ended_at=NOW)
    assert program_of(person).get("/api/patients").json() == [
        {"id": patient_of_self(person), "name": "Asha Rao", "relation": "self"},
        {"id": child.pk, "name": "Ravi Rao", "relation": "parent"},
    ]
    assert program_of(stranger).get("/api/patients").json() == [
        {"id": patient_of(stranger).pk, "name": "Sam Stranger", "relation": "self"}
    ]
    assert program_of(make_user()).get("/api/patients").json() == []


def patient_of_self(person: User) -> int:
    return person.accesses.get(relation=PatientAccess.Relation.SELF).patient_id
