"""The one process beside the server: sends the mails, and does each minute what is due."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from accounts import emails, tasks
from accounts.exceptions import AddressRefused, NoMailServer
from accounts.family.services import end_childhoods
from appointments.next_free.services import find_out
from appointments.reminders.services import remind
from appointments.services import expire_requests
from appointments.waiting.services import lapse_offers, tick_waiting

TICK = 60.0  # seconds
LAPSES_EVERY = 5.0  # seconds: who is next is offered the time soon after
LOOKS_EVERY = 0.5  # seconds, for tasks, while there are none
RESTS = (5.0, 15.0, 30.0, 60.0)  # seconds, for as long as the mail server is in trouble
IN_TROUBLE = 3  # failures in a row, if the server can be reached

logger = logging.getLogger("docspot.work")


class ClinicWorker(Worker):
    """The library's worker; between two tasks it does what is due.

    While the mail server is in trouble it rests, instead of wearing out one mail after the other.
    """

    def __init__(self, *, lost_after: timedelta = tasks.LONGEST) -> None:
        super().__init__(
            queue_names=["*"],
            interval=LOOKS_EVERY,
            batch=True,  # it comes back when no task is left
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        self.lost_after = lost_after
        self.ticks_every = min(TICK, lost_after.total_seconds())
        self.next_tick = self.next_lapse = self.rests_until = time.monotonic()
        self.failures = 0  # in a row
        self.rests = 0  # likewise

    def do_what_is_there(self) -> None:
        self.tick_if_due()
        if time.monotonic() < self.rests_until:
            return
        if DBTaskResult.objects.ready().exists():  # else it would take SQLite's lock only to look
            self.max_tasks = None
            self.run()

    def tick_if_due(self) -> None:
        if time.monotonic() >= self.next_tick:
            self.next_tick = time.monotonic() + self.ticks_every
            tick(timezone.now(), lost_after=self.lost_after)
        elif time.monotonic() >= self.next_lapse:
            self.next_lapse = time.monotonic() + LAPSES_EVERY
            by_itself(lapse_offers, now=timezone.now())

    def run_task(self, db_task_result: DBTaskResult) -> None:
        super().run_task(db_task_result)
        if db_task_result.status == TaskResultStatus.FAILED:
            tasks.try_later(db_task_result)
            self.rest_if_in_trouble(db_task_result.exception_class_path)
        else:
            self.failures = self.rests = 0
            emails.forget_text(db_task_result)
        self.tick_if_due()

    def rest_if_in_trouble(self, failed_of: str) -> None:
        if failed_of == tasks.path_of(AddressRefused):
            return
        self.failures += 1
        if failed_of == tasks.path_of(NoMailServer) or self.failures >= IN_TROUBLE:
            pause = RESTS[min(self.rests, len(RESTS) - 1)]
            self.rests += 1
            self.rests_until = time.monotonic() + pause
            self.max_tasks = self._run_tasks  # so that run() ends
            logger.warning("No mail can be sent (%s); next try in %.0f s.", failed_of, pause)


def tick(now: datetime, *, lost_after: timedelta = tasks.LONGEST) -> None:
    """What is due at `now`. Raises OperationalError or InterfaceError if the database is gone."""
    by_itself(tasks.try_again, now, longest=lost_after)
    by_itself(tasks.forget_old, now)
    by_itself(expire_requests, now=now)
    by_itself(end_childhoods, now=now)
    by_itself(tick_waiting, now=now)
    by_itself(remind, now=now)
    by_itself(find_out, now=now)


def by_itself(step: Callable[..., object], *args: Any, **asked: Any) -> None:
    """Do one step; if it fails, the others go on, and the mails, which all wait for this process.

    Raises OperationalError and InterfaceError: without a database none of them can be done.
    """
    try:
        step(*args, **asked)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # whatever it is, it must not end all mail; ruff lets pass what is logged
        logger.exception("A step of what is due has failed; the others go on.")
        connection.close_if_unusable_or_obsolete()  # nothing it left open is carried on


class Command(BaseCommand):
    help = "Send mails and do what is due; run it beside the server. Ctrl-C ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is there, then end")
        parser.add_argument(
            "--lost-after",
            type=float,
            default=tasks.LONGEST.total_seconds(),
            metavar="SECONDS",
            help="a task that has run for longer has lost its worker, and is done again (120)",
        )

    def handle(self, *, once: bool, lost_after: float, **options: Any) -> None:
        worker = ClinicWorker(lost_after=timedelta(seconds=lost_after))
        if once:
            worker.do_what_is_there()
            return
        worker.configure_signals()
        while worker.running:
            try:
                worker.do_what_is_there()
            except (OperationalError, InterfaceError) as error:  # it is locked, or restarts
                logger.warning("The database does not answer: %s", error)
                connection.close()
            time.sleep(LOOKS_EVERY)
