"""Fair use on the pages, at the desk and for programs: what is asked, and what is said."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from appointments.models import Appointment, BookingPolicy, Waiver
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    patient_of,
)
from docspot.tests.desk import change_url
from docspot.tests.fixtures import browser_of, program_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
QUESTION = (
    "There is already an appointment with Dr. Smith, Cardiologist, on Tuesday 3 March 2026, "
    "9:00am. Keep both, or replace it?"
)
WHY = (
    "The clinic confirms bookings for Asha Rao itself, as 1 visit was missed or cancelled late in "
    "the last 180 days. Call the clinic if this is wrong."
)
ANSWERS = "The clinic answers your request first."


@pytest.fixture
def colleague(db: None) -> Doctor:
    return make_doctor("Dr. Priya")


@pytest.fixture
def held(doctor: Doctor, person: User) -> Appointment:
    return make_appointment(doctor, person, at(3, 9))


@pytest.fixture
def asha(person: User) -> Client:
    return browser_of(person)


@pytest.fixture
def desk(receptionist: User) -> Client:
    return browser_of(receptionist)


@pytest.fixture
def missed(doctor: Doctor, person: User) -> Appointment:
    rule(misses_before_approval=1)
    return make_appointment(doctor, person, NOW - timedelta(days=9), status="no_show")


def rule(**fields: Any) -> None:
    BookingPolicy.objects.update_or_create(pk=1, defaults=fields)


def words(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(text).split())


def chosen(doctor: Doctor, start: datetime, **more: Any) -> dict[str, Any]:
    return {"visit_type": doctor.visit_types.get().pk, "start": start.isoformat()} | more


def statuses() -> list[str]:
    return list(Appointment.objects.order_by("start").values_list("status", flat=True))


# Keep both, or replace it?


def test_page_asks_before_and_after_and_keeps_what_was_typed(
    asha: Client, colleague: Doctor, held: Appointment, person: User
) -> None:
    rule(same_specialty_days=7)
    url = reverse("appointments:book", args=[colleague.slug])
    page = asha.get(url, chosen(colleague, at(4, 9)))
    assert QUESTION in words(page)
    sent = chosen(colleague, at(4, 9), patient=patient_of(person).pk, reason="Chest pain")
    again = asha.post(url, sent)
    said = words(again, 409)
    assert QUESTION in said
    assert "There is a problem Choose whether to keep or to replace" in said
    assert "Chest pain" in said
    assert statuses() == ["confirmed"]
    values = re.findall(r'name="instead" value="([^"]*)"', again.content.decode())
    assert values == ["keep", str(held.pk)]


def test_page_keeps_both(asha: Client, colleague: Doctor, held: Appointment, person: User) -> None:
    rule(same_specialty_days=7)
    sent = chosen(colleague, at(4, 9), patient=patient_of(person).pk, instead="keep")
    response = asha.post(reverse("appointments:book", args=[colleague.slug]), sent)
    assert response.status_code == 302
    assert statuses() == ["confirmed", "confirmed"]


def test_page_replaces_once_though_sent_twice(
    asha: Client, colleague: Doctor, held: Appointment, person: User
) -> None:
    rule(same_specialty_days=7)
    who = {"patient": patient_of(person).pk, "idempotency_key": "0" * 32}
    sent = chosen(colleague, at(4, 9), instead=str(held.pk), **who)
    url = reverse("appointments:book", args=[colleague.slug])
    first, second = asha.post(url, sent), asha.post(url, sent)
    assert first["Location"] == second["Location"]
    third = asha.post(url, sent | {"idempotency_key": ""})  # by the back button
    assert third["Location"] == first["Location"]
    assert statuses() == ["cancelled", "confirmed"]


@pytest.mark.parametrize(
    ("instead", "status"),
    [("both", 400), ("0" * 36, 400), ("00000000-0000-4000-8000-000000000000", 409)],
)
def test_page_refuses_an_answer_that_was_not_offered(
    asha: Client, colleague: Doctor, held: Appointment, person: User, instead: str, status: int
) -> None:
    rule(same_specialty_days=7)
    sent = chosen(colleague, at(4, 9), patient=patient_of(person).pk, instead=instead)
    response = asha.post(reverse("appointments:book", args=[colleague.slug]), sent)
    assert response.status_code == status
    assert statuses() == ["confirmed"]


def test_page_does_not_replace_what_is_somebody_elses(
    asha: Client, doctor: Doctor, colleague: Doctor, person: User, stranger: User
) -> None:
    other = make_appointment(doctor, stranger, at(3, 9))
    sent = chosen(colleague, at(4, 9), patient=patient_of(person).pk, instead=str(other.pk))
    response = asha.post(reverse("appointments:book", args=[colleague.slug]), sent)
    assert "not there any more" in words(response, 409)
    assert statuses() == ["confirmed"]


def test_page_asks_about_who_was_chosen_of_several(
    asha: Client, colleague: Doctor, held: Appointment, person: User
) -> None:
    rule(same_specialty_days=7)
    child = make_child(person)
    url = reverse("appointments:book", args=[colleague.slug])
    assert QUESTION not in words(asha.get(url, chosen(colleague, at(4, 9))))
    sent = chosen(colleague, at(4, 9), patient=patient_of(person).pk)
    assert QUESTION in words(asha.post(url, sent), 409)
    assert asha.post(url, sent | {"patient": child.pk}).status_code == 302


def test_page_offers_no_replacing_that_is_too_late(
    asha: Client, doctor: Doctor, colleague: Doctor, person: User
) -> None:
    rule(same_specialty_days=7)
    make_appointment(doctor, person, NOW + timedelta(hours=1))
    url = reverse("appointments:book", args=[colleague.slug])
    page = words(asha.get(url, chosen(colleague, at(4, 9))))
    assert "Keep both" in page
    assert "this cancels it" not in page


def test_page_of_any_doctor_asks_likewise(
    asha: Client, colleague: Doctor, held: Appointment, person: User
) -> None:
    rule(same_specialty_days=7)
    url = reverse("appointments:book_any", args=[colleague.specialty_id, "Hyderabad"])
    assert QUESTION in words(asha.get(url, {"start": at(4, 9).isoformat()}))
    sent = {"start": at(4, 9).isoformat(), "patient": patient_of(person).pk, "reason": "Chest pain"}
    said = words(asha.post(url, sent), 409)
    assert "Choose whether to keep or to replace" in said
    assert "Chest pain" in said
    assert asha.post(url, sent | {"instead": str(held.pk)}).status_code == 302
    assert statuses() == ["cancelled", "confirmed"]


def test_limit_of_the_specialty_is_said_on_the_page(
    asha: Client, colleague: Doctor, held: Appointment, person: User
) -> None:
    rule(max_open_per_specialty=1)
    sent = chosen(colleague, at(4, 9), patient=patient_of(person).pk)
    response = asha.post(reverse("appointments:book", args=[colleague.slug]), sent)
    assert "You can hold 1 appointment in Cardiology at a time." in words(response, 409)


def test_desk_is_asked_and_told(
    desk: Client, colleague: Doctor, held: Appointment, person: User
) -> None:
    rule(same_specialty_days=7, max_open_per_specialty=1)
    asked = {"patient": patient_of(person).pk, "doctor": colleague.pk}
    url = reverse("admin:desk_book") + "?" + urlencode(asked | {"start": at(4, 9).isoformat()})
    said = words(desk.get(url))
    assert QUESTION in said
    assert "Asha Rao holds 1 appointment in Cardiology; online it can be 1." in said
    sent = {"start": at(4, 9).isoformat(), "reason": "Chest pain", "overrule": "on"}
    said = words(desk.post(url, sent), 409)
    assert "Choose whether to keep or to replace" in said
    assert "Chest pain" in said
    assert statuses() == ["confirmed"]
    assert desk.post(url, sent | {"instead": "keep"}).status_code == 302
    assert statuses() == ["confirmed", "confirmed"]


def test_desk_replaces(desk: Client, colleague: Doctor, held: Appointment, person: User) -> None:
    rule(same_specialty_days=7)
    asked = {"patient": patient_of(person).pk, "doctor": colleague.pk}
    sent = {"start": at(4, 9).isoformat(), "instead": str(held.pk)}
    url = reverse("admin:desk_book") + "?" + urlencode(asked | {"start": at(4, 9).isoformat()})
    assert desk.post(url, sent).status_code == 302
    assert statuses() == ["cancelled", "confirmed"]


# Programs


def test_program_is_asked_with_the_appointment(
    person: User, colleague: Doctor, held: Appointment
) -> None:
    rule(same_specialty_days=7)
    program, url = program_of(person), reverse("api_book")
    for sent in (
        {"doctor_id": colleague.pk, "date": at(4, 9).isoformat()},
        {"doctor_id": colleague.pk, "date": "2026-03-04"},
        {"specialty": "cardiology", "place": "Hyderabad", "date": at(4, 9).isoformat()},
    ):
        answer = program.post(url, sent, format="json")
        assert answer.status_code == 409
        body = answer.json()
        assert (body["code"], body["appointment"]) == ("similar-visit", str(held.pk))
        assert body["detail"] == QUESTION
    assert statuses() == ["confirmed"]


def test_program_keeps_both_or_replaces(person: User, colleague: Doctor, held: Appointment) -> None:
    rule(same_specialty_days=7)
    program, url = program_of(person), reverse("api_book")
    asked = {"doctor_id": colleague.pk, "date": at(4, 9).isoformat(), "keep_both": True}
    second = program.post(url, asked | {"replace": None}, format="json")
    assert second.status_code == 201
    asked = {"doctor_id": colleague.pk, "date": "2026-03-05", "replace": second.json()["id"]}
    third = program.post(url, asked | {"keep_both": None}, format="json")
    assert third.status_code == 201
    assert statuses() == ["confirmed", "cancelled", "confirmed"]


def test_program_cannot_replace_what_is_not_its_own(
    person: User, stranger: User, doctor: Doctor, colleague: Doctor
) -> None:
    other = make_appointment(doctor, stranger, at(3, 9))
    program, url = program_of(person), reverse("api_book")
    asked = {"doctor_id": colleague.pk, "date": at(4, 9).isoformat()}
    for wrong, status in (
        ({"replace": str(other.pk)}, 404),
        ({"replace": other.pk.hex}, 400),
        ({"replace": 1}, 400),
        ({"keep_both": "yes"}, 400),
        ({"keep_both": True, "replace": str(other.pk)}, 400),
    ):
        assert program.post(url, asked | wrong, format="json").status_code == status
    assert statuses() == ["confirmed"]


# Missed visits


def test_patient_reads_why_before_booking(
    asha: Client, colleague: Doctor, missed: Appointment, person: User
) -> None:
    url = reverse("appointments:book", args=[colleague.slug])
    said = words(asha.get(url, chosen(colleague, at(4, 9))))
    assert WHY in said
    assert ANSWERS in said
    assert "Send request" in said
    any_url = reverse("appointments:book_any", args=[colleague.specialty_id, "Hyderabad"])
    said = words(asha.get(any_url, {"start": at(4, 9).isoformat()}))
    assert WHY in said
    assert "Send request" in said
    visit = make_appointment(colleague, person, at(5, 9))
    move = reverse("appointments:reschedule", args=[visit.pk])
    assert WHY in words(asha.get(move, {"start": at(6, 9).isoformat()}))


def test_who_is_one_of_several_is_named(
    asha: Client, colleague: Doctor, missed: Appointment, person: User
) -> None:
    make_child(person)
    url = reverse("appointments:book", args=[colleague.slug])
    said = words(asha.get(url, chosen(colleague, at(4, 9))))
    assert WHY in said
    assert "Confirm appointment" in said


def test_own_list_says_it_only_to_whom_it_concerns(
    asha: Client, missed: Appointment, stranger: User
) -> None:
    url = reverse("appointments:list")
    assert WHY in words(asha.get(url))
    assert "The clinic confirms" not in words(browser_of(stranger).get(url))
    rule(misses_before_approval=2)
    assert "The clinic confirms" not in words(asha.get(url))
    rule(misses_before_approval=None)
    assert "The clinic confirms" not in words(asha.get(url))


def test_page_to_cancel_says_what_counts(asha: Client, doctor: Doctor, person: User) -> None:
    told = "if you cancel now, it counts as a missed visit"
    late = make_appointment(doctor, person, NOW + timedelta(hours=23))
    url = reverse("appointments:cancel", args=[late.pk])
    assert told not in words(asha.get(url))
    rule(misses_before_approval=1)
    assert told in words(asha.get(url))
    in_time = make_appointment(doctor, person, NOW + timedelta(hours=24))
    assert told not in words(asha.get(reverse("appointments:cancel", args=[in_time.pk])))


def test_doctor_sees_the_count_where_it_is_counted(
    doctor: Doctor, missed: Appointment, held: Appointment
) -> None:
    assert doctor.user is not None
    page, url = browser_of(doctor.user), reverse("practice:visit", args=[held.pk])
    told = "1 visit missed or cancelled late, with any doctor"
    assert told in words(page.get(url))
    rule(misses_before_approval=None)
    assert told not in words(page.get(url))


def test_desk_sees_what_counts_and_until_when(
    desk: Client, doctor: Doctor, missed: Appointment, person: User
) -> None:
    url = reverse("admin:desk_patient", args=[patient_of(person).pk])
    said = words(desk.get(url))
    assert "1 visit counts. The clinic answers what they book online first." in said
    assert "Dr. Smith, did not come Counts until Thursday 20 August 2026" in said
    asked = {"patient": patient_of(person).pk, "doctor": doctor.pk, "start": at(4, 9).isoformat()}
    told = "1 visit missed or cancelled late, with any doctor"
    assert told in words(desk.get(reverse("admin:desk_book"), asked))
    rule(misses_before_approval=None)
    assert "Missed, or cancelled late" not in words(desk.get(url))
    assert told not in words(desk.get(reverse("admin:desk_book"), asked))


def test_desk_does_not_count_a_visit_and_manager_counts_it_again(
    desk: Client, missed: Appointment, manager: User, person: User
) -> None:
    url = reverse("admin:desk_miss", args=[missed.pk])
    assert (
        reverse("admin:desk_miss", args=[missed.pk])
        in desk.get(change_url(missed)).content.decode()
    )
    said = words(desk.get(url))
    assert "The patient did not come. It counts until Thursday 20 August 2026." in said
    response = desk.post(url, {"note": "The bus broke down"})
    assert response["Location"] == reverse("admin:desk_patient", args=[missed.patient_id])
    said = words(desk.get(response["Location"]))
    assert "It does not count any more: Asha Rao, Saturday 21 February 2026, 8:30am." in said
    assert "0 visits count." in said
    assert "Not counted" in said
    said = words(desk.get(url))
    assert "reception@example.com decided so on Monday 2 March 2026" in said
    assert "The bus broke down" in said
    assert "Count it again" not in said
    desk.post(url, {"count": ""})
    assert Waiver.objects.count() == 1
    chief = browser_of(manager)
    assert "Count it again" in words(chief.get(url))
    assert "It counts again" in words(chief.post(url, {"count": ""}, follow=True))
    assert not Waiver.objects.exists()


def test_what_was_not_missed_is_not_waived(
    desk: Client, missed: Appointment, held: Appointment
) -> None:
    url = reverse("admin:desk_miss", args=[held.pk])
    assert "This visit does not count as missed." in words(desk.get(url))
    assert "This visit does not count as missed." in words(desk.post(url, {}, follow=True))
    long = desk.post(reverse("admin:desk_miss", args=[missed.pk]), {"note": "a" * 501})
    assert "Use 500 characters or fewer" in words(long, 400)
    rule(misses_before_approval=None)
    assert "The clinic counts no missed visits." in words(desk.get(url))
    assert not Waiver.objects.exists()
