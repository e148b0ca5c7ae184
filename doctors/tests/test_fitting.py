"""What stands against a start: nothing exactly if it is on offer; else what is named is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docspot.tests.proof.brute_force import DAY, MINUTE, Question, free_times, holds_on
from doctors.availability import Busy, Window, free_slots, openings
from doctors.fitting import Against, Rule, Schedule, Taken, against, fits
from doctors.tests.test_availability_oracle import questions

INDIA = ZoneInfo("Asia/Kolkata")
LONDON = ZoneInfo("Europe/London")
MONDAY = date(2026, 3, 2)


def at(wall: str, day: date = MONDAY, zone: ZoneInfo = INDIA) -> datetime:
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=zone).astimezone(UTC)


def hours(opens: str, closes: str, weekday: int = 0, **more: object) -> Window:
    zone = more.pop("zone", INDIA)
    return Window(
        weekday, time.fromisoformat(opens), time.fromisoformat(closes), zone, "clinic", **more
    )


MORNING, AFTERNOON = hours("09:00", "13:00"), hours("14:00", "17:00")
HALF_AN_HOUR = {"duration": 30 * MINUTE, "buffer": 0 * MINUTE}


def schedule(*windows: Window, **more: object) -> Schedule:
    return Schedule(**{"windows": windows, "time_off": (), "visits": ()} | more)


def rules(found: list[Against]) -> list[Rule]:
    return [one.rule for one in found]


@pytest.mark.parametrize(
    ("wall", "named"),
    [
        ("09:00", []),
        ("12:30", []),
        ("08:59", [Rule.BEFORE_HOURS]),
        ("13:00", [Rule.BREAK]),
        ("17:00", [Rule.AFTER_HOURS]),
        ("12:45", [Rule.TOO_LONG]),
        ("09:10", [Rule.GRID]),
    ],
)
def test_hours_of_the_day(wall: str, named: list[Rule]) -> None:
    assert rules(against(schedule(MORNING, AFTERNOON), at(wall), **HALF_AN_HOUR)) == named


@pytest.mark.parametrize(
    ("window", "named"),
    [
        (replace(MORNING, weekday=1), Rule.WEEKDAY),
        (replace(MORNING, valid_from=date(2026, 3, 3)), Rule.NOT_YET),
        (replace(MORNING, valid_until=date(2026, 3, 1)), Rule.NO_LONGER),
        (replace(MORNING, valid_from=date(2026, 2, 23), every_weeks=2), Rule.OTHER_WEEK),
    ],
)
def test_day_without_hours(window: Window, named: Rule) -> None:
    assert rules(against(schedule(window), at("09:00"), **HALF_AN_HOUR)) == [named]


def test_no_hours_at_all() -> None:
    assert rules(against(schedule(), at("09:00"), **HALF_AN_HOUR)) == [Rule.NO_HOURS]


def test_hours_across_midnight_are_those_of_both_days() -> None:
    night = hours("22:00", "02:00", closes_next_day=True)
    tuesday = MONDAY + DAY
    assert against(schedule(night), at("01:30", tuesday), **HALF_AN_HOUR) == []
    found = against(schedule(night), at("03:00", tuesday), **HALF_AN_HOUR)
    assert rules(found) == [Rule.AFTER_HOURS]


def test_nearest_starts_on_the_grid_are_told() -> None:
    (found,) = against(schedule(MORNING), at("09:10"), **HALF_AN_HOUR)
    assert found.starts == (at("09:00"), at("09:30"))


@pytest.mark.parametrize(
    ("start", "end", "until", "named"),
    [
        ("09:45", "10:15", "10:15", Rule.VISIT),
        ("09:00", "09:55", "10:05", Rule.BUFFER),
        ("10:30", "11:00", "11:00", Rule.OWN_BUFFER),
    ],
)
def test_visit_is_named_with_how_it_stands_against(
    start: str, end: str, until: str, named: Rule
) -> None:
    taken = Taken(at(start), at(end), at(until), "visit")
    plan = schedule(MORNING, visits=[taken], step=15 * MINUTE)
    found = against(plan, at("10:00"), duration=30 * MINUTE, buffer=15 * MINUTE)
    assert found == [Against(named, taken=taken)]


def test_all_that_stands_against_is_named() -> None:
    away = Busy(at("08:00"), at("12:00"))
    closed = Busy(at("00:00"), at("23:00"), "clinic")
    elsewhere = Busy(at("00:00"), at("23:00"), "other")
    plan = schedule(MORNING, time_off=[away, closed, elsewhere], full_days={MONDAY})
    found = against(plan, at("09:10"), **HALF_AN_HOUR)
    assert rules(found) == [Rule.GRID, Rule.FULL_DAY, Rule.TIME_OFF, Rule.CLOSED]
    assert [one.busy for one in found[2:]] == [away, closed]


def test_fits_off_the_grid_but_not_out_of_the_hours() -> None:
    plan = schedule(MORNING, visits=[Taken(at("10:00"), at("10:30"), at("10:30"))])
    assert fits(plan, at("09:10"), **HALF_AN_HOUR).end == at("09:40")
    assert fits(plan, at("09:31"), **HALF_AN_HOUR) is None
    assert fits(plan, at("12:31"), **HALF_AN_HOUR) is None
    assert fits(plan, at("08:59"), **HALF_AN_HOUR) is None


def test_second_pass_of_a_repeated_hour_fits_and_is_on_no_grid() -> None:
    night = hours("00:00", "06:00", weekday=6, zone=LONDON)
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 1:30 for the second time
    assert rules(against(schedule(night), second, **HALF_AN_HOUR)) == [Rule.GRID]
    assert fits(schedule(night), second, **HALF_AN_HOUR).start == second


# At random


def plan_of(ask: Question) -> Schedule:
    return Schedule(
        windows=list(ask.windows),
        time_off=ask.time_off,
        visits=[
            Taken(busy.start, busy.end, busy.end, number) for number, busy in enumerate(ask.visits)
        ],
        full_days=ask.full_days,
        step=None if ask.step is None else ask.step * MINUTE,
    )


def all_day(ask: Question) -> Question:
    """The same without bounds, as those are not the schedule's."""
    far = {"earliest": datetime(2000, 1, 1, tzinfo=UTC), "latest": datetime(2100, 1, 1, tzinfo=UTC)}
    return replace(ask, first_day=ask.first_day - DAY, last_day=ask.first_day + 2 * DAY, **far)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(questions(), st.data())
