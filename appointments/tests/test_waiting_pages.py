"""The waiting list's pages: joining, the list, and the answer to what is kept."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from time_machine import Traveller

from accounts.family.services import end_access
from accounts.models import Patient, PatientAccess, User
from appointments.models import Appointment, WaitingEntry, WaitingOffer
from appointments.services import cancel
from appointments.waiting.services.entries import leave
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_child,
    make_doctor,
    make_person,
    make_user,
    patient_of,
)
from docspot.tests.fixtures import browser_of
from docspot.tests.waiting import make_offer, wait_for
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = "/appointments/waiting/"
JOIN = "/appointments/waiting/doctor/dr-smith/"
EVERY_DAY = list(range(7))
WISHES: dict[str, Any] = {"weekdays": EVERY_DAY, "hours": "any", "last_day": "2026-03-10"}


@pytest.fixture
def away(doctor: Doctor) -> Doctor:
    """Nothing of Dr. Smith's is free until Wednesday 11 March."""
    doctor.time_off.create(start=at(1, 0), end=at(11, 0))
    return doctor


@pytest.fixture
def patient(person: User) -> Client:
    return browser_of(person)


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def sent(person: User, **fields: Any) -> dict[str, Any]:
    return WISHES | {"patient": patient_of(person).pk} | fields


def free_up(doctor: Doctor, start: Any) -> WaitingOffer:
    """Somebody cancels: the time at `start` is offered to who is first."""
    visit = make_appointment(doctor, make_person(), start)
    doctor.time_off.all().delete()
    full(doctor, start)
    cancel(appointment=visit, by=visit.booked_by, now=NOW)
    return WaitingOffer.objects.get(start=start)


def full(doctor: Doctor, start: Any) -> None:
    """The doctor is away but for half an hour from `start`."""
    doctor.time_off.create(start=at(1, 0), end=start)
    doctor.time_off.create(start=start + timedelta(minutes=30), end=at(30, 0, month=4))


# Joining


def test_empty_week_of_a_doctor_leads_to_the_list(away: Doctor, patient: Client) -> None:
    kind = away.visit_types.get()
    page = patient.get("/doctors/dr-smith/").content.decode()
    assert f'href="{JOIN}?visit_type={kind.pk}">Tell me of an earlier time' in page
    page = patient.get("/doctors/any/cardiology/Hyderabad/").content.decode()
    address = f"/appointments/waiting/any/{away.specialty_id}/Hyderabad/"
    assert f'href="{address}">Tell me' in page


def test_week_with_times_does_not(doctor: Doctor, patient: Client) -> None:
    assert "Tell me of" not in patient.get("/doctors/dr-smith/").content.decode()


def test_visit_leads_to_the_list(doctor: Doctor, person: User, patient: Client) -> None:
    visit = make_appointment(doctor, person, at(12, 9))
    page = patient.get(f"/appointments/{visit.pk}/").content.decode()
    assert f'href="/appointments/waiting/visit/{visit.pk}/"' in page


def test_form_begins_with_what_suits_most(away: Doctor, patient: Client, person: User) -> None:
    """All days, all hours, until the day before the next free time."""
    form = patient.get(JOIN).context["form"]
    assert form.initial == {"last_day": date(2026, 3, 10)}
    assert (form["weekdays"].value(), form["hours"].value()) == (EVERY_DAY, "any")
    visit = make_appointment(away, person, at(9, 9))
    form = patient.get(f"/appointments/waiting/visit/{visit.pk}/").context["form"]
    assert form.initial == {"last_day": date(2026, 3, 9)}


