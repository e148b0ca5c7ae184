"""What is asked of the assistant: who is away when, and what was decided about each visit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.core import signing
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doctors.availability import DAY, Busy
from doctors.models import Doctor, Location, TimeOff
from doctors.wall_clock import clock, day_and_clock, written
from doctors.wall_clock import day as say_day


class Span(NamedTuple):
    """From `start` until `end`, which is not included."""

    start: datetime
    end: datetime
    reason: str = ""

    def say(self, zone: ZoneInfo) -> str:
        """Monday 9 March 2026, or from when to when: without times where the days are whole."""
        begins, ends = self.start.astimezone(zone), self.end.astimezone(zone)
        if begins.time() == ends.time() == time.min:
            first, last = begins.date(), ends.date() - DAY
            if first == last:
                return say_day(first)
            return _("%(first)s to %(last)s") % {"first": say_day(first), "last": say_day(last)}
        first_instant = day_and_clock(self.start, zone)
        if begins.date() == ends.date():
            return _("%(first)s to %(last)s") % {
                "first": first_instant,
                "last": clock(self.end, zone),
            }
        return _("%(first)s to %(last)s") % {
            "first": first_instant,
            "last": day_and_clock(self.end, zone),
        }


@dataclass(frozen=True)
class Absence:
    """A doctor who is away, or a place that is closed; `time_off` where it is entered already."""

    spans: tuple[Span, ...]
    doctor: Doctor | None = None
    location: Location | None = None
    time_off: TimeOff | None = None

    @classmethod
    def of(cls, time_off: TimeOff) -> Absence:
        span = Span(time_off.start, time_off.end, time_off.reason)
        return cls((span,), time_off.doctor, time_off.location, time_off)

    @property
    def start(self) -> datetime:
        return min(span.start for span in self.spans)

    @property
    def end(self) -> datetime:
        return max(span.end for span in self.spans)

    @property
    def busy(self) -> list[Busy]:
        """For the availability module."""
        return [Busy(span.start, span.end, self.location) for span in self.spans]

    def is_of(self, doctor: Doctor) -> bool:
        """Whether it takes time of this doctor; that of a place only while they work there."""
        return self.doctor is None or self.doctor.pk == doctor.pk

    def meets(self, start: datetime, end: datetime) -> bool:
        return any(span.start < end and start < span.end for span in self.spans)


# What is decided about a visit


class Move(NamedTuple):
    """To the free time of this doctor (an id) that begins at `start`."""

    start: datetime
    doctor: int


class Ask(NamedTuple):
    """The patient is asked to choose another time; the visit stays until then."""


class Cancel(NamedTuple):
    """The visit does not take place; `note` is read by its patient."""

    note: str = ""


class Leave(NamedTuple):
    """Nothing more: the patient has been asked already, and may still answer."""


Decision = Move | Ask | Cancel | Leave
SHAPE = re.compile(r"move:(?P<doctor>[0-9]{1,18}):(?P<start>[0-9TZ:+.-]{20,40})")


def said(decision: Decision) -> str:
    """As it stands in a form; `read` is the way back."""
    if isinstance(decision, Move):
        return f"move:{decision.doctor}:{written(decision.start)}"
    return type(decision).__name__.lower()


def read(text: str, note: str = "") -> Decision | None:
    """None for what means nothing."""
    simple: dict[str, Decision] = {"ask": Ask(), "cancel": Cancel(note), "leave": Leave()}
    if text in simple:
        return simple[text]
    match = SHAPE.fullmatch(text)
    try:
        start = parse_datetime(match["start"]) if match else None
    except ValueError:
        return None
    if match is None or start is None or start.tzinfo is None or not 2000 <= start.year < 2300:
        return None
    return Move(start, int(match["doctor"]))


# On its way through a form


SALT = "absence"


def seal(absence: Absence) -> str:
    """The absence, checked, as it travels in the form with the visits; `open_seal` reads it."""
    spans = [[span.start.isoformat(), span.end.isoformat(), span.reason] for span in absence.spans]
    sealed = {
        "doctor": absence.doctor.pk if absence.doctor else None,
        "location": absence.location.pk if absence.location else None,
        "spans": spans,
    }
    return signing.dumps(sealed, salt=SALT, compress=True)


def open_seal(sealed: str) -> dict[str, Any] | None:
    """The ids of `doctor` and `location` and the `spans`; None for what we did not seal."""
    try:
        found: Mapping[str, Any] = signing.loads(sealed, salt=SALT)
    except signing.BadSignature:
        return None
    return {**found, "spans": spans_of(found["spans"])}


def spans_of(rows: Iterable[tuple[str, str, str]]) -> tuple[Span, ...]:
    return tuple(
        Span(datetime.fromisoformat(start), datetime.fromisoformat(end), reason)
        for start, end, reason in rows
    )
