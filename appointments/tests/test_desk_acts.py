"""What the desk does with a visit: by one button, or with a reason that is asked for first."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from appointments.models import Appointment
from docspot.tests import cast
from docspot.tests.cast import at, make_appointment
from docspot.tests.desk import change_url, list_url
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = "/admin/desk/day/?day=2026-03-02"


@pytest.fixture
def desk(receptionist: User) -> Client:
    return browser_of(receptionist)


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    """A confirmed visit of Asha Rao, this day at 9:00am."""
    return make_appointment(doctor, person, at(2, 9))


def url_of(visit: Appointment, act: str) -> str:
    return reverse("admin:desk_act", args=[visit.pk, act])


def do(client: Client, visit: Appointment, act: str, **data: str) -> list[str]:
    """Press the button on the page of the day; returns what that page says then."""
    response = client.post(url_of(visit, act), {"next": DAY} | data, follow=True)
    assert response.redirect_chain == [(DAY, 302)]
    return [str(message) for message in response.context["messages"]]


def status_of(visit: Appointment) -> str:
    visit.refresh_from_db()
    return visit.status


WHEN = "Asha Rao, Monday 2 March 2026, 9:00am"


@pytest.mark.parametrize(
    ("before", "act", "after", "said"),
    [
        ("pending", "confirm", "confirmed", f"Confirmed: {WHEN}."),
        ("pending", "decline", "declined", f"Declined: {WHEN}. The time is free again."),
        ("confirmed", "check-in", "checked_in", f"Checked in: {WHEN}."),
        ("checked_in", "complete", "completed", f"Completed: {WHEN}."),
        ("confirmed", "cancel", "cancelled", f"Cancelled: {WHEN}. The time is free again."),
    ],
)
def test_act_is_done_in_the_name_of_the_receptionist(
    desk: Client,
    receptionist: User,
    visit: Appointment,
    before: str,
    act: str,
    after: str,
    said: str,
) -> None:
    Appointment.objects.update(status=before)
    assert do(desk, visit, act) == [said]
    assert (status_of(visit), visit.events.last().by) == (after, receptionist)


def test_did_not_come_once_the_visit_should_have_begun(desk: Client, visit: Appointment) -> None:
    assert do(desk, visit, "no-show") == [
        f"{WHEN}: This can be noted once the visit should have begun."
    ]
    assert status_of(visit) == "confirmed"
    with time_machine.travel(at(2, 9), tick=False):
        assert do(desk, visit, "no-show") == [f"Noted that they did not come: {WHEN}."]
    assert status_of(visit) == "no_show"


@pytest.mark.parametrize("act", ["check-in", "decline", "complete"])
def test_refusal_is_said_in_words(desk: Client, doctor: Doctor, person: User, act: str) -> None:
    tomorrow = make_appointment(doctor, person, at(3, 9))
    (said,) = do(desk, tomorrow, act)
    assert said.startswith("Asha Rao, Tuesday 3 March 2026, 9:00am: ")
    assert status_of(tomorrow) == "confirmed"


@pytest.mark.parametrize("act", ["check-in", "cancel"])
def test_second_click_does_nothing_and_says_nothing(
    desk: Client, visit: Appointment, act: str
) -> None:
    assert len(do(desk, visit, act)) == 1
    assert do(desk, visit, act) == []
    assert (status_of(visit), visit.version, visit.events.count()) == (visit.status, 2, 2)


def test_request_that_ran_out_is_not_confirmed(desk: Client, visit: Appointment) -> None:
    Appointment.objects.update(status="pending", answer_by=cast.NOW)
    assert do(desk, visit, "confirm") == [
        f"{WHEN}: This request was not answered in time, and has ended."
    ]
    assert status_of(visit) == "pending"


def test_reason_is_asked_for_and_kept(desk: Client, visit: Appointment) -> None:
    page = desk.get(url_of(visit, "cancel"), {"next": DAY})
    assert (page.status_code, page.context["back"]) == (200, DAY)
    assert "Cancel the appointment?" in page.content.decode()
    assert status_of(visit) == "confirmed"
    do(desk, visit, "cancel", reason="The doctor is ill")
    assert visit.events.last().note == "The doctor is ill"


def test_too_long_a_reason_changes_nothing(desk: Client, visit: Appointment) -> None:
    response = desk.post(url_of(visit, "cancel"), {"reason": "x" * 501, "next": DAY})
    assert response.status_code == 400
    assert "Use 500 characters or fewer" in response.content.decode()
    assert (status_of(visit), response.context["back"]) == ("confirmed", DAY)


@pytest.mark.parametrize("act", ["check-in", "decline"])
def test_looking_at_an_act_leads_to_the_visit(desk: Client, visit: Appointment, act: str) -> None:
    """Without a question, or where the question has no sense any more."""
    assert desk.get(url_of(visit, act)).headers["Location"] == change_url(visit)
    assert status_of(visit) == "confirmed"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"],
)
def test_way_back_is_within_the_site(desk: Client, visit: Appointment, elsewhere: str) -> None:
    response = desk.post(url_of(visit, "check-in"), {"next": elsewhere})
    assert response.headers["Location"] == change_url(visit)
    page = desk.get(url_of(visit, "cancel"), {"next": elsewhere})
    assert elsewhere not in str(page.headers.get("Location", ""))


def test_what_is_not_there_is_not_found(desk: Client, visit: Appointment) -> None:
    assert desk.post(url_of(visit, "delete")).status_code == 404
    assert desk.post(f"/admin/desk/visits/{uuid4()}/check-in/").status_code == 404
    assert desk.post("/admin/desk/visits/1/check-in/").status_code == 404


def test_who_may_only_look_does_nothing(visit: Appointment) -> None:
    reader = cast.make_user(is_staff=True)
    cast.allow(reader, "view_appointment")
    browser = browser_of(reader)
    assert browser.post(url_of(visit, "check-in")).status_code == 403
    assert browser.get(url_of(visit, "cancel")).status_code == 403
    assert status_of(visit) == "confirmed"
    assert "formaction" not in browser.get(change_url(visit)).content.decode()


def test_acts_need_the_token_of_a_form(receptionist: User, visit: Appointment) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(receptionist)
    assert browser.post(url_of(visit, "check-in")).status_code == 403
    assert status_of(visit) == "confirmed"


# The page of an appointment, and the list of requests


def acts_of(client: Client, visit: Appointment) -> list[str]:
    return [act.name for act in client.get(change_url(visit)).context["acts"]]


@pytest.mark.parametrize(
    ("status", "acts"),
    [
        ("pending", ["confirm", "decline", "cancel"]),
        ("confirmed", ["check-in", "cancel"]),
        ("checked_in", ["complete"]),
        ("completed", []),
        ("no_show", []),
        ("cancelled", []),
        ("declined", []),
    ],
)
def test_page_of_a_visit_has_what_can_be_done(
    desk: Client, visit: Appointment, status: str, acts: list[str]
) -> None:
    Appointment.objects.update(status=status)
    assert acts_of(desk, visit) == acts


def test_offered_acts_change_with_time(desk: Client, doctor: Doctor, person: User) -> None:
    tomorrow = make_appointment(doctor, person, at(3, 9))
    assert acts_of(desk, tomorrow) == ["cancel"]
    with time_machine.travel(at(3, 9), tick=False):
        assert acts_of(desk, tomorrow) == ["check-in", "no-show", "cancel"]
    with time_machine.travel(at(3, 9, 30), tick=False):
        assert acts_of(desk, tomorrow) == ["check-in", "no-show"]
    Appointment.objects.update(status="pending")
    with time_machine.travel(at(3, 9), tick=False):
        assert acts_of(desk, tomorrow) == ["decline", "cancel"]


def test_page_of_a_request_tells_its_deadline(desk: Client, visit: Appointment) -> None:
    assert "Monday 2 March 2026, 8:45am" not in desk.get(change_url(visit)).content.decode()
    Appointment.objects.update(status="pending", answer_by=at(2, 8, 45))
    assert "Monday 2 March 2026, 8:45am" in desk.get(change_url(visit)).content.decode()


def test_requests_are_listed_with_the_soonest_deadline_first(
    desk: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    make_appointment(doctor, person, at(2, 9))
    late = make_appointment(doctor, person, at(4, 9), status="pending", answer_by=at(4, 9))
    soon = make_appointment(doctor, stranger, at(9, 9), status="pending", answer_by=at(2, 12))
    old = make_appointment(doctor, stranger, at(3, 9), status="pending")  # waits until it begins
    response: Any = desk.get(list_url(Appointment), {"requests": "waiting"})
    assert list(response.context["cl"].result_list) == [soon, old, late]
    assert "Mon 2 Mar 2026, midday" in response.content.decode()
    assert "?requests=waiting" in desk.get(list_url(Appointment)).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("back", ["words", "23:59", "²"])
def test_way_back_that_names_no_page_is_no_error(
    desk: Client, visit: Appointment, method: str, back: str
) -> None:
    response = getattr(desk, method)(url_of(visit, "complete"), {"next": back})
    assert response.status_code == 302
