"""Every address x every role, in one table. An address that is not in the table fails the test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from accounts.admin import WithSheet
from accounts.models import User
from accounts.selectors import contacts_of
from appointments.desk import urls as desk
from appointments.links.services import key_of
from appointments.models import Appointment, WaitingEntry
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_user
from docspot.tests.fixtures import browser_of, program_of
from docspot.tests.waiting import wait_for
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ROLES = ("nobody", "patient", "stranger", "doctor", "other_doctor", "staff")
UNKNOWN = "00000000-0000-4000-8000-000000000000"
OPEN = (200,) * 6
LOGGED_IN = (302, 200, 200, 200, 200, 200)
FOR_GUESTS = (200, 302, 302, 302, 302, 302)
ITS_DOCTOR = (302, 404, 404, 200, 404, 404)  # the approved doctor whose visit it is
ANY_DOCTOR = (302, 404, 404, 200, 200, 404)
ITS_PEOPLE = (302, 200, 404, 200, 404, 200)  # the patient's, the doctor's, and the clinic's
ITS_OWN = (302, 200, 404, 404, 404, 404)  # who acts for the patient
API_OPEN = (200,) * 6
API_LOGGED_IN = (401, 200, 200, 200, 200, 200)
API_ITS_PEOPLE = (401, 200, 404, 200, 404, 200)
API_ITS_DOCTOR = (401, 404, 404, 200, 404, 200)
API_ANY_DOCTOR = (401, 404, 404, 200, 200, 404)

# name: (arguments, what a GET answers to each of ROLES)
PAGES: dict[str, tuple[dict[str, str], tuple[int, ...]]] = {
    "home": ({}, OPEN),
    "health": ({}, OPEN),
    "doctors:directory": ({}, OPEN),
    "doctors:profile": ({"slug": "dr-smith"}, OPEN),
    "doctors:photo": ({"slug": "dr-smith", "digest": "0123456789abcdef"}, (404,) * 6),
    "practice:join": ({}, (200, 200, 200, 302, 302, 200)),
    "practice:application": ({}, (302, 404, 404, 302, 302, 404)),
    "practice:profile": ({}, ANY_DOCTOR),
    "practice:remove_photo": ({}, (302, 404, 404, 302, 302, 404)),
    "appointments:list": ({}, LOGGED_IN),
    "appointments:csv": ({}, LOGGED_IN),
    "appointments:ics": ({}, LOGGED_IN),
    "appointments:own_calendar": ({}, LOGGED_IN),
    # Without an address there is none to change: back to the page about it.
    "appointments:own_calendar_renew": ({}, (302,) * 6),
    "appointments:own_calendar_remove": ({}, (302,) * 6),
    "appointments:feed": ({"key": "wrong"}, (404,) * 6),
    # Without a chosen time there is nothing to check: 400.
    "doctors:any": ({"specialty": "cardiology", "place": "Hyderabad"}, OPEN),
    "appointments:book_any": (
        {"specialty": "specialty", "place": "Hyderabad"},
        (302, 400, 400, 400, 400, 400),
    ),
    "appointments:book": ({"slug": "dr-smith"}, (302, 400, 400, 400, 400, 400)),
    "appointments:detail": ({"id": "visit"}, ITS_PEOPLE),
    "appointments:attend": ({"id": "visit"}, (302, 302, 404, 302, 404, 302)),
    "appointments:cancel": ({"id": "visit"}, ITS_PEOPLE),
    "appointments:reschedule": ({"id": "visit"}, ITS_PEOPLE),
    "appointments:calendar": ({"id": "visit"}, ITS_PEOPLE),
    # By the key of a mail's link: for whoever has it, logged in or not.
    "visit:show": ({"key": "key"}, OPEN),
    "visit:attend": ({"key": "key"}, (302,) * 6),
    "visit:cancel": ({"key": "key"}, OPEN),
    "visit:move": ({"key": "key"}, OPEN),
    "visit:end_links": ({"id": "visit"}, (302, 302, 404, 302, 404, 302)),
    "waiting:list": ({}, LOGGED_IN),
    # Who is no patient yet is asked for their details first.
    "waiting:join_doctor": ({"slug": "dr-smith"}, (302, 200, 200, 302, 302, 302)),
    "waiting:join_any": (
        {"specialty": "specialty", "place": "Hyderabad"},
        (302, 200, 200, 302, 302, 302),
    ),
    "waiting:join_visit": ({"id": "visit"}, ITS_OWN),
    "waiting:change": ({"id": "entry"}, ITS_OWN),
    "waiting:leave": ({"id": "entry"}, ITS_OWN),
    # Buttons: who comes without pressing one is led to the list.
    "waiting:pause": ({"id": "entry"}, (302,) * 6),
    "waiting:resume": ({"id": "entry"}, (302,) * 6),
    "waiting:offer": ({"id": "1", "answer": "accept"}, (302,) * 6),
    "offer:answer": ({"key": "wrong"}, (404,) * 6),
    "practice:hours": ({}, ANY_DOCTOR),
    "practice:visit_types": ({}, ANY_DOCTOR),
    "practice:add_visit_type": ({}, ANY_DOCTOR),
    "practice:booking_settings": ({}, ANY_DOCTOR),
    "practice:visit_type": ({"id": "visit_type"}, ITS_DOCTOR),
    "landing": ({}, (302,) * 6),
    "practice:day": ({}, ANY_DOCTOR),
    "practice:week": ({}, ANY_DOCTOR),
    "practice:requests": ({}, ANY_DOCTOR),
    "practice:visit": ({"id": "visit"}, ITS_DOCTOR),
    "practice:act": ({"id": "visit", "act": "cancel"}, ITS_DOCTOR),
    "practice:calendar": ({}, ANY_DOCTOR),
    # Without an address there is none to change: back to the page about it.
    "practice:calendar_renew": ({}, (302, 404, 404, 302, 302, 404)),
    "practice:calendar_remove": ({}, (302, 404, 404, 302, 302, 404)),
    "practice:feed": ({"key": "wrong"}, (404,) * 6),
    "practice:time_off": ({}, ANY_DOCTOR),
    "practice:time_off_add": ({}, ANY_DOCTOR),
    "practice:time_off_decide": ({}, (302, 404, 404, 302, 302, 404)),
    "practice:time_off_visits": ({"id": "time_off"}, ITS_DOCTOR),
    "practice:time_off_take_back": ({"id": "time_off"}, ITS_DOCTOR),
    "family:list": ({}, LOGGED_IN),
    "family:add": ({}, LOGGED_IN),
    "family:person": ({"patient": "person"}, ITS_OWN),
    "family:change": ({"patient": "person"}, (302, 302, 404, 404, 404, 404)),  # of oneself
    "family:invite": ({"patient": "person"}, ITS_OWN),
    "family:hand_over": ({"patient": "person"}, (302, 302, 404, 404, 404, 404)),
    "family:end": ({"patient": "person"}, (302, 302, 404, 404, 404, 404)),
    "family:end_other": ({"id": "1"}, (302, 404, 404, 404, 404, 404)),
    "family:withdraw": ({"id": "1"}, (302, 405, 405, 405, 405, 405)),
    "family:resend": ({"id": "1"}, (302, 405, 405, 405, 405, 405)),
    "family:invitation": ({"key": "x" * 43}, (302, 404, 404, 404, 404, 404)),
    "account_signup": ({}, FOR_GUESTS),
    "account_login": ({}, FOR_GUESTS),
    "account_logout": ({}, (302, 200, 200, 200, 200, 200)),
    "account_inactive": ({}, OPEN),
    "account_profile": ({}, LOGGED_IN),
    "account_change_password": ({}, LOGGED_IN),
    "account_reset_password": ({}, OPEN),
    "account_reset_password_done": ({}, OPEN),
    "account_reset_password_from_key": ({"uidb36": "1", "key": "used-up"}, (410,) * 6),
    "account_reset_password_from_key_done": ({}, OPEN),
    "account_email_verification_sent": ({}, OPEN),
    "account_send_confirmation": ({}, (302, 405, 405, 405, 405, 405)),
    "account_confirm_email": ({"key": "used-up"}, (410,) * 6),
}
CALLS: dict[str, tuple[dict[str, str], tuple[int, ...]]] = {
    "api_root": ({}, API_OPEN),
    "api_schema": ({}, API_OPEN),
    "api_docs": ({}, API_OPEN),
    "api_register": ({}, (405,) * 6),
    "api_login": ({}, (405,) * 6),
    "api_refresh": ({}, (405,) * 6),
    "api_logout": ({}, (405,) * 6),
    "api_patients": ({}, API_LOGGED_IN),
    "api_doctors": ({}, API_OPEN),
    "api_slots": ({"id": "doctor"}, API_OPEN),
    "api_any_slots": ({}, (400,) * 6),
    "api_book": ({}, (401, 405, 405, 405, 405, 405)),
    "api_appointments": ({}, API_LOGGED_IN),
    "api_appointment": ({"id": "visit"}, API_ITS_PEOPLE),
    "api_cancel": ({"id": "visit"}, (401, 405, 405, 405, 405, 405)),
    "api_reschedule": ({"id": "visit"}, (401, 405, 405, 405, 405, 405)),
    "api_hours": ({"id": "doctor"}, API_ITS_DOCTOR),
    "api_time_off": ({"id": "doctor"}, API_ITS_DOCTOR),
    "api_one_time_off": ({"id": "doctor", "time_off": "1"}, (401, 405, 405, 405, 405, 405)),
    "api_visit_types": ({"id": "doctor"}, API_ITS_DOCTOR),
    "api_visit_type": ({"id": "doctor", "visit_type": "1"}, (401, 405, 405, 405, 405, 405)),
    "api_schedule_settings": ({"id": "doctor"}, API_ITS_DOCTOR),
    "api_practice_appointments": ({}, API_ANY_DOCTOR),
    "api_practice_appointment": ({"id": "visit"}, (401, 404, 404, 200, 404, 404)),
    "api_approve": ({"id": "visit"}, (401, 405, 405, 405, 405, 405)),
    "api_decline": ({"id": "visit"}, (401, 405, 405, 405, 405, 405)),
    "api_check_in": ({"id": "visit"}, (401, 405, 405, 405, 405, 405)),
    "api_complete": ({"id": "visit"}, (401, 405, 405, 405, 405, 405)),
    "api_no_show": ({"id": "visit"}, (401, 405, 405, 405, 405, 405)),
    "api_waiting": ({}, API_LOGGED_IN),
    "api_waiting_entry": ({"id": "1"}, (401, 405, 405, 405, 405, 405)),
    "api_waiting_accept": ({"id": "1"}, (401, 405, 405, 405, 405, 405)),
    "api_waiting_decline": ({"id": "1"}, (401, 405, 405, 405, 405, 405)),
    "api_practice_hours": ({}, API_ANY_DOCTOR),
    "api_practice_time_off": ({}, API_ANY_DOCTOR),
    "api_practice_one_time_off": ({"time_off": "1"}, (401, 405, 405, 405, 405, 405)),
}
# The desk's pages in the admin: what a GET answers to staff. To nobody it is 302, to others 403.
DESK: dict[str, tuple[dict[str, str], int]] = {
    "admin:desk_book": ({}, 200),
    "admin:desk_booked": ({"id": "visit"}, 200),
    "admin:desk_walk_in": ({}, 200),
    "admin:desk_why": ({}, 200),
    "admin:desk_strays": ({}, 200),
    "admin:desk_time_off": ({}, 302),
    "admin:desk_time_off_visits": ({"id": "time_off"}, 200),
    "admin:desk_day": ({}, 200),
    "admin:desk_wait": ({}, 200),
    "admin:desk_wait_change": ({"id": "entry"}, 200),
    "admin:desk_sheets": ({}, 200),
    "admin:desk_miss": ({"id": "visit"}, 200),
    "admin:desk_act": ({"id": "visit", "act": "cancel"}, 200),
    "admin:desk_patient": ({"id": "person"}, 200),
}
NAMELESS = {"api/"}  # what catches all other addresses below api/


@dataclass
class World:
    people: dict[str, User | None]
    doctor: Doctor
    visit: Appointment

    def fill(self, arguments: dict[str, str]) -> dict[str, str]:
        stand_ins = {
            "visit": str(self.visit.pk),
            "visit_type": str(self.visit.visit_type_id),
            "doctor": str(self.doctor.pk),
            "specialty": str(self.doctor.specialty_id),
            "person": str(self.visit.patient_id),
        }
        if "key" in arguments.values():
            contact = contacts_of(self.visit.patient)[0]
            stand_ins["key"] = key_of(appointment=self.visit, contact=contact, now=NOW)
        if "time_off" in arguments.values():
            off = self.doctor.time_off.create(start=at(3, 0), end=at(4, 0))
            stand_ins["time_off"] = str(off.pk)
        if "entry" in arguments.values():
            entry = WaitingEntry.objects.first() or wait_for(self.doctor, self.people["patient"])
            stand_ins["entry"] = str(entry.pk)
        return {name: stand_ins.get(value, value) for name, value in arguments.items()}


@pytest.fixture
def world(person: User, stranger: User, staff: User, doctor: Doctor) -> World:
    other = make_doctor("Dr. Priya", user=make_user("priya@example.com"))
    return World(
        people={
            "nobody": None,
            "patient": person,
            "stranger": stranger,
            "doctor": doctor.user,
            "other_doctor": other.user,
            "staff": staff,
        },
        doctor=doctor,
        visit=make_appointment(doctor, person, at(3, 9)),
    )


def page_client(user: User | None) -> Client:
    return browser_of(user) if user else Client()


def api_client(user: User | None) -> APIClient:
    return program_of(user) if user else APIClient()


@pytest.mark.parametrize("name", PAGES)
def test_page_answers_each_role(world: World, name: str) -> None:
    arguments, expected = PAGES[name]
    url = reverse(name, kwargs=world.fill(arguments))
    answers = [page_client(world.people[role]).get(url).status_code for role in ROLES]
    assert dict(zip(ROLES, answers, strict=True)) == dict(zip(ROLES, expected, strict=True))


@pytest.mark.parametrize("name", DESK)
def test_desk_is_for_staff(world: World, name: str) -> None:
    arguments, expected = DESK[name]
    url = reverse(name, kwargs=world.fill(arguments))
    answers = [page_client(world.people[role]).get(url).status_code for role in ROLES]
    assert answers == [302, 403, 403, 403, 403, expected]


def test_every_desk_address_is_in_the_table() -> None:
    assert {f"admin:{pattern.name}" for pattern in desk.urlpatterns} == set(DESK)


def names_in(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}" if pattern.name else str(pattern.pattern)
        elif pattern.namespace != "admin":
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names_in(pattern.url_patterns, prefix + space)


def test_every_address_is_in_the_table() -> None:
    named = set(names_in(get_resolver().url_patterns)) - {""}
    assert named == set(PAGES) | set(CALLS)


def without_token(response: HttpResponse) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())


def test_stranger_cannot_tell_a_hidden_visit_from_none(world: World) -> None:
    """The same answer, to the letter, for another's appointment and for one that never was."""

    def ask(name: str, key: object) -> Any:
        return browser_of(world.people["stranger"]).get(reverse(name, kwargs={"id": key}))

    for name in ("appointments:detail", "appointments:cancel", "appointments:calendar"):
        hidden, none = ask(name, world.visit.pk), ask(name, UNKNOWN)
        assert (hidden.status_code, none.status_code) == (404, 404)
        assert without_token(hidden) == without_token(none)


