"""How long doctors work: against counting each day by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from appointments.dashboard.capacity import Place, Rule, merged, working_seconds
from appointments.dashboard.periods import Clock, Period, last_days
from doctors.availability import DAY, DAY_SECONDS, Window
from doctors.clashes import happens_on, span

HOUR = 3600
LONDON = ZoneInfo("Europe/London")
# London's clocks change on 25 October 2026 and 28 March 2027, those of the others on days nearby;
# São Paulo's changed at midnight, and the day of 15 October 2017 began at 1am.
ZONES = {
    "Europe/London": date(2026, 10, 20),
    "Asia/Kolkata": date(2026, 10, 20),
    "America/New_York": date(2026, 10, 27),
    "Australia/Lord_Howe": date(2026, 10, 1),  # by half an hour
    "America/Sao_Paulo": date(2017, 10, 10),
    "Africa/Casablanca": date(2026, 2, 10),
}


@dataclass
class Case:
    """Hours of one doctor at two places, and what is off."""

    period: Period
    windows: list[Window]
    own: list[tuple[int, int]]
    closed: dict[int, list[tuple[int, int]]]
    zones: dict[int, ZoneInfo]


def some_case(random: Random) -> Case:
    name, around = random.choice(list(ZONES.items()))
    first = around + DAY * random.randrange(-20, 10)
    zones = {1: ZoneInfo(name), 2: ZoneInfo(random.choice(list(ZONES)))}
    return Case(
        period=Period(first, first + DAY * random.randrange(40)),
        windows=[some_window(random, first, zones) for _ in range(random.randint(1, 5))],
        own=[some_time(random, first) for _ in range(random.randrange(4))],
        closed={
            place: [some_time(random, first) for _ in range(random.randrange(3))] for place in zones
        },
        zones=zones,
    )


def some_window(random: Random, first: date, zones: dict[int, ZoneInfo]) -> Window:
    place = random.choice(list(zones))
    opens, closes = (time(*divmod(random.randrange(0, 1440, 15), 60)) for _ in range(2))
    if random.random() < 0.2:
        closes = time.min
    weeks = random.choice([1, 1, 1, 2, 3])
    begin = first + DAY * random.randrange(-30, 30)
    end = begin + DAY * random.randrange(60)
    return Window(
        weekday=random.randrange(7),
        opens=opens,
        closes=closes,
        zone=zones[place],
        location=SimpleNamespace(pk=place, zone=zones[place]),
        valid_from=begin if weeks > 1 or random.random() < 0.3 else None,
        valid_until=end if random.random() < 0.3 else None,
        closes_next_day=closes <= opens,
        every_weeks=weeks,
    )


def some_time(random: Random, first: date) -> tuple[int, int]:
    start = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    start += random.randrange(-10 * 96, 50 * 96) * 900
    return start, start + random.choice([HOUR, 8 * HOUR, DAY_SECONDS, 5 * DAY_SECONDS])


def hours(window: Window) -> tuple[Any, ...]:
    opens, closes = (wall.hour * HOUR + wall.minute * 60 for wall in (window.opens, window.closes))
    first, last = (day and day.toordinal() for day in (window.valid_from, window.valid_until))
    rule = Rule(window.every_weeks, first, last)
    return (
        7,
        window.location.pk,
        (window.weekday,),
        opens,
        closes + DAY_SECONDS * window.closes_next_day,
        None if rule == Rule() else rule,
    )


def answer(case: Case) -> list[int]:
    places = {
        place: Place(Clock(zone, case.period), case.closed[place])
        for place, zone in case.zones.items()
    }
    off = {7: case.own} if case.own else {}
    return working_seconds(map(hours, case.windows), places, off)[7]


def by_brute_force(case: Case) -> list[int]:
    """Every quarter of an hour of every day on which the hours open, one after the other."""
    found = [0] * 7
    for window in case.windows:
        off = case.own + case.closed[window.location.pk]
        for number in range(-1, case.period.days):
            opening_day = case.period.first + DAY * number
            if not happens_on(window, opening_day):
                continue
            opens, closes = (int(edge.timestamp()) for edge in span(window, opening_day))
            for instant in range(opens, closes, 900):
                day = datetime.fromtimestamp(instant, window.zone).date()
                in_period = case.period.first <= day <= case.period.last
                if in_period and not any(start <= instant < end for start, end in off):
                    found[day.weekday()] += 900
    return found


@pytest.mark.parametrize("seed", range(300))
def test_working_time_is_that_of_each_day_by_itself(seed: int) -> None:
    case = some_case(Random(seed))
    assert answer(case) == by_brute_force(case)


def test_cases_are_not_all_about_nothing() -> None:
    cases = [some_case(Random(seed)) for seed in range(300)]
    answers = [answer(case) for case in cases]
    assert sum(1 for one in answers if any(one)) > 200
    assert {case.windows[0].closes_next_day for case in cases} == {False, True}


def test_hours_across_midnight_belong_to_both_days() -> None:
    """From 10pm on Saturday to 2am on the Sunday on which London's clocks go back at 2am."""
    place = {1: Place(Clock(LONDON, Period(date(2026, 10, 24), date(2026, 10, 25))))}
    night = (7, 1, (5,), 22 * HOUR, DAY_SECONDS + 3 * HOUR, None)
    assert working_seconds([night], place, {}) == {7: [0, 0, 0, 0, 0, 2 * HOUR, 4 * HOUR]}


def test_time_off_at_the_same_time_counts_once() -> None:
    clock = Clock(ZoneInfo("UTC"), Period(date(2026, 3, 2), date(2026, 3, 8)))
    noon = clock.midnight(clock.first) + 12 * HOUR
    place = {1: Place(clock, [(noon, noon + HOUR)])}
    monday = (7, 1, (0,), 9 * HOUR, 17 * HOUR, None)
    assert working_seconds([monday], place, {})[7][0] == 7 * HOUR
    off = {7: [(noon - HOUR, noon + HOUR), (noon, noon + 2 * HOUR)]}
    assert working_seconds([monday], place, off)[7][0] == 5 * HOUR


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], []),
        ([(1, 3), (2, 5)], [(1, 5)]),
        ([(3, 4), (1, 3)], [(1, 4)]),
        ([(1, 9), (2, 3)], [(1, 9)]),
        ([(1, 2), (3, 4)], [(1, 2), (3, 4)]),
    ],
)
def test_intervals_that_meet_are_one(intervals: Any, expected: Any) -> None:
    assert merged(intervals) == expected


@pytest.mark.parametrize(("name", "around"), ZONES.items())
def test_stretches_tell_the_local_day_of_every_instant(name: str, around: date) -> None:
    clock = Clock(ZoneInfo(name), Period(around - 30 * DAY, around + 60 * DAY))
    stretches = clock.stretches()
    assert (stretches[0].begins, stretches[-1].ends) == (clock.begins, clock.ends)
    for one, following in pairwise(stretches):
        assert one.ends == following.begins
    for one in stretches:
        for instant in range(one.begins, one.ends, 900):
            local = datetime.fromtimestamp(instant, clock.zone)
            assert (instant + one.ahead) // DAY_SECONDS == (local.date() - date(1970, 1, 1)).days


def test_period_before_is_as_long() -> None:
    period = last_days(date(2026, 3, 2), 30)
    assert period == (date(2026, 2, 1), date(2026, 3, 2))
    assert period.before == (date(2026, 1, 2), date(2026, 1, 31))
    assert (period.days, period.before.days) == (30, 30)
    assert period.first - period.before.last == timedelta(days=1)