def test_person_joins_for_a_doctor(away: Doctor, person: User, patient: Client) -> None:
    data = sent(person, weekdays=[0, 4], hours="morning", reason="Cough")
    response = patient.post(JOIN, data, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert messages_of(response) == [
        "You are on the waiting list. We write to you when a time that suits becomes free."
    ]
    entry = WaitingEntry.objects.get()
    assert (entry.patient, entry.doctor, entry.joined_by) == (patient_of(person), away, person)
    assert (entry.weekdays, entry.from_time, entry.to_time) == (0b10001, None, time(12))
    assert (entry.first_day, entry.last_day) == (date(2026, 3, 2), date(2026, 3, 10))
    assert entry.reason == "Cough"


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({"hours": "any", "from_time": "09:00"}, (None, None)),
        ({"hours": "afternoon"}, (time(12), None)),
        ({"hours": "between", "from_time": "09:30"}, (time(9, 30), None)),
        ({"hours": "between", "from_time": "09:30", "to_time": "11:00"}, (time(9, 30), time(11))),
    ],
)
def test_hours_are_as_chosen(
    away: Doctor, person: User, patient: Client, hours: dict[str, str], expected: Any
) -> None:
    patient.post(JOIN, sent(person, **hours))
    entry = WaitingEntry.objects.get()
    assert (entry.from_time, entry.to_time) == expected


def test_person_joins_for_any_doctor(away: Doctor, person: User, patient: Client) -> None:
    address = f"/appointments/waiting/any/{away.specialty_id}/hyderabad/"
    assert patient.get(address).context["what"] == "Any Cardiologist in Hyderabad"
    patient.post(address, sent(person))
    entry = WaitingEntry.objects.get()
    assert (entry.specialty, entry.city, entry.doctor) == (away.specialty, "Hyderabad", None)


def test_person_joins_instead_of_a_visit(away: Doctor, person: User, patient: Client) -> None:
    visit = make_appointment(away, person, at(12, 9))
    address = f"/appointments/waiting/visit/{visit.pk}/"
    patient.post(address, sent(person))
    entry = WaitingEntry.objects.get()
    assert (entry.instead_of, entry.doctor, entry.patient) == (visit, away, visit.patient)
    response = patient.get(address, follow=True)
    assert messages_of(response)[-1] == "You are on the waiting list for this already."


def test_form_that_is_sent_twice_joins_once(away: Doctor, person: User, patient: Client) -> None:
    data = sent(person, idempotency_key="0" * 32)
    assert [patient.post(JOIN, data)["Location"] for _ in range(2)] == [LIST, LIST]
    response = patient.post(JOIN, sent(person, idempotency_key="1" * 32), follow=True)
    assert messages_of(response)[-1] == "You are on the waiting list for this already."
    assert WaitingEntry.objects.count() == 1


def test_person_joins_for_a_child(away: Doctor, person: User, patient: Client) -> None:
    child = make_child(person)
    page = patient.get(JOIN).content.decode()
    assert "Who is it for?" in page
    assert "(your child)" in page
    patient.post(JOIN, sent(person, patient=child.pk))
    assert WaitingEntry.objects.get().patient == child


def test_free_times_are_shown_instead_of_waiting(
    away: Doctor, person: User, patient: Client
) -> None:
    response = patient.post(JOIN, sent(person, last_day="2026-03-11", hours="afternoon"))
    assert response.status_code == 409
    assert not WaitingEntry.objects.exists()
    page, kind = response.content.decode(), away.visit_types.get().pk
    assert "There are free times now" in page
    book = f'href="/appointments/book/dr-smith/?visit_type={kind}&amp;start=2026-03-11T08:30:00Z"'
    assert page.count(book) == 1


