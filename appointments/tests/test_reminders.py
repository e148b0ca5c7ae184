"""Reminders: which visits, to whom, when; what they say; and that none is sent twice."""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from threading import Barrier, local
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tasks import TaskContext
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Patient, PatientAccess, User
from appointments import services
from appointments.models import Appointment, BookingPolicy, Reminder
from appointments.reminders import selectors
from appointments.reminders import services as reminder_services
from appointments.reminders.hours import may_go_out, next_opening
from appointments.reminders.services import remind
from docspot.tests import cast
from docspot.tests.cast import at
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LONG_AGO = cast.NOW - timedelta(days=60)
DAY_BEFORE, WEEK_BEFORE = timedelta(hours=24), timedelta(hours=168)
MINUTE = timedelta(minutes=1)
VISIT = at(18, 10)  # a Wednesday
SUBJECT = "Reminder: your appointment on Wednesday 18 March, 10:00am"

Remind = Callable[[datetime], list[tuple[str, str]]]


def settled(visit: Appointment, when: datetime, kind: str = "confirmed") -> Appointment:
    visit.events.update(at=when, kind=kind)
    return visit


@pytest.fixture
def visit(doctor: Doctor, person: User) -> Appointment:
    """On Wednesday 18 March at 10:00am, booked long ago."""
    return settled(cast.make_appointment(doctor, person, VISIT), LONG_AGO)


@pytest.fixture
def at_moment(
    clock: time_machine.Traveller,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Remind:
    """What the worker sends when its minute comes: to whom, and the subjects."""

    def do(moment: datetime) -> list[tuple[str, str]]:
        clock.move_to(moment)
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            remind(now=moment)
        return [(message.to[0], str(message.subject)) for message in mail.outbox]

    return do


SENT = [("asha@example.com", SUBJECT)]


def written() -> list[tuple[datetime, int]]:
    return list(Reminder.objects.order_by("at").values_list("start", "hours"))


# When


def test_a_week_and_a_day_before_a_mail_goes_out_once(
    visit: Appointment, at_moment: Remind
) -> None:
    for lead in (WEEK_BEFORE, DAY_BEFORE):
        assert at_moment(VISIT - lead - MINUTE) == []
        assert at_moment(VISIT - lead) == SENT
        assert at_moment(VISIT - lead) == []
        assert at_moment(VISIT - lead + MINUTE) == []
    assert at_moment(VISIT - MINUTE) == []
    assert at_moment(VISIT + MINUTE) == []
    assert written() == [(VISIT, 168), (VISIT, 24)]


@pytest.mark.parametrize(
    ("first", "second", "moments"),
    [(None, 24, [24]), (48, None, [48]), (None, None, []), (2160, 1, [2160, 1]), (2, 2, [2])],
)
def test_clinic_sets_when(
    visit: Appointment,
    at_moment: Remind,
    first: int | None,
    second: int | None,
    moments: list[int],
) -> None:
    BookingPolicy.objects.create(pk=1, first_reminder_hours=first, second_reminder_hours=second)
    settled(visit, VISIT - timedelta(days=91))
    for hours in (2161, 2160, 168, 48, 24, 2, 1):
        due = [hours] if hours in moments else []
        sent = at_moment(VISIT - timedelta(hours=hours))
        assert sent == (SENT if due else [])
    assert [hours for _, hours in written()] == moments


def test_worker_that_was_down_sends_only_the_nearest(visit: Appointment, at_moment: Remind) -> None:
    assert at_moment(VISIT - timedelta(hours=2)) == SENT
    assert written() == [(VISIT, 24)]
    assert at_moment(VISIT - timedelta(hours=1)) == []


def test_week_reminder_is_late_only_while_the_other_is_not_due(
    visit: Appointment, at_moment: Remind
) -> None:
    assert at_moment(VISIT - DAY_BEFORE - MINUTE) == SENT
    assert written() == [(VISIT, 168)]
    assert at_moment(VISIT - DAY_BEFORE) == SENT


def test_nothing_goes_out_once_the_visit_has_begun(visit: Appointment, at_moment: Remind) -> None:
    assert at_moment(VISIT) == []
    assert written() == []


def test_another_lead_reminds_nobody_who_was_reminded_since(
    visit: Appointment, at_moment: Remind
) -> None:
    assert at_moment(VISIT - DAY_BEFORE) == SENT
    BookingPolicy.objects.create(pk=1, second_reminder_hours=48)
    assert at_moment(VISIT - DAY_BEFORE + MINUTE) == []


# The window


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("start", "goes_out"),
    [
        (at(18, 8), at(17, 8)),
        (at(18, 7, 59), at(17, 8)),
        (at(18, 19, 59), at(17, 19, 59)),
        (at(18, 20), at(18, 8)),  # due at 8pm of the day before
        (at(18, 0, 30), at(17, 8)),
    ],
)
def test_what_falls_due_at_night_waits_for_the_morning(
    visit: Appointment, at_moment: Remind, start: datetime, goes_out: datetime
) -> None:
    BookingPolicy.objects.create(pk=1, first_reminder_hours=None)
    Appointment.objects.update(start=start, end=start + timedelta(minutes=30))
    assert at_moment(max(start - DAY_BEFORE, goes_out - MINUTE) - MINUTE) == []
    assert len(at_moment(goes_out)) == 1


