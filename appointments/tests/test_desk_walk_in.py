"""A patient at the desk, on its page: who can see them soonest, and one act that takes them in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Patient, User
from appointments.models import Appointment
from docspot.tests.cast import at, make_appointment, make_doctor, make_location, patient_of
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, VisitType

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
WALK_IN = "/admin/desk/walk-in/"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def morning() -> Iterator[None]:
    """Tuesday, 9:07am."""
    with time_machine.travel(at(3, 9, 7), tick=False):
        yield


@pytest.fixture
def desk(morning: None, staff: User) -> Client:
    return browser_of(staff)


@pytest.fixture
def patient(db: None) -> Patient:
    return Patient.objects.create(name="Noor Khan")


def shown(response: Any) -> list[tuple[str, Any, bool, bool]]:
    return [
        (one.doctor.name, one.start, one.is_now, at_once)
        for one, at_once in response.context["offers"]
    ]


def take(client: Client, patient: Patient, kind: VisitType, start: str = "", **more: str) -> Any:
    address = f"{WALK_IN}?patient={patient.pk}&place={make_location().pk}"
    return client.post(address, {"take": f"{kind.pk} {start}"} | more)


def test_soonest_come_first_now_or_the_next_gap(
    desk: Client, doctor: Doctor, patient: Patient, stranger: User
) -> None:
    late = make_doctor("Dr. Anders")
    make_appointment(late, stranger, at(3, 9, 30))
    full = make_doctor("Dr. Full", max_visits_per_day=1)
    make_appointment(full, stranger, at(3, 14))
    make_doctor("Dr. Away", location=make_location("Pune"))
    make_doctor("Dr. Gone", status=Doctor.Status.SUSPENDED)
    response = desk.get(WALK_IN, {"patient": patient.pk, "place": make_location().pk})
    assert shown(response) == [
        ("Dr. Smith", at(3, 9, 8), True, True),
        ("Dr. Anders", at(3, 10), False, False),
    ]
    assert [one.name for one in response.context["without"]] == ["Dr. Full"]
    page = response.content.decode()
    assert page.count("Book and check in") == 1


def test_only_place_need_not_be_chosen(desk: Client, doctor: Doctor, patient: Patient) -> None:
    assert len(shown(desk.get(WALK_IN, {"patient": patient.pk}))) == 1
    make_location("Pune")
    response = desk.get(WALK_IN, {"patient": patient.pk})
    assert shown(response) == []
    assert "Choose the place where the patient is." in response.content.decode()


def test_specialty_and_doctor_narrow_it(desk: Client, doctor: Doctor, patient: Patient) -> None:
    VisitType.objects.create(doctor=doctor, name="Short", duration_minutes=10)
    make_doctor("Dr. Priya")
    asked = {"patient": patient.pk, "doctor": doctor.pk}
    response = desk.get(WALK_IN, asked)
    assert [(one.doctor.name, one.visit_type.name) for one, _ in response.context["offers"]] == [
        ("Dr. Smith", "Consultation"),
        ("Dr. Smith", "Short"),
    ]
    other = doctor.specialty.__class__.objects.create(name="Eyes", title="Eye doctor", slug="eyes")
    assert shown(desk.get(WALK_IN, {"specialty": other.pk})) == []


def test_without_a_patient_it_is_only_shown(desk: Client, doctor: Doctor) -> None:
    response = desk.get(WALK_IN)
    assert len(shown(response)) == 1
    assert "Book and check in" not in response.content.decode()


def test_now_is_booked_and_checked_in(desk: Client, doctor: Doctor, patient: Patient) -> None:
    response = take(desk, patient, doctor.visit_types.get(), reason="A cut")
    visit = Appointment.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/admin/desk/booked/{visit.pk}/")
    assert (visit.start, visit.status, visit.reason) == (at(3, 9, 8), "checked_in", "A cut")
    assert "<h1>Booked and checked in</h1>" in desk.get(response["Location"]).content.decode()


def test_gap_is_booked(desk: Client, doctor: Doctor, patient: Patient) -> None:
    take(desk, patient, doctor.visit_types.get(), at(3, 9, 30).isoformat())
    visit = Appointment.objects.get()
    assert (visit.start, visit.status) == (at(3, 9, 30), "confirmed")


def test_button_pressed_twice_books_once(desk: Client, doctor: Doctor, patient: Patient) -> None:
    kind = doctor.visit_types.get()
    answers = [take(desk, patient, kind, idempotency_key=KEY) for _ in range(2)]
    visit = Appointment.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/admin/desk/booked/{visit.pk}/"}


def test_refusal_says_why_and_keeps_the_reason(
    desk: Client, doctor: Doctor, patient: Patient, stranger: User
) -> None:
    make_appointment(doctor, stranger, at(3, 9, 30))
    response = take(desk, patient, doctor.visit_types.get(), reason="A cut")
    assert response.status_code == 409
    assert [one.text for one in response.context["in_the_way"]] == [
        "It is taken by a visit of Sam Stranger, 9:30am to 10:00am."
    ]
    assert response.context["take"]["reason"].value() == "A cut"
    assert shown(response) == [("Dr. Smith", at(3, 10), False, False)]
    assert Appointment.objects.filter(patient=patient).count() == 0


def test_patient_who_is_elsewhere_is_refused(desk: Client, doctor: Doctor, person: User) -> None:
    make_appointment(make_doctor("Dr. Priya"), person, at(3, 9))
    response = take(desk, patient_of(person), doctor.visit_types.get())
    assert [one.text for one in response.context["in_the_way"]] == [
        "Asha Rao has an appointment with Dr. Priya then, 9:00am to 9:30am."
    ]


@pytest.mark.parametrize("taken", ["", "x", "0 ", "{kind} soon", "{kind} 2026-13-01T00:00:00Z"])
def test_what_cannot_be_taken_changes_nothing(
    desk: Client, doctor: Doctor, patient: Patient, taken: str
) -> None:
    sent = {"take": taken.format(kind=doctor.visit_types.get().pk)}
    assert desk.post(f"{WALK_IN}?patient={patient.pk}", sent).status_code == 400
    assert Appointment.objects.count() == 0


def test_kind_of_a_doctor_elsewhere_is_not_found(
    desk: Client, doctor: Doctor, patient: Patient
) -> None:
    away = make_doctor("Dr. Away", location=make_location("Pune"))
    assert take(desk, patient, away.visit_types.get()).status_code == 404


def test_new_patient_is_made_and_goes_on_here(desk: Client, doctor: Doctor) -> None:
    sent = {"name": "Noor Khan", "date_of_birth": "1980-03-31"}
    place = make_location().pk
    response = desk.post(f"{WALK_IN}?place={place}", sent)
    patient = Patient.objects.get(name="Noor Khan")
    assert response["Location"] == f"{WALK_IN}?place={place}&patient={patient.pk}"
    wrong = desk.post(f"{WALK_IN}?place={place}", {"name": ""})
    assert wrong.status_code == 400
    assert set(wrong.context["new"].errors) == {"name", "date_of_birth"}
    alike = desk.post(f"{WALK_IN}?place={place}", sent)
    assert [one["patient"] for one in alike.context["alike"]] == [patient]


def test_nobody_left_today_leads_to_another_day(
    desk: Client, doctor: Doctor, patient: Patient
) -> None:
    with time_machine.travel(at(3, 17, 30), tick=False):
        desk = browser_of(desk.get(WALK_IN).wsgi_request.user)
        response = desk.get(WALK_IN, {"patient": patient.pk})
    assert shown(response) == []
    assert "has a free time left today" in response.content.decode()


def test_page_asks_the_same_for_one_and_three_doctors(
    desk: Client, doctor: Doctor, patient: Patient,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    asked = {"patient": patient.pk, "place": make_location().pk}
    desk.get(WALK_IN, asked)
    with django_assert_num_queries(14):
        desk.get(WALK_IN, asked)
    make_doctor("Dr. Priya")
    make_doctor("Dr. Rao")
    with django_assert_num_queries(14):
        desk.get(WALK_IN, asked)
