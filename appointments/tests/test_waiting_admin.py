"""The waiting list at the front desk: the list, its actions, and who telephones."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult
from time_machine import Traveller

from accounts.models import Patient, User
from appointments.models import Appointment, WaitingEntry, WaitingOffer
from appointments.waiting.emails import tell_offer
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_person,
    make_user,
    patient_of,
)
from docspot.tests.desk import act, change_url, list_url
from docspot.tests.fixtures import browser_of
from docspot.tests.waiting import make_offer, wait_for, wait_for_any
from doctors.models import Doctor, VisitType

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

JOIN = "/admin/desk/waiting/"
WISHES: dict[str, Any] = {"weekdays": [0, 1, 2, 3, 4], "hours": "any", "last_day": "2026-03-10"}


@pytest.fixture
def desk(receptionist: User) -> Client:
    return browser_of(receptionist)


@pytest.fixture
def away(doctor: Doctor) -> Doctor:
    """Nothing of Dr. Smith's is free until Wednesday 11 March."""
    doctor.time_off.create(start=at(1, 0), end=at(11, 0))
    return doctor


def names(page: Any) -> list[str]:
    return [str(entry) for entry in page.context["cl"].result_list]


def test_list_is_in_the_order_of_the_line(desk: Client, away: Doctor, person: User) -> None:
    wait_for(away, make_person("Third"), joined_at=at(2, 8))
    wait_for(away, person, priority=1)
    wait_for_any(away, make_person("Second"), joined_at=at(2, 7))
    page = desk.get(list_url(WaitingEntry))
    assert names(page) == ["Asha Rao", "Second", "Third"]
    assert [entry.place for entry in page.context["cl"].result_list] == [1, 2, 3]
    html = " ".join(page.content.decode().split())
    assert "Any Cardiologist in Hyderabad" in html
    assert "Any day of the week, at any hour, until Tuesday 31 March 2026" in html
    assert 'href="?city=Hyderabad"' in html
    assert 'href="?city="' not in html  # a link without words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status__exact=paused", ["Second"]),
        ("doctor__id__exact={doctor}", ["Asha Rao"]),
        ("city=Hyderabad", ["Second"]),
        ("q=asha", ["Asha Rao"]),
    ],
)
def test_list_is_filtered(
    desk: Client, away: Doctor, person: User, query: str, found: list[str]
) -> None:
    wait_for(away, person)
    wait_for_any(away, make_person("Second"), status="paused")
    page = desk.get(f"{list_url(WaitingEntry)}?{query.format(doctor=away.pk)}")
    assert names(page) == found