def test_what_falls_due_at_night_is_left_out_if_the_visit_begins_before_the_morning(
    visit: Appointment, at_moment: Remind
) -> None:
    BookingPolicy.objects.create(pk=1, first_reminder_hours=None, second_reminder_hours=2)
    start = at(18, 7, 30)
    Appointment.objects.update(start=start, end=start + timedelta(minutes=30))
    assert [at_moment(at(18, hour, 30)) for hour in (5, 6, 7, 8)] == [[], [], [], []]


def test_window_is_on_the_clock_of_the_visits_place(visit: Appointment, at_moment: Remind) -> None:
    york = cast.make_location("New York", time_zone="America/New_York", country="USA")
    there = cast.make_doctor("Dr. Jones", location=york)
    jo = cast.make_person("Jo March", "jo@example.com")
    settled(cast.make_appointment(there, jo, VISIT + timedelta(hours=9)), LONG_AGO)
    moments = [at(17, 10), at(17, 17, 29), at(17, 17, 30)]  # there 0:30am, 7:59am, 8:00am
    sent = [[to for to, _ in at_moment(moment)] for moment in moments]
    assert sent == [["asha@example.com"], [], ["jo@example.com"]]


@pytest.mark.parametrize(
    ("instant", "open_"),
    [  # London's clock jumps at 1am on 29 March and falls back at 2am on 25 October
        (utc(2026, 3, 28, 7, 59), False),
        (utc(2026, 3, 28, 8), True),
        (utc(2026, 3, 29, 6, 59), False),
        (utc(2026, 3, 29, 7), True),
        (utc(2026, 3, 29, 18, 59), True),
        (utc(2026, 3, 29, 19), False),
        (utc(2026, 10, 25, 7), False),
        (utc(2026, 10, 25, 8), True),
        (utc(2026, 10, 25, 19, 59), True),
        (utc(2026, 10, 25, 20), False),
    ],
)
def test_window_follows_the_clock_on_the_wall(instant: datetime, open_: bool) -> None:
    assert may_go_out(instant, ZoneInfo("Europe/London")) == open_


@pytest.mark.parametrize(
    ("night", "morning"),
    [
        (utc(2026, 3, 28, 20), utc(2026, 3, 29, 7)),
        (utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 7)),
        (utc(2026, 10, 24, 19), utc(2026, 10, 25, 8)),
        (utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 8)),
    ],
)
def test_morning_after_the_clocks_have_changed_is_at_eight(
    night: datetime, morning: datetime
) -> None:
    found = next_opening(night, ZoneInfo("Europe/London"))
    assert found == morning
    assert found.astimezone(ZoneInfo("Europe/London")).time() == time(8)


# Which visits


@pytest.mark.parametrize(
    "status", ["pending", "checked_in", "completed", "no_show", "declined", "cancelled"]
)
def test_only_confirmed_visits_are_reminded_of(
    visit: Appointment, at_moment: Remind, status: str
) -> None:
    Appointment.objects.update(status=status)
    assert at_moment(VISIT - DAY_BEFORE) == []
    assert written() == []


