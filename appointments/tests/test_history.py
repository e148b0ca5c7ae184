"""A person's visits: what is looked for in the list, and the files to take it away in."""

from __future__ import annotations

import csv
import gc
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from accounts.models import Patient, PatientAccess, User
from appointments.history.sheet import AT_ONCE
from appointments.models import Appointment, AppointmentEvent
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_location,
    make_person,
    patient_of,
)
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
PAGE = "/appointments/"
CSV, ICS = "/appointments/export.csv", "/appointments/export.ics"
Kind = AppointmentEvent.Kind


@pytest.fixture
def asha(person: User) -> Client:
    return browser_of(person)


@pytest.fixture
def ravi(person: User) -> Patient:
    return make_child(person)


@pytest.fixture
def visits(person: User, ravi: Patient, doctor: Doctor) -> dict[str, Appointment]:
    """Some of each state, with two doctors in two places, for two patients."""
    priya = make_doctor("Dr. Priya", location=make_location("Guntur", name="Neuro Centre"))
    return {
        "waiting": make_appointment(priya, person, at(4, 9), status="pending"),
        "to come": make_appointment(doctor, person, at(3, 9), patient=ravi),
        "over": make_appointment(doctor, person, at(27, 9, month=2)),
        "completed": make_appointment(priya, person, at(26, 9, month=2), status="completed"),
        "missed": make_appointment(
            doctor, person, at(25, 9, month=2), status="no_show", patient=ravi
        ),
        "cancelled": make_appointment(doctor, person, at(24, 9, month=2), status="cancelled"),
        "declined": make_appointment(priya, person, at(23, 9, month=2), status="declined"),
    }


def found(client: Client, visits: dict[str, Appointment], **query: Any) -> list[str]:
    names = {visit.pk: name for name, visit in visits.items()}
    response = client.get(PAGE, query)
    assert response.status_code == 200
    return [names[line.id] for line in response.context["page_obj"]]


# What is found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "priya"}, ["waiting", "completed", "declined"]),
        ({"q": "GUNTUR"}, ["waiting", "completed", "declined"]),
        ({"q": "heart smith"}, ["to come", "over", "missed", "cancelled"]),
        ({"q": "smith guntur"}, []),
        ({"q": "%"}, []),
        ({"q": "x' OR 1=1 --"}, []),
        ({"state": "to-come"}, ["to come", "waiting"]),
        ({"state": "waiting"}, ["waiting"]),
        ({"state": "over"}, ["over", "completed"]),
        ({"state": "missed"}, ["missed"]),
        ({"state": "cancelled"}, ["cancelled"]),
        ({"state": "declined"}, ["declined"]),
        ({"since": "2026-02-27"}, ["waiting", "to come", "over"]),
        ({"until": "24/02/2026"}, ["cancelled", "declined"]),
        ({"since": "25 2 2026", "until": "2026-02-26"}, ["completed", "missed"]),
        ({"q": "priya", "state": "over", "since": "2026-02-01"}, ["completed"]),
    ],
)
def test_search_finds_what_fits_all_of_it(
    asha: Client, visits: dict[str, Appointment], query: dict[str, str], names: list[str]
) -> None:
    assert found(asha, visits, **query) == names


def test_search_finds_those_of_one_patient(
    asha: Client, visits: dict[str, Appointment], ravi: Patient, person: User
) -> None:
    assert found(asha, visits, patient=ravi.pk) == ["to come", "missed"]
    assert found(asha, visits, patient=patient_of(person).pk, state="over") == ["over", "completed"]


def test_days_are_those_of_the_place(asha: Client, doctor: Doctor, person: User) -> None:
    """An early morning in Auckland is still the day before in Los Angeles, and in UTC."""
    auckland = make_location("Auckland", time_zone="Pacific/Auckland")
    angeles = make_location("Los Angeles", time_zone="America/Los_Angeles")
    start = at(20, 0, month=2)  # 18:30 on the 19th in UTC
    for place in (auckland, angeles):
        make_appointment(doctor, person, start, location=place, status="cancelled")
        start += timedelta(hours=1)
    for day, cities in (("2026-02-20", ["Auckland"]), ("2026-02-19", ["Los Angeles"])):
        rows = rows_in(asha, since=day, until=day)
        assert [row["Town"] for row in rows] == cities


