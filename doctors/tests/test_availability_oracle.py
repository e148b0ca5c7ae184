"""The free times against an oracle that looks at the clock minute by minute, asked at random."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from docspot.tests.proof.brute_force import (
    DAY,
    MINUTE,
    MINUTES_A_DAY,
    Question,
    free_times,
)
from doctors.availability import Busy, Slot, Window, free_slots

# A day on which the clock changes, or that differs in another way, and a zone where it does.
NIGHTS = [
    ("Asia/Kolkata", date(2026, 3, 2)),
    ("Asia/Kathmandu", date(2026, 3, 1)),  # 5:45 ahead
    ("Europe/London", date(2026, 3, 29)),
    ("Europe/London", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Africa/Cairo", date(2026, 4, 24)),  # from 0:00 to 1:00
    ("Africa/Cairo", date(2026, 10, 30)),  # from 24:00 to 23:00 the day before
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
]
PLACES = ("north", "south")


def instant(day: date, minute: int) -> datetime:
    """Minutes after the midnight in UTC with which `day` begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + minute * MINUTE


def clock(minute: int) -> time:
    return time(*divmod(minute % MINUTES_A_DAY, 60))


# The questions


@st.composite
def window(draw: st.DrawFn, zones: list[str], day: date) -> Window:
    opens = draw(
        st.integers(0, 5 * 60) | st.integers(18 * 60, MINUTES_A_DAY - 1) | st.sampled_from([0, 720])
    )
    # To a time of the same day, to midnight, or across it; a whole day at most.
    last = opens + draw(st.just(8 * 60) | st.just(MINUTES_A_DAY))
    closes = draw(st.integers(opens + 1, last) | st.sampled_from([MINUTES_A_DAY, last]))
    closes = max(closes, opens + 1)
    every_weeks = draw(st.sampled_from([1, 1, 1, 2, 3]))
    near = st.sampled_from([day - 15 * DAY, day - 7 * DAY, day - DAY, day, day + DAY])
    valid_from = draw(near if every_weeks > 1 else st.none() | st.none() | near)
    return Window(
        weekday=(day + draw(st.sampled_from([0, 0, 0, -1, -1, 1])) * DAY).weekday(),
        opens=clock(opens),
        closes=clock(closes),
        zone=ZoneInfo(draw(st.sampled_from(zones))),
        location=draw(st.sampled_from(PLACES)),
        valid_from=valid_from,
        valid_until=draw(st.none() | st.none() | st.sampled_from([day - DAY, day, day + DAY])),
        closes_next_day=closes >= MINUTES_A_DAY,
        every_weeks=every_weeks,
    )


@st.composite
def busy(draw: st.DrawFn, day: date, places: tuple[str | None, ...] = (None,)) -> Busy:
    start = draw(st.integers(-MINUTES_A_DAY, 2 * MINUTES_A_DAY))
    end = start + draw(st.integers(1, 180))
    return Busy(instant(day, start), instant(day, end), draw(st.sampled_from(places)))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    zone, day = draw(st.sampled_from(NIGHTS))
    zones = [zone, zone, zone, "Asia/Kolkata"]
    earliest = draw(st.just(-3 * MINUTES_A_DAY) | st.integers(-MINUTES_A_DAY, MINUTES_A_DAY))
    latest = draw(st.just(20 * MINUTES_A_DAY) | st.integers(0, 2 * MINUTES_A_DAY))
    return Question(
        windows=draw(st.lists(window(zones, day), min_size=1, max_size=4)),
        time_off=draw(st.lists(busy(day, (None, *PLACES)), max_size=3)),
        visits=draw(st.lists(busy(day), max_size=6)),
        duration=draw(st.sampled_from([5, 15, 20, 30, 45, 60, 90, 240])),
        buffer=draw(st.sampled_from([0, 0, 5, 10, 45])),
        step=draw(st.sampled_from([None, None, 5, 10, 25, 60, 7 * 60])),
        full_days=draw(st.just(set()) | st.sets(st.sampled_from([day - DAY, day, day + DAY]))),
        first_day=day + draw(st.sampled_from([-1, 0, 0])) * DAY,
        last_day=day + draw(st.sampled_from([0, 0, 0, 1, 1, 15])) * DAY,
        earliest=instant(day, earliest),
        latest=instant(day, latest),
    )


def answer(ask: Question) -> list[Slot]:
    return list(
        free_slots(
            windows=ask.windows,
            time_off=ask.time_off,
            visits=ask.visits,
            duration=ask.duration * MINUTE,
            buffer=ask.buffer * MINUTE,
            step=None if ask.step is None else ask.step * MINUTE,
            full_days=ask.full_days,
            first_day=ask.first_day,
            last_day=ask.last_day,
            earliest=ask.earliest,
            latest=ask.latest,
        )
    )


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(questions())
def test_the_free_times_are_those_of_the_oracle(ask: Question) -> None:
    slots, expected = answer(ask), free_times(ask)
    assert [slot.start for slot in slots] == list(expected)
    assert all(slot.location in expected[slot.start] for slot in slots)
    assert {slot.end - slot.start for slot in slots} <= {ask.duration * MINUTE}


def test_a_question_reaches_what_it_is_about() -> None:
    """The questions of these tests are not all answered by nothing."""
    day = date(2026, 3, 29)
    across = Window(5, time(22), time(4), ZoneInfo("Europe/London"), "north", None, None, True)
    ask = Question(
        windows=[across],
        time_off=[],
        visits=[],
        duration=30,
        buffer=0,
        step=60,
        full_days={day - DAY},
        first_day=day - DAY,
        last_day=day,
        earliest=instant(day, -3 * MINUTES_A_DAY),
        latest=instant(day, 20 * MINUTES_A_DAY),
    )
    shown = [f"{start.astimezone(ZoneInfo('Europe/London')):%H:%M}" for start in free_times(ask)]
    assert shown == ["00:00", "02:00", "03:00"]
    assert next(iter(free_times(ask))) == datetime(2026, 3, 29, tzinfo=UTC)
    assert free_times(ask).keys() == {slot.start for slot in answer(ask)}
    assert {slot.end - slot.start for slot in answer(ask)} == {timedelta(minutes=30)}
