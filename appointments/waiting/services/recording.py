"""The story of a place on the waiting list."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.rows import insert_row
from appointments.actors import Holder, login_of
from appointments.models import WaitingEntry, WaitingEvent


def record(
    *, entry: WaitingEntry, kind: WaitingEvent.Kind, by: User | Holder | None, now: datetime
) -> None:
    """Write a line of it, in the transaction of what it tells; `by` is None where time did it."""
    by_link = isinstance(by, Holder)
    insert_row(WaitingEvent(entry=entry, kind=kind, by=login_of(by), by_link=by_link, at=now))
