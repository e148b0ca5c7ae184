"""The calls about free times and appointments: that asking works, and that a refusal is told."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.core import mail
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient
from time_machine import Traveller

from accounts.models import User
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from docspot.tests.api import UNKNOWN, everything, problem
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_location,
    make_person,
    make_specialty,
    make_user,
    patient_of,
)
from docspot.tests.fixtures import program_of
from doctors.models import Doctor, TimeOff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

TUESDAY_9 = "2026-03-03T03:30:00Z"
TUESDAY_930 = "2026-03-03T04:00:00Z"


@pytest.fixture(autouse=True)
def policy(db: None) -> BookingPolicy:
    return BookingPolicy.objects.create(
        pk=1, notice_minutes=60, cancel_notice_hours=24, reschedule_notice_hours=24
    )


def iso(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# Finding doctors


def names(**filters: str) -> list[str]:
    response = APIClient().get("/api/doctors", filters)
    assert response.status_code == 200
    return [doctor["name"] for doctor in response.json()]


@pytest.fixture
def three_doctors(db: None) -> list[Doctor]:
    return [
        make_doctor("Dr. Smith"),
        make_doctor(
            "Dr. Priya",
            location=make_location("Vijayawada", name="Krishna Skin Clinic"),
            specialty=make_specialty("Dermatology", "Dermatologist"),
            languages=("English", "Telugu"),
        ),
        make_doctor(
            "Dr. Kumar",
            location=make_location("Guntur", name="Guntur Neuro Centre"),
            specialty=make_specialty("Neurology", "Neurologist"),
            days=(3,),
        ),
    ]


def test_doctors_are_an_array_of_those_who_can_be_booked(doctor: Doctor) -> None:
    make_doctor("Dr. New", status=Doctor.Status.PENDING)
    make_doctor("Dr. Gone", status=Doctor.Status.SUSPENDED)
    kind = doctor.visit_types.get()
    doctor.visit_types.create(name="Old", duration_minutes=10, is_active=False)
    response = APIClient().get("/api/doctors")
    assert response.json() == [
        {
            "id": doctor.pk,
            "name": "Dr. Smith",
            "specialty": "Cardiologist",
            "location": "Hyderabad",
            "time_zone": "Asia/Kolkata",
            "languages": ["English"],
            "visit_types": [{"id": kind.pk, "name": "Consultation", "minutes": 30}],
            "slug": "dr-smith",
            "url": "http://docspot.example/doctors/dr-smith/",
            "next_free": iso(at(2, 9, 30)),
        }
    ]
    assert "Link" not in response


def test_doctors_are_none_in_an_empty_clinic() -> None:
    response = APIClient().get("/api/doctors")
    assert (response.status_code, response.json()) == (200, [])


def test_doctor_without_hours_or_visit_types_has_no_next_time() -> None:
    doctor = make_doctor(days=())
    doctor.visit_types.all().delete()
    (row,) = APIClient().get("/api/doctors").json()
    assert (row["location"], row["time_zone"], row["visit_types"], row["next_free"]) == (
        "",
        "",
        [],
        None,
    )


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["Dr. Kumar", "Dr. Priya", "Dr. Smith"]),
        ({"q": "priya"}, ["Dr. Priya"]),
        ({"q": "skin vijayawada"}, ["Dr. Priya"]),
        ({"q": ""}, ["Dr. Kumar", "Dr. Priya", "Dr. Smith"]),
        ({"specialty": "neurology"}, ["Dr. Kumar"]),
        ({"specialty": "astrology"}, []),
        ({"place": "guntur"}, ["Dr. Kumar"]),
        ({"place": "Atlantis"}, []),
        ({"language": "te"}, ["Dr. Priya"]),
        ({"language": "tlh"}, []),
        ({"place": "Guntur", "language": "te"}, []),
        ({"free_by": "2026-03-02"}, ["Dr. Priya", "Dr. Smith"]),
        ({"free_by": "2026-03-05"}, ["Dr. Kumar", "Dr. Priya", "Dr. Smith"]),
        ({"free_by": "2026-03-01"}, []),
        ({"free_by": "2199-12-31"}, ["Dr. Kumar", "Dr. Priya", "Dr. Smith"]),
        ({"unheard_of": "1"}, ["Dr. Kumar", "Dr. Priya", "Dr. Smith"]),
    ],
)
def test_doctors_are_narrowed(
    three_doctors: list[Doctor], filters: dict[str, str], found: list[str]
) -> None:
    assert names(**filters) == found


NO_DOCTOR_FILTERS = [
    "free_by=banana",
    "free_by=2026-02-30",
    "free_by=0001-01-01",
    "q=%00",
    "q=" + 201 * "x",
    "specialty=" + 81 * "x",
    "q=a&q=b",
    "page_size=0",
    "page_size=101",
    "page_size=ten",
    "page_size=-1",
    "page_size=1e2",
    "page_size=" + 5000 * "9",
]


def test_doctors_refuse_what_cannot_be_a_filter() -> None:
    for query in NO_DOCTOR_FILTERS:
        body = problem(APIClient().get(f"/api/doctors?{query}"), 400)
        assert list(body["errors"]) == [query.split("=")[0]]


def test_doctors_come_in_pages_with_links() -> None:
    for number in range(5):
        make_doctor(f"Dr. {number}")
    response = APIClient().get("/api/doctors?page_size=2&page=2&q=dr")
    assert [doctor["name"] for doctor in response.json()] == ["Dr. 2", "Dr. 3"]
    base = "http://testserver/api/doctors?"
    assert response["Link"] == (
        f'<{base}page=1&page_size=2&q=dr>; rel="first", '
        f'<{base}page=3&page_size=2&q=dr>; rel="last", '
        f'<{base}page=1&page_size=2&q=dr>; rel="prev", '
        f'<{base}page=3&page_size=2&q=dr>; rel="next"'
    )
    last = APIClient().get("/api/doctors?page_size=2&page=last")
    assert [doctor["name"] for doctor in last.json()] == ["Dr. 4"]


NO_PAGES = ["0", "-1", "4", "two", "1.5", "9" * 5000, "%00", "%D9%A1"]


def test_doctors_have_no_other_pages(three_doctors: list[Doctor]) -> None:
    for page in NO_PAGES:
        body = problem(APIClient().get(f"/api/doctors?page_size=1&page={page}"), 404)
        assert (
            body["message"] == "There is no such page. The Link header of the first names the last."
        )


def test_free_by_and_pages_go_together(three_doctors: list[Doctor]) -> None:
    response = APIClient().get("/api/doctors?free_by=2026-03-02&page_size=1&page=2")
    assert [doctor["name"] for doctor in response.json()] == ["Dr. Smith"]


# Free times


def slots(doctor: Doctor, **filters: Any) -> list[str]:
    response = APIClient().get(f"/api/doctors/{doctor.pk}/slots", filters)
    assert response.status_code == 200, response.json()
    return [slot["start"] for slot in response.json()]


def test_slots_are_starts_and_ends_in_utc(doctor: Doctor) -> None:
    response = APIClient().get(f"/api/doctors/{doctor.pk}/slots?from=2026-03-03&days=1")
    assert response.json()[:2] == [
        {"start": TUESDAY_9, "end": TUESDAY_930},
        {"start": TUESDAY_930, "end": "2026-03-03T04:30:00Z"},
    ]
    assert len(response.json()) == 14


def test_slots_are_those_of_the_coming_week(doctor: Doctor) -> None:
    found = slots(doctor)
    assert (found[0], found[-1], len(found)) == (iso(at(2, 9, 30)), iso(at(6, 16, 30)), 13 + 4 * 14)


def test_slots_begin_today_at_the_doctors_place(clock: Any) -> None:
    far_east = make_location("Auckland", name="Harbour Clinic", time_zone="Pacific/Auckland")
    doctor = make_doctor(location=far_east, days=range(7))
    clock.move_to(datetime(2026, 3, 2, 12, 30, tzinfo=UTC))  # Tuesday there, 1:30am
    assert slots(doctor, days=1)[0] == "2026-03-02T20:00:00Z"


def test_slots_leave_out_what_is_taken(doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(3, 9))
    TimeOff.objects.create(doctor=doctor, start=at(3, 14), end=at(3, 17))
    found = slots(doctor, **{"from": "2026-03-03"}, days=1)
    assert (found[0], found[-1], len(found)) == (TUESDAY_930, iso(at(3, 12, 30)), 7)


def test_slots_have_the_length_of_the_visit_type(doctor: Doctor) -> None:
    kind = doctor.visit_types.create(name="First visit", duration_minutes=60)
    found = slots(doctor, visit_type=kind.pk, days=1, **{"from": "2026-03-03"})
    assert found == [iso(at(3, hour)) for hour in (9, 10, 11, 12, 14, 15, 16)]


def test_slots_are_none_on_a_day_off_or_beyond_the_horizon(doctor: Doctor) -> None:
    assert slots(doctor, **{"from": "2026-03-07"}, days=2) == []
    assert slots(doctor, **{"from": "2020-03-03"}) == []
    assert slots(doctor, **{"from": "2199-12-31"}, days=31) == []


def test_slots_of_a_doctor_without_visit_types_are_none(doctor: Doctor) -> None:
    doctor.visit_types.update(is_active=False)
    assert slots(doctor) == []


NO_SLOT_FILTERS = [
    "from=banana",
    "from=2026-03-03T03:30:00Z",
    "from=1899-12-31",
    "from=9999-12-31",
    "days=0",
    "days=32",
    "days=-1",
    "days=1.0",
    "days=banana",
    "days=" + "9" * 5000,
    "days=1&days=2",
    "visit_type=0",
    "visit_type=999999",
    "visit_type=banana",
    f"visit_type={10**30}",
]


def test_slots_refuse_what_cannot_be_a_filter(doctor: Doctor) -> None:
    for query in NO_SLOT_FILTERS:
        body = problem(APIClient().get(f"/api/doctors/{doctor.pk}/slots?{query}"), 400)
        assert list(body["errors"]) == [query.split("=")[0]]


def test_slots_refuse_another_doctors_visit_type(doctor: Doctor) -> None:
    other = make_doctor("Dr. Priya").visit_types.get()
    url = f"/api/doctors/{doctor.pk}/slots?visit_type={other.pk}"
    body = problem(APIClient().get(url), 400)
    assert body["errors"] == {"visit_type": ["Choose one of the doctor's visit types."]}


@pytest.mark.parametrize("status", [Doctor.Status.PENDING, Doctor.Status.SUSPENDED])
def test_slots_are_only_of_those_who_can_be_booked(doctor: Doctor, status: str) -> None:
    Doctor.objects.update(status=status)
    problem(APIClient().get(f"/api/doctors/{doctor.pk}/slots"), 404)


NO_DOCTORS = ["0", "999999", str(10**30), "9" * 5000, "-1", "1.0", "banana"]


def test_slots_of_an_unknown_doctor_are_not_found() -> None:
    for key in NO_DOCTORS:
        problem(APIClient().get(f"/api/doctors/{key}/slots"), 404)


# Booking


def book(user: User, doctor: Doctor, date: Any = TUESDAY_9, **more: Any) -> Any:
    return program_of(user).post("/api/book", {"doctor_id": doctor.pk, "date": date} | more)


def test_book_at_a_start(person: User, doctor: Doctor) -> None:
    response = book(person, doctor)
    appointment = Appointment.objects.get()
    assert (response.status_code, response.json()) == (
        201,
        {
            "message": "Appointment booked with Dr. Smith on Tuesday 3 March 2026, 9:00am.",
            "id": str(appointment.pk),
            "start": TUESDAY_9,
            "end": TUESDAY_930,
            "status": "confirmed",
        },
    )
    assert (appointment.patient, appointment.booked_by) == (patient_of(person), person)


@pytest.mark.parametrize(
    "date",
    [
        "2026-03-03T03:30:00Z",
        "2026-03-03T03:30:00.000Z",
        "2026-03-03t03:30:00z",
        "2026-03-03T03:30Z",
        "2026-03-03T03:30:00+00:00",
        "2026-03-03T09:00:00+05:30",
        "2026-03-02T22:30:00-0500",
    ],
)
def test_book_reads_every_way_to_write_an_instant(person: User, doctor: Doctor, date: str) -> None:
    assert book(person, doctor, date).json()["start"] == TUESDAY_9


def test_book_by_day_takes_its_first_free_time(person: User, doctor: Doctor) -> None:
    make_appointment(doctor, make_person(), at(3, 9))
    response = book(person, doctor, "2026-03-03")
    assert (response.status_code, response.json()["start"]) == (201, TUESDAY_930)


def test_book_for_a_pending_answer_says_so(person: User) -> None:
    doctor = make_doctor(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    body = book(person, doctor).json()
    assert (body["status"], body["message"]) == (
        "pending",
        "Request sent to Dr. Smith for Tuesday 3 March 2026, 9:00am. The clinic will answer it.",
    )


def test_book_takes_all_that_may_be_said(person: User, doctor: Doctor) -> None:
    child = make_child(person)
    kind = doctor.visit_types.create(name="First visit", duration_minutes=60)
    response = book(person, doctor, patient=child.pk, visit_type=kind.pk, reason=" Cough ")
    appointment = Appointment.objects.get(pk=response.json()["id"])
    assert (appointment.patient, appointment.visit_type, appointment.reason) == (
        child,
        kind,
        "Cough",
    )
    assert response.json()["end"] == "2026-03-03T04:30:00Z"


def test_book_takes_null_for_what_is_optional_and_digits_for_a_number(
    person: User, doctor: Doctor
) -> None:
    response = program_of(person).post(
        "/api/book",
        {
            "doctor_id": str(doctor.pk),
            "date": TUESDAY_9,
            "patient": None,
            "visit_type": None,
            "reason": None,
        },
    )
    assert response.status_code == 201


def test_book_ignores_fields_that_nobody_may_set(person: User, doctor: Doctor) -> None:
    doctor.confirms_bookings = Doctor.Confirmation.ON_APPROVAL
    doctor.save()
    response = book(
        person,
        doctor,
        status="confirmed",
        id=UNKNOWN,
        end="2026-03-03T12:00:00Z",
        booked_by=1,
        version=9,
    )
    appointment = Appointment.objects.get()
    assert (response.json()["status"], str(appointment.pk) != UNKNOWN) == ("pending", True)
    assert (appointment.end, appointment.booked_by, appointment.version) == (
        at(3, 9, 30),
        person,
        1,
    )


def test_book_again_books_nothing_more_and_names_what_there_is(
    person: User, doctor: Doctor
) -> None:
    first = book(person, doctor).json()
    for date in (TUESDAY_9, "2026-03-03"):
        body = problem(book(person, doctor, date), 409)
        assert (body["code"], body["id"]) == ("already-booked", first["id"])
    assert Appointment.objects.count() == 1


def test_book_mails_after_commit(
    person: User,
    doctor: Doctor,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        book(person, doctor)
    assert [message.to for message in mail.outbox] == [["asha@example.com"]]


@pytest.mark.parametrize(
    ("date", "code"),
    [
        ("2026-02-27", "outside-booking-window"),
        ("2026-03-07", "slot-unavailable"),
        ("2027-03-02", "outside-booking-window"),
        ("2026-03-02T03:30:00Z", "outside-booking-window"),  # in half an hour
        ("2026-02-27T03:30:00Z", "outside-booking-window"),
        ("1900-01-01T00:00:00Z", "outside-booking-window"),
        ("2199-12-31T23:59:59Z", "outside-booking-window"),
        ("2026-03-03T03:17:00Z", "slot-unavailable"),
        ("2026-03-03T03:30:00.001Z", "slot-unavailable"),
        ("2026-03-03T07:30:00Z", "slot-unavailable"),  # lunch
        ("2026-03-07T03:30:00Z", "slot-unavailable"),  # Saturday
    ],
)
def test_book_refuses_times_not_on_offer(
    person: User, doctor: Doctor, date: str, code: str
) -> None:
    before = everything()
    assert problem(book(person, doctor, date), 409)["code"] == code
    assert all_but_sessions(everything()) == all_but_sessions(before)


def all_but_sessions(rows: dict[str, Any]) -> dict[str, Any]:
    return {name: values for name, values in rows.items() if name != "ApiSession"}


def test_book_refuses_a_time_that_is_taken(person: User, stranger: User, doctor: Doctor) -> None:
    make_appointment(doctor, stranger, at(3, 9))
    body = problem(book(person, doctor), 409)
    assert (body["code"], body["message"]) == (
        "slot-unavailable",
        "This time is not free. Choose another time.",
    )


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ("banana", None),
        ("", None),
        (None, None),
        (20260303, None),
        ("2026-02-30", None),
        ("2026-3-3", None),
        ("20260303", None),
        ("2026-W10-2", None),
        ("0001-01-01", None),
        ("2026-03-03T25:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-03-03T03:30:00+99:00", None),
        ("٢٠٢٦-٠٣-٠٣", None),
        ("2026-03-03T03:30:00", "Add the offset from UTC to the time: 2026-11-25T04:00:00Z."),
    ],
)
def test_book_refuses_what_is_no_time(
    person: User, doctor: Doctor, date: Any, text: str | None
) -> None:
    text = text or (
        "Write the start of a free time, like 2026-11-25T04:00:00Z, or a date, like 2026-11-25."
    )
    assert problem(book(person, doctor, date), 400)["errors"] == {"date": [text]}
    assert Appointment.objects.count() == 0


@pytest.mark.parametrize("status", [Doctor.Status.PENDING, Doctor.Status.SUSPENDED])
def test_book_finds_only_those_who_can_be_booked(person: User, doctor: Doctor, status: str) -> None:
    Doctor.objects.update(status=status)
    problem(book(person, doctor), 404)


def test_book_does_not_tell_whether_anothers_patient_exists(
    person: User, stranger: User, doctor: Doctor
) -> None:
    theirs = book(person, doctor, patient=patient_of(stranger).pk)
    none = book(person, doctor, patient=999999)
    assert theirs.content == none.content
    assert problem(theirs, 400)["errors"] == {
        "patient": ["Choose one of the people you may book for."]
    }
    assert Appointment.objects.count() == 0


def test_book_for_somebody_no_longer_cared_for_is_refused(person: User, doctor: Doctor) -> None:
    child = make_child(person)
    person.accesses.filter(patient=child).update(ended_at=NOW)
    problem(book(person, doctor, patient=child.pk), 400)


def test_staff_book_for_anyone_but_say_for_whom(staff: User, person: User, doctor: Doctor) -> None:
    body = problem(book(staff, doctor), 400)
    assert body["errors"] == {"patient": ["Say whom the appointment is for."]}
    response = book(staff, doctor, patient=patient_of(person).pk)
    assert response.status_code == 201
    assert Appointment.objects.get().booked_by == staff


def test_book_refuses_visit_types_of_others_and_of_the_past(person: User, doctor: Doctor) -> None:
    other = make_doctor("Dr. Priya").visit_types.get()
    problem(book(person, doctor, visit_type=other.pk), 400)
    doctor.visit_types.update(is_active=False)
    kind = doctor.visit_types.get()
    assert problem(book(person, doctor, visit_type=kind.pk), 409)["code"] == (
        "visit-type-not-offered"
    )
    assert problem(book(person, doctor), 409)["code"] == "visit-type-not-offered"


def test_book_waits_for_the_address_to_be_confirmed(
    person: User, doctor: Doctor, settings: Any
) -> None:
    settings.REQUIRE_VERIFIED_EMAIL = True
    assert problem(book(person, doctor), 403)["code"] == "email-not-confirmed"


def test_book_tells_other_refusals_too(person: User, doctor: Doctor, policy: BookingPolicy) -> None:
    policy.max_open_visits = 1
    policy.save()
    make_appointment(make_doctor("Dr. Priya"), person, at(3, 9))
    assert problem(book(person, doctor), 409)["code"] == "patient-busy"
    assert problem(book(person, doctor, TUESDAY_930), 409)["code"] == "too-many-open"


# Looking at appointments


def listed(user: User, **filters: str) -> list[str]:
    response = program_of(user).get("/api/appointments", filters)
    assert response.status_code == 200, response.json()
    return [row["start"] for row in response.json()]


def test_appointments_are_an_array_with_all_there_is_to_say(person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(3, 9), reason="Cough")
    row = {
        "id": str(visit.pk),
        "doctor_id": doctor.pk,
        "doctor_name": "Dr. Smith",
        "specialty": "Cardiologist",
        "location": "Hyderabad",
        "place": "City Heart Clinic",
        "time_zone": "Asia/Kolkata",
        "date": "2026-03-03",
        "start": TUESDAY_9,
        "end": TUESDAY_930,
        "status": "confirmed",
        "patient": patient_of(person).pk,
        "patient_name": "Asha Rao",
        "visit_type": {"id": visit.visit_type_id, "name": "Consultation", "minutes": 30},
        "reason": "Cough",
        "answer_by": None,
    }
    assert program_of(person).get("/api/appointments").json() == [row]
    assert program_of(person).get(f"/api/appointments/{visit.pk}").json() == row


def test_appointment_is_dated_at_its_place(person: User) -> None:
    far_east = make_location("Auckland", name="Harbour Clinic", time_zone="Pacific/Auckland")
    doctor = make_doctor(location=far_east, days=range(7))
    make_appointment(doctor, person, datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    (row,) = program_of(person).get("/api/appointments").json()
    assert row["date"] == "2026-03-03"
    for filters, found in (
        ({"from": "2026-03-03", "until": "2026-03-03"}, 1),
        ({"until": "2026-03-02"}, 0),
        ({"from": "2026-03-04"}, 0),
    ):
        assert len(listed(person, **filters)) == found


def test_appointments_are_those_one_may_see(
    person: User, stranger: User, staff: User, doctor: Doctor
) -> None:
    own = make_appointment(doctor, person, at(4, 9))
    child = make_appointment(doctor, person, at(3, 9), patient=make_child(person))
    other = make_appointment(make_doctor("Dr. Priya"), stranger, at(5, 9))
    assert doctor.user
    assert listed(person) == [iso(child.start), iso(own.start)]
    assert listed(stranger) == [iso(other.start)]
    assert listed(doctor.user) == [iso(child.start), iso(own.start)]
    assert listed(staff) == [iso(child.start), iso(own.start), iso(other.start)]
    assert listed(make_user()) == []


def test_appointments_are_narrowed(person: User, doctor: Doctor) -> None:
    priya = make_doctor("Dr. Priya")
    first = make_appointment(doctor, person, at(2, 16))
    second = make_appointment(priya, person, at(3, 9), status="cancelled")
    third = make_appointment(doctor, person, at(4, 9))
    starts = {1: iso(first.start), 2: iso(second.start), 3: iso(third.start)}
    for filters, found in (
        ({}, [1, 2, 3]),
        ({"status": "cancelled"}, [2]),
        ({"doctor": str(doctor.pk)}, [1, 3]),
        ({"doctor": "999999"}, []),
        ({"from": "2026-03-03"}, [2, 3]),
        ({"until": "2026-03-03"}, [1, 2]),
        ({"from": "2026-03-03", "until": "2026-03-03"}, [2]),
        ({"from": "2026-03-05", "until": "2026-03-01"}, []),
        ({"from": "1900-01-01", "until": "2199-12-31", "status": "confirmed"}, [1, 3]),
        ({"status": "", "doctor": "", "from": "", "until": ""}, [1, 2, 3]),
    ):
        assert listed(person, **filters) == [starts[number] for number in found], filters


NO_APPOINTMENT_FILTERS = [
    "status=banana",
    "status=%00",
    "from=banana",
    "until=1",
    "doctor=x",
    f"doctor={10**30}",
]


def test_appointments_refuse_what_cannot_be_a_filter(person: User) -> None:
    for query in NO_APPOINTMENT_FILTERS:
        body = problem(program_of(person).get(f"/api/appointments?{query}"), 400)
        assert list(body["errors"]) == [query.split("=")[0]]


def test_appointments_come_in_pages(person: User, doctor: Doctor) -> None:
    for hour in (9, 10, 11):
        make_appointment(doctor, person, at(3, hour))
    response = program_of(person).get("/api/appointments?page_size=2")
    assert len(response.json()) == 2
    assert response["Link"] == (
        '<http://testserver/api/appointments?page=1&page_size=2>; rel="first", '
        '<http://testserver/api/appointments?page=2&page_size=2>; rel="last", '
        '<http://testserver/api/appointments?page=2&page_size=2>; rel="next"'
    )


# Changing them


def change(user: User, visit: Appointment, what: str, **data: Any) -> Any:
    return program_of(user).post(f"/api/appointments/{visit.pk}/{what}", data)


def test_cancel_gives_the_time_back(person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    response = change(person, visit, "cancel", reason="Well again")
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")
    event = AppointmentEvent.objects.latest("id")
    assert (event.kind, event.by, event.note) == ("cancelled", person, "Well again")
    assert iso(at(4, 9)) in slots(doctor)


def test_cancel_needs_no_body(person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    response = program_of(person).post(f"/api/appointments/{visit.pk}/cancel")
    assert response.status_code == 200


def test_cancel_twice_is_refused(person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    change(person, visit, "cancel")
    body = problem(change(person, visit, "cancel"), 409)
    assert (body["code"], body["message"]) == (
        "wrong-status",
        "This cannot be done: the appointment is “Cancelled”.",
    )


def test_cancel_too_late_is_refused(person: User, doctor: Doctor, staff: User) -> None:
    visit = make_appointment(doctor, person, at(2, 16))
    assert problem(change(person, visit, "cancel"), 409)["code"] == "too-late-to-cancel"
    assert change(staff, visit, "cancel").status_code == 200


def test_reschedule_to_a_start(person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    response = change(person, visit, "reschedule", date=TUESDAY_930)
    assert (response.status_code, response.json()["start"]) == (200, TUESDAY_930)
    assert (response.json()["id"], response.json()["date"]) == (str(visit.pk), "2026-03-03")
    visit.refresh_from_db()
    assert (visit.start, visit.end) == (at(3, 9, 30), at(3, 10))


def test_reschedule_to_a_day_takes_its_first_free_time(
    person: User, stranger: User, doctor: Doctor
) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    make_appointment(doctor, stranger, at(3, 9))
    assert change(person, visit, "reschedule", date="2026-03-03").json()["start"] == TUESDAY_930
    body = problem(change(person, visit, "reschedule", date="2026-03-07"), 409)
    assert body["message"] == "There is no free time on this day. Choose another day."


def test_reschedule_refused_leaves_the_old_time(
    person: User, stranger: User, doctor: Doctor
) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    make_appointment(doctor, stranger, at(3, 9))
    assert problem(change(person, visit, "reschedule", date=TUESDAY_9), 409)["code"] == (
        "slot-unavailable"
    )
    problem(change(person, visit, "reschedule"), 400)
    problem(change(person, visit, "reschedule", date="banana"), 400)
    visit.refresh_from_db()
    assert (visit.start, visit.version) == (at(4, 9), 1)


@pytest.mark.parametrize("what", ["cancel", "reschedule"])
def test_a_visit_one_cannot_see_is_not_found(
    person: User, stranger: User, doctor: Doctor, what: str
) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    hidden = change(stranger, visit, what, date=TUESDAY_9)
    none = program_of(stranger).post(f"/api/appointments/{UNKNOWN}/{what}", {"date": TUESDAY_9})
    assert problem(hidden, 404)["message"] == "There is no such appointment among yours."
    assert hidden.content == none.content
    problem(program_of(stranger).get(f"/api/appointments/{visit.pk}"), 404)
    visit.refresh_from_db()
    assert (visit.status, visit.start) == ("confirmed", at(4, 9))


# Queries: the same number, however many rows


def test_doctors_take_the_same_queries_for_one_and_three(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in (1, 2, 3):
        place = make_location(f"Town {number}", name=f"Clinic {number}")
        doctor = make_doctor(f"Dr. {number}", location=place, languages=("English", "Telugu"))
        TimeOff.objects.create(location=place, start=at(3, 9), end=at(3, 10))
        make_appointment(doctor, make_person(), at(2, 9, 30))
        assert len(APIClient().get("/api/doctors").json()) == number  # the next times are found out
        with django_assert_num_queries(9):
            APIClient().get("/api/doctors")
        with django_assert_num_queries(9):
            APIClient().get("/api/doctors?free_by=2026-03-05")


def test_slots_take_the_same_queries_for_one_and_three_visits(
    doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for hour in (9, 10, 11):
        make_appointment(doctor, make_person(), at(3, hour))
        TimeOff.objects.create(doctor=doctor, start=at(4, hour), end=at(4, hour, 30))
        doctor.working_hours.create(
            location=make_location(f"Town {hour}", name="Branch"),
            weekday=5,
            opens=time(hour),
            closes=time(hour + 1),
        )
        with django_assert_num_queries(8):
            APIClient().get(f"/api/doctors/{doctor.pk}/slots?from=2026-03-03")


def test_appointments_take_the_same_queries_for_one_and_three(
    person: User, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clients = [program_of(person), program_of(staff)]
    for number in (1, 2, 3):
        place = make_location(f"Town {number}", name=f"Clinic {number}")
        doctor = make_doctor(f"Dr. {number}", location=place)
        make_appointment(doctor, person, at(3, 8 + number))
        make_appointment(doctor, make_person(), at(4, 9))  # not for Asha's eyes
        for client, found in zip(clients, (number, 2 * number), strict=True):
            with django_assert_num_queries(3):
                assert len(client.get("/api/appointments").json()) == found
            with django_assert_num_queries(4):
                client.get("/api/appointments?from=2026-03-01&until=2026-03-31")


@pytest.mark.parametrize(("who", "status"), [("person", 403), ("staff", 201)])
def test_overruling_is_for_staff(
    doctor: Doctor, person: User, staff: User, clock: Traveller, who: str, status: int
) -> None:
    """Within the notice of two hours."""
    client = program_of({"person": person, "staff": staff}[who])
    sent = {"doctor_id": doctor.pk, "date": "2026-03-02T03:30:00Z", "overrule": True}
    answer = client.post("/api/book", sent | {"patient": patient_of(person).pk})
    assert (answer.status_code, Appointment.objects.count()) == (status, int(status == 201))


@pytest.mark.parametrize("overrule", ["yes", 1, [], "true"])
def test_overruling_is_said_with_true_or_false(
    doctor: Doctor, staff: User, clock: Traveller, overrule: object
) -> None:
    sent = {"doctor_id": doctor.pk, "date": "2026-03-03", "overrule": overrule}
    answer = program_of(staff).post("/api/book", sent)
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"overrule": ["Write true or false."]},
    )
