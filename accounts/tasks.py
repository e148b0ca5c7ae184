"""What is done after the answer: tasks, written in the transaction that they belong to.

`manage.py work` runs them, once each, by the library's own worker. Here is what the library leaves
open: a task that failed is tried again, after growing pauses; that of a worker which died is taken
up again; one that is over is forgotten after a while. So a task may run twice, and must bear it.
While there is no mail server, the tasks wait as they are, for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django_tasks import TaskResultStatus as Status
from django_tasks.utils import normalize_json
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.exceptions import AddressRefused, NoMailServer
from accounts.rows import insert_row, insert_rows

# How long to wait after the first failed try, after the second, and so on; then it stays failed.
PAUSES = [
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
]
# A task that has run for longer has lost its worker: sending ends in half that (accounts.emails).
LONGEST = timedelta(minutes=2)
KEPT_DONE = timedelta(days=1)
KEPT_FAILED = timedelta(days=30)
FORGOTTEN_AT_ONCE = 1000  # so that none who books waits for long


class Queue(DatabaseBackend):
    """The library's, but that a task is put into it by plain SQL: every booking does."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.validate_task(task)
        row = self._row(task, args, kwargs)
        insert_row(row)
        return row.task_result

    def enqueue_each(self, task: Any, each: Sequence[dict[str, Any]]) -> None:
        self.validate_task(task)
        insert_rows([self._row(task, (), kwargs) for kwargs in each])

    def _row(self, task: Any, args: Any, kwargs: Any) -> DBTaskResult:
        return DBTaskResult(
            args_kwargs=normalize_json({"args": args, "kwargs": kwargs}),
            priority=task.priority,
            task_path=task.module_path,
            queue_name=task.queue_name,
            run_after=task.run_after or get_date_max(),
            backend_name=self.alias,
        )


def enqueue_each(task: Any, each: Sequence[dict[str, Any]]) -> None:
    """Put a task into the queue once with each of these arguments, all of them at once."""
    task.get_backend().enqueue_each(task, each)


def try_again(now: datetime, *, longest: timedelta = LONGEST) -> None:
    """Let run again those whose worker died: in the middle, or after a failed try.

    A task that has used up its tries stays failed, for staff to see. These may be many: they are
    not read.
    """
    tries_left = {f"worker_ids__{len(PAUSES)}__isnull": True}
    failed = DBTaskResult.objects.failed().filter(finished_at__gt=now - KEPT_FAILED, **tries_left)
    for task in failed.exclude(exception_class_path=path_of(AddressRefused)).iterator():
        try_later(task)
    lost = DBTaskResult.objects.running().filter(started_at__lt=now - longest)
    for task in lost.iterator():
        _run_after(task, get_date_max())


def try_later(task: DBTaskResult) -> None:
    """After a failed try: once more after a pause, unless it was the last or is of no use.

    A try for which there was no mail server is none.
    """
    tries = len(task.worker_ids)
    if task.exception_class_path == path_of(NoMailServer):
        _changed(task, worker_ids=task.worker_ids[:-1])
    elif task.exception_class_path == path_of(AddressRefused):
        return
    elif tries <= len(PAUSES) and task.finished_at is not None:
        _run_after(task, task.finished_at + PAUSES[tries - 1])


def path_of(error: type[Exception]) -> str:
    """As the library writes down what a task has failed of."""
    return f"{error.__module__}.{error.__qualname__}"


def try_now(task: DBTaskResult) -> bool:
    """Staff want it tried at once, with all its tries; False if it is done, or being done."""
    waits = task.status in (Status.FAILED, Status.READY)
    return waits and bool(_changed(task, run_after=get_date_max(), worker_ids=[]))


def _run_after(task: DBTaskResult, when: datetime) -> None:
    _changed(task, run_after=when)


def _changed(task: DBTaskResult, **changes: object) -> int:
    """Ready again, unless somebody has been quicker; how many were changed."""
    seen = DBTaskResult.objects.filter(pk=task.pk, status=task.status, started_at=task.started_at)
    return seen.update(status=Status.READY, **changes)


def forget_old(now: datetime) -> None:
    _forget(DBTaskResult.objects.successful().filter(finished_at__lt=now - KEPT_DONE))
    _forget(DBTaskResult.objects.failed().filter(finished_at__lt=now - KEPT_FAILED))


def _forget(old: QuerySet[DBTaskResult]) -> None:
    ids = old.order_by().values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]
    while some := list(ids.all()):
        DBTaskResult.objects.filter(pk__in=some).delete()
