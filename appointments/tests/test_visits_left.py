"""The visits of a doctor who is suspended: in full on one page, for staff to deal with."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from appointments.models import Appointment
from docspot.tests.cast import (
    at,
    make_appointment,
    make_doctor,
    make_manager,
    make_receptionist,
    make_user,
)
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def suspend(client: Client, *doctors: Doctor) -> Any:
    chosen = [doctor.pk for doctor in doctors]
    data = {"action": "suspend", "_selected_action": chosen, "words": "Because."}
    return client.post(reverse("admin:doctors_doctor_changelist"), data, follow=True)


def test_suspending_leads_to_all_visits_that_are_left(staff: User, person: User) -> None:
    doctor, idle = make_doctor(), make_doctor("Dr. Idle")
    visits = [
        make_appointment(doctor, person, at(day, hour, minute))
        for day in (3, 4)
        for hour in (9, 10, 11, 12, 14, 15)
        for minute in (0, 30)
    ]
    over = make_appointment(doctor, person, at(2, 7))
    gone = make_appointment(doctor, person, at(5, 9), status="cancelled")
    elsewhere = make_appointment(make_doctor("Dr. Kumar"), person, at(6, 9))
    response = suspend(browser_of(staff), doctor, idle)
    assert response.redirect_chain == [(reverse("admin:doctors_doctor_left"), 302)]
    assert [str(message) for message in response.context["messages"]] == ["2 doctors suspended."]
    assert [*response.context["left"]] == [doctor]
    links = [reverse("admin:appointments_appointment_change", args=[one.pk]) for one in visits]
    assert [link for link in links if f'href="{link}"' not in response.text] == []
    for other in (over, gone, elsewhere):
        assert str(other.pk) not in response.text
    assert set(Appointment.objects.filter(doctor=doctor).values_list("status", flat=True)) == {
        "confirmed",
        "cancelled",
    }


def test_suspending_without_visits_leads_back_to_the_list(staff: User) -> None:
    response = suspend(browser_of(staff), make_doctor())
    assert response.redirect_chain == [(reverse("admin:doctors_doctor_changelist"), 302)]
    left = browser_of(staff).get(reverse("admin:doctors_doctor_left"))
    assert "There is nothing to deal with." in left.text


def test_visits_left_are_for_staff_who_may_see_visits(doctor: Doctor, person: User) -> None:
    page = reverse("admin:doctors_doctor_left")
    answers = [
        browser_of(who).get(page).status_code
        for who in (make_manager(), make_receptionist(), make_user(is_staff=True), person)
    ]
    assert answers == [200, 200, 403, 403]


def test_visits_left_ask_the_same_for_one_and_three(
    staff: User, person: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser, page = browser_of(staff), reverse("admin:doctors_doctor_left")
    for number in (1, 3):
        for one in range(number):
            name = f"Dr. {number}-{one}"
            make_appointment(make_doctor(name), person, at(3, 8 + number + one))
        Doctor.objects.update(status="suspended")
        with django_assert_num_queries(4):
            assert browser.get(page).status_code == 200