@pytest.mark.parametrize("model", [WaitingEntry, WaitingOffer])
def test_lists_ask_the_same_for_one_and_three_rows(
    desk: Client, away: Doctor, person: User, model: Any
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert desk.get(list_url(model)).status_code == 200
        return len(found)

    make_offer(wait_for(away, person), at(4, 9))
    desk.get(list_url(model))
    one = queries()
    for number, name in enumerate(("Dr. Priya", "Dr. Kumar")):
        other = make_doctor(name)
        visit = make_appointment(other, person, at(12, 9 + number))
        make_offer(wait_for(other, make_person(), instead_of=visit), at(5, 9))
    assert queries() == one


def test_place_shows_what_was_offered(desk: Client, away: Doctor, person: User) -> None:
    entry = wait_for(away, person, from_time=time(9))
    offer = make_offer(entry, at(4, 9), status="declined", answered_at=at(2, 8, 45))
    html = desk.get(change_url(entry)).content.decode()
    for words in ("Wed 4 Mar 2026, 9:00am", "Declined", "Mon 2 Mar 2026, 8:45am"):
        assert words in html
    assert f"/admin/desk/waiting/{entry.pk}/" in html
    assert "Wed 4 Mar 2026, 9:00am" in desk.get(list_url(WaitingOffer)).content.decode()
    assert desk.get(change_url(offer)).status_code == 200


def test_staff_steer_the_list(desk: Client, away: Doctor, person: User) -> None:
    first, second = wait_for(away, person), wait_for(away, make_person("Second"))
    assert act(desk, "let_go_first", second) == ["1 patient goes first."]
    assert act(desk, "pause", first, second) == ["2 places paused."]
    assert sorted(act(desk, "pause", first)) == [
        "Asha Rao: This cannot be done: the place on the waiting list is “Paused”."
    ]
    assert act(desk, "resume", first) == ["1 place resumed."]
    assert act(desk, "leave", first, second) == ["2 patients removed from the waiting list."]
    assert [
        (entry.patient.name, entry.priority, entry.status)
        for entry in WaitingEntry.objects.order_by("pk")
    ] == [("Asha Rao", 0, "left"), ("Second", 1, "left")]


def test_those_who_go_first_keep_their_order(desk: Client, away: Doctor, person: User) -> None:
    people = [person, make_person("Second"), make_person("Third")]
    entries = [wait_for(away, one, joined_at=at(2, 6 + i)) for i, one in enumerate(people)]
    assert act(desk, "let_go_first", entries[2], entries[1]) == ["2 patients go first."]
    page = desk.get(list_url(WaitingEntry))
    assert names(page) == ["Second", "Third", "Asha Rao"]
    assert act(desk, "let_go_first", *entries) == ["3 patients go first."]
    assert names(desk.get(list_url(WaitingEntry))) == ["Second", "Third", "Asha Rao"]


def test_desk_answers_for_who_has_telephoned(
    desk: Client, away: Doctor, person: User, receptionist: User
) -> None:
    """Whoever has no login and no email address can answer in no other way."""
    patients = [Patient.objects.create(name=name) for name in ("Boris Blue", "Carla", "Dan")]
    wishes = {"last_day": date(2026, 3, 10)}  # nothing else is free by then
    entries = [wait_for(away, person, patient=patient, **wishes) for patient in patients]
    taken, let_go, idle = entries
    make_offer(taken, at(12, 9), told_at=None)
    make_offer(let_go, at(13, 9), told_at=None)
    assert act(desk, "take_kept_time", taken, idle) == [
        "Dan: No time is kept for this patient now.",
        "1 kept time taken for the patient.",
    ]
    assert act(desk, "let_kept_time_go", let_go, taken) == [
        "Boris Blue: No time is kept for this patient now.",
        "1 kept time let go.",
    ]
    visit = Appointment.objects.get()
    assert (visit.patient, visit.start, visit.booked_by) == (patients[0], at(12, 9), receptionist)
    offers = WaitingOffer.objects.order_by("start").values_list("status", "appointment")
    assert list(offers) == [("accepted", visit.pk), ("declined", None)]
    statuses = WaitingEntry.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["met", "waiting", "waiting"]


def test_desk_hears_why_a_kept_time_cannot_be_taken(
    desk: Client, away: Doctor, person: User, clock: Traveller
) -> None:
    entry = wait_for(away, person)
    make_appointment(make_doctor("Dr. Priya"), person, at(12, 9))
    offer = make_offer(entry, at(12, 9))
    assert act(desk, "take_kept_time", entry) == [
        "Asha Rao: There is already an appointment at this time for the same person."
    ]
    clock.move_to(offer.until)
    for action in ("take_kept_time", "let_kept_time_go"):
        assert act(desk, action, entry) == ["Asha Rao: No time is kept for this patient now."]
    assert WaitingOffer.objects.get().status == "open"


def test_list_says_whom_to_call(desk: Client, away: Doctor, person: User) -> None:
    """Those whom no mail can tell, while a time is kept for them."""
    told, boris, nobody = (
        wait_for(away, person),
        wait_for(away, person, patient=Patient.objects.create(name="Boris", phone="+919812345678")),
        wait_for(away, person, patient=Patient.objects.create(name="Carla")),
    )
    for day, entry, told_at in ((4, told, NOW), (5, boris, None), (6, nobody, None)):
        make_offer(entry, at(day, 9), told_at=told_at)
    wait_for(away, person, patient=Patient.objects.create(name="Dan"))
    page = desk.get(list_url(WaitingEntry))
    html = page.content.decode()
    assert names(page) == ["Asha Rao", "Boris", "Carla", "Dan"]
    kept = "is kept until Mon 2 Mar 2026, 9:00am"
    assert f"+91 98123 45678: Thu 5 Mar 2026, 9:00am {kept}" in html
    assert f"No phone number: Fri 6 Mar 2026, 9:00am {kept}" in html
    assert html.count(kept) == 2
    assert names(desk.get(f"{list_url(WaitingEntry)}?call=now")) == ["Boris", "Carla"]
    assert "+91 98123 45678" in desk.get(change_url(boris)).content.decode()
    index = " ".join(desk.get("/admin/").content.decode().split())
    assert "Times are kept for 2 patients whom no email can tell." in index
    assert f'href="{list_url(WaitingEntry)}?call=now"' in index


def test_mail_that_is_on_its_way_calls_nobody_to_the_telephone(
    desk: Client, away: Doctor, person: User, queue: None
) -> None:
    offer = make_offer(wait_for(away, person), at(4, 9), told_at=None)
    tell_offer(offer)
    assert names(desk.get(f"{list_url(WaitingEntry)}?call=now")) == []
    DBTaskResult.objects.update(
        status="FAILED", exception_class_path="accounts.exceptions.AddressRefused"
    )
    assert names(desk.get(f"{list_url(WaitingEntry)}?call=now")) == ["Asha Rao"]


def test_list_is_steered_by_who_may(away: Doctor, person: User) -> None:
    entry = wait_for(away, person)
    viewer = make_user("viewer@example.com", is_staff=True)
    assert browser_of(viewer).get(list_url(WaitingEntry)).status_code == 403
    data = {"action": "leave", "_selected_action": [entry.pk]}
    browser_of(viewer).post(list_url(WaitingEntry), data)
    entry.refresh_from_db()
    assert entry.status == "waiting"


def test_desk_leads_to_the_list(desk: Client, person: User) -> None:
    html = desk.get(f"/admin/desk/patients/{patient_of(person).pk}/").content.decode()
    assert f'href="{JOIN}?patient={patient_of(person).pk}"' in html
    index = desk.get("/admin/").content.decode()
    assert f'href="{list_url(WaitingEntry)}?status__exact=waiting"' in index


def test_who_telephones_is_put_on_the_list(desk: Client, away: Doctor, receptionist: User) -> None:
    """Found first, or made; then what for, and when."""
    assert "Who is it for?" in desk.get(JOIN).content.decode()
    new = {"name": "Boris Blue", "date_of_birth": "1980-03-31"}
    there = desk.post(JOIN, new)["Location"]
    patient = Patient.objects.get(name="Boris Blue")
    assert there == f"{JOIN}?patient={patient.pk}"
    kind = away.visit_types.get()
    data = WISHES | {"visit_type": kind.pk, "reason": "Cough"}
    response = desk.post(there, data)
    entry = WaitingEntry.objects.get()
    assert response["Location"] == change_url(entry)
    assert (entry.patient, entry.doctor, entry.visit_type) == (patient, away, kind)
    assert (entry.weekdays, entry.reason, entry.joined_by) == (0b11111, "Cough", receptionist)
    assert entry.first_day == date(2026, 3, 2)
    response = desk.post(there, data, follow=True)
    assert [str(text) for text in response.context["messages"]] == [
        "This patient waits for it already."
    ]


def test_desk_is_shown_the_kinds_that_are_booked_online(
    desk: Client, away: Doctor, person: User
) -> None:
    kind = VisitType.objects.create(
        doctor=away, name="By telephone", duration_minutes=30, is_online=False
    )
    there = f"{JOIN}?patient={patient_of(person).pk}"
    field = desk.get(there).context["form"]["visit_type"].field
    assert list(field.queryset) == [away.visit_types.get(is_online=True)]
    assert desk.post(there, WISHES | {"visit_type": kind.pk}).status_code == 400
    assert not WaitingEntry.objects.exists()


def test_who_telephones_waits_for_any_doctor(desk: Client, away: Doctor, person: User) -> None:
    data = WISHES | {"specialty": away.specialty_id, "city": "Hyderabad"}
    desk.post(f"{JOIN}?patient={patient_of(person).pk}", data)
    entry = WaitingEntry.objects.get()
    assert (entry.specialty, entry.city, entry.doctor) == (away.specialty, "Hyderabad", None)


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({}, 400, "Choose a doctor, or a specialty and a town"),
        ({"city": "Hyderabad"}, 400, "Choose a doctor, or a specialty and a town"),
        ({"visit_type": "0"}, 400, "Choose a doctor, or a specialty and a town"),
        ({"visit_type": "kind", "last_day": "2026-03-01"}, 400, "The last day is before the first"),
        ({"visit_type": "kind", "last_day": "2026-03-12"}, 409, "There are free times"),
    ],
)
def test_desk_is_told_what_is_wrong(
    desk: Client, away: Doctor, person: User, wrong: dict[str, str], status: int, words: str
) -> None:
    kind = away.visit_types.get().pk
    data = WISHES | {name: kind if value == "kind" else value for name, value in wrong.items()}
    response = desk.post(f"{JOIN}?patient={patient_of(person).pk}", data)
    assert response.status_code == status
    html = response.content.decode()
    assert words in html
    if status == 409:
        assert f"&amp;visit_type={kind}&amp;start=2026-03-11T03:30:00Z" in html
    assert not WaitingEntry.objects.exists()


def test_desk_changes_wishes(desk: Client, away: Doctor, person: User) -> None:
    entry = wait_for(away, person)
    address = f"{JOIN}{entry.pk}/"
    assert desk.get(address).status_code == 200
    assert desk.post(address, WISHES | {"weekdays": []}).status_code == 400
    assert desk.post(address, WISHES | {"last_day": "2030-01-01"}).status_code == 400
    assert desk.post(address, WISHES)["Location"] == change_url(entry)
    entry.refresh_from_db()
    assert (entry.weekdays, entry.last_day) == (0b11111, date(2026, 3, 10))
