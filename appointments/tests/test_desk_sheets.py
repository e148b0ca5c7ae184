"""Day sheets: a page for each doctor who has visits."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Patient, User
from docspot.tests.cast import at, make_appointment, make_doctor
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, TimeOff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def desk(receptionist: User) -> Client:
    return browser_of(receptionist)


def sheets(client: Client, **query: object) -> str:
    response = client.get(reverse("admin:desk_sheets"), query)
    assert response.status_code == 200
    return response.content.decode()


def lines(page: str) -> list[str]:
    """The rows of the sheets, each as its words."""
    bodies = "".join(re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL))
    rows = re.findall(r"<tr.*?</tr>", bodies, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_sheet_tells_who_comes_and_leaves_room(desk: Client, person: User, doctor: Doctor) -> None:
    ravi = Patient.objects.create(
        name="Ravi Rao", date_of_birth=date(2020, 3, 2), phone="+919876543210"
    )
    make_appointment(doctor, person, at(2, 10), patient=ravi, reason="A cough")
    make_appointment(doctor, person, at(2, 11), status="cancelled")
    TimeOff.objects.create(doctor=doctor, start=at(2, 12), end=at(2, 17), reason="Dentist")
    page = sheets(desk)
    assert lines(page) == [
        "9:00am to 10:00am Free",
        "10:00am Ravi Rao 6 years +91 98765 43210 Consultation A cough Confirmed",
        "10:30am to midday Free",
        "midday to 5:00pm Dentist",
    ]
    words = " ".join(page.split())
    assert "Dr. Smith: 1 visit. Sheet 1 of 1. Printed on Monday 2 March 2026, 8:30am." in words
    assert "Monday 2 March 2026, City Heart Clinic, Hyderabad." in words


def test_only_doctors_with_visits_have_a_sheet(desk: Client, person: User, doctor: Doctor) -> None:
    assert "Nobody is booked on Monday 2 March 2026" in sheets(desk)
    other = make_doctor("Dr. Priya")
    make_appointment(other, person, at(2, 9))
    make_appointment(doctor, person, at(2, 10))
    make_doctor("Dr. Free")
    heads = re.compile(r"<h2>(.*?)</h2>")
    assert heads.findall(sheets(desk)) == ["Dr. Priya", "Dr. Smith"]
    assert heads.findall(sheets(desk, doctor=doctor.pk)) == ["Dr. Smith"]
    assert heads.findall(sheets(desk, day="2026-03-03")) == []


def test_sheets_ask_the_same_for_one_and_three_doctors(
    desk: Client,
    person: User,
    doctor: Doctor,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_appointment(doctor, person, at(2, 9))
    sheets(desk)
    with django_assert_num_queries(16):
        sheets(desk)
    for number in (1, 2):
        make_appointment(make_doctor(f"Dr. {number}"), person, at(2, 9 + number))
    with django_assert_num_queries(16):
        assert len(re.findall("<h2>", sheets(desk))) == 3
