"""The models of doctors: what the database refuses, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from pytest_django import DjangoAssertNumQueries

from docspot.tests import cast
from doctors.models import Doctor, Language, Location, Specialty, TimeOff, VisitType, WorkingHours

pytestmark = pytest.mark.django_db
Make = Callable[[Doctor], models.Model]


def visit_type(doctor: Doctor, **fields: Any) -> VisitType:
    return VisitType(**{"doctor": doctor, "name": "Check-up", "duration_minutes": 30} | fields)


def hours(doctor: Doctor, **fields: Any) -> WorkingHours:
    usual = {"doctor": doctor, "location": cast.make_location(), "weekday": 5}
    return WorkingHours(**usual | {"opens": time(9), "closes": time(13)} | fields)


def time_off(doctor: Doctor | None, **fields: Any) -> TimeOff:
    return TimeOff(**{"doctor": doctor, "start": cast.at(3, 9), "end": cast.at(3, 12)} | fields)


def refused(row: models.Model) -> dict[str, list[str]]:
    """What a form says of this row; and the database refuses it too, whoever writes it."""
    with pytest.raises(ValidationError) as refusal:
        row.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    return refusal.value.message_dict


NIGHT = (
    "The hours must end after they begin, and last a day at most. For hours across midnight, "
    "tick “ends next day”."
)


# What is refused, in words and by the database


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda doctor: Doctor(name="Dr. Rao", slug="dr-rao", status="approved"),
            {"__all__": ["An approved doctor needs a specialty."]},
        ),
        (
            lambda doctor: Doctor(name="Dr. Rao", slug=doctor.slug),
            {"slug": ["Doctor with this Address of the page already exists."]},
        ),
        (
            lambda doctor: Doctor(name="Dr. Rao", slug="dr-rao", user=doctor.user),
            {"user": ["Doctor with this Login already exists."]},
        ),
        (
            lambda doctor: Specialty(name="Cardiology", title="Cardiologist", slug="heart"),
            {"name": ["Specialty with this Field already exists."]},
        ),
        (
            lambda doctor: Language(name="English", code="eng"),
            {"name": ["Language with this Name already exists."]},
        ),
        (
            lambda doctor: visit_type(doctor, name="Consultation"),
            {"__all__": ["Visit type with this Doctor and Name already exists."]},
        ),
        (
            lambda doctor: visit_type(doctor, duration_minutes=4),
            {"duration_minutes": ["Enter 5 minutes or more."]},
        ),
        (
            lambda doctor: visit_type(doctor, duration_minutes=721),
            {"duration_minutes": ["Enter 720 minutes (12 hours) or fewer."]},
        ),
        (
            lambda doctor: hours(doctor, closes=time(9)),
            {"__all__": [NIGHT]},
        ),
        (
            lambda doctor: hours(doctor, closes=time(8, 59)),
            {"__all__": [NIGHT]},
        ),
        (
            lambda doctor: hours(doctor, weekday=7),
            {"weekday": ["Value 7 is not a valid choice."]},
        ),
        (
            lambda doctor: hours(doctor, valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 1)),
            {"__all__": ["The last day must not be before the first."]},
        ),
        (
            lambda doctor: time_off(doctor, end=cast.at(3, 9)),
            {"__all__": ["The time off must end after it begins."]},
        ),
        (
            lambda doctor: time_off(None),
            {"__all__": ["Choose a doctor or a place, one of the two."]},
        ),
        (
            lambda doctor: time_off(doctor, location=cast.make_location()),
            {"__all__": ["Choose a doctor or a place, one of the two."]},
        ),
    ],
)
def test_a_wrong_row_is_refused_in_words_and_by_the_database(
    doctor: Doctor, make: Make, said: dict[str, list[str]]
) -> None:
    assert refused(make(doctor)) == said


@pytest.mark.parametrize(
    "make",
    [
        lambda doctor: Doctor(name="Dr. Rao", slug="dr-rao", status="pending"),
        lambda doctor: Doctor(name="Dr. Rao", slug="dr-rao", status="suspended"),
        lambda doctor: visit_type(doctor, duration_minutes=5),
        lambda doctor: visit_type(doctor, duration_minutes=720, buffer_minutes=240),
        lambda doctor: hours(doctor, closes=time(9, 1)),
        lambda doctor: hours(doctor, weekday=0),
        lambda doctor: hours(doctor, valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 2)),
        lambda doctor: hours(doctor, valid_until=date(2026, 3, 2)),
        lambda doctor: time_off(doctor, end=cast.at(3, 9) + timedelta(microseconds=1)),
        lambda doctor: time_off(None, location=cast.make_location()),
    ],
)
def test_a_row_at_the_edge_is_accepted(doctor: Doctor, make: Make) -> None:
    row = make(doctor)
    row.full_clean()
    row.save()
    assert type(row)._default_manager.filter(pk=row.pk).count() == 1


def test_a_longer_buffer_than_four_hours_is_refused_in_words(doctor: Doctor) -> None:
    with pytest.raises(ValidationError) as refusal:
        visit_type(doctor, buffer_minutes=241).full_clean()
    assert refusal.value.message_dict == {
        "buffer_minutes": ["Ensure this value is less than or equal to 240."]
    }


@pytest.mark.parametrize("zone", ["", "Hyderabad", "Asia/Hyderabad", "IST+5:30", "../etc/passwd"])
def test_a_place_needs_a_time_zone_that_exists(zone: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Location(name="Clinic", city="Hyderabad", time_zone=zone).full_clean()
    (said,) = refusal.value.message_dict["time_zone"]
    assert said == (
        "Write a time zone as in the IANA list, such as Asia/Kolkata."
        if zone
        else "This field cannot be blank."
    )


def test_a_specialty_with_doctors_cannot_be_deleted(doctor: Doctor) -> None:
    with pytest.raises(models.ProtectedError):
        Specialty.objects.get().delete()


def test_a_place_with_hours_cannot_be_deleted(doctor: Doctor) -> None:
    with pytest.raises(models.ProtectedError):
        Location.objects.get().delete()


def test_a_doctor_outlives_their_login(doctor: Doctor) -> None:
    assert doctor.user is not None
    doctor.user.delete()
    doctor.refresh_from_db()
    assert doctor.user is None


# What they say of themselves


def test_rows_are_named_for_people(doctor: Doctor) -> None:
    place = cast.make_location()
    rows = [
        doctor,
        doctor.specialty,
        doctor.languages.get(),
        doctor.visit_types.get(),
        place,
        hours(doctor),
        time_off(doctor, reason="Conference"),
        time_off(None, location=place),
    ]
    assert [str(row) for row in rows] == [
        "Dr. Smith",
        "Cardiology",
        "English",
        "Consultation",
        "City Heart Clinic, Hyderabad",
        "Saturday 09:00-13:00",
        "Dr. Smith: Conference",
        "City Heart Clinic, Hyderabad",
    ]


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Dr. Smith", "DS"),
        ("Dr.Smith", "DS"),
        ("Dr. Asha Maria Rao", "DR"),
        ("smith", "S"),
        ("dr. élan", "DÉ"),
        ("...", ""),
    ],
)
def test_initials_are_those_of_the_first_and_the_last_word(name: str, initials: str) -> None:
    assert Doctor(name=name).initials == initials


def test_a_place_knows_its_zone() -> None:
    assert cast.make_location().zone == ZoneInfo("Asia/Kolkata")


def test_a_visit_type_knows_its_length(doctor: Doctor) -> None:
    kind = visit_type(doctor, duration_minutes=45, buffer_minutes=10)
    assert (kind.duration, kind.buffer) == (timedelta(minutes=45), timedelta(minutes=10))


def test_places_are_listed_once_each_by_name(doctor: Doctor) -> None:
    guntur = cast.make_location("Guntur", name="Zenith Clinic")
    cast.make_doctor("Dr. Kumar", location=cast.make_location("Vijayawada"))
    for weekday in (5, 6):
        hours(doctor, location=guntur, weekday=weekday).save()
    assert [str(place) for place in doctor.places] == [
        "City Heart Clinic, Hyderabad",
        "Zenith Clinic, Guntur",
    ]


def test_offered_visit_types_are_the_active_ones_in_their_order(doctor: Doctor) -> None:
    visit_type(doctor, name="Old", is_active=False).save()
    visit_type(doctor, name="Check-up").save()
    assert [kind.name for kind in doctor.offered_visit_types] == ["Consultation", "Check-up"]


def test_places_and_visit_types_are_read_from_what_a_card_has_fetched(
    doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fetched = Doctor.objects.with_card().get(pk=doctor.pk)
    with django_assert_num_queries(0):
        assert [place.city for place in fetched.places] == ["Hyderabad"]
        assert [kind.name for kind in fetched.offered_visit_types] == ["Consultation"]