def test_nothing_stands_against_what_is_on_offer_alone(ask: Question, data: st.DataObject) -> None:
    ask = all_day(ask)
    plan, offered = plan_of(ask), free_times(ask)
    midnight = datetime.combine(ask.first_day + DAY, time(), tzinfo=UTC)
    some = data.draw(st.lists(st.integers(-720, 2 * 1440), min_size=5, max_size=15))
    near = data.draw(st.lists(st.sampled_from(list(offered)), max_size=10)) if offered else []
    starts = [midnight + minute * MINUTE for minute in some] + near
    starts += [start + MINUTE for start in near] + [busy.end for busy in ask.visits]
    for start in starts:
        if not ask.first_day < start.date() < ask.last_day:
            continue
        found = against(plan, start, duration=ask.duration * MINUTE, buffer=ask.buffer * MINUTE)
        assert (found == []) == (start in offered), (start, found)
        for one in found:
            check_true(one, ask, start)
        check_complete(found, plan, ask, start)


def check_true(one: Against, ask: Question, start: datetime) -> None:
    """What is named is so, by the plain meaning of its name."""
    end, buffer = start + ask.duration * MINUTE, ask.buffer * MINUTE
    around = [
        opening
        for window in ask.windows
        for opening in openings(window, start.date() - DAY, start.date() + DAY)
    ]
    days = {window: start.astimezone(window.zone).date() for window in ask.windows}
    is_open = any(opening.start <= start < opening.end for opening in around)
    match one.rule:
        case Rule.NO_HOURS:
            assert not ask.windows
        case Rule.WEEKDAY:
            assert not is_open
            assert not any(window.weekday == day.weekday() for window, day in days.items())
        case Rule.NOT_YET:
            assert not is_open
            assert all(days[window] < (window.valid_from or date.min) for window in one.windows)
        case Rule.NO_LONGER:
            assert not is_open
            assert all(days[window] > (window.valid_until or date.max) for window in one.windows)
        case Rule.OTHER_WEEK:
            assert not any(holds_on(window, days[window]) for window in one.windows)
            assert all(window.every_weeks > 1 for window in one.windows)
        case Rule.BEFORE_HOURS:
            assert all(start < opening.start for opening in one.openings)
        case Rule.AFTER_HOURS:
            assert all(opening.end <= start for opening in one.openings)
        case Rule.BREAK:
            assert not is_open
            assert any(opening.end <= start for opening in one.openings)
            assert any(start < opening.start for opening in one.openings)
        case Rule.TOO_LONG:
            assert all(opening.start <= start < opening.end < end for opening in one.openings)
        case Rule.GRID:
            assert is_open
            assert start not in one.starts
        case Rule.FULL_DAY:
            assert set(days.values()) & set(ask.full_days)
        case Rule.TIME_OFF | Rule.CLOSED:
            assert one.busy in ask.time_off
            assert (one.busy.location is None) == (one.rule == Rule.TIME_OFF)
            assert one.busy.start < end
            assert start < one.busy.end
        case Rule.VISIT:
            assert one.taken.start < end
            assert start < one.taken.end
        case Rule.BUFFER:
            assert one.taken.end <= start < one.taken.until
        case Rule.OWN_BUFFER:
            assert end <= one.taken.start < end + buffer


