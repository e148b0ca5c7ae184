"""Every page of the admin x every role of its staff. A page that is not in the table fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.urls import NoReverseMatch, reverse

from accounts.family.services import invite
from accounts.models import ApiSession, Invitation, Mail, Patient, PatientAccess, User
from accounts.services import open_api_session
from appointments.models import (
    Appointment,
    AppointmentEvent,
    BookingPolicy,
    Reminder,
    WaitingEntry,
    WaitingOffer,
)
from docspot.tests.cast import NOW, at, make_appointment, make_user, patient_of
from docspot.tests.desk import add_url, change_url, list_url
from docspot.tests.fixtures import browser_of
from docspot.tests.test_access import DESK
from docspot.tests.waiting import make_offer, wait_for
from doctors.models import (
    Doctor,
    Language,
    Location,
    Specialty,
    TimeOff,
    VisitType,
    WorkingHours,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ROLES = ("receptionist", "manager", "superuser")

# May one look at the list and at a row, add a row, change one? As letters: v, a, c.
MODELS: dict[type[Model], tuple[str, str, str]] = {
    User: ("", "vac", "vac"),
    Group: ("", "", "vac"),
    Patient: ("vac", "vac", "vac"),
    PatientAccess: ("", "vac", "vac"),
    Invitation: ("", "v", "v"),
    ApiSession: ("", "v", "v"),
    Mail: ("", "v", "v"),
    Specialty: ("v", "vac", "vac"),
    Language: ("v", "vac", "vac"),
    Location: ("v", "vac", "vac"),
    Doctor: ("v", "vac", "vac"),
    VisitType: ("v", "v", "v"),  # with the doctor
    WorkingHours: ("v", "v", "v"),
    TimeOff: ("v", "vac", "vac"),
    Appointment: ("v", "v", "v"),
    AppointmentEvent: ("v", "v", "v"),
    WaitingEntry: ("v", "v", "v"),  # by actions, and on pages of the desk
    WaitingOffer: ("v", "v", "v"),
    BookingPolicy: ("", "vac", "vac"),
    Reminder: ("", "v", "v"),
}
# Desk pages that not all roles may open.
NOT_FOR: dict[str, tuple[str, ...]] = {"admin:desk_time_off": ("receptionist",)}


@pytest.fixture
def role(request: pytest.FixtureRequest) -> User:
    name = "staff" if request.param == "superuser" else request.param
    user: User = request.getfixturevalue(name)
    return user


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    return make_appointment(doctor, person, at(2, 9))


def test_every_model_of_the_admin_is_in_the_table() -> None:
    assert set(admin.site._registry) == set(MODELS)


@pytest.mark.parametrize("role", ROLES, indirect=True)
def test_lists_open_for_who_may_see_them(
    role: User, request: pytest.FixtureRequest, visit: Appointment
) -> None:
    BookingPolicy.objects.create(pk=1)  # its list leads to the one row
    number, browser = number_of(request), browser_of(role)
    found = {model: browser.get(list_url(model)).status_code for model in MODELS}
    opens = {model: 302 if model is BookingPolicy else 200 for model in MODELS}
    assert found == {
        model: opens[model] if "v" in may[number] else 403 for model, may in MODELS.items()
    }


@pytest.mark.parametrize("role", ROLES, indirect=True)
def test_rows_are_added_by_who_may(role: User, request: pytest.FixtureRequest) -> None:
    number, browser = number_of(request), browser_of(role)
    found = {model: status_of(browser, model) for model in MODELS}
    assert found == {model: 200 if "a" in may[number] else 403 for model, may in MODELS.items()}


@pytest.mark.parametrize("role", ROLES, indirect=True)
def test_rows_are_changed_by_who_may(
    role: User, request: pytest.FixtureRequest, rows: dict[type[Model], Model]
) -> None:
    """GET shows a row to who may see it; POST is refused to who may not change it."""
    number, browser = number_of(request), browser_of(role)
    shown = {model: browser.get(change_url(row)).status_code for model, row in rows.items()}
    assert shown == {model: 200 if "v" in may[number] else 403 for model, may in MODELS.items()}
    refused = {
        model
        for model, row in rows.items()
        if browser.post(change_url(row), {"sent": "nothing"}).status_code == 403
    }
    assert refused == {model for model, may in MODELS.items() if "c" not in may[number]}


@pytest.fixture
def rows(person: User, doctor: Doctor, visit: Appointment) -> dict[type[Model], Model]:
    """One of each."""
    open_api_session(user=person, now=NOW)
    invite(patient=patient_of(person), email="a@example.com", relation="carer", by=person, now=NOW)
    doctor.time_off.create(start=at(9, 0), end=at(10, 0))
    visit.reminders.create(start=visit.start, hours=24, at=NOW)
    entry = wait_for(doctor, person)
    made: dict[type[Model], Model] = {
        WaitingOffer: make_offer(entry, at(3, 9)),
        User: make_user(),
        Group: Group.objects.get_or_create(name="Nobody")[0],
        Patient: patient_of(person),
        BookingPolicy: BookingPolicy.objects.create(pk=1),
        Mail: Mail.objects.create(
            args_kwargs={"args": [], "kwargs": {"to": "a@example.com"}},
            task_path="accounts.tasks.send",
            priority=0,
            queue_name="default",
            backend_name="default",
            run_after=NOW,
        ),
    }
    return {model: made.get(model) or model._default_manager.all()[0] for model in MODELS}


@pytest.mark.parametrize("role", ROLES, indirect=True)
@pytest.mark.parametrize("name", DESK)
def test_desk_opens_for_each_role(
    role: User, name: str, request: pytest.FixtureRequest, visit: Appointment
) -> None:
    url = reverse(name, kwargs=dict(desk_addresses(visit))[name])
    refused = ROLES[number_of(request)] in NOT_FOR.get(name, ())
    assert browser_of(role).get(url).status_code == (403 if refused else DESK[name][1])


def test_desk_is_closed_to_staff_without_a_group(visit: Appointment) -> None:
    browser = browser_of(make_user("new@example.com", is_staff=True))
    assert browser.get(reverse("admin:index")).status_code == 200
    for name, arguments in desk_addresses(visit):
        assert browser.get(reverse(name, kwargs=arguments)).status_code == 403


def desk_addresses(visit: Appointment) -> Iterator[tuple[str, dict[str, Any]]]:
    stand_ins = {
        "visit": visit.pk,
        "person": visit.patient_id,
        "doctor": visit.doctor_id,
        "entry": wait_for(visit.doctor, visit.booked_by).pk,
        "time_off": visit.doctor.time_off.create(start=at(9, 0), end=at(10, 0)).pk,
    }
    for name, (arguments, _) in DESK.items():
        yield name, {key: stand_ins.get(one, one) for key, one in arguments.items()}


def number_of(request: pytest.FixtureRequest) -> int:
    return ROLES.index(request.node.callspec.params["role"])


def status_of(browser: Any, model: type[Model]) -> int:
    try:
        return int(browser.get(add_url(model)).status_code)
    except NoReverseMatch:
        return 403
