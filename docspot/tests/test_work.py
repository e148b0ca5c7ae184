"""The command `work`: tasks are done once, tried again, taken up again, forgotten in the end."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused
from threading import Event
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import emails, tasks
from accounts.family.emails import send_invitation
from accounts.models import Patient, User
from appointments import services
from appointments.models import Appointment, BookingPolicy
from appointments.next_free.models import NextFreeState
from appointments.reminders.emails import send_reminder
from appointments.reminders.services import remind
from appointments.waiting.emails import send_offer, send_paused
from docspot.management.commands import work as command
from docspot.management.commands.work import IN_TROUBLE, ClinicWorker
from docspot.tests import cast
from docspot.tests.cast import at
from doctors.models import Doctor

# With commits, for the worker closes the connection between two tasks.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "queue")]


class Refusing(EmailBackend):
    """A mail server that is down for all, or for the addresses in `down`."""

    down: set[str] | None = None
    reachable = True
    tries = 0
    says: dict[str, tuple[int, bytes]] = {}  # of addresses

    def open(self) -> None:
        Refusing.tries += 1
        if not self.reachable:
            raise ConnectionRefusedError

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if said := {to: self.says[to] for to in messages[0].to if to in self.says}:
            raise SMTPRecipientsRefused(said)
        if self.down is None or self.down & set(messages[0].to):
            raise ConnectionRefusedError
        return super().send_messages(messages)


@pytest.fixture
def mail_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Refusing]:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    first: dict[str, Any] = {"down": None, "reachable": True, "tries": 0, "says": {}}
    for name, value in first.items():
        monkeypatch.setattr(Refusing, name, value)
    return Refusing


def book(doctor: Doctor, person: User, patient: Patient | None = None) -> Appointment:
    return services.book(
        doctor=doctor,
        patient=patient or cast.patient_of(person),
        visit_type=doctor.visit_types.get(),
        start=at(4, 9, 30),
        by=person,
        now=cast.NOW,
    )


def work() -> None:
    call_command("work", "--once")


def sent() -> list[tuple[str, str]]:
    return [(message.to[0], str(message.subject)) for message in mail.outbox]


def states() -> list[str]:
    return sorted(DBTaskResult.objects.values_list("status", flat=True))


CONFIRMED = ("asha@example.com", "Your appointment on Wednesday 4 March, 9:30am")


def test_mail_is_sent_by_the_worker_not_by_the_answer(doctor: Doctor, person: User) -> None:
    book(doctor, person)
    assert sent() == []
    work()
    work()
    assert sent() == [CONFIRMED]


def test_mail_is_as_lasting_as_what_it_tells_of(doctor: Doctor, person: User) -> None:
    with transaction.atomic():
        book(doctor, person)
        transaction.set_rollback(True)
    assert states() == []


def test_mail_tells_how_it_was_whatever_came_after(doctor: Doctor, person: User) -> None:
    visit = book(doctor, person)
    services.reschedule(appointment=visit, start=at(5, 11), by=person, now=cast.NOW)
    services.cancel(appointment=visit, by=person, now=cast.NOW)
    work()
    assert sent() == [
        CONFIRMED,
        ("asha@example.com", "Your appointment is now on Thursday 5 March, 11:00am"),
        ("asha@example.com", "Your appointment on Thursday 5 March, 11:00am is cancelled"),
    ]
    assert "Wednesday 4 March 2026, 9:30am to 10:00am" in str(mail.outbox[0].body)


def test_account_mails_wait_for_the_worker_too(person: User) -> None:
    Client().post(reverse("account_reset_password"), {"email": "asha@example.com"})
    assert sent() == []
    work()
    assert sent() == [("asha@example.com", "Choose a new password")]
    [message] = mail.outbox
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert [kind for _, kind in message.alternatives] == ["text/html"]


def test_text_of_a_mail_is_kept_until_it_is_sent(
    person: User, mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    """It may have a link in it that sets a password."""
    Client().post(reverse("account_reset_password"), {"email": "asha@example.com"})
    work()
    assert "/password/reset/key/" in str(DBTaskResult.objects.get().args_kwargs)
    mail_server.down = set()
    clock.shift(timedelta(hours=1))
    work()
    assert sent() == [("asha@example.com", "Choose a new password")]
    assert "/password/reset/key/" in str(mail.outbox[0].body)
    [task] = DBTaskResult.objects.all()
    assert task.args_kwargs["kwargs"] == {
        "subject": "Choose a new password",
        "body": "",
        "html": [],
        "to": "asha@example.com",
        "kind": "password_reset_key",
    }
    DBTaskResult.objects.update(status="READY")  # by a worker that was thought to be dead
    work()
    assert (len(sent()), states()) == (1, ["SUCCESSFUL"])


def test_mail_server_that_is_down_loses_no_mail(
    doctor: Doctor, person: User, mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    book(doctor, person)
    work()
    assert (sent(), states()) == ([], ["READY"])
    mail_server.down = set()
    work()
    assert sent() == []  # its pause is not over
    clock.shift(tasks.PAUSES[0] + timedelta(seconds=1))
    work()
    assert (sent(), states()) == ([CONFIRMED], ["SUCCESSFUL"])


def test_every_try_is_the_same_message(
    doctor: Doctor, person: User, mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    """RFC 5322, 3.6.4: by its Message-ID a mail that came twice is known to be one."""
    mail_server.down = set()
    book(doctor, person)
    work()
    clock.shift(timedelta(minutes=1))
    DBTaskResult.objects.update(status="RUNNING")  # its worker died after the mail had left
    clock.shift(tasks.LONGEST)
    work()
    first, second = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == second
    assert first.endswith("@docspot.example>")


def test_each_who_is_told_has_a_mail_of_their_own(
    doctor: Doctor, person: User, mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    child = cast.make_child(person, "Little Rao")
    other = cast.make_person("Other Parent", "other@example.com")
    child.accesses.create(user=other, relation="parent")
    mail_server.down = {"asha@example.com"}
    book(doctor, person, child)
    work()
    assert [to for to, _ in sent()] == ["other@example.com"]
    mail_server.down = set()
    clock.shift(timedelta(hours=1))
    work()
    assert [to for to, _ in sent()] == ["other@example.com", "asha@example.com"]


def test_last_try_is_the_last_until_staff_want_another(
    doctor: Doctor, person: User, mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    BookingPolicy.objects.create(pk=1, first_reminder_hours=None, second_reminder_hours=None)
    book(doctor, person)
    for _ in range(len(tasks.PAUSES) + 1):
        assert states() == ["READY"]
        work()
        clock.shift(tasks.PAUSES[-1] + timedelta(seconds=1))
    work()
    assert states() == ["FAILED"]
    mail_server.down = set()
    assert tasks.try_now(DBTaskResult.objects.get())
    work()
    assert sent() == [CONFIRMED]
    assert not tasks.try_now(DBTaskResult.objects.get())


def test_failed_try_of_a_worker_that_died_then_is_tried_again(
    doctor: Doctor, person: User, clock: time_machine.Traveller
) -> None:
    book(doctor, person)
    DBTaskResult.objects.update(status="FAILED", worker_ids=["gone"], finished_at=cast.NOW)
    clock.shift(timedelta(minutes=1))
    work()
    assert sent() == [CONFIRMED]


def test_task_that_runs_is_left_to_its_worker(
    doctor: Doctor, person: User, clock: time_machine.Traveller
) -> None:
    book(doctor, person)
    DBTaskResult.objects.update(status="RUNNING", started_at=cast.NOW, worker_ids=["other"])
    clock.shift(tasks.LONGEST)
    work()
    assert (sent(), states()) == ([], ["RUNNING"])
    clock.shift(timedelta(minutes=1))
    work()
    assert (sent(), states()) == ([CONFIRMED], ["SUCCESSFUL"])


def write_to(*names: str) -> None:
    for name in names:
        emails.send_later(EmailMessage("Hello", "You", to=[f"{name}@example.com"]))


def test_server_that_cannot_be_reached_wears_out_no_mail(
    mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    """For days, if need be: no try counts, and of all that wait only one is tried."""
    mail_server.reachable, mail_server.down = False, set()
    write_to("a", "b", "c")
    for _ in range(20):
        work()
        clock.shift(timedelta(hours=12))
    assert (mail_server.tries, sent()) == (20, [])
    assert list(DBTaskResult.objects.values_list("status", "worker_ids")) == 3 * [("READY", [])]
    mail_server.reachable = True
    work()
    assert sorted(to for to, _ in sent()) == [f"{name}@example.com" for name in "abc"]


def test_worker_rests_while_no_mail_server_is_there(mail_server: type[Refusing]) -> None:
    mail_server.reachable, mail_server.down = False, set()
    write_to("a", "b")
    worker = ClinicWorker()
    pauses = []
    for _ in range(6):
        worker.do_what_is_there()
        worker.do_what_is_there()  # it rests
        pauses.append(round(worker.rests_until - time.monotonic()))
        worker.rests_until = time.monotonic()
    assert (pauses, mail_server.tries) == ([5, 15, 30, 60, 60, 60], 6)
    mail_server.reachable = True
    worker.do_what_is_there()
    assert len(sent()) == 2
    assert (worker.failures, worker.rests) == (0, 0)


def test_worker_rests_when_mail_after_mail_fails(mail_server: type[Refusing]) -> None:
    """As when the server takes the connection, and then hangs."""
    write_to("a", "b", "c", "d", "e")
    worker = ClinicWorker()
    worker.do_what_is_there()
    assert mail_server.tries == IN_TROUBLE
    worker.do_what_is_there()
    assert mail_server.tries == IN_TROUBLE
    mail_server.down = {"b@example.com"}
    worker.rests_until = time.monotonic()
    worker.do_what_is_there()
    assert sorted(to for to, _ in sent()) == ["d@example.com", "e@example.com"]


def test_address_that_is_refused_for_good_is_not_tried_again(
    mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    """Staff see it, and may have it sent again when the address is there."""
    mail_server.down = set()
    mail_server.says = {"no@example.com": (550, b"no"), "full@example.com": (452, b"full")}
    write_to("no", "full")
    work()
    clock.shift(timedelta(days=1))
    work()
    assert (sent(), states(), mail_server.tries) == ([], ["FAILED", "READY"], 3)
    mail_server.says = {}
    [refused] = DBTaskResult.objects.failed()
    assert (refused.exception_class_path, len(refused.worker_ids)) == (
        "accounts.exceptions.AddressRefused",
        1,
    )
    assert tasks.try_now(refused)
    clock.shift(timedelta(days=1))
    work()
    assert sorted(to for to, _ in sent()) == ["full@example.com", "no@example.com"]


def test_address_that_no_server_knows_is_tried_once(
    mail_server: type[Refusing], clock: time_machine.Traveller
) -> None:
    """Those that were let in before addresses were asked for it."""
    mail_server.down = set()
    emails.send_later(EmailMessage("Hello", "You", to=["a@\u202eexample.com"]))
    work()
    clock.shift(timedelta(days=1))
    work()
    assert (sent(), states()) == ([], ["FAILED"])


def test_sending_ends_before_another_worker_takes_it_up(
    mail_server: type[Refusing], monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    """A server may answer each line in time and yet not come to an end."""
    assert timedelta(seconds=emails.LONGEST_SEND) * 2 <= tasks.LONGEST
    monkeypatch.setattr(emails, "LONGEST_SEND", 0.05)
    monkeypatch.setattr(Refusing, "send_messages", lambda self, messages: Event().wait(20))
    write_to("a")
    work()
    [task] = DBTaskResult.objects.all()
    assert (task.exception_class_path, task.status) == ("builtins.TimeoutError", "READY")
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_failed_for_good_are_not_read_again(
    clock: time_machine.Traveller, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    write_to(*(f"p{number}" for number in range(30)))
    DBTaskResult.objects.update(
        status="FAILED", finished_at=cast.NOW, worker_ids=["x"] * (len(tasks.PAUSES) + 1)
    )
    with django_assert_num_queries(2):
        tasks.try_again(cast.NOW)
    assert states() == 30 * ["FAILED"]


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("gone")])
def test_worker_outlives_a_database_that_does_not_answer(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = iter([error, None])

    def do(worker: ClinicWorker) -> None:
        if failed := next(asked):
            raise failed
        worker.running = False

    monkeypatch.setattr(ClinicWorker, "do_what_is_there", do)
    monkeypatch.setattr(ClinicWorker, "configure_signals", lambda worker: None)
    monkeypatch.setattr(command, "LOOKS_EVERY", 0)
    call_command("work")
    assert list(asked) == []


STEPS = [
    (tasks, "try_again"),
    (tasks, "forget_old"),
    (command, "expire_requests"),
    (command, "end_childhoods"),
    (command, "tick_waiting"),
    (command, "remind"),
    (command, "find_out"),
]


def fail_by(error: Exception) -> Callable[..., None]:
    def fail(*args: Any, **asked: Any) -> None:
        raise error

    return fail


@pytest.mark.parametrize(("module", "name"), STEPS)
def test_step_that_fails_stops_neither_the_others_nor_mails(
    doctor: Doctor, module: Any, name: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    write_to("a")
    done: list[str] = []
    for where, other in STEPS:
        monkeypatch.setattr(where, other, lambda *args, other=other, **asked: done.append(other))
    monkeypatch.setattr(module, name, fail_by(ValueError("as nobody expected")))
    work()
    assert done == [other for _, other in STEPS if other != name]
    assert [to for to, _ in sent()] == ["a@example.com"]
    [record] = [record for record in caplog.records if record.name == "docspot.work"]
    assert (record.levelname, record.exc_info[0]) == ("ERROR", ValueError)


def test_lapse_of_offers_that_fails_stops_no_mails(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(command, "lapse_offers", fail_by(ValueError("as nobody expected")))
    worker = ClinicWorker()
    worker.do_what_is_there()
    write_to("a")
    worker.next_lapse = time.monotonic()
    worker.do_what_is_there()
    assert [to for to, _ in sent()] == ["a@example.com"]
    assert [record.exc_info[0] for record in caplog.records] == [ValueError]


def test_step_that_the_database_refused_leaves_no_transaction(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(now: datetime) -> None:
        with transaction.atomic():
            User.objects.create(email="half@example.com")
            User.objects.create(email=person.email)

    monkeypatch.setattr(command, "expire_requests", fail)
    write_to("a")
    work()
    assert (connection.in_atomic_block, connection.get_autocommit()) == (False, True)
    assert not User.objects.filter(email="half@example.com").exists()
    assert [to for to, _ in sent()] == ["a@example.com"]


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("gone")])
def test_database_that_does_not_answer_a_step_is_asked_no_more(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command waits and looks again, as for a task."""
    done: list[datetime] = []
    monkeypatch.setattr(command, "remind", fail_by(error))
    monkeypatch.setattr(command, "find_out", lambda *, now: done.append(now))
    with pytest.raises(type(error)):
        command.tick(cast.NOW)
    assert done == []


