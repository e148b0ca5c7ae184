"""Which times suit somebody, and until when an offer is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from appointments.waiting.keeping import kept_until
from appointments.waiting.wishes import suits

INDIA = ZoneInfo("Asia/Kolkata")
LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Wished:
    weekdays: int = 0b1111111
    from_time: time | None = None
    to_time: time | None = None
    first_day: date = date(2026, 3, 2)
    last_day: date = date(2026, 3, 31)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=INDIA)


@pytest.mark.parametrize(
    ("wished", "start", "fits"),
    [
        (Wished(), local(2, 0), True),
        (Wished(), local(31, 23, 59), True),
        (Wished(), local(1, 23, 59), False),
        (Wished(last_day=date(2026, 3, 30)), local(31, 0), False),
        (Wished(weekdays=0b0000001), local(2, 9), True),  # a Monday
        (Wished(weekdays=0b1111110), local(2, 9), False),
        (Wished(weekdays=0b1000000), local(8, 9), True),  # a Sunday
        (Wished(weekdays=0), local(2, 9), False),
        (Wished(from_time=time(9)), local(2, 9), True),
        (Wished(from_time=time(9)), local(2, 8, 59), False),
        (Wished(to_time=time(9)), local(2, 8, 59), True),
        (Wished(to_time=time(9)), local(2, 9), False),
        (Wished(from_time=time(9), to_time=time(10)), local(2, 9, 30), True),
    ],
)
def test_time_suits_by_day_and_clock(wished: Wished, start: datetime, fits: bool) -> None:
    assert suits(wished, start) is fits


@pytest.mark.parametrize(
    ("now", "minutes", "until"),
    [
        (local(2, 12), 30, local(2, 12, 30)),
        (local(2, 20, 29), 30, local(2, 20, 59)),
        (local(2, 20, 30), 30, local(3, 8, 30)),  # would end at 21:00
        (local(2, 23, 45), 30, local(3, 8, 30)),  # after midnight
        (local(3, 2), 30, local(3, 8, 30)),
        (local(3, 7, 29), 30, local(3, 8, 30)),
        (local(3, 7, 30), 30, local(3, 8)),
        (local(2, 20), 24 * 60, local(3, 20)),
    ],
)
def test_offer_is_kept_over_the_night(now: datetime, minutes: int, until: datetime) -> None:
    assert kept_until(now, minutes, INDIA) == until


def test_night_in_which_the_clock_changes_is_kept_too() -> None:
    now = datetime(2026, 3, 28, 22, 0, tzinfo=LONDON)
    until = kept_until(now, 45, LONDON)
    assert until == datetime(2026, 3, 29, 8, 45, tzinfo=LONDON)
