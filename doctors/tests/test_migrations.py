"""The data migration that seeds the first doctors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.db.models import ProtectedError

from docspot.tests import cast
from doctors.models import Doctor, Language, Location, Specialty, WorkingHours

BEFORE, AFTER = "0001", "0002"

# Migrations make transactions of their own, and on SQLite will not run inside another.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _as_before(transactional_db: None) -> Iterator[None]:
    """Leave the migrations as they were; the rows are taken away after that."""
    yield
    migrate_to(AFTER)


def migrate_to(name: str) -> None:
    call_command("migrate", "doctors", name, verbosity=0)


def seed() -> None:
    migrate_to(BEFORE)
    migrate_to(AFTER)


def counts() -> dict[str, int]:
    rows = (Doctor, Specialty, Location, Language, WorkingHours)
    return {model.__name__: model.objects.count() for model in rows}


def test_the_first_doctors_can_be_booked() -> None:
    seed()
    assert [
        (
            doctor.name,
            doctor.specialty and doctor.specialty.title,
            [(place.city, place.time_zone) for place in doctor.places],
            doctor.confirms_bookings,
        )
        for doctor in Doctor.objects.bookable().order_by("pk")
    ] == [
        ("Dr. Smith", "Cardiologist", [("Hyderabad", "Asia/Kolkata")], "automatic"),
        ("Dr. Priya", "Dermatologist", [("Vijayawada", "Asia/Kolkata")], "automatic"),
        ("Dr. Kumar", "Neurologist", [("Guntur", "Asia/Kolkata")], "automatic"),
    ]


def test_the_first_doctors_work_monday_to_friday_with_a_lunch_break() -> None:
    seed()
    halves = [(time(9), time(13)), (time(14), time(17))]
    for doctor in Doctor.objects.all():
        assert list(doctor.working_hours.values_list("weekday", "opens", "closes")) == [
            (weekday, *half) for weekday in range(5) for half in halves
        ]
        assert [
            (kind.name, kind.duration_minutes, kind.buffer_minutes)
            for kind in doctor.offered_visit_types
        ] == [("Consultation", 30, 0)]


def test_the_first_rows_are_such_as_the_forms_accept() -> None:
    seed()
    for model in (Doctor, Specialty, Location, Language, WorkingHours):
        for row in model.objects.all():
            row.full_clean()


def test_seeding_does_nothing_where_a_doctor_exists() -> None:
    migrate_to(BEFORE)
    own = Doctor.objects.create(name="Dr. Own", slug="dr-own")
    migrate_to(AFTER)
    assert list(Doctor.objects.all()) == [own]
    assert counts() == dict.fromkeys(counts(), 0) | {"Doctor": 1}


def test_seeding_uses_the_specialty_and_the_place_that_are_there() -> None:
    migrate_to(BEFORE)
    Specialty.objects.create(name="Heart", title="Heart doctor", slug="cardiology")
    Location.objects.create(
        name="City Heart Clinic", city="Hyderabad", phone="+914012345678", time_zone="Asia/Kolkata"
    )
    migrate_to(AFTER)
    smith = Doctor.objects.get(slug="dr-smith")
    assert str(smith.specialty) == "Heart"
    assert [str(place.phone) for place in smith.places] == ["+914012345678"]


def test_seeding_can_be_reversed_and_done_again() -> None:
    seed()
    seeded = counts()
    assert seeded == {
        "Doctor": 3,
        "Specialty": 3,
        "Location": 3,
        "Language": 3,
        "WorkingHours": 30,
    }
    migrate_to(BEFORE)
    assert counts() == dict.fromkeys(seeded, 0)
    migrate_to(AFTER)
    assert counts() == seeded


def test_reversing_leaves_the_doctors_of_the_clinic() -> None:
    seed()
    place = Location.objects.get(city="Hyderabad")
    specialty = Specialty.objects.get(slug="cardiology")
    own = cast.make_doctor("Dr. Own", location=place, specialty=specialty)
    migrate_to(BEFORE)
    assert [doctor.name for doctor in Doctor.objects.all()] == ["Dr. Own"]
    assert (own.places, own.specialty) == ([place], specialty)
    assert counts() == {
        "Doctor": 1,
        "Specialty": 1,
        "Location": 1,
        "Language": 1,
        "WorkingHours": 10,
    }


def test_reversing_leaves_a_namesake() -> None:
    migrate_to(BEFORE)
    own = cast.make_doctor("Dr. Smith", bio="Here long before the appointment book.")
    migrate_to(AFTER)
    migrate_to(BEFORE)
    assert list(Doctor.objects.all()) == [own]


def test_reversing_is_refused_when_a_patient_has_booked() -> None:
    seed()
    smith = Doctor.objects.get(slug="dr-smith")
    cast.make_appointment(smith, cast.make_person(), cast.at(2, 9))
    with pytest.raises((IntegrityError, ProtectedError)):
        migrate_to(BEFORE)
    assert counts()["Doctor"] == 3
