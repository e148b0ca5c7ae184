"""Questions about doctors: the directory's search, its choices, hours and time off."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from docspot.tests import cast
from doctors import selectors
from doctors.availability import Busy, Window
from doctors.models import Doctor, TimeOff

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> dict[str, Doctor]:
    """Smith and Rao hearts in Hyderabad, Priya skin in Vijayawada."""
    return {
        "Smith": cast.make_doctor("Dr. Smith", languages=("English", "Telugu")),
        "Rao": cast.make_doctor("Dr. Rao"),
        "Priya": cast.make_doctor(
            "Dr. Priya",
            specialty=cast.make_specialty("Dermatology", "Dermatologist"),
            location=cast.make_location("Vijayawada", name="Krishna Skin Clinic"),
            languages=("English", "Hindi"),
        ),
    }


@pytest.fixture
def hidden(clinic: dict[str, Doctor]) -> None:
    """Doctors with a specialty, a town and a language of their own whom nobody may book."""
    for status in (Doctor.Status.PENDING, Doctor.Status.SUSPENDED):
        cast.make_doctor(
            f"Dr. {status.label}",
            slug=status.value,
            specialty=cast.make_specialty(f"{status}ology", f"{status}ologist"),
            location=cast.make_location(f"{status}ville"),
            languages=(f"{status}ish",),
            status=status,
        )


def found(**wanted: str) -> list[str]:
    return [doctor.name for doctor in selectors.find_doctors(**wanted)]


# The directory


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["Dr. Priya", "Dr. Rao", "Dr. Smith"]),
        ({"q": "heart"}, ["Dr. Rao", "Dr. Smith"]),
        ({"specialty": "dermatology"}, ["Dr. Priya"]),
        ({"specialty": "Dermatology"}, []),
        ({"place": "Hyderabad"}, ["Dr. Rao", "Dr. Smith"]),
        ({"language": "te"}, ["Dr. Smith"]),
        ({"language": "en"}, ["Dr. Priya", "Dr. Rao", "Dr. Smith"]),
        ({"q": "rao", "specialty": "cardiology", "place": "Hyderabad"}, ["Dr. Rao"]),
        ({"specialty": "cardiology", "place": "Vijayawada"}, []),
        ({"q": "rao", "language": "te"}, []),
        ({"language": "xx"}, []),
    ],
)
@pytest.mark.usefixtures("clinic", "hidden")
def test_find_doctors_narrows_by_all_that_is_asked(
    wanted: dict[str, str], names: list[str]
) -> None:
    assert found(**wanted) == names


@pytest.mark.parametrize("word", ["pending", "suspended", "pendingology", "suspendedville"])
@pytest.mark.usefixtures("clinic", "hidden")
def test_find_doctors_hides_those_who_cannot_be_booked(word: str) -> None:
    assert found(q=word) == []


@pytest.mark.usefixtures("clinic", "hidden")
def test_specialties_on_offer_count_the_doctors_to_book() -> None:
    specialties = selectors.specialties_on_offer()
    assert [(row.name, row.doctor_count) for row in specialties] == [  # type: ignore[attr-defined]
        ("Cardiology", 2),
        ("Dermatology", 1),
    ]


@pytest.mark.usefixtures("hidden")
def test_search_choices_are_those_of_doctors_to_book(clinic: dict[str, Doctor]) -> None:
    clinic["Rao"].languages.create(code="zz", name="Deccani")  # by name, not by code
    assert selectors.search_choices() == selectors.SearchChoices(
        specialties=[("cardiology", "Cardiology"), ("dermatology", "Dermatology")],
        places=[("Hyderabad", "Hyderabad"), ("Vijayawada", "Vijayawada")],
        languages=[("zz", "Deccani"), ("en", "English"), ("hi", "Hindi"), ("te", "Telugu")],
    )


@pytest.mark.usefixtures("clinic")
def test_search_choices_are_read_again_only_after_a_change(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _change in range(2):
        Doctor.objects.update(bio="Changed")
        for queries in (2, 1, 1):
            with django_assert_num_queries(queries):
                selectors.search_choices()


def test_search_choices_leave_out_what_a_doctor_lacks() -> None:
    cast.make_doctor(days=(), languages=())
    assert selectors.search_choices() == selectors.SearchChoices(
        specialties=[("cardiology", "Cardiology")], places=[], languages=[]
    )


def test_search_choices_of_an_empty_clinic_are_empty() -> None:
    assert selectors.search_choices() == selectors.SearchChoices([], [], [])


# Hours


def test_windows_are_the_hours_of_the_doctor(clinic: dict[str, Doctor]) -> None:
    doctor = cast.make_doctor("Dr. Kumar", days=(2,), hours=((time(9), time(13)),))
    guntur = cast.make_location("Guntur")
    doctor.working_hours.create(
        location=guntur,
        weekday=4,
        opens=time(14),
        closes=time(17, 30),
        valid_from=date(2026, 3, 1),
        valid_until=date(2026, 3, 31),
    )
    zone = ZoneInfo("Asia/Kolkata")
    assert selectors.windows_of(Doctor.objects.with_card().get(pk=doctor.pk)) == [
        Window(2, time(9), time(13), zone, cast.make_location()),
        Window(4, time(14), time(17, 30), zone, guntur, date(2026, 3, 1), date(2026, 3, 31)),
    ]


def test_windows_are_read_from_what_a_card_has_fetched(
    doctor: Doctor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fetched = Doctor.objects.with_card().get(pk=doctor.pk)
    with django_assert_num_queries(0):
        assert len(selectors.windows_of(fetched)) == 10


def test_a_doctor_without_hours_has_no_windows() -> None:
    assert selectors.windows_of(cast.make_doctor(days=())) == []


# Time off


def off(start: int, end: int, **whose: object) -> Busy:
    """Enter time off on Tuesday 3 March, by the hours in India; returns it as busy time."""
    row = TimeOff.objects.create(start=cast.at(3, start), end=cast.at(3, end), **whose)
    return Busy(row.start, row.end, row.location)


def test_time_off_is_sorted_by_doctor(clinic: dict[str, Doctor]) -> None:
    smith, rao, priya = clinic["Smith"], clinic["Rao"], clinic["Priya"]
    conference = off(9, 12, doctor=smith)
    holiday = off(13, 14, doctor=priya)
    closed = off(15, 16, location=cast.make_location("Hyderabad"))
    off(9, 17, location=cast.make_location("Guntur"))
    assert time_off_of([smith, rao, priya], cast.at(3, 0), cast.at(4, 0)) == {
        smith.pk: [conference, closed],
        rao.pk: [closed],
        priya.pk: [holiday],
    }


def time_off_of(doctors: list[Doctor], start: datetime, end: datetime) -> dict[int, list[Busy]]:
    windows = {doctor.pk: selectors.windows_of(doctor) for doctor in doctors}
    return selectors.time_off_of(windows, start, end)


def test_time_off_of_others_is_left_out(clinic: dict[str, Doctor]) -> None:
    off(9, 12, doctor=clinic["Rao"])
    assert time_off_of([clinic["Smith"]], cast.at(3, 0), cast.at(4, 0)) == {}


@pytest.mark.parametrize(
    ("start", "end", "meets"),
    [(9, 12, True), (10, 11, True), (8, 13, True), (8, 9, False), (12, 13, False), (11, 13, True)],
)
def test_time_off_is_what_meets_the_interval(
    doctor: Doctor, start: int, end: int, meets: bool
) -> None:
    row = off(9, 12, doctor=doctor)
    found = time_off_of([doctor], cast.at(3, start), cast.at(3, end))
    assert found[doctor.pk] == ([row] if meets else [])


def test_time_off_comes_in_one_query(
    clinic: dict[str, Doctor], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    off(9, 12, location=cast.make_location("Hyderabad"))
    for names in (["Dr. Smith"], ["Dr. Smith", "Dr. Rao", "Dr. Priya"]):
        doctors = list(Doctor.objects.filter(name__in=names).with_card())
        with django_assert_num_queries(1):
            time_off_of(doctors, cast.at(3, 0), cast.at(4, 0))


def test_time_off_of_nobody_is_empty() -> None:
    assert time_off_of([], cast.at(3, 0), cast.at(4, 0)) == {}
