"""The form by which the directory is searched (the front desk's: test_admin.py)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from docspot.tests import cast
from doctors.forms import DoctorSearchForm
from doctors.models import Doctor

pytestmark = pytest.mark.django_db


def cleaned(**asked: str) -> dict[str, object]:
    form = DoctorSearchForm(asked)
    assert form.is_valid(), form.errors
    return {name: value for name, value in form.cleaned_data.items() if value}


def choices(name: str) -> list[tuple[str, str]]:
    widget: Any = DoctorSearchForm().fields[name].widget
    return [(value, str(label)) for value, label in widget.choices]


def test_an_empty_form_asks_for_everything() -> None:
    assert cleaned() == {}


@pytest.mark.usefixtures("doctor")
def test_all_fields_may_be_set() -> None:
    assert cleaned(
        q="  smith ",
        specialty="cardiology",
        place="Hyderabad",
        language="en",
        free_by="2026-03-05",
        sort="soonest",
    ) == {
        "q": "smith",
        "specialty": "cardiology",
        "place": "Hyderabad",
        "language": "en",
        "free_by": date(2026, 3, 5),
        "sort": "soonest",
    }


@pytest.mark.parametrize("written", ["2026-03-05", "05/03/2026", "5/3/2026", "5 3 2026"])
def test_a_date_may_be_written_in_several_ways(written: str) -> None:
    assert cleaned(free_by=written) == {"free_by": date(2026, 3, 5)}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("q", "x" * 101, "Search for 100 characters or fewer"),
        ("q", "sm\x00ith", "Null characters are not allowed."),
        ("specialty", "phrenology", "Choose one from the list"),
        ("place", "Atlantis", "Choose one from the list"),
        ("place", "hyderabad\x00", "Choose one from the list"),
        ("language", "xx", "Choose one from the list"),
        ("sort", "price", "Choose one from the list"),
        ("free_by", "banana", "Enter a date, like 27 3 2027"),
        ("free_by", "2026-02-30", "Enter a date, like 27 3 2027"),
        ("free_by", "10000-01-01", "Enter a date, like 27 3 2027"),
        ("free_by", "\x00", "Enter a date, like 27 3 2027"),
    ],
)
@pytest.mark.usefixtures("doctor")
def test_a_wrong_value_is_refused_in_words(field: str, value: str, said: str) -> None:
    assert DoctorSearchForm({field: value}).errors == {field: [said]}


def test_sorting_has_two_ways() -> None:
    assert choices("sort") == [("", "Name"), ("soonest", "Next free time")]


def test_what_no_doctor_to_book_has_cannot_be_chosen() -> None:
    cast.make_doctor(status=Doctor.Status.PENDING)
    assert {name: choices(name) for name in ("specialty", "place", "language")} == {
        "specialty": [("", "All specialties")],
        "place": [("", "All places")],
        "language": [("", "Any language")],
    }


@pytest.mark.usefixtures("doctor")
def test_the_choices_are_read_only_if_one_is_made(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        assert DoctorSearchForm({"q": "smith", "free_by": "2026-03-05"}).is_valid()
    with django_assert_num_queries(2):  # whether they changed, and what they are
        assert DoctorSearchForm({"specialty": "cardiology", "place": "Hyderabad"}).is_valid()


@pytest.mark.parametrize(
    ("asked", "narrows"),
    [
        ({}, False),
        ({"q": "  "}, False),
        ({"sort": "soonest"}, False),
        ({"q": "smith"}, True),
        ({"place": "Hyderabad"}, True),
        ({"free_by": "2026-03-05"}, True),
    ],
)
@pytest.mark.usefixtures("doctor")
def test_a_form_narrows_if_any_filter_is_set(asked: dict[str, str], narrows: bool) -> None:
    form = DoctorSearchForm(asked)
    assert form.is_valid()
    assert form.narrows == narrows
