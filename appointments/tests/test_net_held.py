"""The database itself keeps a held time from others, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from appointments import net, services
from appointments.exceptions import SlotUnavailable
from appointments.models import Appointment, HeldTime
from appointments.services.writing import refusal_of_net
from appointments.tests.test_net import OVERLAPS, raw_insert
from docspot.tests.cast import NOW, at, make_appointment, make_doctor, patient_of
from doctors.models import Doctor

pytestmark = pytest.mark.django_db
NINE = at(3, 9)
HALF = timedelta(minutes=30)


def hold(doctor: Doctor, start: datetime, end: datetime) -> HeldTime:
    place = doctor.working_hours.select_related("location")[0].location
    return HeldTime.objects.create(doctor=doctor, location=place, start=start, end=end)


@pytest.fixture
def held(doctor: Doctor) -> HeldTime:
    return hold(doctor, NINE, NINE + HALF)


def refused(act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError, match=net.HELD) as caught, transaction.atomic():
        act()
    assert isinstance(refusal_of_net(caught.value), SlotUnavailable)


@pytest.mark.parametrize(("start", "end"), OVERLAPS)
@pytest.mark.parametrize("status", ["pending", "confirmed", "checked_in"])
def test_raw_insert_of_a_visit_over_a_held_time_is_refused(
    held: HeldTime, person: User, start: datetime, end: datetime, status: str
) -> None:
    like = make_appointment(held.doctor, person, at(4, 9))
    refused(lambda: raw_insert(like, start=start, end=end, status=status))
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"start": NINE + HALF, "end": NINE + 2 * HALF},
        {"start": NINE - HALF, "end": NINE},
        {"start": NINE, "end": NINE + HALF, "status": "cancelled"},
        {"start": NINE, "end": NINE + HALF, "status": "no_show"},
    ],
)
def test_raw_insert_beside_a_held_time_is_accepted(
    held: HeldTime, person: User, changes: dict[str, object]
) -> None:
    raw_insert(make_appointment(held.doctor, person, at(4, 9)), **changes)
    assert Appointment.objects.count() == 2


def test_held_time_of_another_doctor_is_no_matter(held: HeldTime, person: User) -> None:
    make_appointment(make_doctor("Dr. Priya"), person, NINE)
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"start": NINE, "end": NINE + HALF},
        {"start": NINE - HALF, "end": NINE + HALF / 2},
    ],
)
def test_raw_update_into_a_held_time_is_refused(
    held: HeldTime, person: User, changes: dict[str, object]
) -> None:
    visit = make_appointment(held.doctor, person, at(4, 9))
    refused(lambda: Appointment.objects.filter(pk=visit.pk).update(**changes))


def test_raw_update_to_a_doctor_whose_time_is_held_is_refused(held: HeldTime, person: User) -> None:
    visit = make_appointment(make_doctor("Dr. Priya"), person, NINE)
    refused(lambda: Appointment.objects.filter(pk=visit.pk).update(doctor=held.doctor))


def test_raw_update_that_revives_a_visit_in_a_held_time_is_refused(
    held: HeldTime, person: User
) -> None:
    visit = make_appointment(held.doctor, person, NINE, status="cancelled")
    refused(lambda: Appointment.objects.filter(pk=visit.pk).update(status="confirmed"))


@pytest.mark.parametrize(("start", "end"), OVERLAPS)
def test_held_time_over_a_visit_is_refused(
    doctor: Doctor, person: User, start: datetime, end: datetime
) -> None:
    make_appointment(doctor, person, NINE)
    refused(lambda: hold(doctor, start, end))
    later = hold(doctor, at(4, 9), at(4, 10))
    refused(lambda: HeldTime.objects.filter(pk=later.pk).update(start=start, end=end))
    assert list(HeldTime.objects.all()) == [later]


@pytest.mark.parametrize(("start", "end"), OVERLAPS)
def test_held_time_over_another_is_refused(held: HeldTime, start: datetime, end: datetime) -> None:
    refused(lambda: hold(held.doctor, start, end))
    later = hold(held.doctor, at(4, 9), at(4, 10))
    refused(lambda: HeldTime.objects.filter(pk=later.pk).update(start=start, end=end))


def test_held_time_beside_others_is_accepted(held: HeldTime, person: User) -> None:
    make_appointment(held.doctor, person, at(3, 10))
    make_appointment(held.doctor, person, at(3, 10, 30), status="cancelled")
    hold(held.doctor, at(3, 9, 30), at(3, 10))
    hold(held.doctor, at(3, 10, 30), at(3, 11))
    HeldTime.objects.filter(pk=held.pk).update(end=NINE + HALF / 2)
    assert HeldTime.objects.count() == 3


def test_visit_that_changes_nothing_but_its_state_asks_nothing(
    held: HeldTime, person: User
) -> None:
    """As where the net was put up over what was there before it."""
    visit = make_appointment(held.doctor, person, at(4, 9), status="pending")
    Appointment.objects.filter(pk=visit.pk).update(status="confirmed")
    visit.refresh_from_db()
    assert visit.status == "confirmed"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-03T03:30:00Z", "2026-03-03T04:00:00Z"),
        ("2026-03-03T09:15:00+05:30", "2026-03-03T09:45:00+05:30"),
        ("2026-03-03 03:30", "2026-03-03 04:00"),
    ],
)
def test_held_time_in_another_notation_keeps_others_away(
    doctor: Doctor, person: User, start: str, end: str
) -> None:
    place = doctor.working_hours.all()[0].location_id
    sql = "INSERT INTO appointments_heldtime (doctor_id, location_id, start, end)"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} VALUES (%s, %s, %s, %s)", [doctor.pk, place, start, end])
    refused(lambda: make_appointment(doctor, person, NINE))


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("start", "end"),
    [("banana", "2026-03-03 04:00:00"), ("2026-03-03 05:00:00", "2026-03-03 04:00:00")],
)
def test_held_time_that_is_none_is_refused(doctor: Doctor, start: str, end: str) -> None:
    place = doctor.working_hours.all()[0].location_id
    sql = "INSERT INTO appointments_heldtime (doctor_id, location_id, start, end)"
    with (
        pytest.raises(IntegrityError, match=net.SHAPE),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{sql} VALUES (%s, %s, %s, %s)", [doctor.pk, place, start, end])


def test_service_says_so_where_only_the_net_knows(
    held: HeldTime, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A held time that the check has not seen is refused in the same words as one it has."""
    monkeypatch.setattr("appointments.selectors.VISITS", NOTHING_HELD)
    with pytest.raises(SlotUnavailable):
        services.book(
            doctor=held.doctor,
            patient=patient_of(person),
            visit_type=held.doctor.visit_types.get(),
            start=NINE,
            by=person,
            now=NOW,
        )
    assert not Appointment.objects.exists()


NOTHING_HELD = """
SELECT doctor_id, visit_type_id, {begins}, {ends} FROM appointments_appointment
WHERE doctor_id IN {doctors} AND status IN {blocking}
    AND start < %s AND start > %s AND "end" > %s AND id <> %s
    AND (doctor_id IN {doctors} OR start < %s OR "end" > %s)
"""
