"""Free times laid out for reading: seven days from a first one, each with its times. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from doctors.availability import Slot

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass
class Day:
    """One day at the doctor's place; its times before midday and after."""

    date: date
    slots_before: list[Slot] = field(default_factory=list)
    slots_after: list[Slot] = field(default_factory=list)

    @property
    def slots(self) -> list[Slot]:
        return self.slots_before + self.slots_after


@dataclass
class Week:
    """The days from `first` on; `previous` and `next` are the first days of the weeks beside."""

    first: date
    days: list[Day]
    previous: date | None
    next: date | None

    @property
    def last(self) -> date:
        return self.days[-1].date

    @property
    def is_empty(self) -> bool:
        return not any(day.slots for day in self.days)


def lay_out(slots: Iterable[Slot], *, first: date, today: date, last_bookable: date) -> Week:
    """The week from `first`; there is none before `today`'s and none after `last_bookable`."""
    days = [Day(first + DAY * number) for number in range(7)]
    for slot in slots:
        local = local_start(slot)
        number = (local.date() - first).days
        if 0 <= number < 7:
            half = days[number].slots_before if local.hour < 12 else days[number].slots_after
            half.append(slot)
    return Week(
        first=first,
        days=days,
        previous=max(first - WEEK, today) if first > today else None,
        next=first + WEEK if first + WEEK <= last_bookable else None,
    )


def local_start(slot: Slot) -> datetime:
    """When the slot begins, on the wall clock of its place."""
    return slot.start.astimezone(slot.location.zone)
