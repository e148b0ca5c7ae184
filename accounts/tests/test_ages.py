"""How old people are."""

from datetime import date

import pytest

from accounts.ages import age_in_words

MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (date(1986, 3, 2), "40 years"),
        (date(1986, 3, 3), "39 years"),
        (date(2024, 3, 2), "2 years"),
        (date(2024, 3, 3), "23 months"),
        (date(2026, 1, 1), "8 weeks"),
        (date(2026, 2, 22), "1 week"),
        (date(2026, 3, 2), "0 weeks"),
        (date(2026, 3, 3), ""),
        (date(2000, 2, 29), "26 years"),
        (None, ""),
    ],
)
def test_age_is_said(born: date | None, age: str) -> None:
    assert age_in_words(born, MONDAY) == age


def test_who_was_born_on_29_february_is_older_on_1_march() -> None:
    born = date(2004, 2, 29)
    ages = [age_in_words(born, day) for day in (date(2026, 2, 28), date(2026, 3, 1))]
    assert ages == ["21 years", "22 years"]
