"""The doctor's pages: what they show of whom, that each act works, that a refusal is said."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from time_machine import Traveller

from accounts.models import Patient, User
from appointments import services
from appointments.exceptions import BookingError
from appointments.models import Appointment, AppointmentEvent
from appointments.practice.acts import ACTS, acts_now
from docspot.tests.cast import (
    NOW,
    at,
    make_appointment,
    make_doctor,
    make_location,
    make_person,
    make_user,
    patient_of,
)
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor, TimeOff, WorkingHours

pytestmark = pytest.mark.django_db
Status = Appointment.Status
Kind = AppointmentEvent.Kind


@pytest.fixture(autouse=True)
def now(clock: Traveller) -> Traveller:
    """Monday 2 March 2026, 8:30am at the doctor's place; `now.move_to(...)`."""
    return clock


@pytest.fixture
def smith(doctor: Doctor) -> Client:
    assert doctor.user is not None
    return browser_of(doctor.user)


def day_of(client: Client, **query: str) -> Any:
    response = client.get(reverse("practice:day"), query)
    assert response.status_code == 200
    return response.context["day"]


def names(visits: Any) -> list[str]:
    return [line.patient.name for line in visits]


def act(client: Client, visit: Appointment, name: str, **data: str) -> Any:
    return client.post(reverse("practice:act", args=[visit.pk, name]), data)


def said(client: Client, response: Any) -> list[str]:
    """What the page says that one is led to."""
    return [str(message) for message in client.get(response["Location"]).context["messages"]]


def request_to(doctor: Doctor, user: User, start: datetime, **fields: Any) -> Appointment:
    return make_appointment(doctor, user, start, status=Status.PENDING, **fields)


# The day


def test_day_is_today_at_the_doctors_place(
    smith: Client, doctor: Doctor, person: User, now: Traveller
) -> None:
    make_appointment(doctor, person, at(3, 9))
    assert day_of(smith).date == date(2026, 3, 2)
    now.move_to(at(3, 0))  # still Monday in UTC
    assert names(day_of(smith).visits) == ["Asha Rao"]


def test_day_shows_who_comes_for_what(smith: Client, doctor: Doctor, person: User) -> None:
    Patient.objects.update(date_of_birth=date(1984, 5, 17))
    make_appointment(doctor, person, at(2, 9), reason="Chest <pain>")
    text = smith.get(reverse("practice:day")).text
    for words in ("Asha Rao", ", 41 years", "Consultation", "Chest &lt;pain&gt;", "Confirmed"):
        assert words in text


def test_day_shows_only_visits_of_the_day_with_this_doctor(
    smith: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    make_appointment(doctor, person, at(2, 9))
    make_appointment(doctor, person, at(3, 9))
    make_appointment(make_doctor("Dr. Priya"), stranger, at(2, 9))
    assert names(day_of(smith).visits) == ["Asha Rao"]


def test_visit_of_the_doctors_own_as_a_patient_is_not_shown(smith: Client, doctor: Doctor) -> None:
    assert doctor.user is not None
    patient = Patient.objects.create(name="Dr. Smith")
    patient.accesses.create(user=doctor.user, relation="self")
    visit = make_appointment(make_doctor("Dr. Priya"), doctor.user, at(2, 9), patient=patient)
    assert day_of(smith).visits == []
    assert smith.get(reverse("practice:visit", args=[visit.pk])).status_code == 404
    assert act(smith, visit, "check-in").status_code == 404


def test_day_shows_what_will_not_take_place_apart(
    smith: Client, doctor: Doctor, person: User
) -> None:
    make_appointment(doctor, person, at(2, 9), status=Status.CANCELLED)
    make_appointment(doctor, person, at(2, 9), status=Status.DECLINED)
    day = day_of(smith)
    assert (day.visits, names(day.called_off)) == ([], ["Asha Rao", "Asha Rao"])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("2026-03-03", "You work 9:00am to 1:00pm and 2:00pm to 5:00pm."),
        ("2026-03-07", "You do not work on this day."),
    ],
)
def test_empty_day_says_when_the_doctor_works(smith: Client, query: str, words: str) -> None:
    response = smith.get(reverse("practice:day"), {"day": query})
    assert "No visits on" in response.text
    assert words in response.text


