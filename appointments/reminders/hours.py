"""When reminders may go out: by day, on the wall clock of the visit's place. Pure.

Instants are aware; the day's hours are [OPENS, CLOSES).
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from doctors.availability import to_instant

OPENS, CLOSES = time(8), time(20)
DAY = timedelta(days=1)


def may_go_out(at: datetime, zone: ZoneInfo) -> bool:
    return OPENS <= at.astimezone(zone).time() < CLOSES


def next_opening(at: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `at` at which they may, for one at which they may not."""
    local = at.astimezone(zone)
    day = local.date() if local.time() < OPENS else local.date() + DAY
    return to_instant(day, OPENS, zone)
