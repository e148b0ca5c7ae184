"""Any doctor of a specialty in a town: the union of their times, and who gets the visit."""

from __future__ import annotations

from collections import Counter
from datetime import time
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient
from time_machine import Traveller

from accounts.models import User
from appointments import exceptions, services
from appointments.models import Appointment
from appointments.tests.test_races import at_once, forget_visits
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_location,
    make_person,
    make_specialty,
    patient_of,
)
from docspot.tests.fixtures import browser_of, program_of
from doctors.models import Doctor, TimeOff

pytestmark = pytest.mark.django_db
CITY = "Hyderabad"
WHO = {"specialty": "cardiology", "place": CITY}


def book_address() -> str:
    specialty = make_specialty().pk
    return reverse("appointments:book_any", kwargs={"specialty": specialty, "place": CITY})


@pytest.fixture
def hearts(db: None) -> list[Doctor]:
    """Three cardiologists in Hyderabad; beside them one elsewhere and one of another field."""
    elsewhere = make_location("Guntur", name="Guntur Clinic")
    make_doctor("Dr. Elsewhere", location=elsewhere)
    make_doctor("Dr. Skin", specialty=make_specialty("Dermatology", "Dermatologist"))
    return [
        make_doctor("Dr. A", hours=((time(9), time(10)),)),
        make_doctor("Dr. B", hours=((time(9, 30), time(11)),)),
        make_doctor("Dr. C", hours=((time(9), time(10)),)),
    ]


def book(doctors: list[Doctor], user: User, start: object = None) -> Appointment:
    fresh = list(Doctor.objects.filter(pk__in=[doctor.pk for doctor in doctors]).with_card())
    return services.book_any(
        doctors=fresh,
        city=CITY,
        patient=patient_of(user),
        start=start or at(3, 9),
        by=user,
        now=NOW,
    )


def test_doctor_with_fewest_visits_that_day_gets_it(hearts: list[Doctor], person: User) -> None:
    make_appointment(hearts[0], make_person(), at(3, 9, 30))
    make_appointment(hearts[2], make_person(), at(4, 9))  # another day does not count
    assert book(hearts, person).doctor == hearts[2]


def test_cancelled_visits_do_not_count(hearts: list[Doctor], person: User) -> None:
    make_appointment(hearts[0], make_person(), at(3, 9, 30), status="cancelled")
    assert book(hearts, person).doctor == hearts[0]


def test_doctor_who_is_not_free_is_passed_over(hearts: list[Doctor], person: User) -> None:
    make_appointment(hearts[0], make_person(), at(3, 9))
    make_appointment(hearts[2], make_person(), at(3, 9, 30))
    assert book(hearts, person).doctor == hearts[2]


def test_time_at_which_nobody_is_free_is_refused(hearts: list[Doctor], person: User) -> None:
    with pytest.raises(exceptions.SlotUnavailable):
        book(hearts, person, at(3, 11))
    assert Appointment.objects.count() == 0


def test_same_time_twice_is_booked_once(hearts: list[Doctor], person: User) -> None:
    first = book(hearts, person)
    with pytest.raises(exceptions.AlreadyBooked) as refusal:
        book(hearts, person)
    assert refusal.value.appointment == first