@pytest.mark.parametrize("name", ["cancel", "reschedule"])
def test_stranger_cannot_act_on_a_visit(world: World, name: str) -> None:
    data = {"start": "2026-03-04T04:00:00Z", "date": "2026-03-04"}
    page = reverse(f"appointments:{name}", kwargs={"id": world.visit.pk})
    call = reverse(f"api_{name}", kwargs={"id": world.visit.pk})
    for role, expected in (("stranger", 404), ("other_doctor", 404)):
        user = world.people[role]
        assert page_client(user).post(page, data).status_code == expected
        assert api_client(user).post(call, data).status_code == expected
    assert api_client(None).post(call, data).status_code == 401
    world.visit.refresh_from_db()
    assert (world.visit.status, world.visit.start) == ("confirmed", at(3, 9))


def admin_lists() -> list[str]:
    return [
        f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        for model in admin.site._registry
    ]


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("appointments_appointment", "cancel"),
        ("accounts_user", "keep_out"),
        ("doctors_doctor", "approve"),
    ],
)
@pytest.mark.parametrize("key", ["zz", "1\x00", "9" * 30, UNKNOWN])
def test_admin_action_on_no_possible_row_changes_nothing(
    staff: User, name: str, action: str, key: str
) -> None:
    response = browser_of(staff).post(
        reverse(f"admin:{name}_changelist"),
        {"action": action, "index": "0", "_selected_action": key},
    )
    assert response.status_code in (302, 400)


@pytest.mark.parametrize("key", ["1", "zz"])
def test_admin_shortcut_to_no_possible_row_is_refused(staff: User, key: str) -> None:
    kind = ContentType.objects.get_for_model(Appointment).pk
    assert browser_of(staff).get(f"/admin/r/{kind}/{key}/").status_code == 400


def admin_files() -> list[str]:
    """The ways out to a CSV file and in again, of the lists that have them."""
    return [
        f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
        for model, model_admin in admin.site._registry.items()
        if isinstance(model_admin, WithSheet)
        for page in ("export", "import", "import_empty")
    ]


@pytest.mark.parametrize("name", ["admin:index", *admin_lists(), *admin_files()])
def test_admin_is_for_staff(world: World, name: str) -> None:
    url = reverse(name)
    answers = {role: page_client(world.people[role]).get(url).status_code for role in ROLES}
    staff = answers.pop("staff")
    assert staff in (200, 302)  # a list with one row leads straight to it
    assert answers.pop("nobody") == 302
    assert set(answers.values()) == {403}, answers
