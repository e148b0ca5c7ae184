"""The data migration that seeds the first doctors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import ProtectedError

from docspot.tests import cast
from doctors.models import Doctor, Language, Location, Specialty, WorkingHours

first_doctors = import_module("doctors.migrations.0002_first_doctors")
BEFORE = "0001"

pytestmark = pytest.mark.django_db


def seed() -> None:
    first_doctors.add_first_doctors(apps, None)


def reverse() -> None:
    first_doctors.remove_first_doctors(apps, None)


def migrate_to(name: str) -> None:
    call_command("migrate", "doctors", name, verbosity=0)


def migrate_all() -> None:
    call_command("migrate", verbosity=0)


@pytest.fixture
def migrations(transactional_db: None) -> Iterator[None]:
    """For a test that migrates. On SQLite that cannot be done inside another transaction."""
    migrate_to(BEFORE)
    yield
    migrate_all()


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
    own = Doctor.objects.create(name="Dr. Own", slug="dr-own")
    seed()
    assert list(Doctor.objects.all()) == [own]
    assert counts() == dict.fromkeys(counts(), 0) | {"Doctor": 1}


def test_seeding_uses_the_specialty_and_the_place_that_are_there() -> None:
    Specialty.objects.create(name="Heart", title="Heart doctor", slug="cardiology")
    Location.objects.create(
        name="City Heart Clinic", city="Hyderabad", phone="+914012345678", time_zone="Asia/Kolkata"
    )
    seed()
    smith = Doctor.objects.get(slug="dr-smith")
    assert str(smith.specialty) == "Heart"
    assert [str(place.phone) for place in smith.places] == ["+914012345678"]


@pytest.mark.usefixtures("migrations")
def test_seeding_can_be_reversed_and_done_again() -> None:
    migrate_all()
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
    migrate_all()
    assert counts() == seeded


def test_reversing_leaves_the_doctors_of_the_clinic() -> None:
    seed()
    place = Location.objects.get(city="Hyderabad")
    specialty = Specialty.objects.get(slug="cardiology")
    own = cast.make_doctor("Dr. Own", location=place, specialty=specialty)
    reverse()
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
    own = cast.make_doctor("Dr. Smith", bio="Here long before the appointment book.")
    seed()
    reverse()
    assert list(Doctor.objects.all()) == [own]


def test_reversing_is_refused_when_a_patient_has_booked() -> None:
    seed()
    smith = Doctor.objects.get(slug="dr-smith")
    cast.make_appointment(smith, cast.make_person(), cast.at(2, 9))
    with pytest.raises(ProtectedError):
        reverse()
    assert counts()["Doctor"] == 3
