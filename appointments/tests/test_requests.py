"""Requests that wait for the clinic: until when, and what becomes of those that nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail
from pytest_django import DjangoCaptureOnCommitCallbacks
from time_machine import Traveller

from accounts.models import User
from appointments import exceptions, services
from appointments.models import Appointment, BookingPolicy
from appointments.panels import panel_of, state_of
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_user, patient_of
from docspot.tests.fixtures import browser_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
Status = Appointment.Status
HOUR = timedelta(hours=1)
IN_TWO_DAYS = NOW + 48 * HOUR


@pytest.fixture
def careful() -> Doctor:
    """A doctor who approves bookings."""
    on_approval = Doctor.Confirmation.ON_APPROVAL
    return make_doctor(
        "Dr. Care", user=make_user("care@example.com"), confirms_bookings=on_approval
    )


def ask(doctor: Doctor, person: User, start: datetime) -> Appointment:
    return services.book(
        doctor=doctor,
        patient=patient_of(person),
        visit_type=doctor.visit_types.get(),
        start=start,
        by=person,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("start", "answer_by"),
    [(at(9, 9), IN_TWO_DAYS), (at(3, 9), at(3, 9))],
    ids=["as the clinic's rules say", "when it would begin at the latest"],
)
def test_request_is_answered_by_a_time(
    careful: Doctor, person: User, start: datetime, answer_by: datetime
) -> None:
    asked = ask(careful, person, start)
    assert (asked.status, asked.answer_by) == (Status.PENDING, answer_by)


def test_clinic_sets_how_long_requests_wait(careful: Doctor, person: User) -> None:
    BookingPolicy.objects.create(pk=1, answer_hours=3)
    assert ask(careful, person, at(9, 9)).answer_by == NOW + 3 * HOUR


def test_visit_confirmed_at_once_awaits_no_answer(doctor: Doctor, person: User) -> None:
    assert ask(doctor, person, at(9, 9)).answer_by is None


def test_request_that_its_patient_moves_waits_anew(careful: Doctor, person: User) -> None:
    asked = ask(careful, person, at(9, 9))
    later = NOW + 5 * HOUR
    moved = services.reschedule(appointment=asked, start=at(10, 9), by=person, now=later)
    assert moved.answer_by == later + 48 * HOUR


def test_request_that_nobody_answers_ends_and_frees_its_time(
    careful: Doctor, person: User, stranger: User
) -> None:
    asked = ask(careful, person, at(9, 9))
    assert services.expire_requests(now=IN_TWO_DAYS - timedelta(seconds=1)) == 0
    assert services.expire_requests(now=IN_TWO_DAYS) == 1
    assert services.expire_requests(now=IN_TWO_DAYS) == 0
    asked.refresh_from_db()
    last = asked.events.last()
    assert (asked.status, asked.version) == (Status.DECLINED, 2)
    assert last is not None
    assert (last.kind, last.by, last.at) == ("expired", None, IN_TWO_DAYS)
    assert ask(careful, stranger, at(9, 9)).start == at(9, 9)


def test_request_taken_over_without_a_time_ends_when_it_would_begin(
    careful: Doctor, person: User
) -> None:
    visit = make_appointment(careful, person, at(3, 9), status=Status.PENDING)
    assert visit.answer_by is None
    assert services.expire_requests(now=at(3, 9) - timedelta(seconds=1)) == 0
    assert services.expire_requests(now=at(3, 9)) == 1


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.PENDING}))
def test_only_requests_end_by_themselves(careful: Doctor, person: User, status: Status) -> None:
    make_appointment(careful, person, at(9, 9), status=status, answer_by=NOW)
    assert services.expire_requests(now=NOW + HOUR) == 0


def test_answer_that_comes_too_late_is_refused(careful: Doctor, person: User, staff: User) -> None:
    asked = ask(careful, person, at(9, 9))
    with pytest.raises(exceptions.RequestExpired):
        services.confirm(appointment=asked, by=staff, now=IN_TWO_DAYS)
    asked.refresh_from_db()
    assert asked.status == Status.PENDING
    services.confirm(appointment=asked, by=staff, now=IN_TWO_DAYS - timedelta(seconds=1))


def test_patient_is_told_and_asked_to_choose_again(
    careful: Doctor,
    person: User,
    clock: Traveller,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    asked = ask(careful, person, at(9, 9))
    clock.move_to(IN_TWO_DAYS)
    with django_capture_on_commit_callbacks(execute=True):
        services.expire_requests(now=IN_TWO_DAYS)
    (told,) = mail.outbox
    assert told.to == [person.email]
    assert told.subject == "Your request for Monday 9 March, 9:00am was not answered"
    assert "Choose another time: the clinic did not answer" in str(told.body)
    assert f"/doctors/{careful.slug}/" in str(told.body)
    # At 8:30am on Wednesday 4 March nothing is nearer than the times around the one asked for.
    free = str(told.body).split("The nearest free times:")[1].split("The time you asked for:")[0]
    assert free.strip().splitlines() == [
        "- Monday 9 March, 9:30am, 30 minutes",
        "- Monday 9 March, 10:00am, 30 minutes",
        "- Monday 9 March, 10:30am, 30 minutes",
    ]
    asked.refresh_from_db()
    panel = panel_of(asked, person, IN_TWO_DAYS)
    assert (panel.kind, panel.title) == ("bad", "Not answered in time")
    assert state_of(asked, person, IN_TWO_DAYS) == "Not answered in time"


def test_page_says_by_when_the_clinic_answers(careful: Doctor, person: User) -> None:
    asked = ask(careful, person, at(9, 9))
    page = browser_of(person).get(f"/appointments/{asked.pk}/")
    assert page.context["panel"].text == (
        "The clinic answers by Wednesday 4 March 2026, 8:30am. Your time is kept until then."
    )


def test_story_of_a_request_that_ended_names_nobody(careful: Doctor, person: User) -> None:
    asked = ask(careful, person, at(9, 9))
    services.expire_requests(now=IN_TWO_DAYS)
    page = browser_of(person).get(f"/appointments/{asked.pk}/")
    assert [line.what for line in page.context["story"]] == [
        "Requested for Monday 9 March 2026, 9:00am by you",
        "Not answered in time",
    ]


# Who acts for the clinic


def test_staff_without_the_permission_do_not_act_for_the_clinic(
    careful: Doctor, person: User
) -> None:
    asked = ask(careful, person, at(9, 9))
    nobody = make_user("temp@example.com", is_staff=True)
    with pytest.raises(exceptions.NotAllowed):
        services.confirm(appointment=asked, by=nobody, now=NOW)
    with pytest.raises(exceptions.NotYourPatient):
        services.cancel(appointment=asked, by=nobody, now=NOW)
    assert list(Appointment.objects.visible_to(nobody)) == []
