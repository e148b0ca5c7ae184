"""The import of visits that were kept elsewhere, which seed_demo writes with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from appointments.models import Appointment
from appointments.services import ImportedEvent, ImportedVisit, import_visits
from appointments.services.importing import indexed_afterwards
from docspot.demo.chance import dice, uuid4
from docspot.tests import cast
from doctors.models import Doctor

MINUTE = timedelta(minutes=1)


@pytest.mark.django_db
def test_import_is_refused_by_the_net_as_a_whole(doctor: Doctor, person: User) -> None:
    held = cast.make_appointment(doctor, person, cast.at(3, 10))
    chance = dice(1, "test")

    def visit(start: datetime, status: str) -> ImportedVisit:
        event = ImportedEvent("confirmed", person.pk, cast.NOW, start)
        return ImportedVisit(
            id=uuid4(chance),
            doctor_id=doctor.pk,
            patient_id=held.patient_id,
            visit_type_id=held.visit_type_id,
            location_id=held.location_id,
            start=start,
            end=start + 30 * MINUTE,
            status=status,
            reason="",
            booked_by_id=person.pk,
            booked_at=cast.NOW,
            sequence=0,
            story=[event],
        )

    free = visit(cast.at(3, 11), "confirmed")
    with pytest.raises(IntegrityError, match="appointments_no_overlap"):
        import_visits(visits=[free, visit(held.start + 15 * MINUTE, "confirmed")])
    assert Appointment.objects.get() == held
    assert import_visits(visits=[free, visit(held.start, "cancelled")]) == 2
    written = Appointment.objects.get(pk=free.id)
    assert (written.start, written.end, written.status) == (free.start, free.end, "confirmed")
    assert (written.booked_at, written.version) == (cast.NOW, 1)
    assert [event.at for event in written.events.all()] == [cast.NOW]


@pytest.mark.django_db
def test_indexes_and_keys_are_there_afterwards_and_checked(doctor: Doctor, person: User) -> None:
    visit = cast.make_appointment(doctor, person, cast.at(3, 10))
    before = shape_of_tables()
    with indexed_afterwards():
        taken_down = before - shape_of_tables()
        assert len(taken_down) == {"sqlite": 7, "postgresql": 16}[connection.vendor]
        with pytest.raises(IntegrityError, match="appointments_no_overlap"), transaction.atomic():
            import_visits(visits=[imported(visit, location_id=visit.location_id)])
    assert shape_of_tables() == before
    with pytest.raises(IntegrityError):
        import_afterwards_indexed(imported(visit, status="cancelled", location_id=0))
    assert shape_of_tables() == before


@transaction.atomic
def import_afterwards_indexed(visit: ImportedVisit) -> None:
    with indexed_afterwards():
        import_visits(visits=[visit])
    connection.check_constraints()


def shape_of_tables() -> set[tuple[str, str]]:
    """All indexes, keys and other constraints of all tables."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master")
            return set(cursor.fetchall())
        cursor.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint")
        constraints = set(cursor.fetchall())
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes")
        return constraints | set(cursor.fetchall())


def imported(visit: Appointment, **other: Any) -> ImportedVisit:
    facts = {name: getattr(visit, name) for name in ImportedVisit._fields[1:-1]}
    return ImportedVisit(id=uuid4(dice(1, "other")), story=[], **facts | other)


@pytest.mark.django_db
def test_texts_arrive_as_they_are(doctor: Doctor, person: User) -> None:
    visit = cast.make_appointment(doctor, person, cast.at(3, 10))
    reason = "A \\N tab\tand\r\na line, \\. and 'quotes' \N{SNOWMAN}"
    at = cast.NOW + timedelta(microseconds=7)
    event = ImportedEvent("cancelled", person.pk, at, visit.start, reason)
    other = imported(visit, status="cancelled", reason=reason)._replace(story=[event])
    import_visits(visits=[other])
    written = Appointment.objects.get(pk=other.id)
    line = written.events.get()
    assert (written.reason, line.note, line.at) == (reason, reason, at)
