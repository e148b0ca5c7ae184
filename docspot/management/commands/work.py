"""The one process beside the server: sends the mails, and does each minute what is due."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from accounts import tasks
from appointments.next_free.services import find_out
from appointments.services import expire_requests
from appointments.waiting.services import lapse_offers, tick_waiting

TICK = 60.0  # seconds
LAPSES_EVERY = 5.0  # seconds: who is next is offered the time soon after
LOOKS_EVERY = 0.5  # seconds, for tasks, while there are none


class ClinicWorker(Worker):
    """The library's worker; between two tasks it does what is due."""

    def __init__(self) -> None:
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
        self.next_tick = self.next_lapse = time.monotonic()

    def do_what_is_there(self) -> None:
        self.tick_if_due()
        if DBTaskResult.objects.ready().exists():  # else it would take SQLite's lock only to look
            self.run()

    def tick_if_due(self) -> None:
        if time.monotonic() >= self.next_tick:
            self.next_tick = time.monotonic() + TICK
            tick(timezone.now())
        elif time.monotonic() >= self.next_lapse:
            self.next_lapse = time.monotonic() + LAPSES_EVERY
            lapse_offers(now=timezone.now())

    def run_task(self, db_task_result: DBTaskResult) -> None:
        super().run_task(db_task_result)
        if db_task_result.status == TaskResultStatus.FAILED:
            tasks.try_later(db_task_result)
        self.tick_if_due()


def tick(now: datetime) -> None:
    """What is due at `now`."""
    tasks.try_again(now)
    tasks.forget_old(now)
    expire_requests(now=now)
    tick_waiting(now=now)
    find_out(now=now)


class Command(BaseCommand):
    help = "Send mails and do what is due; run it beside the server. Ctrl-C ends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is there, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        worker = ClinicWorker()
        if once:
            worker.do_what_is_there()
            return
        worker.configure_signals()
        while worker.running:
            worker.do_what_is_there()
            time.sleep(LOOKS_EVERY)
