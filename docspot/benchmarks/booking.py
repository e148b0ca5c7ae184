"""In process: `book()`, and the SQL statements of the same bookings without it (see answer.py).

What the statements are is seen by booking each of the times in a transaction that is taken back.
The same transactions are then sent through a cursor of the database driver: the same statements
with the same values, between the same BEGIN and COMMIT. The mails are among them, as tasks.

The clients are processes, as gunicorn's workers are: threads would make the Python of `book()` wait
for itself, which the statements alone would not.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Patient, User
from appointments.services import book
from doctors.models import Doctor, VisitType

SECONDS_TO_FINISH = 120
Statement = tuple[str, Any]
Transaction = list[Statement]
Asked = dict[str, Any]  # the arguments of book()


def answer(question: dict[str, Any]) -> list[dict[str, float]]:
    """Bookings a second, of each of the `rounds`: by `value` book(), `floor` the statements.

    `question` has the `bookings`, the number of `clients` and of `rounds`.
    """
    now = timezone.now()
    bookings = _load(question["bookings"], now)
    size = len(bookings) // (2 * question["rounds"])
    rounds = []
    for number in range(question["rounds"]):
        first = 2 * number * size
        ours, raw = bookings[first : first + size], bookings[first + size : first + 2 * size]
        transactions = [in_driver(_statements_of(asked)) for asked in raw]
        value = _rate(ours, book_it, question["clients"])
        rounds.append({"value": value, "floor": _rate(transactions, replay, question["clients"])})
    return rounds


def _load(bookings: list[dict[str, Any]], now: datetime) -> list[Asked]:
    doctors = _by_id(Doctor, [one["doctor"] for one in bookings])
    patients = _by_id(Patient, [one["patient"] for one in bookings])
    kinds = _by_id(VisitType, [one["visit_type"] for one in bookings])
    users = _by_id(User, [one["user"] for one in bookings])
    return [
        {
            "doctor": doctors[one["doctor"]],
            "patient": patients[one["patient"]],
            "visit_type": kinds[one["visit_type"]],
            "start": datetime.fromisoformat(one["start"]),
            "by": users[one["user"]],
            "now": now,
        }
        for one in bookings
    ]


def _by_id(model: Any, ids: list[int]) -> dict[int, Any]:
    return dict(model.objects.in_bulk(ids))


def book_it(asked: Asked) -> None:
    book(**asked)


def _statements_of(asked: Asked) -> Transaction:
    seen: Transaction = []
    with transaction.atomic():
        with connection.execute_wrapper(_noting(seen)):
            book(**asked)
        transaction.set_rollback(True)
    return seen[1:-1]  # book() is a savepoint here, for it is within a transaction; else it is none


def _noting(statements: list[Statement]) -> Callable[..., Any]:
    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    return note


def in_driver(seen: Transaction) -> Transaction:
    """As the driver is to be asked: SQLite's knows no %s."""
    return [_for_sqlite(*one) for one in seen] if connection.vendor == "sqlite" else seen


def _for_sqlite(sql: str, params: Any) -> Statement:
    return (sql % (("?",) * len(params)) if params else sql), params or ()


def replay(seen: Transaction) -> None:
    connection.ensure_connection()
    cursor: Any = connection.connection.cursor()
    cursor.execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
    for sql, params in seen:
        cursor.execute(sql, params)
        if cursor.description:
            cursor.fetchall()
    cursor.execute("COMMIT")
    cursor.close()


# Clients


def _rate(jobs: list[Any], do: Callable[[Any], None], clients: int) -> float:
    """Jobs a second, by that many processes, from when all are ready until all are done."""
    connection.close()  # none is shared with the children
    fork = multiprocessing.get_context("fork")
    gate = fork.Barrier(clients + 1)
    for number in range(clients):
        fork.Process(target=_client, args=(jobs[number::clients], do, gate), daemon=True).start()
    gate.wait(SECONDS_TO_FINISH)
    started = time.perf_counter()
    gate.wait(SECONDS_TO_FINISH)  # broken, if one of them fails
    return len(jobs) / (time.perf_counter() - started)


def _client(jobs: list[Any], do: Callable[[Any], None], gate: Any) -> None:
    connection.ensure_connection()
    try:
        gate.wait(SECONDS_TO_FINISH)
        for job in jobs:
            do(job)
        gate.wait(SECONDS_TO_FINISH)
    finally:
        if sys.exc_info()[0] is not None:
            gate.abort()
