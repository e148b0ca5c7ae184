"""Whether hours are ever at the same time: days, midnight, dates, weeks, zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from doctors.availability import Window
from doctors.clashes import at_the_same_time, ends_next_day, ever_happens, happens_on, span


@dataclass(frozen=True)
class Place:
    zone: ZoneInfo


HERE = Place(ZoneInfo("Asia/Kolkata"))
LONDON = Place(ZoneInfo("Europe/London"))
NEW_YORK = Place(ZoneInfo("America/New_York"))
MONDAY, TUESDAY, SUNDAY = 0, 1, 6
FIRST = date(2026, 3, 2)  # a Monday


def window(place: Place = HERE, **fields: Any) -> Window:
    """Mondays from 9:00 to 13:00."""
    usual = {"weekday": MONDAY, "opens": time(9), "closes": time(13)}
    return Window(**usual | fields, zone=place.zone, location=place)


def clash(one: Window, other: Window) -> bool:
    together = at_the_same_time(one, other)
    assert at_the_same_time(other, one) is together
    return together


@pytest.mark.parametrize(
    ("other", "together"),
    [
        ({}, True),
        ({"opens": time(13), "closes": time(14)}, False),
        ({"opens": time(8), "closes": time(9)}, False),
        ({"opens": time(8), "closes": time(9, 1)}, True),
        ({"weekday": TUESDAY}, False),
        ({"weekday": SUNDAY}, False),
        ({"valid_until": date(2026, 2, 28)}, False),
        ({"valid_until": date(2026, 3, 1)}, False),
        ({"valid_until": date(2026, 3, 2)}, True),
        ({"valid_from": date(2026, 4, 1)}, False),
        ({"valid_from": date(2026, 3, 31)}, False),
        ({"valid_from": date(2026, 3, 30)}, True),
    ],
)
def test_windows_clash_when_they_share_an_instant_on_a_day_of_both(
    other: dict[str, Any], together: bool
) -> None:
    march = window(valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 31))
    assert clash(march, window(**other)) is together


@pytest.mark.parametrize(
    ("closes", "together"), [(time(0), False), (time(9), False), (time(9, 1), True)]
)
def test_hours_across_midnight_clash_with_those_of_the_next_morning(
    closes: time, together: bool
) -> None:
    night = window(weekday=SUNDAY, opens=time(22), closes=closes, closes_next_day=True)
    assert clash(night, window()) is together


def test_hours_of_a_whole_day_do_not_clash_with_those_of_the_next() -> None:
    day = {"opens": time(8), "closes": time(8), "closes_next_day": True}
    assert not clash(window(**day), window(**day, weekday=TUESDAY))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ((2, FIRST), (2, FIRST), True),
        ((2, FIRST), (2, date(2026, 3, 9)), False),
        ((2, FIRST), (2, date(2026, 3, 16)), True),
        ((2, FIRST), (4, date(2026, 3, 9)), False),
        ((2, FIRST), (4, date(2026, 3, 16)), True),
        ((2, FIRST), (3, date(2026, 3, 9)), True),  # six weeks are enough for both
        ((8, FIRST), (7, date(2026, 3, 9)), True),
        ((6, FIRST), (4, date(2026, 3, 9)), False),
    ],
)
def test_alternating_weeks_clash_when_a_week_is_of_both(
    one: tuple[int, date], other: tuple[int, date], together: bool
) -> None:
    windows = [window(every_weeks=weeks, valid_from=day) for weeks, day in (one, other)]
    assert clash(*windows) is together


def test_alternating_weeks_do_not_clash_before_they_meet() -> None:
    """Every second and every third week meet on 30 March first."""
    one = window(every_weeks=2, valid_from=FIRST)
    other = {"every_weeks": 3, "valid_from": date(2026, 3, 9)}
    assert not clash(one, window(**other, valid_until=date(2026, 3, 29)))
    assert clash(one, window(**other, valid_until=date(2026, 3, 30)))


@pytest.mark.parametrize(("first", "together"), [(FIRST, False), (date(2026, 3, 9), True)])
def test_sunday_night_of_one_week_meets_monday_of_the_next(first: date, together: bool) -> None:
    night = window(
        weekday=SUNDAY,
        opens=time(22),
        closes=time(10),
        closes_next_day=True,
        every_weeks=2,
        valid_from=FIRST,
    )
    assert clash(night, window(every_weeks=2, valid_from=first)) is together


def test_extra_hours_clash_with_those_of_their_week_only() -> None:
    extra = window(valid_from=date(2026, 3, 9), valid_until=date(2026, 3, 9))
    assert clash(extra, window())
    assert not clash(extra, window(every_weeks=2, valid_from=FIRST))


@pytest.mark.parametrize(
    ("opens", "closes", "together"),
    [
        (time(9), time(13), False),  # 2:30pm in India, or 1:30pm in summer
        (time(4), time(8), True),
        (time(8, 30), time(13), False),
        (time(8), time(13), True),  # in summer, until 8:30
    ],
)
def test_hours_in_two_zones_are_compared_as_instants(
    opens: time, closes: time, together: bool
) -> None:
    assert clash(window(), window(LONDON, opens=opens, closes=closes)) is together


def test_hours_in_two_zones_clash_even_in_the_weeks_between_two_clock_changes() -> None:
    """New York changes its clock before London: 9am there is then 1pm here, else 2pm."""
    afternoon = window(LONDON, opens=time(13, 15), closes=time(13, 45))
    assert clash(afternoon, window(NEW_YORK))
    winter = {"valid_from": date(2026, 1, 1), "valid_until": date(2026, 3, 7)}
    assert not clash(afternoon, window(NEW_YORK, **winter))


@pytest.mark.parametrize("years", [(1, 1), (1, 9999), (9999, 9999)])
def test_dates_far_away_are_not_too_much(years: tuple[int, int]) -> None:
    far = window(valid_from=date(years[0], 1, 1), valid_until=date(years[1], 12, 31))
    assert clash(far, window()) is (years == (1, 9999))


@pytest.mark.parametrize(
    ("dates", "happens"),
    [
        ({}, True),
        ({"valid_from": FIRST, "valid_until": FIRST}, True),
        ({"valid_from": date(2026, 3, 3), "valid_until": date(2026, 3, 8)}, False),
        ({"valid_from": date(2026, 3, 3), "valid_until": date(2026, 3, 9)}, True),
        ({"valid_until": date(2026, 3, 1)}, True),
        # Of every second week only the later days are left in the first.
        (
            {"valid_from": date(2026, 3, 3), "valid_until": date(2026, 3, 15), "every_weeks": 2},
            False,
        ),
        (
            {"valid_from": date(2026, 3, 3), "valid_until": date(2026, 3, 16), "every_weeks": 2},
            True,
        ),
    ],
)
def test_hours_happen_if_their_day_lies_between_their_dates(
    dates: dict[str, Any], happens: bool
) -> None:
    assert ever_happens(window(**dates)) is happens


def test_weeks_are_counted_from_that_of_the_first_day() -> None:
    hours = window(every_weeks=2, valid_from=date(2026, 3, 4))
    days = [date(2026, 3, day) for day in (2, 9, 16, 17, 23, 30)]
    assert [day.day for day in days if happens_on(hours, day)] == [16, 30]


def test_span_of_hours_across_midnight_ends_on_the_next_day() -> None:
    night = window(LONDON, opens=time(22), closes=time(2), closes_next_day=True)
    opening, closing = span(night, date(2026, 3, 28))  # the clock goes forward that night
    assert [instant.isoformat() for instant in (opening, closing)] == [
        "2026-03-28T22:00:00+00:00",
        "2026-03-29T01:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("closes", "said", "ends"),
    [(time(0), False, True), (time(2), False, False), (time(2), True, True)],
)
def test_hours_to_midnight_end_on_the_next_day(closes: time, said: bool, ends: bool) -> None:
    assert ends_next_day(closes, said) is ends
