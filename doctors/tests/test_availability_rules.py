"""The rules of the schedule: step, full days, hours across midnight, alternating weeks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from doctors.availability import Busy, Slot, Window, free_slots

INDIA = ZoneInfo("Asia/Kolkata")
LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
KATHMANDU = ZoneInfo("Asia/Kathmandu")

MONDAY = date(2026, 3, 2)
TUESDAY = date(2026, 3, 3)
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)

# The evening before a night in which the clock changes.
BEFORE_LONDON_SPRING = date(2026, 3, 28)  # 1:00 becomes 2:00
BEFORE_LONDON_AUTUMN = date(2026, 10, 24)  # 2:00 becomes 1:00
BEFORE_NEW_YORK_AUTUMN = date(2026, 10, 31)  # 2:00 becomes 1:00
BEFORE_LORD_HOWE_SPRING = date(2026, 10, 3)  # 2:00 becomes 2:30
BEFORE_LORD_HOWE_AUTUMN = date(2026, 4, 4)  # 2:00 becomes 1:30


def open_on(day: date, opens: str, closes: str, zone: ZoneInfo = INDIA, **more: object) -> Window:
    """Weekly hours on the weekday of `day`; they end on the next day if they must."""
    begin, end = time.fromisoformat(opens), time.fromisoformat(closes)
    place = more.pop("location", "clinic")
    return Window(day.weekday(), begin, end, zone, place, closes_next_day=end <= begin, **more)


def offered(
    *windows: Window,
    minutes: int = 60,
    buffer: int = 0,
    step: int | None = None,
    full_days: Iterable[date] = (),
    day: date = MONDAY,
    last_day: date | None = None,
    visits: Iterable[Busy] = (),
    earliest: datetime = LONG_AGO,
    latest: datetime = FAR_AHEAD,
) -> list[Slot]:
    return list(
        free_slots(
            windows=windows,
            time_off=[],
            visits=visits,
            duration=timedelta(minutes=minutes),
            buffer=timedelta(minutes=buffer),
            step=timedelta(minutes=step) if step else None,
            full_days=set(full_days),
            first_day=day,
            last_day=last_day or day,
            earliest=earliest,
            latest=latest,
        )
    )


def walls(slots: list[Slot], zone: ZoneInfo = INDIA) -> list[str]:
    return [f"{slot.start.astimezone(zone):%H:%M}" for slot in slots]


def days(slots: list[Slot], zone: ZoneInfo = INDIA) -> list[date]:
    return [slot.start.astimezone(zone).date() for slot in slots]


def at(wall: str, day: date = MONDAY, zone: ZoneInfo = INDIA) -> datetime:
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=zone).astimezone(UTC)


# The step


@pytest.mark.parametrize(
    ("step", "starts"),
    [
        (None, ["09:00", "10:10"]),  # as far as a visit and its buffer take
        (20, ["09:00", "09:20", "09:40", "10:00", "10:20"]),
        (60, ["09:00", "10:00"]),
        (90, ["09:00"]),
        (700, ["09:00"]),
    ],
)
def test_starts_are_a_step_apart(step: int | None, starts: list[str]) -> None:
    hours = open_on(MONDAY, "09:00", "11:20")
    assert walls(offered(hours, step=step, buffer=10)) == starts


def test_a_step_shorter_than_a_visit_offers_no_time_twice() -> None:
    hours = open_on(MONDAY, "09:00", "12:00")
    taken = Busy(at("10:00"), at("10:40"))
    assert walls(offered(hours, step=20, visits=[taken])) == ["09:00", "10:40", "11:00"]


def test_the_step_is_counted_from_opening_whatever_is_taken() -> None:
    hours = open_on(MONDAY, "09:00", "12:00")
    taken = Busy(at("09:00"), at("09:31"))
    assert walls(offered(hours, step=30, visits=[taken])) == ["10:00", "10:30", "11:00"]


def test_the_first_bookable_time_is_on_the_step() -> None:
    hours = open_on(MONDAY, "09:00", "12:00")
    assert walls(offered(hours, step=25, earliest=at("09:26"))) == ["09:50", "10:15", "10:40"]


def test_the_buffer_holds_on_any_step() -> None:
    hours = open_on(MONDAY, "09:00", "12:00")
    taken = Busy(at("11:00"), at("12:00"))
    assert walls(offered(hours, step=10, minutes=30, buffer=60, visits=[taken])) == [
        "09:00",
        "09:10",
        "09:20",
        "09:30",
    ]


# Full days


def test_nothing_is_offered_on_a_full_day() -> None:
    hours = [open_on(MONDAY + n * DAY, "09:00", "10:00") for n in range(3)]
    slots = offered(*hours, last_day=MONDAY + 2 * DAY, full_days=[TUESDAY])
    assert days(slots) == [MONDAY, MONDAY + 2 * DAY]


def test_a_full_day_is_one_of_the_place() -> None:
    hours = open_on(MONDAY, "00:00", "01:00", INDIA)  # still Sunday in UTC
    assert offered(hours, full_days=[MONDAY - DAY]) != []
    assert offered(hours, full_days=[MONDAY]) == []


def test_of_a_night_only_the_full_day_is_left_out() -> None:
    night = open_on(MONDAY, "22:00", "02:00")
    both = {"day": MONDAY, "last_day": TUESDAY}
    assert walls(offered(night, **both, full_days=[MONDAY])) == ["00:00", "01:00"]
    assert walls(offered(night, **both, full_days=[TUESDAY])) == ["22:00", "23:00"]


# Hours to midnight and across it


def test_hours_may_end_at_midnight() -> None:
    slots = offered(open_on(MONDAY, "22:00", "00:00"))
    assert walls(slots) == ["22:00", "23:00"]
    assert slots[-1].end == at("00:00", TUESDAY)


@pytest.mark.parametrize(
    ("day", "last_day", "starts"),
    [
        (MONDAY, MONDAY, ["22:00", "23:00"]),
        (TUESDAY, TUESDAY, ["00:00", "01:00"]),
        (MONDAY, TUESDAY, ["22:00", "23:00", "00:00", "01:00"]),
        (TUESDAY + DAY, TUESDAY + DAY, []),
    ],
)
def test_a_night_belongs_to_the_days_on_which_visits_begin(
    day: date, last_day: date, starts: list[str]
) -> None:
    night = open_on(MONDAY, "22:00", "02:00")
    assert walls(offered(night, day=day, last_day=last_day)) == starts


def test_a_visit_may_begin_before_midnight_and_end_after() -> None:
    (slot,) = offered(open_on(MONDAY, "23:30", "00:30"))
    assert (slot.start, slot.end) == (at("23:30"), at("00:30", TUESDAY))


def test_a_visit_ends_by_closing_time_on_the_next_day() -> None:
    night = open_on(MONDAY, "22:00", "00:59")
    assert walls(offered(night, last_day=TUESDAY)) == ["22:00", "23:00"]


def test_hours_around_the_clock_offer_each_hour_once() -> None:
    around = [open_on(MONDAY + n * DAY, "00:00", "00:00") for n in range(7)]
    slots = offered(*around, last_day=MONDAY + 6 * DAY)
    assert len(slots) == 7 * 24
    assert all(one.end == then.start for one, then in pairwise(slots))


def test_two_nights_may_overlap_the_next_morning() -> None:
    night, morning = open_on(MONDAY, "23:00", "01:00"), open_on(TUESDAY, "00:00", "02:00")
    assert walls(offered(night, morning, last_day=TUESDAY)) == ["23:00", "00:00", "01:00"]


def test_the_dates_of_validity_are_those_on_which_hours_open() -> None:
    night = open_on(MONDAY, "23:00", "01:00", valid_from=MONDAY, valid_until=MONDAY)
    slots = offered(night, day=MONDAY - WEEK, last_day=MONDAY + WEEK)
    assert days(slots) == [MONDAY, TUESDAY]


# Nights in which the clock changes


@pytest.mark.parametrize(
    ("zone", "evening", "starts"),
    [
        (LONDON, BEFORE_LONDON_SPRING, ["23:00", "00:00", "02:00", "03:00"]),
        (LONDON, BEFORE_LONDON_AUTUMN, ["23:00", "00:00", "01:00", "02:00", "03:00"]),
        (NEW_YORK, BEFORE_NEW_YORK_AUTUMN, ["23:00", "00:00", "01:00", "02:00", "03:00"]),
        (LORD_HOWE, BEFORE_LORD_HOWE_SPRING, ["23:00", "00:00", "01:00", "03:00"]),
        (LORD_HOWE, BEFORE_LORD_HOWE_AUTUMN, ["23:00", "00:00", "01:00", "02:00", "03:00"]),
        (INDIA, MONDAY, ["23:00", "00:00", "01:00", "02:00", "03:00"]),
        (KATHMANDU, MONDAY, ["23:00", "00:00", "01:00", "02:00", "03:00"]),
    ],
)
def test_a_night_shows_the_times_that_the_clock_shows(
    zone: ZoneInfo, evening: date, starts: list[str]
) -> None:
    night = open_on(evening, "23:00", "04:00", zone)
    slots = offered(night, day=evening, last_day=evening + DAY)
    assert walls(slots, zone) == starts


@pytest.mark.parametrize(
    ("zone", "evening", "hours"),
    [
        (LONDON, BEFORE_LONDON_SPRING, 23),
        (LONDON, BEFORE_LONDON_AUTUMN, 25),
        (LORD_HOWE, BEFORE_LORD_HOWE_SPRING, 23.5),
        (LORD_HOWE, BEFORE_LORD_HOWE_AUTUMN, 24.5),
        (INDIA, MONDAY, 24),
    ],
)
def test_hours_around_the_clock_are_as_long_as_their_day(
    zone: ZoneInfo, evening: date, hours: float
) -> None:
    """A visit of exactly that length fits, and one of a minute more does not."""
    around = open_on(evening + DAY, "00:00", "00:00", zone)
    for minutes, count in ((int(hours * 60), 1), (int(hours * 60) + 1, 0)):
        assert len(offered(around, day=evening + DAY, minutes=minutes)) == count


def test_a_step_across_a_skipped_hour_is_one_of_the_wall_clock() -> None:
    night = open_on(BEFORE_LONDON_SPRING, "23:30", "03:00", LONDON)
    slots = offered(
        night,
        minutes=20,
        step=40,
        day=BEFORE_LONDON_SPRING,
        last_day=BEFORE_LONDON_SPRING + DAY,
    )
    assert walls(slots, LONDON) == ["23:30", "00:10", "00:50", "02:10"]


# Alternating weeks


@pytest.mark.parametrize("weeks", [2, 3, 8])
def test_hours_of_every_so_manieth_week(weeks: int) -> None:
    hours = open_on(MONDAY, "09:00", "10:00", valid_from=MONDAY, every_weeks=weeks)
    slots = offered(hours, last_day=MONDAY + 2 * weeks * WEEK)
    assert days(slots) == [MONDAY, MONDAY + weeks * WEEK, MONDAY + 2 * weeks * WEEK]


@pytest.mark.parametrize("later", range(7))
def test_weeks_are_counted_from_the_monday_of_the_first_day(later: int) -> None:
    """Whatever day of its week the first day is; and nothing is before it."""
    sunday = MONDAY + 6 * DAY
    hours = open_on(sunday, "09:00", "10:00", valid_from=MONDAY + later * DAY, every_weeks=2)
    assert days(offered(hours, last_day=MONDAY + 27 * DAY)) == [sunday, sunday + 2 * WEEK]


def test_the_first_day_may_be_after_the_day_of_its_week() -> None:
    hours = open_on(MONDAY, "09:00", "10:00", valid_from=TUESDAY, every_weeks=2)
    assert days(offered(hours, last_day=MONDAY + 4 * WEEK)) == [
        MONDAY + 2 * WEEK,
        MONDAY + 4 * WEEK,
    ]


@pytest.mark.parametrize("begin", range(14))
def test_the_weeks_are_the_same_from_whatever_day_one_asks(begin: int) -> None:
    hours = open_on(MONDAY, "09:00", "10:00", valid_from=MONDAY, every_weeks=2)
    asked_from, end = MONDAY + begin * DAY, MONDAY + 4 * WEEK
    expected = [day for day in (MONDAY, MONDAY + 2 * WEEK, end) if day >= asked_from]
    assert days(offered(hours, day=asked_from, last_day=end)) == expected


def test_a_night_of_alternating_weeks_reaches_into_the_next_week() -> None:
    sunday = MONDAY + 6 * DAY
    night = open_on(sunday, "23:00", "01:00", valid_from=sunday, every_weeks=2)
    assert days(offered(night, day=sunday + DAY, last_day=sunday + 3 * WEEK)) == [
        sunday + DAY,
        sunday + 2 * WEEK,
        sunday + 2 * WEEK + DAY,
    ]


def test_alternating_weeks_end_with_their_last_day() -> None:
    until = MONDAY + 4 * WEEK - DAY
    hours = open_on(MONDAY, "09:00", "10:00", valid_from=MONDAY, valid_until=until, every_weeks=2)
    assert days(offered(hours, last_day=MONDAY + 8 * WEEK)) == [MONDAY, MONDAY + 2 * WEEK]


def test_two_places_in_turn() -> None:
    north = open_on(MONDAY, "09:00", "10:00", valid_from=MONDAY, every_weeks=2, location="north")
    south = open_on(
        MONDAY, "09:00", "10:00", valid_from=MONDAY + WEEK, every_weeks=2, location="south"
    )
    slots = offered(north, south, last_day=MONDAY + 3 * WEEK)
    assert [slot.location for slot in slots] == ["north", "south", "north", "south"]
