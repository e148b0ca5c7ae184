"""The task queue of the tests: what is put into it runs as soon as it would be there to be seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django_tasks import TaskResult
from django_tasks.backends.immediate import ImmediateBackend


class AfterCommitBackend(ImmediateBackend):
    """Runs a task after the commit, in the same process; after a rollback it does not run."""

    def enqueue_each(self, task: Any, each: Sequence[dict[str, Any]]) -> None:
        for kwargs in each:
            self.enqueue(task, (), kwargs)

    def _execute_task(self, task_result: TaskResult[Any]) -> None:
        transaction.on_commit(lambda: super(AfterCommitBackend, self)._execute_task(task_result))
