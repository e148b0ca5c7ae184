"""What time brings: offers lapse, entries end, times come within reach."""

from __future__ import annotations

from datetime import datetime


def tick_waiting(*, now: datetime) -> None:
    """Do for the waiting list what is due at `now`."""