def test_day_of_a_doctor_without_hours_is_shown(smith: Client, doctor: Doctor) -> None:
    WorkingHours.objects.all().delete()
    assert "You do not work on this day." in smith.get(reverse("practice:day")).text
    assert smith.get(reverse("practice:week")).status_code == 200
    assert smith.get(reverse("practice:requests")).status_code == 200


def test_day_says_what_is_missing_before_patients_can_book(smith: Client, doctor: Doctor) -> None:
    def missing() -> list[str]:
        page = smith.get(reverse("practice:day")).content.decode()
        names = ("practice:add_visit_type", "practice:hours")
        return [name for name in names if f'<li><a href="{reverse(name)}">Say' in page]

    assert missing() == []
    doctor.visit_types.update(is_active=False)
    assert missing() == ["practice:add_visit_type"]
    doctor.working_hours.all().delete()
    assert missing() == ["practice:add_visit_type", "practice:hours"]


def test_day_shows_time_off_with_its_reason(smith: Client, doctor: Doctor) -> None:
    TimeOff.objects.create(doctor=doctor, start=at(3, 9), end=at(3, 11), reason="Conference")
    TimeOff.objects.create(location=make_location(), start=at(3, 16), end=at(4, 9), reason="Holi")
    TimeOff.objects.create(doctor=make_doctor("Dr. Priya"), start=at(3, 9), end=at(3, 17))
    off = [entry.reason for entry in day_of(smith, day="2026-03-03").off]
    assert off == ["Conference", "Holi"]


@pytest.mark.parametrize("name", ["day", "week"])
@pytest.mark.parametrize("asked", ["banana", "2026-02-30", "0001-01-01", "9999-12-31", "\x00"])
def test_date_that_is_none_is_said_and_today_shown(smith: Client, name: str, asked: str) -> None:
    field = "day" if name == "day" else "from"
    response = smith.get(reverse(f"practice:{name}"), {field: asked})
    assert response.status_code == 400
    assert "There is a problem" in response.text
    days = response.context.get("days") or [response.context["day"]]
    assert days[0].date == date(2026, 3, 2)


def test_requests_stand_above_the_day(smith: Client, doctor: Doctor, person: User) -> None:
    for number in range(4):
        request_to(doctor, person, at(10 + number, 9), answer_by=at(9 - number, 9))
    context = smith.get(reverse("practice:day")).context
    assert context["request_count"] == 4
    assert [line.start for line in context["requests"]] == [at(13, 9), at(12, 9), at(11, 9)]


# The week


def test_week_is_from_monday_on(smith: Client, doctor: Doctor, person: User) -> None:
    make_appointment(doctor, person, at(8, 9))  # a Sunday
    make_appointment(doctor, person, at(9, 9))
    response = smith.get(reverse("practice:week"), {"from": "2026-03-05"})
    days = response.context["days"]
    assert [days[0].date, days[-1].date] == [date(2026, 3, 2), date(2026, 3, 8)]
    assert [len(day.visits) for day in days] == [0, 0, 0, 0, 0, 0, 1]
    assert days[1].free == timedelta(hours=7)


# Requests


