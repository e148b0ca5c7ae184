"""What becomes of a visit: how it was booked, and what happened to it then."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from docspot.demo import medicine
from docspot.demo.chance import Weighted
from docspot.demo.frame import DAY, HOUR, MINUTE

PAST = Weighted([("completed", 81), ("no_show", 6), ("cancelled", 12), ("declined", 1)])
TO_COME = Weighted([("confirmed", 92), ("cancelled", 8)])
TO_APPROVE = Weighted([("pending", 34), ("confirmed", 54), ("cancelled", 7), ("declined", 5)])
STAY = ("completed", "confirmed")
BY_PHONE, BY_CLINIC, MOVED = 0.15, 0.25, 0.03
LONGEST_LEAD, SHORTEST_LEAD, CUT_OFF = 85 * DAY, 3 * HOUR, 2 * HOUR

# kind, by, at, start, note
Line = tuple[str, int, int, int, str]


class Facts(NamedTuple):
    start: int
    end: int
    booker_id: int  # who books for the patient
    clinic_id: int  # the login of the doctor, or of the front desk
    staff_id: int
    on_approval: bool
    stays: bool  # neither cancelled nor declined


class Story(NamedTuple):
    status: str
    booked_by: int
    booked_at: int
    sequence: int
    lines: list[Line]


def tell(chance: Random, facts: Facts, now: int) -> Story:
    """The story so far of a visit that is over before `now`, or begins after it."""
    random = chance.random
    start, _, booker_id, clinic_id, staff_id, on_approval, _ = facts
    shortest = max(SHORTEST_LEAD, start - now)
    booked_at = _between(random() ** 3, start - shortest, start - LONGEST_LEAD)
    booked_by = staff_id if random() < BY_PHONE else booker_id
    status = _status(chance, facts, is_past=start < now)
    lines: list[Line] = []
    at = booked_at
    if on_approval:
        lines.append(("requested", booked_by, at, start, ""))
        if status not in ("pending", "declined"):
            at = _between(random(), at, min(at + 2 * DAY, start - CUT_OFF, now))
            lines.append(("confirmed", clinic_id, at, start, ""))
    else:
        lines.append(("confirmed", booked_by, at, start, ""))
    sequence = 0
    if status in STAY and random() < MOVED:
        lines = [(kind, by, when, start + 7 * DAY, note) for kind, by, when, _, note in lines]
        at = _between(random(), at, min(start - CUT_OFF, now))
        lines.append(("moved", booked_by, at, start, ""))
        sequence = 1
    lines += _ending(chance, facts, status, booked_by, at, now)
    return Story(status, booked_by, booked_at, sequence, lines)


def _status(chance: Random, facts: Facts, *, is_past: bool) -> str:
    if facts.stays:
        return "completed" if is_past else "confirmed"
    if is_past:
        status = PAST.pick(chance)
        return "completed" if status == "declined" and not facts.on_approval else status
    return (TO_APPROVE if facts.on_approval else TO_COME).pick(chance)


def _ending(
    chance: Random, facts: Facts, status: str, booked_by: int, at: int, now: int
) -> list[Line]:
    start, clinic = facts.start, facts.clinic_id
    if status == "completed":
        arrived = start + (int(chance.random() * 21) - 15) * MINUTE
        left = facts.end + (int(chance.random() * 13) - 3) * MINUTE
        return [
            ("checked_in", facts.staff_id, arrived, start, ""),
            ("completed", clinic, left, start, ""),
        ]
    if status == "no_show":
        return [("no_show", clinic, facts.end, start, "")]
    until = min(start - CUT_OFF, now)
    if status == "declined":
        when = _between(chance.random(), at, min(at + 2 * DAY, until))
        return [("declined", clinic, when, start, chance.choice(medicine.DECLINED))]
    if status == "cancelled":
        when = _between(chance.random(), at, until)
        if chance.random() < BY_CLINIC:
            note = chance.choice(medicine.CANCELLED_BY_CLINIC)
            return [("cancelled", clinic, when, start, note)]
        return [("cancelled", booked_by, when, start, chance.choice(medicine.CANCELLED))]
    return []


def _between(share: float, first: int, last: int) -> int:
    """A whole minute."""
    return first + int((last - first) * share) // MINUTE * MINUTE