@pytest.mark.parametrize("kind", ["requested", "confirmed", "moved"])
@pytest.mark.parametrize(
    ("settled_at", "sent"),
    [(VISIT - DAY_BEFORE, SENT), (VISIT - DAY_BEFORE + timedelta(seconds=1), [])],
)
def test_visit_settled_after_the_moment_is_not_reminded_of(
    visit: Appointment,
    at_moment: Remind,
    kind: str,
    settled_at: datetime,
    sent: list[tuple[str, str]],
) -> None:
    settled(visit, settled_at, kind)
    assert at_moment(VISIT - timedelta(hours=20)) == sent


def test_visit_settled_between_the_two_is_reminded_of_once(
    visit: Appointment, at_moment: Remind
) -> None:
    settled(visit, VISIT - timedelta(hours=100))
    assert [at_moment(VISIT - timedelta(hours=hours)) for hours in (99, 25, 24)] == [[], [], SENT]


def test_word_that_they_will_come_settles_nothing(visit: Appointment, at_moment: Remind) -> None:
    visit.events.create(kind="attends", at=VISIT - timedelta(hours=23), start=VISIT)
    assert at_moment(VISIT - timedelta(hours=20)) == SENT


def test_visit_whose_patient_is_asked_to_move_it_is_not_reminded_of(
    visit: Appointment, at_moment: Remind
) -> None:
    visit.events.create(kind="offered", at=LONG_AGO, start=VISIT)
    assert at_moment(VISIT - WEEK_BEFORE) == []
    visit.events.create(kind="moved", at=LONG_AGO, start=VISIT)
    assert at_moment(VISIT - WEEK_BEFORE) == SENT


def test_moved_visit_is_reminded_of_at_its_new_time(
    visit: Appointment, person: User, at_moment: Remind
) -> None:
    assert at_moment(VISIT - WEEK_BEFORE) == SENT
    new = at(30, 11)
    services.reschedule(appointment=visit, start=new, by=person, now=VISIT - DAY_BEFORE - MINUTE)
    assert at_moment(VISIT - DAY_BEFORE) == []
    moved = [("asha@example.com", "Reminder: your appointment on Monday 30 March, 11:00am")]
    assert at_moment(new - WEEK_BEFORE) == moved
    assert at_moment(new - DAY_BEFORE) == moved
    assert written() == [(VISIT, 168), (new, 168), (new, 24)]


# To whom


def test_everyone_who_may_act_is_told(visit: Appointment, at_moment: Remind) -> None:
    carer, gone, off = (cast.make_user(f"{name}@example.com") for name in ("carer", "gone", "off"))
    for user in (carer, gone, off):
        visit.patient.accesses.create(user=user, relation=PatientAccess.Relation.CARER)
    gone.accesses.update(ended_at=cast.NOW)
    User.objects.filter(pk=off.pk).update(is_active=False)
    told = [to for to, _ in at_moment(VISIT - DAY_BEFORE)]
    assert told == ["asha@example.com", "carer@example.com"]


def test_patient_without_a_login_is_told_at_their_own_address(
    visit: Appointment, at_moment: Remind
) -> None:
    PatientAccess.objects.all().delete()
    Patient.objects.update(email="own@example.com")
    assert at_moment(VISIT - DAY_BEFORE) == [("own@example.com", SUBJECT)]


def test_patient_with_no_address_is_not_noted_as_reminded(
    visit: Appointment, at_moment: Remind
) -> None:
    PatientAccess.objects.all().delete()
    assert at_moment(VISIT - DAY_BEFORE) == []
    assert written() == []
    Patient.objects.update(email="own@example.com")
    assert at_moment(VISIT - DAY_BEFORE + MINUTE) == [("own@example.com", SUBJECT)]


# What it says


def text_and_html() -> tuple[str, str]:
    [message] = mail.outbox
    assert isinstance(message, EmailMultiAlternatives)
    kinds = ["text/html", "text/calendar; method=REQUEST"]
    assert [kind for _part, kind in message.alternatives] == kinds
    html = message.alternatives[0][0]
    return str(message.body), str(html)


def test_mail_says_what_to_do_when_and_where(visit: Appointment, at_moment: Remind) -> None:
    assert at_moment(VISIT - DAY_BEFORE) == SENT
    text, html = text_and_html()
    first = (
        "Come to City Heart Clinic on Wednesday 18 March 2026, 10:00am. "
        "This is a reminder of your appointment."
    )
    assert text.splitlines()[0] == first
    link = re.compile(r"http://docspot\.example/visit/[\w-]{43}/")
    until = "move or cancel your appointment until Wednesday 18 March 2026, 8:00am."
    for part in (text, html):
        assert first in part
        assert "Wednesday 18 March 2026, 10:00am to 10:30am" in part
        assert "City Heart Clinic, Hyderabad, India" in part
        assert "See, move or cancel this appointment" in part
        assert len(link.findall(part)) == 1
        assert until in part


