"""The waiting list for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Patient, User
from appointments.models import WaitingEntry
from docspot.tests.api import problem
from docspot.tests.cast import at, make_appointment, make_doctor, patient_of
from docspot.tests.fixtures import program_of
from docspot.tests.waiting import make_offer, wait_for
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

WAITING = "/api/waiting"


@pytest.fixture
def away(doctor: Doctor) -> Doctor:
    """Nothing of Dr. Smith's is free until Wednesday 11 March."""
    doctor.time_off.create(start=at(1, 0), end=at(11, 0))
    return doctor


@pytest.fixture
def program(person: User) -> APIClient:
    return program_of(person)


def test_program_joins_and_finds_itself(away: Doctor, person: User, program: APIClient) -> None:
    kind = away.visit_types.get()
    sent = {"doctor_id": away.pk, "weekdays": [4, 0], "to_time": "12:00", "last_day": "2026-03-10"}
    answer = program.post(WAITING, sent)
    assert answer.status_code == 201
    entry = WaitingEntry.objects.get()
    assert answer.json() == {
        "id": entry.pk,
        "status": "waiting",
        "number": 1,
        "patient": patient_of(person).pk,
        "patient_name": "Asha Rao",
        "doctor_id": away.pk,
        "visit_type": {"id": kind.pk, "name": "Consultation", "minutes": 30},
        "specialty": None,
        "place": "",
        "instead_of": None,
        "weekdays": [0, 4],
        "from_time": None,
        "to_time": "12:00",
        "first_day": "2026-03-02",
        "last_day": "2026-03-10",
        "reason": "",
        "offer": None,
    }
    assert program.get(WAITING).json() == [answer.json()]
    assert problem(program.post(WAITING, sent), 409)["code"] == "already-waiting"


def test_program_joins_for_any_doctor_and_instead_of_a_visit(
    away: Doctor, person: User, program: APIClient
) -> None:
    sent: dict[str, Any] = {
        "specialty": "cardiology",
        "place": "hyderabad",
        "last_day": "2026-03-10",
    }
    answer = program.post(WAITING, sent).json()
    assert (answer["specialty"], answer["place"], answer["doctor_id"]) == (
        "cardiology",
        "Hyderabad",
        None,
    )
    visit = make_appointment(away, person, at(12, 9))
    sent = {"doctor_id": away.pk, "instead_of": str(visit.pk), "last_day": "2026-03-10"}
    assert program.post(WAITING, sent).json()["instead_of"] == str(visit.pk)


def test_appointment_is_named_by_its_id_as_usual(
    away: Doctor, person: User, program: APIClient
) -> None:
    visit = make_appointment(away, person, at(12, 9))
    sent = {"doctor_id": away.pk, "last_day": "2026-03-10", "instead_of": visit.pk.int}
    assert problem(program.post(WAITING, sent), 400)["errors"].keys() == {"instead_of"}


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"doctor_id": None}, 400, "wrong-fields"),
        ({"doctor_id": 999}, 404, "not-found"),
        ({"doctor_id": None, "specialty": "x", "place": "y"}, 404, "not-found"),
        ({"visit_type": 999}, 400, "wrong-fields"),
        ({"patient": 999}, 400, "wrong-fields"),
        ({"instead_of": "0b6469f4-7f80-4c58-9a37-5cc4c98ad9dd"}, 400, "wrong-fields"),
        ({"weekdays": []}, 400, "wrong-fields"),
        ({"weekdays": [7]}, 400, "wrong-fields"),
        ({"weekdays": [1, 1]}, 400, "wrong-fields"),
        ({"weekdays": [True]}, 400, "wrong-fields"),
        ({"weekdays": "all"}, 400, "wrong-fields"),
        ({"from_time": "25:00"}, 400, "wrong-fields"),
        ({"from_time": "12:00", "to_time": "09:00"}, 400, "wishes-refused"),
        ({"last_day": "2026-02-01"}, 400, "wishes-refused"),
        ({"last_day": None}, 400, "wrong-fields"),
        ({"last_day": "2026-03-11"}, 409, "times-free-now"),
    ],
)
def test_program_is_told_what_is_wrong(
    away: Doctor, program: APIClient, wrong: dict[str, Any], status: int, code: str
) -> None:
    sent = {"doctor_id": away.pk, "last_day": "2026-03-10"} | wrong
    assert problem(program.post(WAITING, sent), status)["code"] == code
    assert not WaitingEntry.objects.exists()


def test_program_leaves(away: Doctor, person: User, program: APIClient, stranger: User) -> None:
    entry = wait_for(away, person)
    problem(program_of(stranger).delete(f"{WAITING}/{entry.pk}"), 404)
    assert program.delete(f"{WAITING}/{entry.pk}").status_code == 204
    problem(program.delete(f"{WAITING}/{entry.pk}"), 404)
    entry.refresh_from_db()
    assert entry.status == "left"


def test_program_takes_what_is_kept(
    away: Doctor, person: User, program: APIClient, stranger: User
) -> None:
    visit = make_appointment(away, person, at(12, 9))
    entry = wait_for(away, person, instead_of=visit)
    accept = f"{WAITING}/{entry.pk}/accept"
    assert problem(program.post(accept, {}), 409)["code"] == "offer-over"
    away.time_off.all().delete()
    make_offer(entry, at(4, 9))
    (listed,) = program.get(WAITING).json()
    assert (listed["offer"]["start"], listed["offer"]["until"]) == (
        "2026-03-04T03:30:00Z",
        "2026-03-02T03:30:00Z",
    )
    problem(program_of(stranger).post(accept, {}), 404)
    answer = program.post(accept, {}, headers={"Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["start"]) == (200, "2026-03-04T03:30:00Z")
    assert answer.json()["id"] == str(visit.pk)
    again = program.post(accept, {}, headers={"Idempotency-Key": "one"})
    assert again.json() == answer.json()
    problem(program.post(accept, {}), 404)


def test_program_lets_what_is_kept_go(away: Doctor, person: User, program: APIClient) -> None:
    entry = wait_for(away, person, last_day=date(2026, 3, 10))
    offer = make_offer(entry, at(4, 9))
    answer = program.post(f"{WAITING}/{entry.pk}/decline", {})
    assert (answer.status_code, answer.json()["status"], answer.json()["offer"]) == (
        200,
        "waiting",
        None,
    )
    offer.refresh_from_db()
    assert offer.status == "declined"
    answer = program.post(f"{WAITING}/{entry.pk}/decline", {})
    assert problem(answer, 409)["code"] == "offer-over"


def test_list_asks_the_same_for_one_and_three_rows(
    away: Doctor, person: User, program: APIClient
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            program.get(WAITING)
        return len(found)

    make_offer(wait_for(away, person), at(4, 9))
    program.get(WAITING)
    one = queries()
    for name in ("Dr. Priya", "Dr. Kumar"):
        child = Patient.objects.create(name=name)
        child.accesses.create(user=person, relation="parent")
        make_offer(wait_for(make_doctor(name), person, patient=child), at(5, 9))
    assert len(program.get(WAITING).json()) == 3
    assert (one, queries()) == (5, 5)
