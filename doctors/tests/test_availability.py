"""When a doctor is free, by the clock on the wall; test_availability_oracle.py asks at random."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from doctors.availability import Busy, Slot, Window, free_slots, to_instant

INDIA = ZoneInfo("Asia/Kolkata")
LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")

MONDAY = date(2026, 3, 2)
DAY = timedelta(days=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2100, 1, 1, tzinfo=UTC)

LONDON_SPRING = date(2026, 3, 29)  # 1:00 becomes 2:00
LONDON_AUTUMN = date(2026, 10, 25)  # 2:00 becomes 1:00
NEW_YORK_SPRING = date(2026, 3, 8)  # 2:00 becomes 3:00
NEW_YORK_AUTUMN = date(2026, 11, 1)  # 2:00 becomes 1:00
LORD_HOWE_SPRING = date(2026, 10, 4)  # 2:00 becomes 2:30
LORD_HOWE_AUTUMN = date(2026, 4, 5)  # 2:00 becomes 1:30


def open_on(day: date, opens: str, closes: str, zone: ZoneInfo = INDIA, **more: object) -> Window:
    """Weekly hours on the weekday of `day`."""
    hours = (day.weekday(), time.fromisoformat(opens), time.fromisoformat(closes))
    return Window(*hours, zone, more.pop("location", "clinic"), **more)


def at(wall: str, day: date = MONDAY, zone: ZoneInfo = INDIA) -> datetime:
    """An instant by the wall clock; in a repeated hour its first pass."""
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=zone).astimezone(UTC)


def busy(start: str, end: str, location: str | None = None) -> Busy:
    return Busy(at(start), at(end), location)


def offered(
    *windows: Window,
    minutes: int = 30,
    buffer: int = 0,
    day: date = MONDAY,
    last_day: date | None = None,
    visits: Iterable[Busy] = (),
    time_off: Iterable[Busy] = (),
    earliest: datetime = LONG_AGO,
    latest: datetime = FAR_AHEAD,
) -> list[Slot]:
    return list(
        free_slots(
            windows=windows,
            time_off=time_off,
            visits=visits,
            duration=timedelta(minutes=minutes),
            buffer=timedelta(minutes=buffer),
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


# The grid


def test_times_are_offered_from_opening_in_steps_of_the_visit() -> None:
    assert offered(open_on(MONDAY, "09:00", "10:00")) == [
        Slot(at("09:00"), at("09:30"), "clinic"),
        Slot(at("09:30"), at("10:00"), "clinic"),
    ]


def test_times_are_instants_in_utc() -> None:
    (slot,) = offered(open_on(MONDAY, "09:00", "09:30"))
    assert slot.start.isoformat() == "2026-03-02T03:30:00+00:00"
    assert slot.end.isoformat() == "2026-03-02T04:00:00+00:00"


@pytest.mark.parametrize(
    ("closes", "starts"),
    [
        ("09:29", []),
        ("09:30", ["09:00"]),
        ("09:59", ["09:00"]),
        ("10:00", ["09:00", "09:30"]),
        ("10:15", ["09:00", "09:30"]),
    ],
)
def test_a_visit_ends_by_closing_time(closes: str, starts: list[str]) -> None:
    assert walls(offered(open_on(MONDAY, "09:00", closes))) == starts


def test_a_break_between_two_windows_is_kept_free() -> None:
    hours = (open_on(MONDAY, "09:00", "10:30"), open_on(MONDAY, "11:15", "12:00"))
    assert walls(offered(*hours)) == ["09:00", "09:30", "10:00", "11:15"]


def test_windows_may_come_in_any_order() -> None:
    hours = (open_on(MONDAY, "14:00", "15:00"), open_on(MONDAY, "09:00", "10:00"))
    assert walls(offered(*hours)) == ["09:00", "09:30", "14:00", "14:30"]


def test_a_doctor_without_hours_offers_nothing() -> None:
    assert offered() == []


def test_overlapping_windows_offer_a_start_once() -> None:
    hours = (open_on(MONDAY, "09:00", "10:30"), open_on(MONDAY, "09:30", "11:00"))
    assert walls(offered(*hours)) == ["09:00", "09:30", "10:00", "10:30"]


def test_overlapping_windows_keep_their_own_grids() -> None:
    hours = (open_on(MONDAY, "09:00", "10:00"), open_on(MONDAY, "09:10", "10:10"))
    assert walls(offered(*hours)) == ["09:00", "09:10", "09:30", "09:40"]


# Days


def test_hours_are_offered_on_their_weekday_in_each_week() -> None:
    slots = offered(open_on(MONDAY, "09:00", "09:30"), last_day=MONDAY + 20 * DAY)
    assert days(slots) == [MONDAY, MONDAY + 7 * DAY, MONDAY + 14 * DAY]


def test_both_days_of_the_range_are_included() -> None:
    hours = [open_on(MONDAY + n * DAY, "09:00", "09:30") for n in range(7)]
    tuesday, thursday = MONDAY + DAY, MONDAY + 3 * DAY
    slots = offered(*hours, day=tuesday, last_day=thursday)
    assert days(slots) == [tuesday, MONDAY + 2 * DAY, thursday]


@pytest.mark.parametrize("last_day", [MONDAY - DAY, MONDAY + 5 * DAY])
def test_a_range_without_the_weekday_offers_nothing(last_day: date) -> None:
    hours = open_on(MONDAY, "09:00", "09:30")
    assert offered(hours, day=MONDAY + DAY, last_day=last_day) == []


def test_both_validity_dates_are_included() -> None:
    hours = open_on(
        MONDAY,
        "09:00",
        "09:30",
        valid_from=MONDAY + 7 * DAY,
        valid_until=MONDAY + 14 * DAY,
    )
    slots = offered(hours, last_day=MONDAY + 28 * DAY)
    assert days(slots) == [MONDAY + 7 * DAY, MONDAY + 14 * DAY]


def test_hours_are_not_offered_a_day_outside_their_validity() -> None:
    hours = open_on(
        MONDAY,
        "09:00",
        "09:30",
        valid_from=MONDAY + DAY,
        valid_until=MONDAY + 13 * DAY,
    )
    assert days(offered(hours, last_day=MONDAY + 28 * DAY)) == [MONDAY + 7 * DAY]


def test_a_validity_in_the_past_offers_nothing() -> None:
    hours = open_on(MONDAY, "09:00", "09:30", valid_until=MONDAY - DAY)
    assert offered(hours, last_day=MONDAY + 28 * DAY) == []


def test_times_are_computed_only_as_they_are_asked_for() -> None:
    slots = free_slots(
        windows=[open_on(MONDAY, "09:00", "17:00")],
        time_off=[],
        visits=[],
        duration=timedelta(minutes=30),
        buffer=timedelta(),
        first_day=MONDAY,
        last_day=date(9999, 12, 31),
        earliest=LONG_AGO,
        latest=FAR_AHEAD,
    )
    assert next(slots) == Slot(at("09:00"), at("09:30"), "clinic")


# The first and the last instant that can be booked


def test_the_earliest_instant_is_included() -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    assert walls(offered(hours, earliest=at("09:30"))) == ["09:30", "10:00"]


def test_a_time_just_before_the_earliest_is_not_offered() -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    assert walls(offered(hours, earliest=at("09:30") + timedelta(microseconds=1))) == ["10:00"]


def test_the_latest_instant_is_excluded() -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    assert walls(offered(hours, latest=at("10:00"))) == ["09:00", "09:30"]


def test_a_time_just_before_the_latest_is_offered() -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    latest = at("10:00") + timedelta(microseconds=1)
    assert walls(offered(hours, latest=latest)) == ["09:00", "09:30", "10:00"]


# Visits and buffers


def test_visits_may_touch() -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    assert walls(offered(hours, visits=[busy("09:30", "10:00")])) == ["09:00", "10:00"]


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [
        ("09:29", "09:30", ["09:30", "10:00"]),
        ("09:59", "10:01", ["09:00"]),
        ("09:35", "09:40", ["09:00", "10:00"]),
        ("08:00", "11:00", []),
        ("08:00", "09:00", ["09:00", "09:30", "10:00"]),
        ("10:30", "11:00", ["09:00", "09:30", "10:00"]),
    ],
)
def test_a_visit_takes_each_time_it_meets(start: str, end: str, free: list[str]) -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    assert walls(offered(hours, visits=[busy(start, end)])) == free


def test_visits_may_come_in_any_order_and_overlap() -> None:
    visits = [
        busy("11:00", "11:30"),
        busy("09:00", "10:30"),
        busy("09:10", "09:20"),
        busy("10:30", "11:00"),
    ]
    hours = open_on(MONDAY, "09:00", "12:00")
    assert walls(offered(hours, visits=visits)) == ["11:30"]


def test_a_buffer_widens_the_grid() -> None:
    hours = open_on(MONDAY, "09:00", "11:00")
    assert walls(offered(hours, buffer=10)) == ["09:00", "09:40", "10:20"]


def test_a_buffer_is_not_part_of_the_time_offered() -> None:
    (slot,) = offered(open_on(MONDAY, "09:00", "09:30"), buffer=10)
    assert slot == Slot(at("09:00"), at("09:30"), "clinic")


def test_a_buffer_may_run_past_closing_time() -> None:
    assert walls(offered(open_on(MONDAY, "09:00", "10:10"), buffer=10)) == ["09:00", "09:40"]


def test_a_buffer_may_run_into_a_break_and_past_it() -> None:
    hours = (open_on(MONDAY, "09:00", "09:30"), open_on(MONDAY, "09:45", "10:15"))
    assert walls(offered(*hours, buffer=30)) == ["09:00", "09:45"]


def test_a_buffer_may_run_into_time_off() -> None:
    hours = open_on(MONDAY, "09:00", "09:30")
    assert walls(offered(hours, buffer=30, time_off=[busy("09:30", "17:00")])) == ["09:00"]


@pytest.mark.parametrize(("next_visit", "free"), [("09:44", []), ("09:45", ["09:00"])])
def test_a_buffer_must_not_run_into_the_next_visit(next_visit: str, free: list[str]) -> None:
    hours = open_on(MONDAY, "09:00", "09:30")
    assert walls(offered(hours, buffer=15, visits=[busy(next_visit, "10:00")])) == free


def test_the_buffer_of_a_visit_is_part_of_its_busy_time() -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    half_an_hour_and_its_buffer = busy("09:00", "09:40")
    assert walls(offered(hours, visits=[half_an_hour_and_its_buffer])) == ["10:00"]


# Time off


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [
        ("09:30", "10:00", ["09:00", "10:00"]),
        ("09:29", "10:01", []),
        ("00:00", "23:59", []),
        ("08:00", "09:00", ["09:00", "09:30", "10:00"]),
    ],
)
def test_time_off_takes_each_time_it_meets(start: str, end: str, free: list[str]) -> None:
    hours = open_on(MONDAY, "09:00", "10:30")
    assert walls(offered(hours, time_off=[busy(start, end)])) == free


def test_time_off_of_the_doctor_holds_at_all_places() -> None:
    hours = (
        open_on(MONDAY, "09:00", "10:00", location="north"),
        open_on(MONDAY, "10:00", "11:00", location="south"),
    )
    assert walls(offered(*hours, time_off=[busy("09:30", "10:30")])) == ["09:00", "10:30"]


def test_time_off_of_a_place_holds_there_only() -> None:
    hours = (
        open_on(MONDAY, "09:00", "10:00", location="north"),
        open_on(MONDAY, "10:00", "11:00", location="south"),
    )
    closed = busy("00:00", "23:00", "north")
    assert offered(*hours, time_off=[closed]) == [
        Slot(at("10:00"), at("10:30"), "south"),
        Slot(at("10:30"), at("11:00"), "south"),
    ]


def test_a_start_at_two_places_is_offered_at_the_one_that_is_open() -> None:
    hours = (
        open_on(MONDAY, "09:00", "10:00", location="north"),
        open_on(MONDAY, "09:00", "10:00", location="south"),
    )
    closed = busy("09:00", "09:30", "north")
    assert [slot.location for slot in offered(*hours, time_off=[closed])] == ["south", "north"]


def test_a_visit_takes_the_doctor_wherever_it_is() -> None:
    hours = (
        open_on(MONDAY, "09:00", "10:00", location="north"),
        open_on(MONDAY, "09:00", "10:00", location="south"),
    )
    assert walls(offered(*hours, visits=[busy("09:00", "09:30")])) == ["09:30"]


# Places in different zones


def test_places_in_different_zones_stay_in_the_order_of_time() -> None:
    hours = (
        open_on(MONDAY, "09:00", "10:00", LONDON, location="London"),
        open_on(MONDAY, "09:00", "10:00", INDIA, location="Hyderabad"),
        open_on(MONDAY, "13:45", "14:45", INDIA, location="Guntur"),
    )
    assert [(f"{slot.start:%H:%M}", slot.location) for slot in offered(*hours)] == [
        ("03:30", "Hyderabad"),
        ("04:00", "Hyderabad"),
        ("08:15", "Guntur"),
        ("08:45", "Guntur"),
        ("09:00", "London"),
        ("09:30", "London"),
    ]


def test_a_day_is_that_of_the_place() -> None:
    hours = open_on(MONDAY, "00:00", "00:30", INDIA)  # still Sunday in London
    (slot,) = offered(hours)
    assert slot.start == datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


def test_a_half_hour_zone_is_on_the_half_hour() -> None:
    (slot,) = offered(open_on(MONDAY, "09:00", "09:30", INDIA))
    assert slot.start == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)


# The clock goes forward


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes", "starts"),
    [
        (LONDON, LONDON_SPRING, "00:00", "03:00", ["00:00", "00:30", "02:00", "02:30"]),
        (NEW_YORK, NEW_YORK_SPRING, "01:00", "04:00", ["01:00", "01:30", "03:00", "03:30"]),
        (LORD_HOWE, LORD_HOWE_SPRING, "01:00", "03:30", ["01:00", "01:30", "02:30", "03:00"]),
        (INDIA, LONDON_SPRING, "00:30", "02:30", ["00:30", "01:00", "01:30", "02:00"]),
    ],
)
def test_a_skipped_hour_offers_nothing(
    zone: ZoneInfo, day: date, opens: str, closes: str, starts: list[str]
) -> None:
    assert walls(offered(open_on(day, opens, closes, zone), day=day), zone) == starts


@pytest.mark.parametrize(
    ("opens", "closes", "starts"),
    [
        ("01:15", "03:00", ["02:15"]),  # opens in it, and keeps its grid
        ("00:00", "01:30", ["00:00", "00:30"]),  # closes in it: when the clock jumps
        ("01:05", "01:55", []),  # lies in it
        ("01:00", "02:00", []),
    ],
)
def test_hours_may_begin_and_end_in_a_skipped_hour(
    opens: str, closes: str, starts: list[str]
) -> None:
    hours = open_on(LONDON_SPRING, opens, closes, LONDON)
    assert walls(offered(hours, day=LONDON_SPRING), LONDON) == starts


def test_a_visit_does_not_run_past_a_closing_time_that_is_skipped() -> None:
    hours = open_on(LONDON_SPRING, "00:00", "01:30", LONDON)
    slots = offered(hours, day=LONDON_SPRING, minutes=40)
    assert walls(slots, LONDON) == ["00:00"]


def test_a_visit_across_a_skipped_hour_is_as_long_as_any() -> None:
    hours = open_on(LONDON_SPRING, "00:30", "04:00", LONDON)
    first, *later = offered(hours, day=LONDON_SPRING, minutes=60)
    assert first.end - first.start == timedelta(minutes=60)
    assert f"{first.end.astimezone(LONDON):%H:%M}" == "02:30"
    assert walls(later, LONDON) == ["02:30"]


def test_a_day_of_23_hours_offers_22_whole_ones() -> None:
    hours = open_on(LONDON_SPRING, "00:00", "23:59", LONDON)
    slots = offered(hours, day=LONDON_SPRING, minutes=60)
    assert walls(slots, LONDON) == ["00:00", *(f"{hour:02}:00" for hour in range(2, 23))]
    assert slots[-1].end - slots[0].start == timedelta(hours=22)


def test_an_hour_skipped_at_midnight_offers_nothing() -> None:
    cairo, day = ZoneInfo("Africa/Cairo"), date(2026, 4, 24)
    slots = offered(open_on(day, "00:00", "02:00", cairo), day=day)
    assert walls(slots, cairo) == ["01:00", "01:30"]
    assert days(slots, cairo) == [day, day]


def test_a_day_that_is_skipped_offers_nothing() -> None:
    samoa, friday = ZoneInfo("Pacific/Apia"), date(2011, 12, 30)
    hours = [open_on(friday + n * DAY, "09:00", "09:30", samoa) for n in (-1, 0, 1)]
    slots = offered(*hours, day=friday - DAY, last_day=friday + DAY)
    assert days(slots, samoa) == [friday - DAY, friday + DAY]
    assert slots[1].start - slots[0].start == DAY


# The clock goes back


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes", "starts"),
    [
        (
            LONDON,
            LONDON_AUTUMN,
            "00:30",
            "03:00",
            ["23:30", "00:00", "00:30", "02:00", "02:30"],
        ),
        (
            NEW_YORK,
            NEW_YORK_AUTUMN,
            "00:30",
            "03:00",
            ["04:30", "05:00", "05:30", "07:00", "07:30"],
        ),
        (
            LORD_HOWE,
            LORD_HOWE_AUTUMN,
            "01:00",
            "03:00",
            ["14:00", "14:30", "15:30", "16:00"],
        ),
    ],
)
def test_a_repeated_hour_is_offered_once(
    zone: ZoneInfo, day: date, opens: str, closes: str, starts: list[str]
) -> None:
    slots = offered(open_on(day, opens, closes, zone), day=day)
    assert [f"{slot.start:%H:%M}" for slot in slots] == starts  # in UTC


@pytest.mark.parametrize(
    ("opens", "closes", "starts"),
    [
        ("00:00", "01:30", ["23:00", "23:30", "00:00"]),  # closes in its first pass
        ("01:15", "01:45", ["00:15"]),  # lies in it
        ("01:30", "02:30", ["00:30", "02:00"]),  # opens in its first pass
    ],
)
def test_hours_may_begin_and_end_in_a_repeated_hour(
    opens: str, closes: str, starts: list[str]
) -> None:
    hours = open_on(LONDON_AUTUMN, opens, closes, LONDON)
    slots = offered(hours, day=LONDON_AUTUMN)
    assert [f"{slot.start:%H:%M}" for slot in slots] == starts  # in UTC


def test_a_visit_across_a_repeated_hour_is_as_long_as_any() -> None:
    hours = open_on(LONDON_AUTUMN, "01:30", "02:30", LONDON)
    (slot,) = offered(hours, day=LONDON_AUTUMN, minutes=60)
    assert slot.end - slot.start == timedelta(minutes=60)
    assert f"{slot.end.astimezone(LONDON):%H:%M}" == "01:30"


def test_a_long_visit_fits_into_a_night_with_a_repeated_hour() -> None:
    hours = open_on(LONDON_AUTUMN, "00:00", "03:00", LONDON)
    (slot,) = offered(hours, day=LONDON_AUTUMN, minutes=240)
    assert slot.end == datetime(2026, 10, 25, 3, tzinfo=UTC)


def test_a_day_of_25_hours_offers_each_hour_of_the_clock_once() -> None:
    hours = open_on(LONDON_AUTUMN, "00:00", "23:59", LONDON)
    slots = offered(hours, day=LONDON_AUTUMN, minutes=60)
    assert walls(slots, LONDON) == [f"{hour:02}:00" for hour in range(23)]
    assert slots[-1].end - slots[0].start == timedelta(hours=24)


def test_a_visit_in_the_second_pass_leaves_the_first_free() -> None:
    second_pass = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 1:30 once more
    hours = open_on(LONDON_AUTUMN, "01:30", "02:30", LONDON)
    slots = offered(
        hours, day=LONDON_AUTUMN, visits=[Busy(second_pass, second_pass + timedelta(minutes=30))]
    )
    assert walls(slots, LONDON) == ["01:30", "02:00"]


# The instant of a wall-clock time


@pytest.mark.parametrize(
    ("day", "wall", "zone", "instant"),
    [
        (MONDAY, "09:00", INDIA, "2026-03-02T03:30:00+00:00"),
        (MONDAY, "00:00", INDIA, "2026-03-01T18:30:00+00:00"),
        (LONDON_SPRING, "00:59", LONDON, "2026-03-29T00:59:00+00:00"),
        (LONDON_SPRING, "01:00", LONDON, "2026-03-29T01:00:00+00:00"),  # skipped: the jump
        (LONDON_SPRING, "01:59", LONDON, "2026-03-29T01:00:00+00:00"),
        (LONDON_SPRING, "02:00", LONDON, "2026-03-29T01:00:00+00:00"),
        (LONDON_AUTUMN, "01:30", LONDON, "2026-10-25T00:30:00+00:00"),  # repeated: the first
        (LONDON_AUTUMN, "02:00", LONDON, "2026-10-25T02:00:00+00:00"),
        (LORD_HOWE_SPRING, "02:15", LORD_HOWE, "2026-10-03T15:30:00+00:00"),
        (LORD_HOWE_AUTUMN, "01:45", LORD_HOWE, "2026-04-04T14:45:00+00:00"),
        (NEW_YORK_SPRING, "02:30", NEW_YORK, "2026-03-08T07:00:00+00:00"),
        (date(2011, 12, 30), "12:00", ZoneInfo("Pacific/Apia"), "2011-12-30T10:00:00+00:00"),
    ],
)
def test_to_instant(day: date, wall: str, zone: ZoneInfo, instant: str) -> None:
    assert to_instant(day, time.fromisoformat(wall), zone).isoformat() == instant