def test_found_are_counted_first_and_the_form_keeps_what_was_asked(
    asha: Client, visits: dict[str, Appointment], ravi: Patient
) -> None:
    query = {"q": "smith", "patient": str(ravi.pk), "state": "missed", "since": "2026-02-01"}
    page = asha.get(PAGE, query).text
    assert "1 appointment found" in " ".join(page.split())
    for kept in (
        'value="smith"',
        f'<option value="{ravi.pk}" selected>',
        '<option value="missed" selected>',
        'value="2026-02-01"',
    ):
        assert kept in page
    assert "7 appointments found" in " ".join(asha.get(PAGE, {"since": "2026-02-01"}).text.split())


def test_nothing_found_says_what_to_do(asha: Client, visits: dict[str, Appointment]) -> None:
    page = asha.get(PAGE, {"q": "zebra"}).text
    assert "No appointments match" in page
    assert f'<a href="{PAGE}">Clear the search</a>' in page
    assert CSV not in page


def test_pages_keep_the_search(asha: Client, doctor: Doctor, person: User) -> None:
    for number in range(21):
        make_appointment(doctor, person, NOW - timedelta(days=number + 1))
    query = {"q": "smith", "state": "over"}
    page = asha.get(PAGE, query).text
    assert "?q=smith&amp;state=over&amp;page=2" in page
    assert f"{CSV}?q=smith&amp;state=over" in page
    second = asha.get(PAGE, query | {"page": "2"})
    assert len(second.context["page_obj"]) == 1
    assert f"{CSV}?q=smith&amp;state=over" in second.text  # all of them, not the second page


@pytest.mark.parametrize("number", [1, 2])
def test_whom_it_is_for_is_asked_of_those_who_act_for_several(
    asha: Client, person: User, doctor: Doctor, number: int
) -> None:
    make_appointment(doctor, person, at(24, 9, month=2))
    if number == 2:
        make_child(person)
    for query in ({}, {"q": "smith"}):
        assert ('name="patient"' in asha.get(PAGE, query).text) is (number == 2)


def test_others_are_never_found(
    asha: Client, visits: dict[str, Appointment], ravi: Patient, stranger: User, doctor: Doctor
) -> None:
    make_appointment(doctor, stranger, at(20, 9, month=2))
    assert len(found(asha, visits, since="2026-01-01")) == 7
    PatientAccess.objects.filter(patient=ravi).update(ended_at=NOW)
    assert len(found(asha, visits, since="2026-01-01")) == 5
    assert len(rows_in(asha)) == 5
    assert len(events_in(asha)) == 5


