"""“Why is this time not bookable?”, on its page; the rules by name are in test_obstacles.py."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from docspot.tests.cast import at, make_appointment, make_doctor, make_location, patient_of
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, VisitType

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
WHY = "/admin/desk/why/"


@pytest.fixture
def desk(staff: User) -> Client:
    return browser_of(staff)


def ask(client: Client, doctor: Doctor, day: str, time: str, **more: Any) -> Any:
    return client.get(WHY, {"doctor": doctor.pk, "day": day, "time": time} | more)


def head_of(response: Any) -> str:
    page = " ".join(response.content.decode().split())
    return page.partition('<h2 id="answer"> ')[2].partition(" </h2>")[0]


def test_page_asks_which_time(desk: Client, doctor: Doctor) -> None:
    response = desk.get(WHY)
    assert (response.status_code, head_of(response)) == (200, "")


def test_free_time_is_bookable(desk: Client, doctor: Doctor) -> None:
    response = ask(desk, doctor, "2026-03-03", "09:00")
    assert (response.status_code, head_of(response)) == (200, "It is bookable")
    assert f"/admin/desk/book/?doctor={doctor.pk}" in response.content.decode()


def test_rule_is_named_with_the_nearest_free_times(desk: Client, doctor: Doctor) -> None:
    response = ask(desk, doctor, "2026-03-03", "13:15")
    assert head_of(response) == "It is not bookable"
    assert [one.text for one in response.context["in_the_way"]] == [
        "It is in a break. Dr. Smith works that day: 9:00am to 1:00pm and 2:00pm to 5:00pm."
    ]
    assert at(3, 14) in [slot.start for slot in response.context["nearest"]]


def test_rules_that_bind_some_are_told_apart(desk: Client, doctor: Doctor) -> None:
    soon = ask(desk, doctor, "2026-03-02", "09:00")
    assert head_of(soon) == "It is not bookable online, but the desk may overrule that"
    kind = VisitType.objects.create(
        doctor=doctor, name="By telephone", duration_minutes=30, is_online=False
    )
    offline = ask(desk, doctor, "2026-03-03", "09:00", visit_type=kind.pk)
    assert head_of(offline) == "It is bookable by the desk, not online"


def test_visit_in_the_way_is_linked(desk: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    page = ask(desk, doctor, "2026-03-03", "09:00").content.decode()
    assert f"/admin/appointments/appointment/{visit.pk}/change/" in page


def test_patient_is_asked_about_too(desk: Client, doctor: Doctor, person: User) -> None:
    make_appointment(make_doctor("Dr. Priya"), person, at(3, 9))
    more = {"patient": patient_of(person).pk}
    response = ask(desk, doctor, "2026-03-03", "09:00", **more)
    assert [one.text for one in response.context["in_the_way"]] == [
        "Asha Rao has an appointment with Dr. Priya then, 9:00am to 9:30am."
    ]


@pytest.mark.parametrize("status", ["pending", "suspended", "rejected"])
def test_doctor_who_is_not_approved_is_explained(desk: Client, status: str) -> None:
    doctor = make_doctor(status=status)
    response = ask(desk, doctor, "2026-03-03", "09:00")
    assert len(response.context["in_the_way"]) == 1
    assert response.context["nearest"] == []


def test_doctor_without_kinds_or_hours_is_explained(desk: Client, doctor: Doctor) -> None:
    doctor.working_hours.all().delete()
    response = ask(desk, doctor, "2026-03-03", "09:00")
    assert [one.text for one in response.context["in_the_way"]] == [
        "Dr. Smith has no working hours."
    ]
    doctor.visit_types.all().delete()
    assert ask(desk, doctor, "2026-03-03", "09:00").context["nothing_offered"]


def test_time_is_on_the_clock_of_the_place(desk: Client) -> None:
    doctor = make_doctor(location=make_location("London", time_zone="Europe/London"))
    response = ask(desk, doctor, "2026-03-03", "09:00")
    assert response.context["start"] == at(3, 14, 30)
    assert head_of(response) == "It is bookable"


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "soon"},
        {"time": "25:00"},
        {"day": ""},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"doctor": "x"},
        {"doctor": "999999"},
        {"visit_type": "999999"},
        {"place": "x"},
        {"patient": "x"},
    ],
)
def test_what_cannot_be_asked_is_said(desk: Client, doctor: Doctor, asked: dict[str, str]) -> None:
    whole = {"doctor": doctor.pk, "day": "2026-03-03", "time": "09:00"} | asked
    response = desk.get(WHY, whole)
    assert response.status_code == 400
    assert set(response.context["form"].errors) == set(asked)
    assert "There is a problem" in response.content.decode()


def test_page_asks_the_same_with_one_and_three_visits(
    desk: Client, doctor: Doctor, person: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    make_appointment(doctor, person, at(3, 9))
    ask(desk, doctor, "2026-03-03", "09:00")
    with django_assert_num_queries(17):
        ask(desk, doctor, "2026-03-03", "09:00")
    for hour in (10, 11):
        make_appointment(doctor, person, at(3, hour))
    with django_assert_num_queries(17):
        ask(desk, doctor, "2026-03-03", "09:00")