def test_worker_reminds(doctor: Doctor, person: User, clock: time_machine.Traveller) -> None:
    visit = cast.make_appointment(doctor, person, at(12, 9, 30))
    clock.move_to(visit.start - timedelta(hours=168))
    work()
    work()
    assert sent() == [
        ("asha@example.com", "Reminder: your appointment on Thursday 12 March, 9:30am")
    ]


@pytest.mark.parametrize(
    ("state", "kept"), [("SUCCESSFUL", tasks.KEPT_DONE), ("FAILED", tasks.KEPT_FAILED)]
)
def test_what_is_over_is_forgotten_in_the_end(
    doctor: Doctor, person: User, clock: time_machine.Traveller, state: str, kept: timedelta
) -> None:
    book(doctor, person)
    DBTaskResult.objects.update(status=state, finished_at=cast.NOW, worker_ids=["x"] * 20)
    for passed, left in [(kept, 1), (timedelta(minutes=1), 0)]:
        clock.shift(passed)
        work()
        assert DBTaskResult.objects.count() == left


def test_worker_finds_out_the_next_free_times(doctor: Doctor) -> None:
    seconds: dict[str, Any] = {"good_until__gt": cast.NOW.timestamp()}
    assert not NextFreeState.objects.filter(**seconds).exists()
    work()
    assert NextFreeState.objects.filter(**seconds).exists()


