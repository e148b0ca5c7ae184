"""Until when an offered time is kept. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from doctors.availability import DAY, to_instant

NIGHT, MORNING = time(21), time(8)  # when people do not read their mails


def kept_until(now: datetime, minutes: int, zone: ZoneInfo) -> datetime:
    """So many minutes from `now`; what would end at night on the clock of the place ends later.

    Then it is kept until so many minutes after the morning has begun there.
    """
    length = timedelta(minutes=minutes)
    until = now + length
    local = until.astimezone(zone)
    if MORNING <= local.time() < NIGHT:
        return until
    day = local.date() if local.time() < MORNING else local.date() + DAY
    return to_instant(day, MORNING, zone) + length