def test_doctor_for_new_patients_is_passed_over_for_a_known_one(
    hearts: list[Doctor], person: User
) -> None:
    hearts[0].visit_types.update(audience="new")
    make_appointment(hearts[0], person, at(1, 9), status="completed")
    make_appointment(hearts[2], make_person(), at(3, 9, 30))
    assert book(hearts, person).doctor == hearts[2]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rivals_share_the_doctors_and_nobody_gets_two(transactional_db: None) -> None:
    doctors = [make_doctor(f"Dr. {number}") for number in range(3)]
    people = [make_person() for _ in range(12)]
    for _round in range(3):
        ends = at_once([partial(book, doctors, person) for person in people])
        assert ends == {"done": 3, "SlotUnavailable": 9}
        assert set(Counter(Appointment.objects.values_list("doctor", flat=True)).values()) == {1}
        forget_visits()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_rivals_for_several_times_are_spread_evenly(transactional_db: None) -> None:
    doctors = [make_doctor(f"Dr. {number}") for number in range(3)]
    starts = [at(3, 9 + number // 2, 30 * (number % 2)) for number in range(6)]
    at_once([partial(book, doctors, make_person(), start) for start in starts])
    visits = Counter(Appointment.objects.values_list("doctor", flat=True))
    assert sorted(visits.values()) == [2, 2, 2]


# Pages


def free_on_page(client: Client, **query: str) -> list[str]:
    page = client.get(reverse("doctors:any", kwargs=WHO), query)
    week = page.context["week"]
    return [f"{slot.start:%d %H:%M}" for day in week.days for slot in day.slots]


def test_page_shows_the_times_of_all_each_once(
    client: Client, hearts: list[Doctor], clock: Traveller
) -> None:
    TimeOff.objects.create(location=make_location(), start=at(4, 0), end=at(14, 0))
    assert free_on_page(client) == [
        # In UTC; today from two hours' notice on.
        "02 05:00",
        "03 03:30",
        "03 04:00",
        "03 04:30",
        "03 05:00",
    ]


def test_page_of_a_town_without_such_doctors_is_not_there(
    client: Client, hearts: list[Doctor]
) -> None:
    for who in ({"specialty": "cardiology", "place": "Nowhere"}, {"specialty": "x", "place": CITY}):
        assert client.get(reverse("doctors:any", kwargs=who)).status_code == 404


def test_patient_books_whoever_is_free(
    hearts: list[Doctor], person: User, clock: Traveller
) -> None:
    browser, address = browser_of(person), book_address()
    start = "2026-03-03T03:30:00Z"
    page = browser.get(address, {"start": start})
    assert page.status_code == 200
    answer = browser.post(address, {"start": start, "patient": patient_of(person).pk})
    visit = Appointment.objects.get()
    assert (visit.doctor, visit.start) == (hearts[0], at(3, 9))
    assert answer.headers["Location"] == reverse("appointments:detail", args=[visit.pk])
    again = browser.post(address, {"start": start, "patient": patient_of(person).pk})
    assert again.headers["Location"] == answer.headers["Location"]


def test_time_that_has_gone_is_said(hearts: list[Doctor], person: User, clock: Traveller) -> None:
    browser, address = browser_of(person), book_address()
    data = {"start": "2026-03-03T03:00:00Z", "patient": patient_of(person).pk}
    answer = browser.post(address, data)
    assert (answer.status_code, Appointment.objects.count()) == (409, 0)
    assert "Free times of any Cardiologist in Hyderabad" in answer.content.decode()


@pytest.mark.parametrize("start", ["", "banana", "2026-03-03T03:30:00"])
def test_time_of_another_shape_is_refused(
    hearts: list[Doctor], person: User, clock: Traveller, start: str
) -> None:
    browser, address = browser_of(person), book_address()
    assert browser.get(address, {"start": start}).status_code == 400
    assert browser.post(address, {"start": start}).status_code == 400


def test_directory_of_a_specialty_in_a_town_leads_there(
    client: Client, hearts: list[Doctor], clock: Traveller
) -> None:
    address = reverse("doctors:any", kwargs=WHO)
    assert address in client.get(reverse("doctors:directory"), WHO).content.decode()
    assert address not in client.get(reverse("doctors:directory")).content.decode()


# Calls


def test_call_lists_the_times_of_all(hearts: list[Doctor], clock: Traveller) -> None:
    answer = APIClient().get("/api/slots", WHO | {"from": "2026-03-03", "days": "1"})
    assert [slot["start"] for slot in answer.json()] == [
        "2026-03-03T03:30:00Z",
        "2026-03-03T04:00:00Z",
        "2026-03-03T04:30:00Z",
        "2026-03-03T05:00:00Z",
    ]


@pytest.mark.parametrize("when", ["2026-03-03T03:30:00Z", "2026-03-03"])
def test_call_books_whoever_is_free(
    hearts: list[Doctor], person: User, clock: Traveller, when: str
) -> None:
    answer = program_of(person).post("/api/book", WHO | {"date": when})
    assert (answer.status_code, answer.json()["start"]) == (201, "2026-03-03T03:30:00Z")
    assert Appointment.objects.get().doctor == hearts[0]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"specialty": "cardiology"}, 400),
        ({"place": CITY}, 400),
        ({"specialty": "cardiology", "place": "Nowhere"}, 404),
        ({"specialty": "cardiology", "place": 7}, 400),
        (WHO | {"date": "2026-03-03T01:00:00Z"}, 409),
    ],
)
def test_call_refuses_what_is_nobody(
    hearts: list[Doctor], person: User, clock: Traveller, sent: dict[str, object], status: int
) -> None:
    answer = program_of(person).post("/api/book", {"date": "2026-03-03"} | sent)
    assert (answer.status_code, Appointment.objects.count()) == (status, 0)
