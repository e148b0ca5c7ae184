"""The page of a patient for who answers the telephone."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Patient, User
from appointments.desk.patients.selectors import Record, record_of
from appointments.models import Appointment, BookingPolicy
from docspot.tests import cast
from docspot.tests.cast import NOW, at, make_appointment, make_child, make_user, patient_of
from docspot.tests.desk import change_url, list_url
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def desk(receptionist: User) -> Client:
    return browser_of(receptionist)


def url_of(patient: Patient) -> str:
    return reverse("admin:desk_patient", args=[patient.pk])


def words(client: Client, patient: Patient, query: str = "") -> str:
    response = client.get(url_of(patient) + query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_page_tells_how_to_reach_them(desk: Client, person: User) -> None:
    Patient.objects.update(phone="+919876543210")
    child = make_child(person)
    Patient.objects.filter(pk=child.pk).update(date_of_birth=date(2020, 3, 3))
    said = words(desk, child)
    assert "Age 5 years (born Tuesday 3 March 2020)" in said
    assert "Telephone Not known" in said
    assert "Parent, Asha Rao: asha@example.com , +91 98765 43210" in said
    child.accesses.update(ended_at=NOW)
    assert "Nobody has a login for them." in words(desk, child)


def test_page_tells_visits_to_come_and_past(desk: Client, doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(2, 9))
    make_appointment(doctor, person, at(1, 9), status="no_show")
    make_appointment(doctor, person, at(3, 9), status="cancelled")
    _, come, past = re.split("Visits to come|Past visits", words(desk, patient_of(person)))
    assert re.findall(r"\w+ \d March 2026, [\d:amp]+", come) == ["Monday 2 March 2026, 9:00am"]
    assert re.findall(r"\w+ \d March 2026, [\d:amp]+", past) == [
        "Tuesday 3 March 2026, 9:00am",
        "Sunday 1 March 2026, 9:00am",
    ]


def test_past_comes_by_page(desk: Client, doctor: Doctor, person: User) -> None:
    for number in range(21):
        make_appointment(doctor, person, at(1, 9) - timedelta(days=number), status="completed")
    patient = patient_of(person)
    assert "Page 1 of 2" in words(desk, patient)
    assert "Monday 9 February 2026, 9:00am" in words(desk, patient, "?page=2")
    assert desk.get(url_of(patient) + "?page=3").status_code == 404
    assert desk.get(url_of(patient) + "?page=x").status_code == 404


def test_record_counts_what_became_of_visits(
    doctor: Doctor, person: User, stranger: User, staff: User
) -> None:
    def cancelled(day: int, before: timedelta) -> None:
        visit = make_appointment(doctor, person, at(day, 9), status="cancelled")
        visit.events.create(kind="cancelled", by=staff, at=visit.start - before, start=visit.start)

    for day, status in enumerate(("completed", "confirmed", "no_show", "declined"), start=1):
        make_appointment(doctor, person, at(day, 9, month=2), status=status)
    make_appointment(doctor, person, at(5, 9))
    make_appointment(doctor, stranger, at(1, 10, month=2), status="no_show")
    cancelled(6, timedelta(hours=2))
    cancelled(7, timedelta(hours=1))
    policy = BookingPolicy.current()
    assert record_of(patient_of(person), now=NOW, policy=policy) == Record(2, 1, 2, 1)


def test_page_asks_the_same_for_one_and_three(
    desk: Client,
    doctor: Doctor,
    person: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    child = make_child(person)

    def make(number: int) -> None:
        make_appointment(doctor, person, at(2, 9 + number), patient=child)
        make_appointment(doctor, person, at(1, 9 + number), patient=child, status="completed")

    make(0)
    words(desk, child)
    with django_assert_num_queries(15):
        words(desk, child)
    for number in (1, 2):
        make(number)
        other = cast.make_person(f"Parent {number}")
        child.accesses.create(user=other, relation="parent")
    with django_assert_num_queries(15):
        words(desk, child)


def test_patient_that_is_not_there_is_not_found(desk: Client) -> None:
    assert desk.get(reverse("admin:desk_patient", args=[0])).status_code == 404
    assert desk.get(reverse("admin:desk_patient", args=[10**30])).status_code == 404


def test_both_people_and_book_must_be_seen(person: User) -> None:
    patient = patient_of(person)
    for codename in ("view_appointment", "view_patient"):
        one = make_user(is_staff=True)
        cast.allow(one, codename)
        assert browser_of(one).get(url_of(patient)).status_code == 403


def test_one_comes_there_from_lists_and_pages(desk: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(2, 9))
    link = f'href="{url_of(visit.patient)}"'
    for page in (list_url(Patient), change_url(visit.patient), change_url(visit)):
        assert link in desk.get(page).content.decode()
    reader = make_user(is_staff=True)
    cast.allow(reader, "view_patient")
    for page in (list_url(Patient), change_url(visit.patient)):
        assert link not in browser_of(reader).get(page).content.decode()
    assert Appointment.objects.count() == 1
