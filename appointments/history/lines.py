"""A person's visits: those to come in full, the past as lines of a list, by page.

Plain SQL, as nearly everyone who logs in comes to this page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

from django.db import connection
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import Patient, User
from accounts.rows import read_rows
from accounts.sql import adapted, placeholders
from appointments.drawn import draw_each
from appointments.models import Appointment
from appointments.querysets import BLOCKING, LONGEST_VISIT, AppointmentQuerySet, is_question
from doctors.models import Doctor, Location, Specialty

UPCOMING = """
SELECT {{visit}}, {{doctor}}, {{specialty}}, {{patient}}, {{place}}
FROM appointments_appointment AS visit
JOIN doctors_doctor AS doctor ON doctor.id = visit.doctor_id
LEFT JOIN doctors_specialty AS specialty ON specialty.id = doctor.specialty_id
JOIN accounts_patient AS patient ON patient.id = visit.patient_id
JOIN doctors_location AS place ON place.id = visit.location_id
WHERE visit.patient_id IN {patients} AND visit.status IN {blocking}
    AND visit.start > %s AND visit."end" > %s
ORDER BY visit.start, visit.id
"""
PAST = """
SELECT visit.id, visit.version, visit.status, patient.name
FROM appointments_appointment AS visit
JOIN accounts_patient AS patient ON patient.id = visit.patient_id
WHERE visit.patient_id IN {patients} AND NOT (visit.status IN {blocking} AND visit."end" > %s)
ORDER BY visit.start DESC, visit.id LIMIT %s OFFSET %s
"""
# What was asked and settled about the visits to come, in order.
QUESTIONS = """
SELECT appointment_id, kind FROM appointments_appointmentevent
WHERE appointment_id IN {visits} ORDER BY id
"""
# With it comes whether missed visits are counted: mostly not, and then nothing more is asked.
COUNT = """
SELECT COUNT(*), (SELECT misses_before_approval FROM appointments_bookingpolicy)
FROM appointments_appointment WHERE patient_id IN {patients}
"""


def upcoming_of(patients: list[int], now: datetime) -> list[Appointment]:
    """The visits to come, or going on, the nearest first; with all that a line tells of them."""
    query = UPCOMING.format(patients=placeholders(patients), blocking=placeholders(BLOCKING))
    asked = [*patients, *BLOCKING, adapted(now - LONGEST_VISIT), adapted(now)]
    models = {
        "visit": Appointment,
        "doctor": Doctor,
        "specialty": Specialty,
        "patient": Patient,
        "place": Location,
    }
    found = []
    for visit, doctor, specialty, patient, place in read_rows(query, asked, **models):
        doctor.specialty = specialty if doctor.specialty_id else None
        visit.doctor, visit.patient, visit.location = doctor, patient, place
        found.append(visit)
    learn_questions(found)
    return found


def learn_questions(visits: list[Appointment]) -> None:
    """Let the visits know whether they are asked to be moved (`is_asked`), in one query."""
    kinds: dict[UUID, list[str]] = defaultdict(list)
    if visits:
        keys = [visit._meta.pk.get_db_prep_value(visit.pk, connection) for visit in visits]
        with connection.cursor() as cursor:
            cursor.execute(QUESTIONS.format(visits=placeholders(keys)), keys)
            for pk, kind in cursor.fetchall():
                kinds[UUID(str(pk))].append(kind)
    for visit in visits:
        visit.is_asked = is_question(visit.status, kinds[visit.pk])


class VisitLine(NamedTuple):
    """What tells whether a line was drawn before: with every change of a visit its version does."""

    id: UUID
    version: int
    status: str
    patient: str
    is_to_come: bool = False

    def key(self, reader: User, token: float) -> str | None:
        """None for a visit to come: what its line says changes as time passes."""
        if self.is_to_come:
            return None
        over = self.status in BLOCKING
        patient = crc32(self.patient.encode())
        return f"{self.id}-{self.version}-{over}-{patient}-{token}-{reader.pk}"


class Past:
    """The visits that are over, cancelled or declined, the latest first: for a paginator."""

    def __init__(self, patients: list[int], *, upcoming: int, now: datetime) -> None:
        self.patients, self.upcoming, self.now = patients, upcoming, now
        self.counts_misses = False  # known once they were counted

    def __len__(self) -> int:
        """All others than those to come: to count all takes the index alone."""
        with connection.cursor() as cursor:
            cursor.execute(COUNT.format(patients=placeholders(self.patients)), self.patients)
            count, misses_before_approval = cursor.fetchone()
        self.counts_misses = misses_before_approval is not None
        return int(count) - self.upcoming

    def __getitem__(self, part: slice) -> list[VisitLine]:
        query = PAST.format(patients=placeholders(self.patients), blocking=placeholders(BLOCKING))
        asked = [*self.patients, *BLOCKING, adapted(self.now)]
        with connection.cursor() as cursor:
            cursor.execute(query, [*asked, part.stop - part.start, part.start])
            return [VisitLine(UUID(str(pk)), *row) for pk, *row in cursor.fetchall()]


class Found:
    """The visits that were looked for, past or to come: for a paginator."""

    def __init__(self, visits: AppointmentQuerySet, *, now: datetime) -> None:
        self.visits, self.now = visits, now

    def __len__(self) -> int:
        return self.visits.count()

    def __getitem__(self, part: slice) -> list[VisitLine]:
        rows = self.visits.values_list("id", "version", "status", "patient__name", "end")[part]
        return [
            VisitLine(pk, version, status, patient, status in BLOCKING and end > self.now)
            for pk, version, status, patient, end in rows
        ]


class Drawing:
    """Lines as `reader` sees them; only those not drawn before are read in full."""

    def __init__(self, lines: list[VisitLine], *, reader: User, token: float) -> None:
        self.lines, self.reader, self.token = lines, reader, token

    def __len__(self) -> int:
        return len(self.lines)

    def draw(self) -> SafeString:
        keyed: Iterable[tuple[str | None, UUID]] = [
            (line.key(self.reader, self.token), line.id) for line in self.lines
        ]
        return draw_each("visit", keyed, self._draw_one)

    def _draw_one(self, pk: UUID) -> str:
        context: dict[str, Any] = {"appointment": self._visits[pk], "user": self.reader}
        return render_to_string("appointments/visit.html", context)

    @cached_property
    def _visits(self) -> dict[UUID, Appointment]:
        return Appointment.objects.with_details().in_bulk([line.id for line in self.lines])
