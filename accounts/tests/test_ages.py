"""How old people are."""

from datetime import date, timedelta

import pytest

from accounts.ages import OF_AGE, age_in_words, birthday, born_by, is_of_age

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


@pytest.mark.parametrize(
    ("born", "day"),
    [
        (date(2008, 3, 2), date(2026, 3, 2)),
        (date(2008, 2, 29), date(2026, 3, 1)),  # there is no 29 February then
        (date(2008, 2, 28), date(2026, 2, 28)),
        (date(2010, 2, 28), date(2028, 2, 28)),
        (date(2010, 3, 1), date(2028, 3, 1)),
    ],
)
def test_who_is_of_age_is_so_from_the_birthday_on(born: date, day: date) -> None:
    before = day - timedelta(days=1)
    assert birthday(born, OF_AGE) == day
    assert (is_of_age(born, before), is_of_age(born, day)) == (False, True)


@pytest.mark.parametrize("year", [2008, 2010])  # with a 29 February, and of age in one with it
def test_birthday_and_the_latest_birth_agree(year: int) -> None:
    born = [date(year, 2, 20) + timedelta(days=number) for number in range(20)]
    days = [date(year + OF_AGE, 2, 20) + timedelta(days=number) for number in range(20)]
    for one in born:
        assert [day for day in days if one <= born_by(day, OF_AGE)] == [
            day for day in days if birthday(one, OF_AGE) <= day
        ]


def test_of_whom_nothing_is_known_is_not_of_age() -> None:
    assert not is_of_age(None, date(2026, 3, 2))
