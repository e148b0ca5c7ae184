"""Booking for a patient on the telephone: found or made, a time chosen, checked, confirmed."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import Patient, User
from appointments import services
from appointments.models import Appointment, BookingPolicy
from docspot.tests.cast import (
    NOW,
    at,
    group_of,
    make_appointment,
    make_doctor,
    make_location,
    make_person,
    make_specialty,
    patient_of,
)
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, VisitType

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
BOOK = "/admin/desk/book/"
KEY = "0123456789abcdef0123456789abcdef"
NEW = {"name": "Asha Rao", "date_of_birth": "1980-03-31", "phone": "+91 98765 43210", "email": ""}


@pytest.fixture
def desk(receptionist: User) -> Client:
    return browser_of(receptionist)


@pytest.fixture
def patient(db: None) -> Patient:
    """Without a login and without an address."""
    return Patient.objects.create(name="Noor Khan", date_of_birth=date(1980, 3, 31))


def book_url(patient: Patient, doctor: Doctor, start: datetime | None = None, **more: Any) -> str:
    asked = {"patient": patient.pk, "doctor": doctor.pk} | more
    if start is not None:
        asked |= {"start": start.isoformat()}
    return f"{BOOK}?{urlencode(asked)}"


def texts(found: list[Any]) -> list[str]:
    return [one.text for one in found]


# Who it is for


def test_page_begins_with_who_it_is_for(desk: Client) -> None:
    response = desk.get(BOOK)
    assert response.status_code == 200
    assert response.context["found"] == []
    assert "Who is it for?" in response.content.decode()


def test_search_tells_namesakes_apart(desk: Client, doctor: Doctor, person: User) -> None:
    other = Patient.objects.create(
        name="Asha Rao", date_of_birth=date(1980, 3, 31), phone="+919876543210"
    )
    make_appointment(doctor, person, at(1, 9, month=2), status="completed")
    make_appointment(doctor, person, at(2, 9, month=2), status="cancelled")
    response = desk.post(BOOK, {"q": "asha"})
    assert [(one["patient"], one["email"]) for one in response.context["found"]] == [
        (patient_of(person), "asha@example.com"),
        (other, ""),
    ]
    page = " ".join(response.content.decode().split())
    for words in (
        "2 patients found.",
        "born 31 March 1980",
        "+91 98765 43210",
        "last visit 1 February 2026, Dr. Smith",
        "no visit so far",
    ):
        assert words in page


def test_search_shows_twenty_and_says_that_there_are_more(desk: Client) -> None:
    Patient.objects.bulk_create(Patient(name=f"Rao {number:02}") for number in range(21))
    response = desk.post(BOOK, {"q": "rao"})
    names = [one["patient"].name for one in response.context["found"]]
    assert names == [f"Rao {number:02}" for number in range(20)]
    assert "More than 20 patients." in response.content.decode()


def test_search_for_nobody_begins_the_new_patient(desk: Client) -> None:
    response = desk.post(BOOK, {"q": "Noor Khan 31.3.1980"})
    assert response.context["found"] == []
    new = response.context["new"]
    assert (new["name"].value(), new["date_of_birth"].value()) == ("Noor Khan", date(1980, 3, 31))


def test_search_asks_the_same_for_one_and_three(
    desk: Client, doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    visitor = make_person("Rao 1")
    make_appointment(doctor, visitor, at(1, 9, month=2))
    desk.get(BOOK)
    with django_assert_num_queries(8):
        assert len(desk.post(BOOK, {"q": "rao"}).context["found"]) == 1
    for number in (2, 3):
        make_appointment(doctor, make_person(f"Rao {number}"), at(number, 9, month=2))
    with django_assert_num_queries(8):
        assert len(desk.post(BOOK, {"q": "rao"}).context["found"]) == 3


def test_new_patient_is_made_and_the_booking_goes_on(desk: Client, doctor: Doctor) -> None:
    response = desk.post(f"{BOOK}?q=asha&doctor={doctor.pk}", NEW)
    patient = Patient.objects.get()
    assert (patient.name, patient.date_of_birth, patient.phone, patient.users.count()) == (
        "Asha Rao",
        date(1980, 3, 31),
        "+919876543210",
        0,
    )
    assert (response.status_code, response["Location"]) == (
        302,
        f"{BOOK}?doctor={doctor.pk}&patient={patient.pk}",
    )


def test_new_patient_sent_twice_is_made_once(desk: Client) -> None:
    answers = [desk.post(BOOK, NEW | {"idempotency_key": KEY}) for _ in range(2)]
    assert Patient.objects.count() == 1
    assert [answer["Location"] for answer in answers] == [
        f"{BOOK}?patient={Patient.objects.get().pk}"
    ] * 2


def test_possible_duplicates_are_shown_before_a_second_is_made(desk: Client) -> None:
    desk.post(BOOK, NEW)
    response = desk.post(BOOK, NEW | {"name": "Ravi Rao"})
    assert response.status_code == 409
    assert [one["patient"].name for one in response.context["alike"]] == ["Asha Rao"]
    assert response.context["new"]["name"].value() == "Ravi Rao"
    assert Patient.objects.count() == 1
    assert desk.post(BOOK, NEW | {"name": "Ravi Rao", "although_alike": "on"}).status_code == 302
    assert Patient.objects.count() == 2


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"name": ""}, "name", "Enter the patient's full name"),
        ({"date_of_birth": ""}, "date_of_birth", "Enter the date of birth"),
        ({"date_of_birth": "31-31-31"}, "date_of_birth", "Enter a date of birth, like 31 3 1980"),
        ({"date_of_birth": "2031-01-01"}, "date_of_birth", "Enter a date of birth in the past."),
        (
            {"phone": "12"},
            "phone",
            "Enter a phone number with its country code, like +91 98765 43210",
        ),
    ],
)
def test_new_patient_is_typed_again_where_it_is_wrong(
    desk: Client, sent: dict[str, str], field: str, said: str
) -> None:
    response = desk.post(BOOK, NEW | sent)
    assert response.status_code == 400
    assert "<title>Error: Book for a patient" in response.content.decode()
    assert response.context["new"].errors == {field: [said]}
    assert Patient.objects.count() == 0


def test_who_may_not_add_patients_finds_them_only(desk: Client, receptionist: User) -> None:
    group = group_of("Receptionist")
    group.permissions.remove(group.permissions.get(codename="add_patient"))
    assert desk.get(BOOK).context["new"] is None
    assert desk.post(BOOK, NEW).status_code == 403
    assert Patient.objects.count() == 0


@pytest.mark.parametrize("codename", ["add_appointment", "change_appointment"])
def test_who_may_not_book_gets_none_of_it(desk: Client, receptionist: User, codename: str) -> None:
    group = group_of("Receptionist")
    group.permissions.remove(group.permissions.get(codename=codename))
    for name in ("desk_book", "desk_walk_in"):
        assert desk.get(reverse(f"admin:{name}")).status_code == 403


# When


def test_times_of_a_doctor_are_shown_by_day(desk: Client, doctor: Doctor, patient: Patient) -> None:
    response = desk.get(book_url(patient, doctor, day="2026-03-03"))
    days = response.context["days"]
    assert [day["date"] for day in days] == [date(2026, 3, 3 + number) for number in range(7)]
    assert [len(day["slots"]) for day in days] == [14, 14, 14, 14, 0, 0, 14]
    assert len(days[0]["shown"]) == 12
    page = response.content.decode()
    assert "start=2026-03-03T03%3A30%3A00Z" in page
    assert "2 more" in page


def test_kind_that_is_not_online_is_offered_at_the_desk(
    desk: Client, doctor: Doctor, patient: Patient
) -> None:
    kind = VisitType.objects.create(
        doctor=doctor, name="By telephone", duration_minutes=60, is_online=False
    )
    response = desk.get(book_url(patient, doctor))
    assert [str(kind) for kind in response.context["kinds"]] == ["Consultation", "By telephone"]
    assert "By telephone, 60 minutes, not online" in response.content.decode()
    response = desk.get(book_url(patient, doctor, visit_type=kind.pk, day="2026-03-03"))
    assert len(response.context["days"][0]["slots"]) == 7


def test_times_within_notice_are_shown_when_it_is_overruled(
    desk: Client, doctor: Doctor, patient: Patient
) -> None:
    def first(**more: Any) -> datetime:
        return desk.get(book_url(patient, doctor, **more)).context["first_slot"].start

    assert first() == at(2, 10, 30)
    assert first(overrule="on") == at(2, 9)
    weeks = [
        desk.get(book_url(patient, doctor, day="2026-12-01", **more)).context["week"].first
        for more in ({}, {"overrule": "on"})
    ]
    assert weeks == [date(2026, 5, 31), date(2026, 12, 1)]


def test_any_doctor_of_a_place_offers_each_time_once(
    desk: Client, doctor: Doctor, patient: Patient, person: User
) -> None:
    other = make_doctor("Dr. Priya")
    make_doctor("Dr. Away", location=make_location("Pune"))
    make_appointment(doctor, person, at(3, 14))
    make_appointment(other, make_person(), at(3, 9))
    make_appointment(other, make_person(), at(3, 9, 30))
    asked = {"patient": patient.pk, "place": make_location().pk, "day": "2026-03-03"}
    slots = desk.get(BOOK, asked).context["days"][0]["slots"]
    assert len(slots) == 14
    assert [slot.doctor.name for slot in slots if slot.start in (at(3, 9), at(3, 14))] == [
        "Dr. Smith",
        "Dr. Priya",
    ]
    # Of both, who is freer on that day.
    assert {slot.doctor.name for slot in slots if slot.start == at(3, 10)} == {"Dr. Smith"}


def test_specialty_narrows_any_doctor(desk: Client, doctor: Doctor, patient: Patient) -> None:
    skin = make_specialty("Dermatology", "Dermatologist")
    make_doctor("Dr. Skin", specialty=skin, slug="skin")
    response = desk.get(BOOK, {"patient": patient.pk, "specialty": skin.pk})
    assert response.context["first_slot"].doctor.name == "Dr. Skin"


def test_empty_week_tells_the_next_free_time(desk: Client, patient: Patient) -> None:
    doctor = make_doctor(days=(0,))
    response = desk.get(book_url(patient, doctor, day="2026-03-03"))
    assert response.context["week"].is_empty is False
    doctor.time_off.create(start=at(3, 0), end=at(20, 0))
    response = desk.get(book_url(patient, doctor, day="2026-03-03"))
    assert response.context["soonest"].start == at(2, 10, 30)


def test_nothing_chosen_asks_to_choose(desk: Client, patient: Patient, doctor: Doctor) -> None:
    response = desk.get(BOOK, {"patient": patient.pk})
    assert response.context["week"] is None
    assert "Choose a doctor; or a specialty or a place" in response.content.decode()


def test_times_ask_the_same_for_one_and_three_doctors(
    desk: Client, doctor: Doctor, patient: Patient,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    asked = {"patient": patient.pk, "place": make_location().pk}
    desk.get(BOOK, asked)
    with django_assert_num_queries(15):
        desk.get(BOOK, asked)
    make_doctor("Dr. Priya", max_visits_per_day=None)
    make_doctor("Dr. Rao")
    with django_assert_num_queries(15):
        desk.get(BOOK, asked)


# Check and confirm


def test_check_says_what_will_be_booked_and_writes_nothing(
    desk: Client, doctor: Doctor, patient: Patient
) -> None:
    response = desk.get(book_url(patient, doctor, at(3, 9)))
    page = " ".join(response.content.decode().split())
    assert "Tuesday 3 March 2026, 9:00am to 9:30am" in page
    assert "Confirm appointment" in page
    assert response.context["to_overrule"] == []
    assert Appointment.objects.count() == 0


def test_booked_by_the_receptionist_with_the_reason(
    desk: Client, doctor: Doctor, patient: Patient, receptionist: User
) -> None:
    sent = {"start": at(3, 9).isoformat(), "reason": "A cough"}
    response = desk.post(book_url(patient, doctor, at(3, 9)), sent)
    visit = Appointment.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/admin/desk/booked/{visit.pk}/")
    assert (visit.patient, visit.doctor, visit.start, visit.reason, visit.booked_by) == (
        patient,
        doctor,
        at(3, 9),
        "A cough",
        receptionist,
    )


def test_form_sent_twice_books_once(desk: Client, doctor: Doctor, patient: Patient) -> None:
    sent = {"start": at(3, 9).isoformat(), "idempotency_key": KEY}
    answers = [desk.post(book_url(patient, doctor, at(3, 9)), sent) for _ in range(2)]
    visit = Appointment.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/admin/desk/booked/{visit.pk}/"}


def test_time_just_taken_is_named_and_the_reason_kept(
    desk: Client, doctor: Doctor, patient: Patient, stranger: User
) -> None:
    url, sent = book_url(patient, doctor, at(3, 9)), {"start": at(3, 9).isoformat()}
    make_appointment(doctor, stranger, at(3, 9))
    response = desk.post(url, sent | {"reason": "A cough"})
    assert response.status_code == 409
    assert texts(response.context["in_the_way"]) == [
        "It is taken by a visit of Sam Stranger, 9:00am to 9:30am."
    ]
    assert response.context["nearest"][0].start == at(3, 9, 30)
    again = desk.post(url, {"choose": at(3, 9, 30).isoformat(), "reason": "A cough"})
    assert again.status_code == 200
    form = again.context["form"]
    assert (form["reason"].value(), again.context["slot"].start) == ("A cough", at(3, 9, 30))
    assert (
        desk.post(url, {"start": at(3, 9, 30).isoformat(), "reason": "A cough"}).status_code == 302
    )
    assert Appointment.objects.get(patient=patient).start == at(3, 9, 30)


def test_rules_for_booking_online_are_overruled_by_a_tick(
    desk: Client, doctor: Doctor, patient: Patient
) -> None:
    BookingPolicy.objects.create(pk=1, max_open_visits=1)
    make_appointment(doctor, make_person(), at(4, 9), patient=patient)
    url, sent = book_url(patient, doctor, at(2, 9)), {"start": at(2, 9).isoformat()}
    named = [
        "It is too near for its notice: online it could be booked until Monday 2 March 2026, "
        "7:00am.",
        "Noor Khan holds 1 appointment to come; online it can be 1.",
    ]
    assert texts(desk.get(url).context["to_overrule"]) == named
    response = desk.post(url, sent | {"reason": "A cough"})
    assert (response.status_code, texts(response.context["to_overrule"])) == (409, named)
    assert response.context["form"]["reason"].value() == "A cough"
    assert Appointment.objects.filter(start=at(2, 9)).count() == 0
    assert desk.post(url, sent | {"overrule": "on"}).status_code == 302
    assert Appointment.objects.filter(start=at(2, 9)).count() == 1


def test_busy_patient_is_shown_their_other_visit(
    desk: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(make_doctor("Dr. Priya"), person, at(3, 9))
    response = desk.get(book_url(patient_of(person), doctor, at(3, 9)))
    assert response.status_code == 409
    assert f"/admin/appointments/appointment/{visit.pk}/change/" in response.content.decode()
    assert [one.visit for one in response.context["in_the_way"]] == [visit]


def test_check_asks_a_fixed_number_of_questions(
    desk: Client, doctor: Doctor, patient: Patient, stranger: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    url = book_url(patient, doctor, at(3, 9))
    desk.get(url)
    with django_assert_num_queries(17):
        desk.get(url)
    for hour in (10, 11, 12):
        make_appointment(doctor, stranger, at(3, hour))
    with django_assert_num_queries(17):
        desk.get(url)


@pytest.mark.parametrize(
    "query",
    [
        "patient=x",
        "patient=0",
        "patient=1%00",
        "patient=99999999999999999999",
        "doctor=x",
        "place=x",
        "visit_type=x",
        "day=yesterday",
        "start=tomorrow",
    ],
)
def test_address_that_leads_nowhere_is_not_found(desk: Client, query: str) -> None:
    assert desk.get(f"{BOOK}?{query}").status_code in (400, 404)
    assert desk.post(f"{BOOK}?{query}", NEW).status_code in (400, 404)
    assert Patient.objects.count() == 0


def test_post_without_a_doctor_is_not_found(desk: Client, patient: Patient) -> None:
    assert desk.post(f"{BOOK}?patient={patient.pk}", {"reason": "x"}).status_code == 404


def test_long_reason_and_lost_time_change_nothing(
    desk: Client, doctor: Doctor, patient: Patient
) -> None:
    url = book_url(patient, doctor, at(3, 9))
    sent = {"start": at(3, 9).isoformat(), "reason": "x" * 1001}
    response = desk.post(url, sent)
    assert response.status_code == 400
    assert response.context["form"].errors == {"reason": ["Use 1,000 characters or fewer"]}
    assert desk.post(url, {"start": "soon"}).status_code == 400
    assert desk.post(url, {"choose": "soon"}).status_code == 200  # the time in the address stands
    assert Appointment.objects.count() == 0


def test_search_too_long_is_said(desk: Client) -> None:
    response = desk.post(BOOK, {"q": "x" * 201})
    assert response.context["search"].errors == {"q": ["Use fewer words"]}


# What was booked


@pytest.fixture
def booked(receptionist: User) -> Any:
    """A function that books at the desk and shows the page that says so."""
    client = browser_of(receptionist)

    def show(patient: Patient, doctor: Doctor) -> str:
        visit = services.book(
            doctor=doctor,
            patient=patient,
            visit_type=doctor.visit_types.get(),
            start=at(3, 9),
            by=receptionist,
            now=NOW,
        )
        page = client.get(reverse("admin:desk_booked", args=[visit.pk])).content.decode()
        return re.sub(r"\s+", " ", page)

    return show


def test_booked_says_who_was_told(
    booked: Any, doctor: Doctor, person: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        page = booked(patient_of(person), doctor)
    assert "<h1>Appointment booked</h1>" in page
    assert "An email about it is on its way to asha@example.com." in page
    assert [message.to for message in mail.outbox] == [["asha@example.com"]]


def test_booked_without_an_address_is_read_out(
    booked: Any, doctor: Doctor, patient: Patient
) -> None:
    page = booked(patient, doctor)
    assert (
        "Nobody: Noor Khan has no email address. Read it out: Tuesday 3 March 2026, 9:00am." in page
    )
    assert f"{BOOK}?patient={patient.pk}" in page
    assert mail.outbox == []


def test_request_can_be_confirmed_for_the_doctor(
    booked: Any, desk: Client, patient: Patient
) -> None:
    doctor = make_doctor(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    assert "<h1>Request sent</h1>" in booked(patient, doctor)
    visit = Appointment.objects.get()
    url = reverse("admin:desk_booked", args=[visit.pk])
    assert desk.post(url).status_code == 302
    visit.refresh_from_db()
    assert visit.status == Appointment.Status.CONFIRMED
    again = desk.post(url, follow=True)
    assert [str(one) for one in again.context["messages"]] == [
        "This cannot be done: the appointment is “Confirmed”."
    ]


def test_booked_of_no_visit_is_not_found(desk: Client) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert desk.get(f"/admin/desk/booked/{unknown}/").status_code == 404