def test_mails_that_are_not_needed_say_so(
    doctor: Doctor, person: User, clock: time_machine.Traveller
) -> None:
    """What they would tell of has ended, or moved, before they went."""
    visit = cast.make_appointment(doctor, person, at(12, 9, 30))
    moved = {"start": at(13, 9, 30).isoformat(), "hours": 168, "to": person.email}
    send_offer.enqueue(offer=0, to=person.email)
    send_paused.enqueue(entry=0, to=person.email)
    send_invitation.enqueue(invitation=0, to=person.email)
    send_reminder.enqueue(appointment=str(visit.pk), **moved)
    work()
    values = DBTaskResult.objects.values_list("status", "return_value")
    assert (sent(), list(values)) == ([], 4 * [("SUCCESSFUL", emails.NOT_NEEDED)])


def test_mail_that_is_put_off_says_so(
    doctor: Doctor, person: User, clock: time_machine.Traveller
) -> None:
    visit = cast.make_appointment(doctor, person, at(12, 9, 30))
    remind(now=visit.start - timedelta(hours=168))
    clock.move_to(at(5, 23))
    work()
    values = DBTaskResult.objects.values_list("status", "return_value")
    assert set(values) == {("SUCCESSFUL", emails.PUT_OFF), ("READY", None)}
    assert sent() == []
    clock.move_to(at(6, 8))
    work()
    assert set(values.all()) == {("SUCCESSFUL", emails.PUT_OFF), ("SUCCESSFUL", None)}
    assert len(sent()) == 1