def test_mail_tells_nothing_of_health_and_no_second_name(
    visit: Appointment, at_moment: Remind
) -> None:
    Appointment.objects.update(reason="A headache, for a week")
    at_moment(VISIT - DAY_BEFORE)
    for part in (*text_and_html(), str(mail.outbox[0].subject)):
        for word in ("headache", "Rao", "Cardiolog", "Consultation"):
            assert word not in part
    assert all("Asha" in part for part in text_and_html())


@pytest.mark.parametrize(
    ("cancel", "move", "sentence"),
    [
        (48, 2, "You can move your appointment until Wednesday 18 March 2026, 8:00am."),
        (3, 2, "If you cannot come, cancel it until Wednesday 18 March 2026, 7:00am."),
        (48, 48, "If you cannot come, call the clinic: it is too late to cancel online."),
        (48, 2, "If you cannot come, call the clinic: it is too late to cancel online."),
    ],
)
def test_mail_says_until_when_the_visit_can_be_changed(
    visit: Appointment, at_moment: Remind, cancel: int, move: int, sentence: str
) -> None:
    BookingPolicy.objects.create(pk=1, cancel_notice_hours=cancel, reschedule_notice_hours=move)
    at_moment(VISIT - DAY_BEFORE)
    assert sentence in text_and_html()[0]
    assert sentence in text_and_html()[1]


def test_name_of_many_lines_breaks_no_mail(visit: Appointment, at_moment: Remind) -> None:
    Patient.objects.update(name="Asha\r\nBcc: all@example.com")
    type(visit.location).objects.update(name="City\r\nBcc: all@example.com")
    assert at_moment(VISIT - DAY_BEFORE) == SENT
    [message] = mail.outbox
    assert message.message().get_all("Bcc") is None
    assert message.recipients() == ["asha@example.com"]


# From the queue to the mail


@pytest.fixture
def send(queue: None, clock: time_machine.Traveller) -> Callable[[datetime], list[str]]:
    """Do at a moment the tasks that are ready then; returns to whom mails went."""

    def do(moment: datetime) -> list[str]:
        clock.move_to(moment)
        mail.outbox.clear()
        for row in list(DBTaskResult.objects.ready()):
            row.task.call(TaskContext(task_result=row.task_result), **row.args_kwargs["kwargs"])
            row.delete()
        return [message.to[0] for message in mail.outbox]

    return do


Send = Callable[[datetime], list[str]]
DUE_AT = VISIT - DAY_BEFORE


def test_visit_that_was_cancelled_meanwhile_is_not_reminded_of(
    visit: Appointment, person: User, send: Send
) -> None:
    assert remind(now=DUE_AT) == 1
    services.cancel(appointment=visit, by=person, now=DUE_AT)
    DBTaskResult.objects.exclude(task_path__contains="remind").delete()
    assert send(DUE_AT + MINUTE) == []


def test_visit_that_was_moved_meanwhile_is_not_reminded_of(
    visit: Appointment, person: User, send: Send
) -> None:
    assert remind(now=DUE_AT) == 1
    services.reschedule(appointment=visit, start=at(18, 12), by=person, now=DUE_AT)
    DBTaskResult.objects.exclude(task_path__contains="remind").delete()
    assert send(DUE_AT + MINUTE) == []


def test_who_may_no_longer_act_is_not_told(visit: Appointment, send: Send) -> None:
    assert remind(now=DUE_AT) == 1
    PatientAccess.objects.update(ended_at=DUE_AT)
    assert send(DUE_AT + MINUTE) == []


def test_mail_that_waited_into_the_night_goes_out_in_the_morning(
    visit: Appointment, send: Send
) -> None:
    assert remind(now=VISIT - WEEK_BEFORE) == 1
    assert send(at(12, 23)) == []
    assert send(at(13, 7, 59)) == []
    assert send(at(13, 8)) == ["asha@example.com"]
    assert DBTaskResult.objects.count() == 0


