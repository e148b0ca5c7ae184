"""In process: the reminders of many visits that are due in one minute (see answer.py).

The visits are put into the book years ahead, where there are no others, and taken out again. While
the reminders are written, a rival asks again and again for what a booking takes first: a
transaction that may write.
"""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import Patient, User
from accounts.sql import adapted
from appointments.reminders.emails import send_reminder
from appointments.reminders.services import remind
from appointments.services.importing import ImportedEvent, ImportedVisit, import_visits
from doctors.availability import to_instant
from doctors.models import Location, VisitType

YEARS_AHEAD = timedelta(days=1500)
LEAD = timedelta(hours=24)
APART = timedelta(minutes=30)
PUT_IN = "SELECT id FROM appointments_appointment WHERE start > %s"
EVERY = 0.02  # seconds from one try of the rival to its next


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """`question`: what to `do`: put so many `visits` in, write their reminders, take all out."""
    place = Location.objects.order_by("pk")[0]
    noon = datetime(2000, 1, 1, 12, tzinfo=place.zone).time()
    then = to_instant((timezone.now() + YEARS_AHEAD).date(), noon, place.zone)
    if question["do"] == "measure":
        return _measure(then)
    if question["do"] == "put in":
        return {"visits": import_visits(visits=_visits(question["visits"], place, then))}
    _take_out(then)
    return {}


def _measure(then: datetime) -> dict[str, Any]:
    waits: list[float] = []
    done = threading.Event()
    rival = threading.Thread(target=_ask_to_write, args=(waits, done))
    rival.start()
    started, used = time.perf_counter(), time.process_time()
    mails = remind(now=then)
    taken, processor = time.perf_counter() - started, time.process_time() - used
    done.set()
    rival.join()
    again = time.perf_counter()
    left = remind(now=then + timedelta(minutes=1))
    return {
        "mails": mails,
        "left": left,
        "milliseconds a mail": taken * 1000 / max(1, mails),
        "processor milliseconds a mail": processor * 1000 / max(1, mails),
        "milliseconds with nothing due": (time.perf_counter() - again) * 1000,
        "longest wait": max(waits, default=0.0),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _ask_to_write(waits: list[float], done: threading.Event) -> None:
    while not done.wait(EVERY):
        asked = time.perf_counter()
        with transaction.atomic():
            waits.append(time.perf_counter() - asked)
    connection.close()


def _visits(count: int, place: Location, then: datetime) -> Iterator[ImportedVisit]:
    """Some at each time, of different doctors and patients; booked long before."""
    kinds = dict(VisitType.objects.order_by("-pk").values_list("doctor_id", "pk"))
    doctors = sorted(kinds)
    patients = list(Patient.objects.order_by("pk").values_list("pk", flat=True))
    user = User.objects.order_by("pk").values_list("pk", flat=True)[0]
    booked = timezone.now()
    for number in range(count):
        doctor = doctors[number % len(doctors)]
        start = then + LEAD - number // len(doctors) * APART
        yield ImportedVisit(
            id=UUID(int=number).hex,
            doctor_id=doctor,
            patient_id=patients[number % len(patients)],
            visit_type_id=kinds[doctor],
            location_id=place.pk,
            start=start,
            end=start + APART,
            status="confirmed",
            reason="",
            booked_by_id=user,
            booked_at=booked,
            sequence=0,
            story=[ImportedEvent("confirmed", user, booked, start)],
        )


TAKE_OUT = (
    f"DELETE FROM appointments_reminder WHERE appointment_id IN ({PUT_IN})",  # noqa: S608
    f"DELETE FROM appointments_appointmentevent WHERE appointment_id IN ({PUT_IN})",  # noqa: S608
    "DELETE FROM appointments_appointment WHERE start > %s",
)


@transaction.atomic
def _take_out(then: datetime) -> None:
    """By plain SQL, for no service takes a visit out of the book."""
    with connection.cursor() as cursor:
        for sql in TAKE_OUT:
            cursor.execute(sql, [adapted(then)])
    DBTaskResult.objects.filter(task_path=send_reminder.module_path).delete()
