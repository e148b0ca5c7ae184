"""How old people are."""

from datetime import date

import pytest

from accounts.ages import age_on


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1980, 5, 5), date(2026, 5, 4), 45),
        (date(1980, 5, 5), date(2026, 5, 5), 46),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2026, 3, 2), date(2026, 3, 2), 0),
        (date(2026, 3, 3), date(2026, 3, 2), None),
        (None, date(2026, 3, 2), None),
    ],
)
def test_age_is_in_whole_years(born: date | None, day: date, age: int | None) -> None:
    assert age_on(day, born) == age