def test_mail_that_waited_until_the_visit_began_is_not_sent(visit: Appointment, send: Send) -> None:
    assert remind(now=DUE_AT) == 1
    assert send(VISIT) == []


def test_mails_that_waited_until_both_were_written_are_one(visit: Appointment, send: Send) -> None:
    assert remind(now=VISIT - WEEK_BEFORE) == 1
    assert remind(now=DUE_AT) == 1
    assert send(DUE_AT) == ["asha@example.com"]


def test_reminders_come_after_all_other_mails(
    visit: Appointment, person: User, queue: None
) -> None:
    remind(now=DUE_AT)
    services.cancel(appointment=visit, by=person, now=DUE_AT)
    ready = DBTaskResult.objects.ready().values_list("task_path", flat=True)
    assert [path.rpartition(".")[2] for path in ready] == ["send_about", "send_reminder"]


# Many


def make_due(count: int, person: User) -> None:
    """So many visits that are due a day before at DUE_AT, three at each start."""
    doctors = [cast.make_doctor(f"Dr. {name}") for name in ("One", "Two", "Three")]
    kinds = [doctor.visit_types.get() for doctor in doctors]
    patients = Patient.objects.bulk_create(
        Patient(name=f"Patient {number}", email=f"p{number}@example.com") for number in range(count)
    )
    Appointment.objects.bulk_create(
        Appointment(
            doctor=doctors[number % 3],
            patient=patient,
            visit_type=kinds[number % 3],
            location=cast.make_location(),
            start=VISIT - MINUTE * (number // 3),
            end=VISIT - MINUTE * (number // 3 - 1),
            status="confirmed",
            booked_by=person,
            booked_at=LONG_AGO,
        )
        for number, patient in enumerate(patients)
    )


@pytest.mark.parametrize(("count", "parts"), [(1, 1), (600, 2)])
def test_each_part_asks_as_many_questions(
    person: User, queue: None, count: int, parts: int
) -> None:
    make_due(count, person)
    with CaptureQueriesContext(connection) as queries:
        assert remind(now=DUE_AT) == count
    asked = [query["sql"].split("times: ")[-1].split()[0] for query in queries]
    assert asked.count("SELECT") == 2 + 1 + 2 * parts  # places and rules; the week; each part
    assert asked.count("INSERT") == 2 * parts
    assert Reminder.objects.count() == count
    told = {row.args_kwargs["kwargs"]["to"] for row in DBTaskResult.objects.all()}
    assert told == {f"p{number}@example.com" for number in range(count)}


def test_parts_are_put_together_without_a_gap(
    person: User, queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that end among visits of one start, and one that ends with the last of all."""
    make_due(12, person)
    for module in (selectors, reminder_services):
        monkeypatch.setattr(module, "AT_ONCE", 4)
    assert remind(now=DUE_AT) == 12
    assert remind(now=DUE_AT) == 0
    assert Reminder.objects.count() == DBTaskResult.objects.count() == 12


def test_memory_does_not_grow_with_what_is_due(
    person: User, queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_due(600, person)
    for module in (selectors, reminder_services):
        monkeypatch.setattr(module, "AT_ONCE", 60)
    visits = list(Appointment.objects.values_list("pk", flat=True))
    peaks = []
    for some in (visits[:60], visits[60:120], visits[120:]):  # the first fills what is kept
        Appointment.objects.update(status="pending")
        Appointment.objects.filter(pk__in=some).update(status="confirmed")
        tracemalloc.start()
        assert remind(now=DUE_AT) == len(some)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1]  # eight parts after one


# Rivals


@pytest.mark.race
@pytest.mark.postgresql  # of workers on SQLite one waits for the other
@pytest.mark.django_db(transaction=True)
def test_two_workers_write_no_reminder_twice(queue: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read that it is due before either writes."""
    make_due(30, cast.make_person("Asha Rao", "asha@example.com"))
    both_have_read = Barrier(2)
    read, seen = reminder_services.due, local()

    def meet(*question: Any) -> Any:
        found = read(*question)
        if found and not hasattr(seen, "before"):
            seen.before = True
            both_have_read.wait(10)
        return found

    monkeypatch.setattr(reminder_services, "due", meet)

    def work(_: int) -> int:
        try:
            return remind(now=DUE_AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(work, range(2))) == [0, 30]
    assert Reminder.objects.count() == DBTaskResult.objects.count() == 30
