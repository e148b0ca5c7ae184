"""How many visits each doctor has, so that all together are as many as were asked for."""

from __future__ import annotations

from dataclasses import dataclass

from docspot.demo.doctors import Doctor
from docspot.demo.frame import Frame
from docspot.demo.weeks import Place

ROUNDS = 80  # of halving: exact for all that a float can tell
LATER = 3  # calendars to come are less full than those past were, but for the full ones

Day = tuple[int, tuple[Place, ...]]


class TooMany(ValueError):
    """The calendars cannot hold so many visits."""


@dataclass(frozen=True)
class Load:
    past: int
    to_come: int


def split_days(doctor: Doctor, frame: Frame) -> tuple[list[Day], list[Day]]:
    """The days with hours that are over, and those to come; not the one that is going on."""
    past: list[Day] = []
    to_come: list[Day] = []
    now = frame.now
    for day in doctor.open_days(frame, frame.first_day, frame.last_day):
        begins, places = day
        if begins + places[-1].closes <= now:
            past.append(day)
        elif begins + places[0].start >= now:
            to_come.append(day)
    return past, to_come


def room_of(doctor: Doctor, frame: Frame) -> Load:
    """How many visits fit in: none for who is not approved, none to come for who is suspended."""
    if doctor.row.status == "pending":
        return Load(0, 0)
    past, to_come = (sum(len(places) for _, places in days) for days in split_days(doctor, frame))
    return Load(past, to_come if doctor.row.status == "approved" else 0)


def share_out(total: int, rooms: list[Load], eagerness: list[float]) -> list[Load]:
    """`total` visits over calendars with room; the eager ones are filled first.

    Raises TooMany if they do not fit.
    """
    flat = [room for load in rooms for room in (load.past, load.to_come)]
    eager = [one for base in eagerness for one in (base, base**LATER)]
    if total > sum(flat):
        raise TooMany(sum(flat))
    counts = _filled(flat, eager, _exponent(total, flat, eager))
    _mend(counts, flat, eager, total - sum(counts))
    return [Load(*pair) for pair in zip(counts[::2], counts[1::2], strict=True)]


def _filled(rooms: list[int], eager: list[float], exponent: float) -> list[int]:
    return [round(room * one**exponent) for room, one in zip(rooms, eager, strict=True)]


def _exponent(total: int, rooms: list[int], eager: list[float]) -> float:
    low, high = -40.0, 40.0  # as powers of two
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        if sum(_filled(rooms, eager, 2**middle)) > total:
            low = middle
        else:
            high = middle
    return float(2**high)


def _mend(counts: list[int], rooms: list[int], eager: list[float], missing: int) -> None:
    """Add the few that rounding has left out: first where it is neither empty nor full."""
    order = sorted(range(len(rooms)), key=lambda number: abs(eager[number] - 1 / 2))
    while missing:
        for number in order:
            if missing and counts[number] < rooms[number]:
                counts[number] += 1
                missing -= 1