def test_requests_come_by_their_deadline(
    smith: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    late = request_to(doctor, person, at(9, 9), answer_by=at(4, 9))
    soon = request_to(doctor, person, at(10, 9), answer_by=at(2, 12))
    taken_over = request_to(doctor, stranger, at(3, 9))  # without a deadline: until it begins
    request_to(make_doctor("Dr. Priya"), stranger, at(9, 9))
    make_appointment(doctor, stranger, at(4, 9))
    response = smith.get(reverse("practice:requests"))
    lines = response.context["lines"]
    assert [line.visit for line in lines] == [soon, taken_over, late]
    assert "Answer within 3 hours 30 minutes" in response.text
    assert "Answer by Wed 4 March, 9:00am" in response.text


def test_requests_tell_what_was_before_with_this_doctor_alone(
    smith: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    for day, status in ((10, "completed"), (11, "completed"), (12, "no_show"), (13, "cancelled")):
        make_appointment(doctor, person, at(day, 9, month=2), status=status)
    make_appointment(make_doctor("Dr. Priya"), stranger, at(10, 9, month=2), status="completed")
    request_to(doctor, person, at(9, 9))
    request_to(doctor, stranger, at(10, 9))
    response = smith.get(reverse("practice:requests"))
    histories = [line.history for line in response.context["lines"]]
    assert histories == [(2, 1), None]
    assert "Here 2 times before. Did not come 1 time." in response.text
    assert "Not here before." in response.text


def test_no_requests_is_said(smith: Client, doctor: Doctor) -> None:
    url = reverse("practice:requests")
    assert "their visits are confirmed at once" in smith.get(url).text
    Doctor.objects.update(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    assert "Nobody waits for an answer." in smith.get(url).text


def test_requests_are_paged(smith: Client, doctor: Doctor, person: User) -> None:
    for number in range(26):
        request_to(doctor, person, at(9, 9) + timedelta(days=number))
    pages = [smith.get(reverse("practice:requests"), {"page": page}) for page in "12"]
    assert [len(page.context["lines"]) for page in pages] == [25, 1]
    assert smith.get(reverse("practice:requests"), {"page": "3"}).status_code == 404


def test_several_are_approved_at_once_and_each_is_told(
    smith: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    good = request_to(doctor, person, at(9, 9))
    gone = request_to(doctor, stranger, at(9, 10))
    services.cancel(appointment=gone, by=stranger, now=NOW)
    data = {"act": "approve", "visit": [str(good.pk), str(gone.pk)]}
    response = smith.post(reverse("practice:requests"), data)
    assert said(smith, response) == [
        "Approved: Asha Rao, Monday 9 March 2026, 9:00am.",
        "Not done: Sam Stranger, Monday 9 March 2026, 10:00am."
        " It was just cancelled by the patient.",
    ]
    assert Appointment.objects.get(pk=good.pk).status == Status.CONFIRMED
    assert Appointment.objects.get(pk=gone.pk).status == Status.CANCELLED


def test_several_are_declined_after_asking(
    smith: Client, doctor: Doctor, person: User, stranger: User
) -> None:
    visits = [request_to(doctor, person, at(9, 9)), request_to(doctor, stranger, at(9, 10))]
    data = {"act": "decline", "visit": [str(visit.pk) for visit in visits]}
    asked = smith.post(reverse("practice:requests"), data)
    assert "Decline these 2 requests?" in asked.text
    assert Appointment.objects.filter(status=Status.PENDING).count() == 2
    too_long = smith.post(
        reverse("practice:requests"), data | {"is_sure": "1", "reason": "x" * 501}
    )
    assert too_long.status_code == 400
    assert "Use 500 characters or fewer" in too_long.text
    assert Appointment.objects.filter(status=Status.PENDING).count() == 2
    smith.post(reverse("practice:requests"), data | {"is_sure": "1", "reason": "I am away"})
    notes = AppointmentEvent.objects.filter(kind=Kind.DECLINED).values_list("note", flat=True)
    assert list(notes) == ["I am away", "I am away"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({}, "Choose whether to approve or to decline"),
        ({"act": "approve"}, "Tick at least one request"),
        ({"act": "approve", "visit": "banana"}, "One of these requests is not there."),
        ({"act": "approve", "visit": "theirs"}, "One of these requests is not there."),
        ({"act": "cancel", "visit": "own"}, "Choose whether to approve or to decline"),
    ],
)
def test_what_cannot_be_answered_is_said_and_changes_nothing(
    smith: Client, doctor: Doctor, person: User, data: dict[str, str], words: str
) -> None:
    visits = {
        "own": request_to(doctor, person, at(9, 9)),
        "theirs": request_to(make_doctor("Dr. Priya"), person, at(9, 10)),
    }
    if data.get("visit") in visits:
        data = data | {"visit": str(visits[data["visit"]].pk)}
    response = smith.post(reverse("practice:requests"), data)
    assert response.status_code == 400
    assert words in response.text
    assert Appointment.objects.filter(status=Status.PENDING).count() == 2


# One visit


def test_visit_tells_who_comes_and_what_was_before(
    smith: Client, doctor: Doctor, person: User
) -> None:
    Patient.objects.update(date_of_birth=date(1984, 5, 17), phone="+919876543210")
    visit = make_appointment(doctor, person, at(3, 9), reason="Chest pain")
    before = make_appointment(doctor, person, at(3, 9, month=2), status=Status.NO_SHOW)
    make_appointment(make_doctor("Dr. Priya"), person, at(4, 9, month=2), status="completed")
    response = smith.get(reverse("practice:visit", args=[visit.pk]))
    assert [line.visit for line in response.context["others"]] == [before]
    for words in ("Chest pain", "41 years", "+91 98765 43210", "Did not come 1 time."):
        assert words in response.text


def test_story_says_who_did_what(
    smith: Client, doctor: Doctor, person: User, staff: User, now: Traveller
) -> None:
    Doctor.objects.update(confirms_bookings=Doctor.Confirmation.ON_APPROVAL)
    book: dict[str, Any] = {"doctor": doctor, "patient": patient_of(person), "by": person}
    kind = doctor.visit_types.get()
    visit = services.book(**book, visit_type=kind, start=at(3, 9), now=NOW)
    services.reschedule(appointment=visit, start=at(3, 10), by=staff, now=NOW)
    act(smith, visit, "approve")
    act(smith, visit, "cancel", reason="I am away")
    story = smith.get(reverse("practice:visit", args=[visit.pk])).context["story"]
    assert [(line.what, line.note) for line in story] == [
        ("Requested for Tuesday 3 March 2026, 9:00am by the patient", ""),
        (
            "Moved from Tuesday 3 March 2026, 9:00am to Tuesday 3 March 2026, 10:00am"
            " by the clinic",
            "",
        ),
        ("Confirmed by you", ""),
        ("Cancelled by you", "I am away"),
    ]


def test_other_doctor_cannot_tell_a_hidden_visit_from_none(doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    priya = browser_of(make_doctor("Dr. Priya", user=make_user()).user)
    for name in ACTS:
        assert act(priya, visit, name).status_code == 404
    visit.refresh_from_db()
    assert visit.status == Status.CONFIRMED


def test_act_that_there_is_not_is_not_found(smith: Client, doctor: Doctor, person: User) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    url = reverse("practice:act", args=[visit.pk, "delete"])
    assert [smith.get(url).status_code, smith.post(url).status_code] == [404, 404]


# What can be done when: offered is what the services allow, and nothing else

MOMENTS = [at(2, 8, 30), at(3, 8), at(3, 9), at(3, 9, 15), at(3, 9, 30), at(4, 9)]


@pytest.mark.parametrize(("status", "moment"), list(product(Status, MOMENTS)))
def test_acts_offered_are_those_that_are_allowed(
    doctor: Doctor, person: User, status: Status, moment: datetime
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=status, answer_by=at(3, 8, 30))
    offered = {act.name for act in acts_now(visit, moment)}
    allowed = set()
    for one in ACTS.values():
        Appointment.objects.filter(pk=visit.pk).update(status=status, version=1)
        visit.refresh_from_db()
        try:
            one.run(appointment=visit, by=doctor.user, now=moment)
        except BookingError:
            continue
        allowed.add(one.name)
    if status == Status.PENDING:
        allowed.discard("cancel")  # a request is declined
    assert offered == allowed


@pytest.mark.parametrize(
    ("name", "status", "becomes", "words"),
    [
        ("approve", Status.PENDING, Status.CONFIRMED, "Approved"),
        ("decline", Status.PENDING, Status.DECLINED, "Declined"),
        ("check-in", Status.CONFIRMED, Status.CHECKED_IN, "Arrived"),
        ("complete", Status.CHECKED_IN, Status.COMPLETED, "Completed"),
        ("no-show", Status.CONFIRMED, Status.NO_SHOW, "Noted that nobody came"),
        ("cancel", Status.CONFIRMED, Status.CANCELLED, "Cancelled"),
    ],
)
def test_act_is_done_once_and_a_double_click_leads_to_the_visit(
    smith: Client,
    doctor: Doctor,
    person: User,
    now: Traveller,
    name: str,
    status: Status,
    becomes: Status,
    words: str,
) -> None:
    visit = make_appointment(doctor, person, at(2, 9), status=status)
    if name == "no-show":
        now.move_to(at(2, 9, 5))
    first, second = (act(smith, visit, name) for _click in range(2))
    own = reverse("practice:visit", args=[visit.pk])
    assert (first["Location"], second["Location"]) == (own, own)
    messages = said(smith, second)
    assert messages[0] == f"{words}: Asha Rao, Monday 2 March 2026, 9:00am."
    assert "already" in messages[1]
    visit.refresh_from_db()
    assert visit.status == becomes
    assert visit.events.count() == 2  # that of the factory, and one


@pytest.mark.parametrize(
    ("name", "fields", "moment", "words"),
    [
        ("approve", {"status": "pending"}, at(3, 9), "This appointment is already over."),
        (
            "approve",
            {"status": "pending", "answer_by": at(2, 9)},
            at(2, 9),
            "This request was not answered in time, and has ended.",
        ),
        ("check-in", {}, at(2, 9), "A patient can be checked in on the day of the visit."),
        ("no-show", {}, at(3, 8), "This can be noted once the visit should have begun."),
        ("complete", {}, at(3, 9), "This cannot be done: the appointment is “Confirmed”."),
        ("approve", {"status": "declined"}, at(2, 9), "is “Declined by the clinic”."),
        ("check-in", {"status": "cancelled"}, at(3, 9), "It has been cancelled."),
        ("cancel", {}, at(3, 10), "This appointment is already over."),
    ],
)
def test_what_is_refused_is_said_and_changes_nothing(
    smith: Client,
    doctor: Doctor,
    person: User,
    now: Traveller,
    name: str,
    fields: dict[str, Any],
    moment: datetime,
    words: str,
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), **fields)
    now.move_to(moment)
    response = act(smith, visit, name)
    assert response.status_code == 409
    assert words in response.text
    after = Appointment.objects.get(pk=visit.pk)
    assert (after.status, after.version, after.events.count()) == (visit.status, 1, 1)


@pytest.mark.parametrize("name", ["approve", "decline"])
def test_request_that_ended_meanwhile_is_said(
    smith: Client, doctor: Doctor, person: User, now: Traveller, name: str
) -> None:
    visit = request_to(doctor, person, at(3, 9), answer_by=at(2, 9))
    services.expire_requests(now=at(2, 9))
    response = act(smith, visit, name)
    assert response.status_code == 409
    assert "This request was not answered in time, and has ended." in response.text


def test_reason_that_is_too_long_is_asked_for_again(
    smith: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    response = act(smith, visit, "cancel", reason="x" * 501)
    assert response.status_code == 400
    assert "x" * 501 in response.text
    assert Appointment.objects.get().status == Status.CONFIRMED


@pytest.mark.parametrize(
    ("name", "status", "leads"),
    [("decline", "confirmed", True), ("approve", "pending", True), ("cancel", "confirmed", False)],
)
def test_address_of_an_act_asks_or_leads_to_the_visit(
    smith: Client, doctor: Doctor, person: User, name: str, status: str, leads: bool
) -> None:
    visit = make_appointment(doctor, person, at(3, 9), status=status)
    response = smith.get(reverse("practice:act", args=[visit.pk, name]))
    assert response.status_code == (302 if leads else 200)
    assert Appointment.objects.get().status == status


@pytest.mark.parametrize(
    ("back", "own"),
    [
        ("/practice/?day=2026-03-02", True),
        ("/practice/requests/?page=2", True),
        ("https://evil.example/practice/", False),
        ("//evil.example/practice/", False),
        ("/practice", False),
        ("/appointments/", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_act_leads_back_to_pages_of_the_practice_only(
    smith: Client, doctor: Doctor, person: User, back: str, own: bool
) -> None:
    visit = make_appointment(doctor, person, at(2, 9))
    response = act(smith, visit, "check-in", next=back)
    visit_page = reverse("practice:visit", args=[visit.pk])
    assert response["Location"] == (f"{back}#visit-{visit.pk}" if own else visit_page)


def test_page_that_is_left_to_log_in_again_is_come_back_to(
    client: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(2, 9))
    response = act(client, visit, "check-in")
    assert response["Location"].startswith("/accounts/login/?next=/practice/visits/")
    assert Appointment.objects.get().status == Status.CONFIRMED


def test_private_pages_of_the_practice_are_kept_by_no_cache(
    smith: Client, doctor: Doctor, person: User
) -> None:
    visit = make_appointment(doctor, person, at(3, 9))
    for name, arguments in (("day", []), ("week", []), ("requests", []), ("visit", [visit.pk])):
        response = smith.get(reverse(f"practice:{name}", args=arguments))
        assert "no-store" in response["Cache-Control"]


# The way in


def test_log_in_leads_each_to_their_own_page(doctor: Doctor, staff: User, person: User) -> None:
    def lead(user: User | None) -> str:
        return str(browser_of(user).get(reverse("landing"))["Location"])

    assert lead(doctor.user) == reverse("practice:day")
    assert lead(staff) == reverse("admin:index")
    assert lead(person) == reverse("appointments:list")
    Doctor.objects.update(status=Doctor.Status.SUSPENDED)
    assert lead(doctor.user) == reverse("appointments:list")


def test_head_leads_doctors_to_their_practice(doctor: Doctor, person: User) -> None:
    home = reverse("home")
    assert "Your practice" in browser_of(doctor.user).get(home).text
    assert "Your practice" not in browser_of(person).get(home).text
    assert "Your practice" not in Client().get(home).text
    Doctor.objects.update(status=Doctor.Status.PENDING)
    assert "Your practice" not in browser_of(doctor.user).get(home).text


# Queries: the same with one row and with three


def fill(doctor: Doctor, rows: int) -> Appointment:
    for number in range(rows):
        person = make_person()
        visit = make_appointment(doctor, person, at(2, 9 + number))
        make_appointment(doctor, person, at(3, 9 + number), status=Status.PENDING)
        for other in range(rows):
            day = at(3 + number, 9 + other, month=2)
            make_appointment(doctor, person, day, status="completed")
        TimeOff.objects.create(doctor=doctor, start=at(4 + number, 9), end=at(4 + number, 10))
    return visit


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("name", "queries"), [("day", 12), ("week", 10), ("requests", 10), ("visit", 11)]
)
def test_practice_queries(
    smith: Client,
    doctor: Doctor,
    rows: int,
    name: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    visit = fill(doctor, rows)
    url = reverse(f"practice:{name}", args=[visit.pk] if name == "visit" else [])
    with django_assert_num_queries(queries):
        response = smith.get(url)
    assert response.status_code == 200
