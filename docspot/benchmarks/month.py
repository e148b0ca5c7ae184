"""In process: the free times of one doctor for a month, their queries and their pure part.

Answers with medians in milliseconds and numbers of queries (see answer.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from appointments.models import Appointment, BookingPolicy
from appointments.selectors import FreeTimes
from doctors.models import Doctor

DAYS = 31
WARM_UP = 20


def answer(question: dict[str, int]) -> dict[str, Any]:
    """`question`: the `doctor`, and how often to `repeat`."""
    now = timezone.now()
    doctor = load(question["doctor"])
    kind = doctor.first_visit_type
    if kind is None:
        raise LookupError(f"{doctor} offers nothing.")

    def read() -> FreeTimes:
        return FreeTimes(
            [doctor],
            first_day=now.date(),
            last_day=now.date() + timedelta(days=DAYS - 1),
            policy=BookingPolicy.current(),
            now=now,
        )

    times = read()
    parts: dict[str, Callable[[], object]] = {
        "load": lambda: load(doctor.pk),
        "times": lambda: list(read().of(doctor, kind)),
        "pure": lambda: list(times.of(doctor, kind)),
    }
    taken = {name: _medians(part, question["repeat"]) for name, part in parts.items()}
    return {
        "slots": len(list(times.of(doctor, kind))),
        "visits": _count_visits(doctor, now),
        "milliseconds": {name: wall for name, (wall, _) in taken.items()},
        "processor_milliseconds": {name: processor for name, (_, processor) in taken.items()},
        "queries": {name: _count_queries(part) for name, part in parts.items()},
    }


def load(doctor: int) -> Doctor:
    return Doctor.objects.bookable().with_card().get(pk=doctor)


def _count_visits(doctor: Doctor, now: datetime) -> int:
    visits = Appointment.objects.blocking().filter(doctor=doctor)
    return visits.meeting(now, now + timedelta(days=DAYS)).count()


def _medians(part: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Milliseconds on the wall, and of the processor: less if others use it too."""
    wall, processor = [], []
    for _ in range(WARM_UP + repeat):
        started, used = time.perf_counter(), time.process_time()
        part()
        wall.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    return median(wall[WARM_UP:]) * 1000, median(processor[WARM_UP:]) * 1000


def _count_queries(part: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        part()
    return len(queries)
