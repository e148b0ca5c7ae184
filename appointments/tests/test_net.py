"""The database refuses overlapping blocking visits itself, whoever writes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from appointments import net
from appointments.models import Appointment
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, make_person, patient_of
from doctors.models import Doctor

pytestmark = pytest.mark.django_db
NINE = at(3, 9)


def raw_insert(like: Appointment, **changes: object) -> None:
    """Copy a row by SQL alone, as a script beside DocSpot might."""
    row = {
        field.attname: getattr(like, field.attname) for field in Appointment._meta.concrete_fields
    }
    row |= {"id": uuid4()} | changes
    if connection.vendor == "sqlite":
        row = {name: _text(value) for name, value in row.items()}
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join(["%s"] * len(row))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO appointments_appointment ({names}) VALUES ({marks})", list(row.values())
        )


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return value.hex if isinstance(value, UUID) else value


@pytest.fixture
def booked(doctor: Doctor, person: User) -> Appointment:
    return make_appointment(doctor, person, NINE)


OVERLAPS = [
    (NINE, NINE + timedelta(minutes=30)),
    (NINE - timedelta(minutes=15), NINE + timedelta(minutes=1)),
    (NINE + timedelta(minutes=29), NINE + timedelta(minutes=59)),
    (NINE + timedelta(minutes=10), NINE + timedelta(minutes=20)),
    (NINE - timedelta(hours=5), NINE + timedelta(hours=5)),
]


@pytest.mark.parametrize(("start", "end"), OVERLAPS)
@pytest.mark.parametrize("status", ["pending", "confirmed", "checked_in"])
def test_raw_insert_over_a_doctors_visit_is_refused(
    booked: Appointment, stranger: User, start: datetime, end: datetime, status: str
) -> None:
    with pytest.raises(IntegrityError, match=net.DOCTOR):
        raw_insert(booked, patient_id=patient_of(stranger).pk, start=start, end=end, status=status)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(("start", "end"), OVERLAPS)
def test_raw_insert_over_a_patients_visit_is_refused(
    booked: Appointment, start: datetime, end: datetime
) -> None:
    other = make_doctor("Dr. Priya")
    with pytest.raises(IntegrityError, match=net.PATIENT):
        raw_insert(booked, doctor_id=other.pk, start=start, end=end)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"start": NINE + timedelta(minutes=30), "end": NINE + timedelta(hours=1)},
        {"start": NINE - timedelta(minutes=30), "end": NINE},
        {"status": "cancelled"},
        {"status": "declined"},
        {"status": "completed"},
        {"status": "no_show"},
    ],
)
def test_raw_insert_that_takes_no_time_twice_is_accepted(
    booked: Appointment, changes: dict[str, object]
) -> None:
    raw_insert(booked, **changes)
    assert Appointment.objects.count() == 2


def test_raw_update_into_a_taken_time_is_refused(booked: Appointment, stranger: User) -> None:
    other = make_appointment(booked.doctor, stranger, at(3, 10))
    with (
        pytest.raises(IntegrityError, match=net.DOCTOR),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"UPDATE {net.TABLE} SET start = (SELECT start FROM {net.TABLE} WHERE id = %s)"
            " WHERE id = %s",
            [_key(booked), _key(other)],
        )


def test_raw_update_that_revives_a_cancelled_visit_is_refused(
    booked: Appointment, stranger: User
) -> None:
    other = make_appointment(booked.doctor, stranger, NINE, status="cancelled")
    with (
        pytest.raises(IntegrityError, match=net.DOCTOR),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE appointments_appointment SET status = 'confirmed' WHERE id = %s", [_key(other)]
        )


def _key(appointment: Appointment) -> object:
    return appointment.pk.hex if connection.vendor == "sqlite" else appointment.pk


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-03T03:30:00Z", "2026-03-03T04:00:00Z"),
        ("2026-03-03T09:15:00+05:30", "2026-03-03T09:45:00+05:30"),
        ("2026-03-03 03:30", "2026-03-03 04:00"),
        ("2026-03-03 03:45:00.000001", "2026-03-03 03:50:00"),
    ],
)
def test_raw_insert_in_another_notation_is_refused(
    booked: Appointment, stranger: User, start: str, end: str
) -> None:
    with pytest.raises(IntegrityError, match=net.DOCTOR):
        raw_insert(booked, patient_id=patient_of(stranger).pk, start=start, end=end)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("banana", "2026-03-03 04:00:00"),
        ("2026-03-01 00:00", "2026-03-09 00:00"),
        (2461200.5, 2461200.6),  # days since noon in 4714 BC
        ("2461200.5", "2461200.6"),
        (b"2026-03-05 04:00:00", b"2026-03-05 04:30:00"),
        ("04:00", "04:30"),  # read as of the year 2000
        ("2026-03-05 04:00:00\x00x", "2026-03-05 04:30:00"),
    ],
)
def test_raw_insert_of_no_real_visit_is_refused(
    booked: Appointment, start: object, end: object
) -> None:
    with pytest.raises(IntegrityError, match=net.SHAPE):
        raw_insert(booked, start=start, end=end, status="cancelled")


def names_in_place() -> set[str]:
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE%'"
    else:
        query = "SELECT conname FROM pg_constraint WHERE contype = 'x'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for (name,) in cursor.fetchall()}


def test_net_is_in_place_after_all_migrations() -> None:
    names = [net.DOCTOR, net.PATIENT, net.HELD]
    if connection.vendor == "sqlite":
        names += [net.SHAPE, f"{net.SHAPE}_held", f"{net.HELD}_visit"]
        names = [f"{name}_{event}" for name in names for event in ("INSERT", "UPDATE")]
    assert names_in_place() == set(names)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_net_survives_a_migration_that_rebuilds_the_table() -> None:
    before = names_in_place()
    net.make_way(using="default")  # as `migrate` does before it begins
    field = Appointment._meta.get_field("reason")
    wider = field.clone()
    wider.set_attributes_from_name("reason")
    wider.null = True
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, field, wider)
    assert names_in_place() == {f"{net.SHAPE}_held_{event}" for event in ("INSERT", "UPDATE")}
    with connection.schema_editor() as editor:
        editor.alter_field(Appointment, wider, field)
    call_command("migrate", verbosity=0)  # nothing to apply, but its signal puts the net back
    assert names_in_place() == before
    booked = make_appointment(make_doctor(), make_person(), NINE)
    with pytest.raises(IntegrityError, match=net.DOCTOR):
        raw_insert(booked, patient_id=patient_of(make_person()).pk)
    assert booked.booked_at == NOW