def check_complete(found: list[Against], plan: Schedule, ask: Question, start: datetime) -> None:
    """With all that is named out of the way, the start is on offer; off the grid, if on none."""
    if {one.rule for one in found} <= {
        Rule.GRID,
        Rule.FULL_DAY,
        Rule.TIME_OFF,
        Rule.CLOSED,
        Rule.VISIT,
        Rule.BUFFER,
        Rule.OWN_BUFFER,
    }:
        gone = {one.taken.visit for one in found if one.taken}
        freed = replace(
            plan,
            time_off=[off for off in plan.time_off if off not in [one.busy for one in found]],
            visits=[taken for taken in plan.visits if taken.visit not in gone],
            full_days=() if Rule.FULL_DAY in rules(found) else plan.full_days,
        )
        lengths = {"duration": ask.duration * MINUTE, "buffer": ask.buffer * MINUTE}
        assert fits(freed, start, **lengths) is not None
        if Rule.GRID not in rules(found):
            slots = free_slots(
                windows=freed.windows,
                time_off=freed.time_off,
                visits=[Busy(taken.start, taken.until) for taken in freed.visits],
                full_days=freed.full_days,
                step=freed.step,
                first_day=ask.first_day,
                last_day=ask.last_day,
                earliest=ask.earliest,
                latest=ask.latest,
                **lengths,
            )
            assert start in [slot.start for slot in slots]


@settings(max_examples=40, deadline=None, derandomize=True, database=None)
@given(questions())
def test_what_fits_is_what_the_oracle_offers_at_every_minute(ask: Question) -> None:
    """Each minute of the wall clock, as if visits could begin at any."""
    ask = all_day(replace(ask, step=None))
    wanted = free_times(replace(ask, step=1))
    first = datetime.combine(ask.first_day + DAY, time(), tzinfo=UTC)
    lengths = {"duration": ask.duration * MINUTE, "buffer": ask.buffer * MINUTE}
    zones = {window.zone for window in ask.windows}
    for minute in range(0, 1440, 7):
        start = first + timedelta(minutes=minute)
        if any(start.astimezone(zone).fold for zone in zones):
            continue  # the second pass of a repeated hour is on no grid
        slot = fits(plan_of(ask), start, **lengths)
        assert (slot is not None) == (start in wanted), start
        if slot is not None:
            assert slot.location in wanted[start]
            assert slot.end - slot.start == ask.duration * MINUTE
