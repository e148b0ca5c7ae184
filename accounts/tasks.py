"""What is done after the answer: tasks, written in the transaction that they belong to.

`manage.py work` runs them, once each, by the library's own worker. Here is what the library leaves
open: a task that failed is tried again, after growing pauses; that of a worker which died is taken
up again; one that is over is forgotten after a while. So a task may run twice, and must bear it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django_tasks import TaskResultStatus as Status
from django_tasks.utils import normalize_json
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.models import DBTaskResult, get_date_max

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
LONGEST = timedelta(minutes=2)  # a task that has run for longer has lost its worker
KEPT_DONE = timedelta(days=1)
KEPT_FAILED = timedelta(days=30)


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


def try_again(now: datetime) -> None:
    """Let those that failed run again after their pause, and those whose worker died at once.

    A task that has used up its tries stays failed, for staff to see.
    """
    for failed in DBTaskResult.objects.failed().filter(finished_at__gt=now - KEPT_FAILED):
        try_later(failed)
    lost = DBTaskResult.objects.running().filter(started_at__lt=now - LONGEST)
    for task in lost:
        _run_after(task, get_date_max())


def try_later(task: DBTaskResult) -> None:
    """After a failed try: once more, unless it was the last."""
    tries = len(task.worker_ids)
    if tries <= len(PAUSES) and task.finished_at is not None:
        _run_after(task, task.finished_at + PAUSES[tries - 1])


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
    DBTaskResult.objects.successful().filter(finished_at__lt=now - KEPT_DONE).delete()
    DBTaskResult.objects.failed().filter(finished_at__lt=now - KEPT_FAILED).delete()
