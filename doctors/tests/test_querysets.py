"""Which doctors patients see, and how they are searched."""

from __future__ import annotations

from datetime import time

import pytest
from pytest_django import DjangoAssertNumQueries

from docspot.tests import cast
from doctors.models import Doctor

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctors() -> dict[str, Doctor]:
    """The three of a new clinic, and one who works in two towns."""
    skin = cast.make_specialty("Dermatology", "Dermatologist")
    krishna = cast.make_location("Vijayawada", name="Krishna Skin Clinic")
    both = cast.make_doctor("Dr. Lakshmi", specialty=skin, location=krishna)
    both.working_hours.create(
        location=cast.make_location(), weekday=5, opens=time(9), closes=time(12)
    )
    return {
        "Smith": cast.make_doctor("Dr. Smith"),
        "Priya": cast.make_doctor("Dr. Priya", specialty=skin, location=krishna),
        "Lakshmi": both,
    }


def names(found: object) -> list[str]:
    return [doctor.name for doctor in found]  # type: ignore[attr-defined]


def test_only_approved_doctors_can_be_booked(doctors: dict[str, Doctor]) -> None:
    for status in (Doctor.Status.PENDING, Doctor.Status.SUSPENDED):
        cast.make_doctor(f"Dr. {status}", status=status)
    assert names(Doctor.objects.bookable()) == ["Dr. Lakshmi", "Dr. Priya", "Dr. Smith"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["Dr. Lakshmi", "Dr. Priya", "Dr. Smith"]),
        ("   ", ["Dr. Lakshmi", "Dr. Priya", "Dr. Smith"]),
        ("smith", ["Dr. Smith"]),
        ("SMI", ["Dr. Smith"]),
        ("dr. smith", ["Dr. Smith"]),
        ("dermatology", ["Dr. Lakshmi", "Dr. Priya"]),
        ("dermatologist", ["Dr. Lakshmi", "Dr. Priya"]),
        ("hyderabad", ["Dr. Lakshmi", "Dr. Smith"]),
        ("krishna", ["Dr. Lakshmi", "Dr. Priya"]),
        ("priya vijayawada", ["Dr. Priya"]),
        ("vijayawada  priya", ["Dr. Priya"]),
        ("skin hyderabad", ["Dr. Lakshmi"]),
        ("smith vijayawada", []),
        ("smith zzz", []),
        ("%", []),
        ("_", []),
        ("'; --", []),
        ("\\", []),
        ("డాక్టర్", []),
    ],
)
def test_search_finds_whom_every_word_fits(
    doctors: dict[str, Doctor], words: str, found: list[str]
) -> None:
    assert names(Doctor.objects.search(words)) == found


def test_search_finds_a_doctor_once_who_works_on_many_days(doctors: dict[str, Doctor]) -> None:
    assert Doctor.objects.search("krishna priya").count() == 1


def test_search_finds_a_doctor_without_hours_and_specialty() -> None:
    doctor = Doctor.objects.create(name="Dr. Rao", slug="dr-rao")
    assert list(Doctor.objects.search("rao")) == [doctor]


@pytest.mark.parametrize(
    ("city", "found"),
    [
        ("Vijayawada", ["Dr. Lakshmi", "Dr. Priya"]),
        ("vijayawada", ["Dr. Lakshmi", "Dr. Priya"]),
        ("Hyderabad", ["Dr. Lakshmi", "Dr. Smith"]),
        ("Hyder", []),
        ("Krishna Skin Clinic", []),
    ],
)
def test_at_place_finds_who_works_in_a_town(
    doctors: dict[str, Doctor], city: str, found: list[str]
) -> None:
    assert names(Doctor.objects.at_place(city)) == found


def test_with_card_reads_all_a_card_needs_in_four_queries(
    doctors: dict[str, Doctor], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for chosen in (["Dr. Smith"], names(doctors.values())):
        with django_assert_num_queries(4):
            for doctor in Doctor.objects.filter(name__in=chosen).with_card():
                assert doctor.specialty is not None
                assert names(doctor.languages.all()) == ["English"]
                assert names(doctor.offered_visit_types) == ["Consultation"]
                assert doctor.places[0].time_zone == "Asia/Kolkata"