def test_free_time_before_a_visit_leads_to_moving_it(
    away: Doctor, person: User, patient: Client
) -> None:
    visit = make_appointment(away, person, at(12, 9))
    response = patient.post(
        f"/appointments/waiting/visit/{visit.pk}/", sent(person, last_day="2026-03-12")
    )
    page = response.content.decode()
    assert f'href="/appointments/{visit.pk}/reschedule/?start=2026-03-11T03:30:00Z"' in page
    response = patient.post(
        f"/appointments/waiting/any/{away.specialty_id}/Hyderabad/",
        sent(person, last_day="2026-03-12"),
    )
    book = f'href="/appointments/book/any/{away.specialty_id}/Hyderabad/?start='
    assert book in response.content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"weekdays": []}, "Choose at least one day of the week"),
        ({"weekdays": ["7"]}, "Choose at least one day of the week"),
        ({"hours": "night"}, "Choose at which hours you can come"),
        ({"hours": "between"}, "Enter from or until which time you can come"),
        ({"hours": "between", "from_time": "25:00"}, "Enter a time, like 9:30 or 17:30"),
        (
            {"hours": "between", "from_time": "11:00", "to_time": "09:00"},
            "The hours end before they begin. Choose a later end.",
        ),
        ({"last_day": ""}, "Enter the last day that suits you"),
        ({"last_day": "soon"}, "Enter a day, like 31 3 2026"),
        ({"last_day": "0001-01-01"}, "Check the year of the day"),
        (
            {"last_day": "2026-03-01"},
            "The last day is before the first. Choose a later last day.",
        ),
        (
            {"last_day": "2028-03-01"},
            "The last day is more than a year ahead. Choose an earlier day.",
        ),
        ({"patient": "999"}, "Choose who the appointment is for"),
        ({"reason": "x" * 1001}, "Use 1,000 characters or fewer"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_written(
    away: Doctor, person: User, patient: Client, wrong: dict[str, Any], words: str
) -> None:
    response = patient.post(JOIN, sent(person, **wrong))
    assert response.status_code == 400
    errors = response.context["form"].errors
    assert [text for texts in errors.values() for text in texts] == [words]
    assert "__all__" not in errors  # it stands beside its field
    assert not WaitingEntry.objects.exists()


def test_who_is_no_patient_yet_is_asked_for_their_details(away: Doctor) -> None:
    response = browser_of(make_user()).get(JOIN, follow=True)
    assert response.redirect_chain == [("/accounts/profile/", 302)]


def test_nobody_waits_for_what_is_not_there(doctor: Doctor, person: User, patient: Client) -> None:
    over = make_appointment(doctor, person, at(1, 9))
    response = patient.get(f"/appointments/waiting/visit/{over.pk}/")
    assert response["Location"] == f"/appointments/{over.pk}/"
    for address in ("doctor/nobody/", "doctor/dr-smith/?visit_type=0", "any/x/Hyderabad/"):
        assert patient.get(f"{LIST}{address}").status_code == 404
    for number in (0, 2**63):
        assert patient.get(f"{LIST}any/{number}/Hyderabad/").status_code == 404


def test_address_of_waiting_names_no_specialty(away: Doctor, patient: Client) -> None:
    assert patient.get(f"{LIST}any/cardiology/Hyderabad/").status_code == 404


# The list


def test_list_says_what_one_waits_for(away: Doctor, person: User, patient: Client) -> None:
    visit = make_appointment(away, person, at(12, 9))
    wait_for(away, make_person())
    wait_for(away, person, instead_of=visit, weekdays=0b10001, to_time=time(12))
    page = " ".join(patient.get(LIST).content.decode().split())
    assert "Consultation with Dr. Smith" in page
    assert "Monday or Friday, before midday, until " in page
    assert "Instead of the appointment on Thursday 12 March 2026, 9:00am" in page
    assert "You are number 2 in line." in page


def test_list_of_who_waits_for_nothing_says_how(patient: Client, person: User) -> None:
    page = patient.get(LIST).content.decode()
    assert "You are not waiting for an earlier time." in page


def test_list_is_of_those_one_acts_for(away: Doctor, person: User, stranger: User) -> None:
    wait_for(away, stranger)
    assert list(browser_of(person).get(LIST).context["entries"]) == []


def test_list_asks_the_same_for_one_and_three_rows(
    away: Doctor, person: User, patient: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            patient.get(LIST)
        return len(found)

    patient.get(LIST)
    wait_for(away, person, instead_of=make_appointment(away, person, at(12, 9)))
    one = queries()
    for name in ("Dr. Priya", "Dr. Kumar"):
        other = make_doctor(name)
        child = Patient.objects.create(name=name)
        child.accesses.create(user=person, relation="parent")
        visit = make_appointment(other, person, at(12, 9), patient=child)
        entry = wait_for(other, person, patient=child, instead_of=visit)
        make_offer(entry, at(5, 9))
    assert (one, queries()) == (6, 6)


def test_wishes_are_changed(away: Doctor, person: User, patient: Client) -> None:
    entry = wait_for(away, person, from_time=time(9), to_time=time(11))
    address = f"{LIST}{entry.pk}/change/"
    form = patient.get(address).context["form"]
    assert form.initial == {
        "weekdays": EVERY_DAY,
        "hours": "between",
        "from_time": time(9),
        "to_time": time(11),
        "last_day": entry.last_day,
    }
    assert patient.post(address, WISHES | {"weekdays": ["6"]})["Location"] == LIST
    entry.refresh_from_db()
    assert (entry.weekdays, entry.from_time, entry.last_day) == (64, None, date(2026, 3, 10))
    response = patient.post(address, WISHES | {"last_day": "2028-01-01"})
    assert response.status_code == 400
    assert patient.post(address, WISHES | {"hours": ""}).status_code == 400


def test_pause_and_resume_are_buttons(away: Doctor, person: User, patient: Client) -> None:
    entry = wait_for(away, person)
    for act, status in (("pause", "paused"), ("resume", "waiting")):
        assert patient.get(f"{LIST}{entry.pk}/{act}/")["Location"] == LIST
        assert patient.post(f"{LIST}{entry.pk}/{act}/")["Location"] == LIST
        entry.refresh_from_db()
        assert entry.status == status
    response = patient.post(f"{LIST}{entry.pk}/resume/", follow=True)
    assert messages_of(response)[-1] == (
        "This cannot be done: the place on the waiting list is “Waiting”."
    )


def test_leaving_is_asked_first(away: Doctor, person: User, patient: Client) -> None:
    entry = wait_for(away, person)
    address = f"{LIST}{entry.pk}/leave/"
    assert "Leave the waiting list?" in patient.get(address).content.decode()
    response = patient.post(address, follow=True)
    assert messages_of(response) == ["You have left the waiting list."]
    assert patient.get(address).status_code == 404


@pytest.mark.parametrize("act", ["pause", "resume", "leave"])
def test_button_of_a_place_that_has_ended_says_so(
    away: Doctor, person: User, patient: Client, act: str
) -> None:
    entry = wait_for(away, person)
    leave(entry=entry, by=person, now=NOW)
    response = patient.post(f"{LIST}{entry.pk}/{act}/", follow=True)
    assert messages_of(response) == [
        "This cannot be done: the place on the waiting list is “Left the list”."
    ]


@pytest.mark.parametrize("act", ["change", "pause", "resume", "leave"])
def test_places_of_others_are_not_there(
    away: Doctor, person: User, stranger: User, act: str
) -> None:
    entry = wait_for(away, person)
    assert browser_of(stranger).post(f"{LIST}{entry.pk}/{act}/", WISHES).status_code == 404
    entry.refresh_from_db()
    assert entry.status == "waiting"


# What is kept


def test_kept_time_stands_at_the_top_and_is_taken(
    away: Doctor, person: User, patient: Client
) -> None:
    visit = make_appointment(away, person, at(12, 9))
    wait_for(away, person, instead_of=visit)
    offer = free_up(away, at(4, 9))
    page = " ".join(patient.get(LIST).content.decode().split())
    assert "An earlier time is kept for you" in page
    assert "Wednesday 4 March 2026, 9:00am" in page
    assert "It is kept for you until <strong>9:00am</strong> on Monday 2 March 2026." in page
    assert "your appointment on Thursday 12 March 2026, 9:00am is given back." in page
    address = f"{LIST}offers/{offer.pk}/accept/"
    assert patient.get(address)["Location"] == LIST
    assert patient.post(address)["Location"] == f"/appointments/{visit.pk}/"
    visit.refresh_from_db()
    assert (visit.start, visit.status) == (at(4, 9), "confirmed")
    assert patient.post(address)["Location"] == f"/appointments/{visit.pk}/"  # a double click
    assert "kept for you" not in patient.get(LIST).content.decode()


def test_kept_time_that_is_let_go_is_the_next_ones(away: Doctor, person: User) -> None:
    second = make_person("Second")
    wait_for(away, person)
    wait_for(away, second, joined_at=at(2, 8, 31))
    offer = free_up(away, at(4, 9))
    assert offer.entry.patient == patient_of(person)
    address = f"{LIST}offers/{offer.pk}/decline/"
    assert browser_of(second).post(address).status_code == 404
    response = browser_of(person).post(address, follow=True)
    assert messages_of(response) == [
        "The time goes to the next person. You stay on the waiting list."
    ]
    kept = WaitingOffer.objects.get(status="open")
    assert (kept.entry.patient, kept.start) == (patient_of(second), at(4, 9))
    response = browser_of(person).post(address, follow=True)
    assert messages_of(response) == ["This offer has ended. The time is not kept for you any more."]
    assert not Appointment.objects.filter(start=at(4, 9), status="confirmed").exists()


def test_kept_time_of_who_leaves_is_the_next_ones(
    away: Doctor, person: User, patient: Client
) -> None:
    second = make_person("Second")
    entry = wait_for(away, person)
    wait_for(away, second, joined_at=at(2, 8, 31))
    offer = free_up(away, at(4, 9))
    patient.post(f"{LIST}{entry.pk}/leave/")
    offer.refresh_from_db()
    assert offer.status == "withdrawn"
    assert WaitingOffer.objects.get(status="open").entry.patient == patient_of(second)


# The page of the mail's link


def url_of(offer: WaitingOffer) -> str:
    return reverse("offer:answer", kwargs={"key": offer.key})


def without_token(page: Any) -> str:
    return re.sub('name="csrfmiddlewaretoken" value="[^"]*"', "", page.content.decode())


def test_link_shows_just_the_time(away: Doctor, person: User) -> None:
    wait_for(away, person, reason="Chest pain")
    address = url_of(free_up(away, at(4, 9)))
    browsers = [Client(), browser_of(person)]
    pages = [browser.get(address) for browser in browsers]
    assert without_token(pages[0]) == without_token(pages[1])
    page = " ".join(pages[0].content.decode().split())
    assert "Wednesday 4 March 2026, 9:00am" in page
    assert "For Asha" in page
    for secret in ("Cardio", "Consultation", "Chest pain", "asha@example.com", "Asha Rao"):
        assert secret not in page
    assert pages[0]["X-Robots-Tag"] == "noindex"
    assert pages[0]["Referrer-Policy"] == "strict-origin"
    assert "no-store" in pages[0]["Cache-Control"]
    assert pages[0].cookies.keys() == {"csrftoken"}
    assert WaitingOffer.objects.get().status == "open"


def test_link_takes_the_time_once(away: Doctor, person: User) -> None:
    visit = make_appointment(away, person, at(12, 9))
    wait_for(away, person, instead_of=visit)
    address, browser = url_of(free_up(away, at(4, 9))), Client()
    page = browser.post(address, {"act": "accept"})
    assert (page.status_code, page.context["answer"]) == (200, "accept")
    assert "The later appointment that you had is given back." in page.content.decode()
    visit.refresh_from_db()
    assert (visit.start, visit.status) == (at(4, 9), "confirmed")
    again = browser.post(address, {"act": "accept"})
    assert again.status_code == 404
    assert "This offer has ended" in again.content.decode()
    assert Appointment.objects.filter(patient=patient_of(person)).count() == 1


@pytest.mark.parametrize(("act", "entry_status"), [("decline", "waiting"), ("pause", "paused")])
def test_link_lets_the_time_go(away: Doctor, person: User, act: str, entry_status: str) -> None:
    entry = wait_for(away, person)
    offer = free_up(away, at(4, 9))
    page = Client().post(url_of(offer), {"act": act})
    assert (page.status_code, page.context["answer"]) == (200, act)
    offer.refresh_from_db()
    entry.refresh_from_db()
    assert offer.status in ("declined", "withdrawn")
    assert entry.status == entry_status
    assert Client().post(url_of(offer), {"act": "accept"}).status_code == 404


def test_unknown_act_of_a_link_changes_nothing(away: Doctor, person: User) -> None:
    wait_for(away, person)
    offer = free_up(away, at(4, 9))
    assert Client().post(url_of(offer), {"act": "sell"}).status_code == 400
    offer.refresh_from_db()
    assert offer.status == "open"


def test_wrong_answered_and_lapsed_links_look_alike(
    away: Doctor, person: User, clock: Traveller
) -> None:
    wait_for(away, person)
    offer = free_up(away, at(4, 9))
    good = url_of(offer)
    wrong = Client().get("/offer/wrong/")
    clock.move_to(offer.until)
    lapsed = Client().get(good)
    offer.status = "declined"
    offer.save()
    answered = Client().get(good)
    assert [page.status_code for page in (wrong, lapsed, answered)] == [404] * 3
    assert wrong.content == lapsed.content == answered.content
    assert Client().post(good, {"act": "accept"}).content == wrong.content


@pytest.mark.parametrize("act", ["accept", "decline", "pause"])
@pytest.mark.parametrize("gone", ["login", "address"])
def test_link_ends_when_nobody_gets_these_mails_any_more(
    away: Doctor, person: User, act: str, gone: str
) -> None:
    """The login that asked is closed; or the desk took the patient's address away."""
    asha = patient_of(person)
    if gone == "address":
        asha = Patient.objects.create(name="Boris Blue", email="boris@example.com")
    entry = wait_for(away, person, patient=asha)
    address, browser = url_of(free_up(away, at(4, 9))), Client()
    assert browser.get(address).status_code == 200
    User.objects.filter(pk=person.pk).update(is_active=False)
    Patient.objects.filter(pk=asha.pk).update(email="")
    pages = [browser.post(address, {"act": act}), browser.get(address)]
    assert [page.status_code for page in pages] == [404, 404]
    assert "This offer has ended" in pages[0].content.decode()
    entry.refresh_from_db()
    assert (entry.status, WaitingOffer.objects.get().status) == ("waiting", "open")


def test_link_ends_with_the_access_of_who_may_have_it(
    away: Doctor, person: User, stranger: User
) -> None:
    asha = patient_of(person)
    access = PatientAccess.objects.create(user=stranger, patient=asha, relation="carer")
    wait_for(away, person)
    offer = free_up(away, at(4, 9))
    end_access(access=access, by=person, now=NOW)
    response = Client().post(url_of(offer), {"act": "accept"})
    assert response.status_code == 404
    assert response.content == Client().get("/offer/wrong/").content
    browser_of(person).post(f"{LIST}offers/{offer.pk}/accept/")
    offer.refresh_from_db()
    assert offer.status == "accepted"


def test_keys_are_not_guessed_for_long(away: Doctor, person: User) -> None:
    wait_for(away, person)
    good, browser = url_of(free_up(away, at(4, 9))), Client()
    answers = [browser.get(f"/offer/{number}/").status_code for number in range(101)]
    assert answers == [404] * 100 + [429]
    assert browser.get(good).status_code == 429
