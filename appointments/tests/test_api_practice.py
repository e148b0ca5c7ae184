"""The calls of a doctor: the visits to them, what they do with them, their hours and time off."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest
from django.core import mail
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient
from time_machine import Traveller

from accounts.models import User
from appointments.models import Appointment
from docspot.tests.api import everything, problem
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_user, patient_of
from docspot.tests.fixtures import program_of
from docspot.tests.test_api_hostile import BODIES, LONG, OF_NO_SHAPE, refused, send, written
from doctors.models import Doctor, TimeOff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Status = Appointment.Status
LIST = "/api/practice/appointments"
ACTS = ("approve", "decline", "check-in", "complete", "no-show")
NOT_ONE = "There is no such appointment with you."
NO_DOCTOR = "This is for doctors whom the clinic has approved."


@pytest.fixture
def api(doctor: Doctor) -> APIClient:
    assert doctor.user is not None
    return program_of(doctor.user)


@pytest.fixture
def other(db: None) -> Doctor:
    return make_doctor("Dr. Priya", user=make_user("priya@example.com"))


def starts(api: APIClient, **filters: str) -> list[str]:
    response = api.get(LIST, filters)
    assert response.status_code == 200, response.json()
    return [row["start"] for row in response.json()]


def act(api: APIClient, visit: Appointment, name: str, **sent: Any) -> Any:
    return api.post(f"{LIST}/{visit.pk}/{name}", sent)


def events_of(visit: Appointment) -> list[tuple[str, str]]:
    return list(visit.events.values_list("kind", "note"))[1:]


# Looking


def test_list_is_of_the_visits_to_the_doctor_alone(
    api: APIClient, doctor: Doctor, other: Doctor, person: User
) -> None:
    make_appointment(other, person, at(3, 9))
    visit = make_appointment(
        doctor, person, at(4, 9), status=Status.PENDING, reason="Cough", answer_by=at(3, 17)
    )
    row = {
        "id": str(visit.pk),
        "doctor_id": doctor.pk,
        "doctor_name": "Dr. Smith",
        "specialty": "Cardiologist",
        "location": "Hyderabad",
        "place": "City Heart Clinic",
        "time_zone": "Asia/Kolkata",
        "date": "2026-03-04",
        "start": "2026-03-04T03:30:00Z",
        "end": "2026-03-04T04:00:00Z",
        "status": "pending",
        "patient": patient_of(person).pk,
        "patient_name": "Asha Rao",
        "visit_type": {"id": visit.visit_type_id, "name": "Consultation", "minutes": 30},
        "reason": "Cough",
        "answer_by": "2026-03-03T11:30:00Z",
    }
    assert api.get(LIST).json() == [row]
    assert api.get(f"{LIST}/{visit.pk}").json() == row


def test_list_is_narrowed_by_status_and_days(api: APIClient, doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(5, 9), status=Status.PENDING)
    make_appointment(doctor, person, at(3, 16))
    make_appointment(doctor, person, at(4, 9))
    third, fourth, fifth = (f"2026-03-0{day}T{clock}:00Z" for day, clock in DAYS)
    assert starts(api) == [third, fourth, fifth]
    assert starts(api, status="pending") == [fifth]
    assert starts(api, status="no_show") == []
    assert starts(api, **{"from": "2026-03-04"}) == [fourth, fifth]
    assert starts(api, until="2026-03-03") == [third]
    assert starts(api, **{"from": "2026-03-04", "until": "2026-03-04"}) == [fourth]


DAYS = ((3, "10:30"), (4, "03:30"), (5, "03:30"))


def test_list_comes_in_pages(api: APIClient, doctor: Doctor, person: User) -> None:
    for day in (3, 4, 5):
        make_appointment(doctor, person, at(day, 9))
    response = api.get(LIST, {"page_size": "2"})
    assert len(response.json()) == 2
    assert f'<http://testserver{LIST}?page=2&page_size=2>; rel="next"' in response["Link"]


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_as_many_queries_for_many(
    api: APIClient,
    doctor: Doctor,
    person: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    for day in range(3, 3 + count):
        make_appointment(doctor, person, at(day, 9))
    with django_assert_num_queries(4):  # the login, the doctor, how many, which
        assert len(starts(api)) == count
    with django_assert_num_queries(5):  # and the zones, for the days
        assert len(starts(api, **{"from": "2026-03-03"})) == count


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"status": "banana"}, "status"),
        ({"from": "2026-02-30"}, "from"),
        ({"until": "tomorrow"}, "until"),
        ({"page_size": "0"}, "page_size"),
    ],
)
def test_wrong_filters_are_refused(api: APIClient, filters: dict[str, str], field: str) -> None:
    assert list(problem(api.get(LIST, filters), 400)["errors"]) == [field]


# Acting


@pytest.mark.parametrize(
    ("name", "before", "now", "after"),
    [
        ("approve", Status.PENDING, NOW, "confirmed"),
        ("decline", Status.PENDING, NOW, "declined"),
        ("check-in", Status.CONFIRMED, at(3, 8, 50), "checked_in"),
        ("complete", Status.CHECKED_IN, at(3, 9, 30), "completed"),
        ("no-show", Status.CONFIRMED, at(3, 9, 30), "no_show"),
    ],
)
def test_acts_answer_with_the_appointment_as_it_is_then(
    doctor: Doctor,
    person: User,
    clock: Traveller,
    name: str,
    before: Status,
    now: datetime,
    after: str,
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=before, answer_by=at(2, 17))
    clock.move_to(now)
    assert doctor.user is not None
    response = act(program_of(doctor.user), visit, name)
    assert (response.status_code, response.json()["status"]) == (200, after)
    visit.refresh_from_db()
    assert visit.status == after
    assert [event for event, _ in events_of(visit)] == [after]


def test_decline_gives_its_reason_and_tells_the_patient(
    api: APIClient,
    doctor: Doctor,
    person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=Status.PENDING)
    with django_capture_on_commit_callbacks(execute=True):
        act(api, visit, "decline", reason="Come for a check-up")
    assert events_of(visit) == [("declined", "Come for a check-up")]
    assert [message.to for message in mail.outbox] == [["asha@example.com"]]


@pytest.mark.parametrize(
    ("name", "status", "start", "answer_by", "code"),
    [
        ("approve", Status.CONFIRMED, at(3, 9), None, "wrong-status"),
        ("approve", Status.CANCELLED, at(3, 9), None, "wrong-status"),
        ("approve", Status.PENDING, at(2, 8), None, "already-past"),
        ("approve", Status.PENDING, at(3, 9), at(2, 8), "request-expired"),
        ("decline", Status.CONFIRMED, at(3, 9), None, "wrong-status"),
        ("check-in", Status.CONFIRMED, at(3, 9), None, "too-early"),
        ("check-in", Status.PENDING, at(2, 9), None, "wrong-status"),
        ("complete", Status.CONFIRMED, at(2, 8), None, "wrong-status"),
        ("no-show", Status.CONFIRMED, at(2, 9), None, "too-early"),
        ("no-show", Status.CHECKED_IN, at(2, 8), None, "wrong-status"),
    ],
)
def test_what_the_rules_refuse_is_a_problem_and_changes_nothing(
    api: APIClient,
    doctor: Doctor,
    person: User,
    name: str,
    status: Status,
    start: datetime,
    answer_by: datetime | None,
    code: str,
) -> None:
    visit = make_appointment(doctor, person, start, status=status, answer_by=answer_by)
    before = everything()
    assert problem(act(api, visit, name), 409)["code"] == code
    assert everything() == before


@pytest.mark.parametrize("name", ACTS)
def test_acts_on_visits_to_others_find_nothing(
    api: APIClient, doctor: Doctor, other: Doctor, person: User, name: str
) -> None:
    theirs = make_appointment(other, person, at(3, 9), status=Status.PENDING)
    before = everything()
    assert problem(act(api, theirs, name), 404)["message"] == NOT_ONE
    assert problem(api.get(f"{LIST}/{theirs.pk}"), 404)["message"] == NOT_ONE
    assert everything() == before


@pytest.mark.parametrize("status", [Doctor.Status.PENDING, Doctor.Status.SUSPENDED])
def test_a_doctor_who_is_not_approved_finds_nothing(
    api: APIClient, doctor: Doctor, person: User, status: Doctor.Status
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=Status.PENDING)
    Doctor.objects.filter(pk=doctor.pk).update(status=status)
    before = everything()
    for name in ACTS:
        assert problem(act(api, visit, name), 404)["message"] == NO_DOCTOR
    for path in (LIST, "/api/practice/hours", "/api/practice/time-off"):
        assert problem(api.get(path), 404)["message"] == NO_DOCTOR
    assert problem(api.put("/api/practice/hours", {"hours": []}), 404)["message"] == NO_DOCTOR
    assert everything() == before


def test_patients_and_staff_find_nothing(doctor: Doctor, person: User, staff: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=Status.PENDING)
    for user in (person, staff):
        for name in ACTS:
            assert problem(act(program_of(user), visit, name), 404)["message"] == NO_DOCTOR
    visit.refresh_from_db()
    assert visit.status == Status.PENDING


@pytest.mark.parametrize("name", ACTS[:2])
def test_the_same_act_with_the_same_key_is_done_once(
    api: APIClient, doctor: Doctor, person: User, name: str
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=Status.PENDING)
    url, key = f"{LIST}/{visit.pk}/{name}", {"Idempotency-Key": "one"}
    first, again = (api.post(url, {}, headers=key) for _time in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert len(events_of(visit)) == 1
    assert problem(api.post(url, {}), 409)["code"] == "wrong-status"
    used = api.post(f"{LIST}/{visit.pk}/complete", {}, headers=key)
    assert problem(used, 422)["code"] == "idempotency-key-reused"


@pytest.mark.parametrize("name", ACTS)
def test_hostile_bodies_change_nothing(
    api: APIClient, doctor: Doctor, person: User, name: str
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=Status.PENDING)
    before = everything()
    for body in BODIES:
        refused(send(api, f"{LIST}/{visit.pk}/{name}", body))
    assert everything() == before


def test_hostile_reasons_change_nothing(api: APIClient, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=Status.PENDING)
    before = everything()
    for reason in [*OF_NO_SHAPE, *LONG, "x" * 501]:
        refused(send(api, f"{LIST}/{visit.pk}/decline", written({"reason": reason})))
    assert everything() == before


# Hours and time off: as of any doctor, test_api_schedule.py; here, whose they are


def test_own_hours_are_listed_and_replaced(
    api: APIClient, doctor: Doctor, other: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    listed = api.get("/api/practice/hours").json()
    assert listed == api.get(f"/api/doctors/{doctor.pk}/hours").json()
    mondays = [row for row in listed if row["weekday"] == 0]
    response = api.put("/api/practice/hours", {"hours": mondays})
    assert (response.status_code, response.json()) == (
        200,
        {
            "hours": mondays,
            "visits_to_move": [
                {
                    "id": str(visit.pk),
                    "start": "2026-03-03T03:30:00Z",
                    "end": "2026-03-03T04:00:00Z",
                    "why": "outside_hours",
                }
            ],
        },
    )
    assert doctor.working_hours.count() == 2
    assert other.working_hours.count() == 10


ROW = {"weekday": 0, "opens": "09:00", "closes": "13:00"}


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([ROW | {"opens": "25:00"}], "hours.0.opens"),
        ([ROW | {"weekday": 9}], "hours.0.weekday"),
        ([ROW | {"location": 10**9}], "hours.0.location"),
        ([ROW | {"opens": "14:00"}], "hours.0"),
        ([ROW, ROW | {"opens": "12:30", "closes": "14:00"}], "hours"),
        ([ROW] * 1000, "hours"),
    ],
)
def test_wrong_hours_replace_nothing(
    api: APIClient, doctor: Doctor, rows: list[dict[str, Any]], field: str
) -> None:
    place = doctor.places[0].pk
    before = everything()
    sent = {"hours": [{"location": place} | row for row in rows]}
    assert list(problem(api.put("/api/practice/hours", sent), 400)["errors"]) == [field]
    assert everything() == before


def test_own_time_off_is_added_listed_and_taken_back(
    api: APIClient, doctor: Doctor, other: Doctor
) -> None:
    sent = {"start": "2026-03-09T03:30:00Z", "end": "2026-03-09T06:30:00Z", "reason": "Away"}
    response = api.post("/api/practice/time-off", sent)
    off = TimeOff.objects.get()
    assert (response.status_code, response.json()) == (
        201,
        {"id": off.pk, **sent, "visits_to_move": []},
    )
    assert off.doctor == doctor
    assert api.get("/api/practice/time-off").json() == [{"id": off.pk, **sent}]
    assert other.user is not None
    theirs = program_of(other.user).delete(f"/api/practice/time-off/{off.pk}")
    assert problem(theirs, 404)["message"] == "This doctor has no such time off."
    assert api.delete(f"/api/practice/time-off/{off.pk}").status_code == 204
    assert list(TimeOff.objects.all()) == []


def test_a_member_of_the_staff_who_is_a_doctor_has_own_hours_here(staff: User) -> None:
    make_doctor("Dr. Kumar")
    own = make_doctor("Dr. Desk", user=staff, days=(2,), hours=((time(9), time(10)),))
    assert [row["weekday"] for row in program_of(staff).get("/api/practice/hours").json()] == [2]
    assert program_of(staff).put("/api/practice/hours", {"hours": []}).status_code == 200
    assert own.working_hours.count() == 0