# What cannot be looked for


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"since": "2026-99-99"}, "Enter the first day, like 27 3 2027"),
        ({"until": "tomorrow"}, "Enter the last day, like 27 3 2027"),
        ({"since": "1999-12-31"}, "Enter a year from 2000 to 2199."),
        ({"until": "9999-12-31"}, "Enter a year from 2000 to 2199."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "not before the first"),
        ({"state": "lost"}, "Choose a state from the list"),
        ({"patient": "banana"}, "Choose one of the people you act for"),
        ({"patient": "9" * 30}, "Choose one of the people you act for"),
        ({"q": "x" * 101}, "Search for 100 characters or fewer"),
        ({"q": "a\x00b"}, "Search for letters and numbers"),
    ],
)
@pytest.mark.parametrize("address", [PAGE, CSV, ICS])
def test_search_that_cannot_be_says_what_to_mend(
    asha: Client, visits: dict[str, Appointment], address: str, query: dict[str, str], message: str
) -> None:
    response = asha.get(address, query)
    assert (response.status_code, response["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert message in response.text
    assert "<title>Error: " in response.text
    assert "Dr. Priya" not in response.text


@pytest.mark.parametrize("address", [PAGE, CSV, ICS])
def test_patient_of_others_is_answered_like_none(
    asha: Client, stranger: User, address: str
) -> None:
    answers = [asha.get(address, {"patient": pk}) for pk in (patient_of(stranger).pk, 987_654_321)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert "Sam" not in answers[0].text


@pytest.mark.parametrize("page", ["-1", "0", "2", "9" * 30, "x"])
@pytest.mark.parametrize("query", [{}, {"q": "smith"}])
def test_page_that_is_not_there_is_not_found(
    asha: Client, visits: dict[str, Appointment], query: dict[str, str], page: str
) -> None:
    assert asha.get(PAGE, query | {"page": page}).status_code == 404


# A spreadsheet


def read_csv(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(StringIO(text[1:])))


def rows_in(client: Client, **query: Any) -> list[dict[str, str]]:
    return read_csv(client.get(CSV, query))


def test_csv_has_all_of_each_visit_on_the_clock_of_its_place(
    asha: Client, person: User, doctor: Doctor
) -> None:
    make_appointment(doctor, person, at(27, 9, month=2), status="completed", reason="Knee, left")
    response = asha.get(CSV)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="appointments.csv"'
    assert "no-store" in response["Cache-Control"]
    assert read_csv(response) == [
        {
            "Date": "2026-02-27",
            "From": "09:00",
            "To": "09:30",
            "Time zone": "Asia/Kolkata",
            "State": "Completed",
            "Who it is for": "Asha Rao",
            "Doctor": "Dr. Smith",
            "Specialty": "Cardiology",
            "Visit type": "Consultation",
            "What for": "Knee, left",
            "Place": "City Heart Clinic",
            "Address": "",
            "Town": "Hyderabad",
            "Country": "India",
        }
    ]


def test_csv_has_those_looked_for_on_all_pages(
    asha: Client, visits: dict[str, Appointment], ravi: Patient
) -> None:
    assert [row["State"] for row in rows_in(asha)] == [
        "Waiting for the clinic",
        "Confirmed",
        "Over",
        "Completed",
        "Did not come",
        "Cancelled",
        "Declined by the clinic",
    ]
    assert [row["State"] for row in rows_in(asha, patient=ravi.pk)] == ["Confirmed", "Did not come"]


def test_csv_gives_a_spreadsheet_nothing_to_run(asha: Client, person: User, doctor: Doctor) -> None:
    make_appointment(doctor, person, at(27, 9, month=2), reason='=HYPERLINK("http://evil")')
    Patient.objects.update(name="+1 Rao")
    (row,) = rows_in(asha)
    assert (row["What for"], row["Who it is for"]) == ('\'=HYPERLINK("http://evil")', "'+1 Rao")


@pytest.mark.parametrize("address", [CSV, ICS])
def test_many_visits_are_all_sent_and_never_all_in_memory(
    asha: Client, person: User, doctor: Doctor, address: str
) -> None:
    number = 6 * AT_ONCE
    fill(doctor, person, number)
    response: Any = asha.get(address)
    told, most = 0, 0
    for part in response:
        told += part.count(b"Dr. Smith")
        if told % 25 == 0 or address == CSV:
            gc.collect()
            most = max(most, sum(type(thing) is Appointment for thing in gc.get_objects()))
    assert told == number
    assert 0 < most < 4 * AT_ONCE


def fill(doctor: Doctor, person: User, number: int) -> None:
    place = doctor.working_hours.select_related("location")[0].location
    kind = doctor.visit_types.get()
    patient = patient_of(person)
    Appointment.objects.bulk_create(
        Appointment(
            doctor=doctor,
            patient=patient,
            visit_type=kind,
            location=place,
            start=NOW - timedelta(minutes=30 * (number - one)),
            end=NOW - timedelta(minutes=30 * (number - one - 1)),
            status="cancelled",
            booked_by=person,
            booked_at=NOW,
        )
        for one in range(number)
    )


# A calendar file


def events_in(client: Client, **query: Any) -> list[Any]:
    response: Any = client.get(ICS, query)
    assert response.status_code == 200
    return Calendar.from_ical(b"".join(response.streaming_content)).walk("VEVENT")


def test_calendar_file_has_those_looked_for(
    asha: Client, visits: dict[str, Appointment], ravi: Patient
) -> None:
    response: Any = asha.get(ICS, {"state": "to-come"})
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="appointments.ics"'
    assert "no-store" in response["Cache-Control"]
    calendar = Calendar.from_ical(b"".join(response.streaming_content))
    assert calendar["method"] == "PUBLISH"
    events = calendar.walk("VEVENT")
    assert [(event["summary"], event["status"], event["dtstart"].dt) for event in events] == [
        ("Appointment with Dr. Smith (Ravi)", "CONFIRMED", at(3, 9)),
        ("Appointment with Dr. Priya (Asha)", "TENTATIVE", at(4, 9)),
    ]
    assert events[0]["uid"] == str(visits["to come"].pk)


def test_calendar_file_of_one_patient_names_nobody(
    asha: Client, person: User, doctor: Doctor
) -> None:
    make_appointment(doctor, person, at(3, 9), reason="Chest pain")
    text = b"".join(asha.get(ICS)).decode()
    assert "SUMMARY:Appointment with Dr. Smith\r\n" in text
    for secret in ("Chest", "Asha", "Cardio", "Consultation"):
        assert secret not in text


def test_file_of_nobody_yet_has_no_visits(asha: Client) -> None:
    assert rows_in(asha) == []
    assert events_in(asha) == []


# Queries


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("query", "drawn", "new"),
    [({"q": "dr"}, 9, 9), ({"since": "2026-02-01", "state": "cancelled"}, 8, 10)],
)
def test_search_queries(
    asha: Client,
    person: User,
    rows: int,
    query: dict[str, str],
    drawn: int,
    new: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Those that are over are drawn once."""
    for number in range(rows):
        doctor = make_doctor(f"Dr. Number {number}", location=make_location(f"City {number}"))
        make_appointment(doctor, person, at(3 + number, 9))
        make_appointment(doctor, person, at(3 + number, 10), status="cancelled")
    for queries in (new, drawn):
        with django_assert_num_queries(queries):
            assert asha.get(PAGE, query).status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("address", "queries"), [(CSV, 5), (ICS, 4)])
def test_file_queries(
    asha: Client,
    person: User,
    rows: int,
    address: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(rows):
        doctor = make_doctor(f"Dr. Number {number}", location=make_location(f"City {number}"))
        make_appointment(doctor, person, at(3 + number, 9))
    with django_assert_num_queries(queries):
        list(asha.get(address))


# The story of one visit


def story(client: Client, visit: Appointment) -> list[str]:
    page = client.get(reverse("appointments:detail", args=[visit.pk]))
    return [line.what for line in page.context["story"]]


def add(visit: Appointment, kind: str, by: User | None, **fields: Any) -> None:
    facts = {"at": NOW, "start": visit.start} | fields
    AppointmentEvent.objects.create(appointment=visit, kind=kind, by=by, **facts)


def test_story_says_who_did_what(
    asha: Client, person: User, doctor: Doctor, staff: User, ravi: Patient
) -> None:
    father = make_person("Kiran Rao")
    PatientAccess.objects.create(user=father, patient=ravi, relation="parent")
    visit = make_appointment(doctor, person, at(3, 9), patient=ravi)
    add(visit, Kind.MOVED, father, start=at(4, 10))
    add(visit, Kind.OFFERED, doctor.user, start=at(4, 10))
    add(visit, Kind.MOVED, staff, start=at(5, 11))
    add(visit, Kind.ATTENDS, person, start=at(5, 11), by_link=True)
    add(visit, Kind.CANCELLED, None, start=at(5, 11), by_link=True)
    add(visit, Kind.EXPIRED, None, start=at(5, 11))
    assert story(asha, visit) == [
        "Booked for Tuesday 3 March 2026, 9:00am by you",
        "Moved from Tuesday 3 March 2026, 9:00am to Wednesday 4 March 2026, 10:00am"
        " by a parent of Ravi Rao",
        "Asked to choose another time by the clinic",
        "Moved from Wednesday 4 March 2026, 10:00am to Thursday 5 March 2026, 11:00am"
        " by the clinic",
        "Attendance confirmed with the link in an email to you",
        "Cancelled with the link in an email",
        "Not answered in time",
    ]
    assert story(browser_of(father), visit)[:2] == [
        "Booked for Tuesday 3 March 2026, 9:00am by a parent of Ravi Rao",
        "Moved from Tuesday 3 March 2026, 9:00am to Wednesday 4 March 2026, 10:00am by you",
    ]


def test_story_names_the_patient_who_acted(asha: Client, person: User, doctor: Doctor) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    carer = make_person("Carla Care")
    PatientAccess.objects.create(user=carer, patient=visit.patient, relation="carer")
    add(visit, Kind.CANCELLED, carer)
    assert story(browser_of(carer), visit) == [
        "Booked for Tuesday 3 March 2026, 9:00am by Asha Rao",
        "Cancelled by you",
    ]
    assert story(asha, visit)[1] == "Cancelled by a carer of Asha Rao"


def test_moved_to_another_doctor_at_the_same_time_is_told_as_it_is(
    asha: Client, person: User, doctor: Doctor, staff: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    add(visit, Kind.MOVED, staff, note="Dr. Priya instead of Dr. Smith")
    page = asha.get(reverse("appointments:detail", args=[visit.pk])).text
    assert "Moved by the clinic: Dr. Priya instead of Dr. Smith" in " ".join(page.split())
