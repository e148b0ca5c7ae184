"""The appointment book in the admin: looked at there, and changed by actions alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import User
from appointments.models import Appointment, AppointmentEvent, BookingPolicy, Reminder
from docspot.tests import cast
from docspot.tests.cast import at
from docspot.tests.desk import act, add_url, change_url, delete_url, errors_of, list_url
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, TimeOff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def desk(staff: User) -> Client:
    return browser_of(staff)


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    """A confirmed visit of Asha Rao, this day at 9:00am."""
    return cast.make_appointment(doctor, person, at(2, 9), reason="A headache")


def status_of(visit: Appointment) -> str:
    visit.refresh_from_db()
    return visit.status


# Lists and pages


@pytest.mark.parametrize(("model", "queries"), [(Appointment, 11), (AppointmentEvent, 9)])
def test_list_asks_the_same_for_one_and_three_rows(
    desk: Client,
    visit: Appointment,
    stranger: User,
    model: Any,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    desk.get(list_url(model))
    with django_assert_num_queries(queries):
        assert desk.get(list_url(model)).status_code == 200
    for number in (1, 2):
        other = cast.make_doctor(f"Dr. {number}", location=cast.make_location(f"Town {number}"))
        cast.make_appointment(other, stranger, at(3, 9 + number))
    with django_assert_num_queries(queries):
        assert desk.get(list_url(model)).status_code == 200


def test_page_asks_the_same_for_one_and_three_events(
    desk: Client, visit: Appointment, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get(change_url(visit))
    with django_assert_num_queries(11):
        assert desk.get(change_url(visit)).status_code == 200
    for kind in ("moved", "checked_in"):
        visit.events.create(kind=kind, by=cast.make_user(), at=cast.NOW, start=visit.start)
    with django_assert_num_queries(11):
        assert desk.get(change_url(visit)).status_code == 200


def test_times_are_those_of_the_place(desk: Client, visit: Appointment) -> None:
    page = desk.get(change_url(visit)).content.decode()
    assert "Monday 2 March 2026, 9:00am" in page
    assert "Mon 2 Mar 2026, 8:30am" in page  # of the event: cast.NOW
    row = desk.get(list_url(Appointment)).content.decode()
    assert "Mon 2 Mar 2026, 9:00am" in row
    assert "9:30am" in row


@pytest.mark.parametrize("words", ["asha", "98765 43210", "smith", "id"])
def test_appointment_is_found(desk: Client, visit: Appointment, stranger: User, words: str) -> None:
    cast.make_appointment(cast.make_doctor("Dr. Kumar"), stranger, at(2, 9))
    visit.patient.phone = "+919876543210"
    visit.patient.save()
    response = desk.get(list_url(Appointment), {"q": str(visit.pk) if words == "id" else words})
    assert list(response.context["cl"].result_list) == [visit]


@pytest.mark.parametrize("words", ["banana", "\x00", "%", "x" * 5000])
def test_nothing_is_found(desk: Client, visit: Appointment, words: str) -> None:
    response = desk.get(list_url(Appointment), {"q": words, "status__exact": "cancelled"})
    assert list(response.context["cl"].result_list) == []


def test_days_are_those_of_each_place(desk: Client, doctor: Doctor, person: User) -> None:
    """It is Monday 2 March, 8:30am in Hyderabad, and Sunday 1 March, 7:00pm in Los Angeles."""
    there = cast.make_doctor(
        "Dr. Lee", location=cast.make_location("Los Angeles", time_zone="America/Los_Angeles")
    )
    visits = {
        name: cast.make_appointment(who, person, start)
        for name, who, start in [
            ("here, the last of Sunday", doctor, at(1, 23, 30)),
            ("here, the first of Monday", doctor, at(2, 0)),
            ("here, the first of Tuesday", doctor, at(3, 0)),
            ("here, in a week", doctor, at(9, 0)),
            ("there, the last of Sunday", there, at(2, 13)),
            ("there, the first of Monday", there, at(2, 13, 30)),
        ]
    }

    def shown(day: str) -> set[str]:
        rows = desk.get(list_url(Appointment), {"day": day}).context["cl"].result_list
        return {name for name, visit in visits.items() if visit in rows}

    assert shown("today") == {"here, the first of Monday", "there, the last of Sunday"}
    assert shown("tomorrow") == {"here, the first of Tuesday", "there, the first of Monday"}
    assert shown("week") == set(visits) - {"here, the last of Sunday", "here, in a week"}
    assert shown("banana") == set(visits)


def test_book_without_places_has_nothing_today(desk: Client) -> None:
    rows = desk.get(list_url(Appointment), {"day": "today"}).context["cl"].result_list
    assert list(rows) == []


# Nothing is written here by hand


def test_appointments_are_not_written_by_hand(desk: Client, visit: Appointment) -> None:
    for row in (visit, visit.events.get()):
        assert desk.get(add_url(row)).status_code == 403
        assert desk.post(add_url(row), {"status": "completed"}).status_code == 403
        assert desk.get(change_url(row)).status_code == 200
        assert desk.post(change_url(row), {"status": "completed"}).status_code == 403
        assert desk.post(delete_url(row), {"post": "yes"}).status_code == 403
        act(desk, "delete_selected", row)
    assert (status_of(visit), visit.events.count()) == ("confirmed", 1)


# Actions


@pytest.mark.parametrize(
    ("action", "before", "after", "told"),
    [
        ("confirm", "pending", "confirmed", "1 appointment confirmed."),
        ("decline", "pending", "declined", "1 appointment declined."),
        ("check_in", "confirmed", "checked_in", "1 patient checked in."),
        ("complete", "checked_in", "completed", "1 appointment completed."),
        ("cancel", "confirmed", "cancelled", "1 appointment cancelled."),
    ],
)
def test_action_changes_the_status(
    desk: Client, staff: User, visit: Appointment, action: str, before: str, after: str, told: str
) -> None:
    Appointment.objects.update(status=before)
    assert act(desk, action, visit) == [told]
    assert status_of(visit) == after
    event = visit.events.last()
    assert event is not None
    assert (event.kind, event.by, event.at) == (after, staff, cast.NOW)


def test_patient_who_did_not_come_is_noted(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    assert act(desk, "mark_no_show", visit) == [
        "Asha Rao, Monday 2 March 2026, 9:00am: This can be noted once the visit should have begun."
    ]
    clock.move_to(at(2, 9, 10))
    assert act(desk, "mark_no_show", visit) == ["1 appointment marked as “did not come”."]
    assert status_of(visit) == "no_show"


def test_each_refusal_is_told_and_the_rest_is_done(
    desk: Client, doctor: Doctor, person: User, visit: Appointment
) -> None:
    tomorrow = cast.make_appointment(doctor, person, at(3, 9))
    over = cast.make_appointment(doctor, person, at(2, 10), status="cancelled")
    assert act(desk, "check_in", visit, tomorrow, over) == [
        "Asha Rao, Tuesday 3 March 2026, 9:00am: "
        "A patient can be checked in on the day of the visit.",
        "Asha Rao, Monday 2 March 2026, 10:00am: "
        "This cannot be done: the appointment is “Cancelled”.",
        "1 patient checked in.",
    ]
    assert [status_of(row) for row in (visit, tomorrow, over)] == [
        "checked_in",
        "confirmed",
        "cancelled",
    ]


def test_clinic_cancels_after_the_cut_off_and_the_patient_is_told(
    desk: Client,
    visit: Appointment,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        act(desk, "cancel", visit)
    assert [message.to for message in mail.outbox] == [["asha@example.com"]]
    assert status_of(visit) == "cancelled"


def test_viewer_acts_on_nothing(visit: Appointment) -> None:
    viewer = cast.make_user(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = browser_of(viewer)
    assert client.get(list_url(Appointment)).status_code == 200
    act(client, "cancel", visit)
    assert status_of(visit) == "confirmed"


# The rules for booking


RULES = {
    "notice_minutes": 30,
    "horizon_days": 60,
    "max_open_visits": 5,
    "cancel_notice_hours": 12,
    "reschedule_notice_hours": 6,
    "answer_hours": 24,
    "first_reminder_hours": 72,
    "second_reminder_hours": "",
    "offer_minutes": 20,
    "max_open_per_specialty": "",
    "same_specialty_days": 0,
    "late_cancel_hours": 24,
    "misses_before_approval": "",
    "misses_days": 180,
}


def test_rules_are_one_row_made_when_saved(desk: Client) -> None:
    first = desk.get(list_url(BookingPolicy))
    assert (first.status_code, first["Location"]) == (302, add_url(BookingPolicy))
    assert desk.get(add_url(BookingPolicy)).status_code == 200
    assert not BookingPolicy.objects.exists()
    assert desk.post(add_url(BookingPolicy), RULES).status_code == 302
    policy = BookingPolicy.objects.get()
    assert (policy.pk, policy.notice_minutes) == (1, 30)
    assert (policy.first_reminder_hours, policy.second_reminder_hours) == (72, None)
    assert desk.get(list_url(BookingPolicy))["Location"] == change_url(policy)
    assert desk.post(add_url(BookingPolicy), RULES).status_code == 403
    assert desk.post(delete_url(policy), {"post": "yes"}).status_code == 403
    assert desk.post(change_url(policy), RULES | {"horizon_days": 61}).status_code == 302
    assert BookingPolicy.objects.get().horizon_days == 61


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("notice_minutes", "-1", "Ensure this value is greater than or equal to 0."),
        ("horizon_days", "0", "Ensure this value is greater than or equal to 1."),
        ("horizon_days", "731", "Ensure this value is less than or equal to 730."),
        ("max_open_visits", str(10**30), "Ensure this value is less than or equal to 1000."),
        ("cancel_notice_hours", "banana", "Enter a whole number."),
        ("cancel_notice_hours", "", "This field is required."),
        ("first_reminder_hours", "-1", "Ensure this value is greater than or equal to 0."),
        ("first_reminder_hours", "0", "Ensure this value is greater than or equal to 1."),
        ("first_reminder_hours", "100000", "Ensure this value is less than or equal to 2160."),
        (
            "second_reminder_hours",
            "73",
            "The second reminder comes after the first: enter less than 72.",
        ),
        (
            "second_reminder_hours",
            "72",
            "The second reminder comes after the first: enter less than 72.",
        ),
        ("offer_minutes", "4", "Ensure this value is greater than or equal to 5."),
        ("misses_before_approval", "0", "Ensure this value is greater than or equal to 1."),
    ],
)
def test_wrong_rules_are_not_saved(desk: Client, field: str, value: str, error: str) -> None:
    response = desk.post(add_url(BookingPolicy), RULES | {field: value})
    assert errors_of(response) == [error]
    assert not BookingPolicy.objects.exists()


def test_page_of_a_visit_tells_which_reminders_were_sent(desk: Client, visit: Appointment) -> None:
    visit.reminders.create(start=visit.start, hours=168, at=at(23, 9, month=2))
    visit.reminders.create(start=visit.start, hours=36, at=at(28, 21, month=2))
    page = " ".join(desk.get(change_url(visit)).content.decode().split())
    told = re.findall(r"<p>(.*?)</p>", page[page.index("Reminders sent") :])
    start = "Mon 2 Mar 2026, 9:00am"
    assert [text.strip() for text in told][:6] == [
        *("7 days before", "Mon 23 Feb 2026, 9:00am", start),
        *("36 hours before", "Sat 28 Feb 2026, 9:00pm", start),
    ]


def test_list_of_reminders_asks_the_same_for_one_and_three_rows(
    desk: Client, visit: Appointment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    visit.reminders.create(start=visit.start, hours=168, at=cast.NOW)
    desk.get(list_url(Reminder))
    with django_assert_num_queries(8):
        assert desk.get(list_url(Reminder)).status_code == 200
    for hours in (24, 36):
        visit.reminders.create(start=visit.start, hours=hours, at=cast.NOW)
    with django_assert_num_queries(8):
        assert desk.get(list_url(Reminder)).status_code == 200


def test_rules_are_for_who_may_see_them() -> None:
    nobody = cast.make_user(is_staff=True)
    assert browser_of(nobody).get(list_url(BookingPolicy)).status_code == 403


# Visits that no longer fit the hours


def said(client: Client, url: str, data: dict[str, Any]) -> list[str]:
    """What the page after this one says, but for the links."""
    response = client.post(url, data, follow=True)
    assert response.redirect_chain, errors_of(response)
    texts = [str(message) for message in response.context["messages"]]
    return [re.sub(r"<a [^>]*>|</a>", "", text) for text in texts]


def off_data(**whose: Any) -> dict[str, Any]:
    return {"start": "2026-03-02T08:00", "end": "2026-03-02T18:00", "reason": ""} | whose


ONE_STRAY = (
    "1 booked visit does not fit the hours and the time off as they are now. "
    "It stays where it is until you move or cancel it:"
)
THIS_ONE = "<br>Asha Rao, Monday 2 March 2026, 9:00am, Dr. Smith: "
SEE_ALL = "<br>See all visits that need a new time"


def off_later(**whose: Any) -> TimeOff:
    """Time off that touches no visit, until it is changed to do so."""
    return TimeOff.objects.create(start=at(9, 8), end=at(9, 18), **whose)


def test_time_off_that_is_changed_to_touch_a_visit_tells_it(
    desk: Client, doctor: Doctor, visit: Appointment
) -> None:
    told = said(desk, change_url(off_later(doctor=doctor)), off_data(doctor=doctor.pk))
    assert told[0] == ONE_STRAY + THIS_ONE + "in time off<br>Deal with those in Dr. Smith" + SEE_ALL
    assert status_of(visit) == "confirmed"


def test_closure_that_is_changed_to_touch_a_visit_tells_it(
    desk: Client, visit: Appointment
) -> None:
    place = visit.location
    told = said(desk, change_url(off_later(location=place)), off_data(location=place.pk))
    ways = f"<br>Deal with those in {place}{SEE_ALL}"
    assert told[0] == ONE_STRAY + THIS_ONE + "in time off" + ways


def test_time_off_without_visits_tells_of_none(
    desk: Client, doctor: Doctor, visit: Appointment
) -> None:
    times = {"start": "2026-03-03T08:00", "end": "2026-03-03T18:00"}
    assert len(said(desk, add_url(TimeOff), off_data(doctor=doctor.pk, **times))) == 1


def test_new_zone_of_a_place_tells_the_visits_and_moves_none(
    desk: Client, visit: Appointment
) -> None:
    place = visit.location
    data = {"name": place.name, "city": place.city, "time_zone": "Europe/London"}
    told = said(desk, change_url(place), data)
    words = "<br>Asha Rao, Monday 2 March 2026, 3:30am, Dr. Smith: outside the hours"
    assert told[0] == ONE_STRAY + words + SEE_ALL
    visit.refresh_from_db()
    assert visit.start == at(2, 9)


def test_page_of_a_doctor_tells_the_visits_outside_the_hours(
    desk: Client, doctor: Doctor, visit: Appointment
) -> None:
    doctor.working_hours.all().delete()
    data: dict[str, Any] = {"name": doctor.name, "slug": doctor.slug}
    data |= {"confirms_bookings": "automatic", "specialty": doctor.specialty_id}
    for prefix in ("working_hours", "extra_hours", "visit_types", "time_off", "events"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    told = said(desk, change_url(doctor), data)
    assert told[0] == ONE_STRAY + THIS_ONE + "outside the hours" + SEE_ALL


def test_visit_that_is_told_is_a_link(desk: Client, doctor: Doctor, visit: Appointment) -> None:
    off = off_later(doctor=doctor)
    response = desk.post(change_url(off), off_data(doctor=doctor.pk), follow=True)
    page = response.content.decode()
    assert f'<a href="{change_url(visit)}">Asha Rao, Monday 2 March 2026, 9:00am</a>' in page
    assert f'<a href="{reverse("admin:desk_time_off_visits", args=[off.pk])}">' in page


def test_name_of_a_patient_is_no_markup(desk: Client, doctor: Doctor, visit: Appointment) -> None:
    visit.patient.name = "<b>Asha</b>"
    visit.patient.save()
    url = change_url(off_later(doctor=doctor))
    response = desk.post(url, off_data(doctor=doctor.pk), follow=True)
    assert "&lt;b&gt;Asha&lt;/b&gt;, Monday" in response.content.decode()


def test_of_many_visits_twenty_are_named(desk: Client, doctor: Doctor, person: User) -> None:
    for number in range(23):
        cast.make_appointment(doctor, person, at(2, 9, number), end=at(2, 9, number + 1))
    told = said(desk, change_url(off_later(doctor=doctor)), off_data(doctor=doctor.pk))
    lines = told[0].split("<br>")
    assert lines[0].startswith("23 booked visits do not fit")
    assert len(lines) == 24
    assert lines[21] == "and 3 more"
