"""The command `work`: tasks are done once, tried again, taken up again, forgotten in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from accounts import tasks
from accounts.models import Patient, User
from appointments import services
from appointments.models import Appointment
from appointments.next_free.models import NextFreeState
from docspot.tests import cast
from docspot.tests.cast import at
from doctors.models import Doctor

# With commits, for the worker closes the connection between two tasks.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock", "queue")]


class Refusing(EmailBackend):
    """A mail server that is down for all, or for the addresses in `down`."""

    down: set[str] | None = None

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if self.down is None or self.down & set(messages[0].to):
            raise ConnectionRefusedError
        return super().send_messages(messages)


@pytest.fixture
def mail_server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> type[Refusing]:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    monkeypatch.setattr(Refusing, "down", None)
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
