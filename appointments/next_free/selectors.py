"""Doctors by their next free times, and these times: right now, whatever has happened before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from accounts.sql import from_seconds
from appointments.next_free.models import SHOWN, NextFree, Part, question, seconds
from appointments.next_free.services import find_out
from doctors.models import Doctor, Location


@dataclass(frozen=True)
class Wanted:
    """Which times are asked for: in a part of the day, at weekends only, before an instant.

    `by` is the last date, on the calendar of each place.
    """

    part: Part = Part.ANY
    weekend: bool = False
    before: datetime | None = None
    by: date | None = None

    @property
    def narrows(self) -> bool:
        return self != Wanted()


def wanted_times(asked: Mapping[str, Any], now: datetime) -> Wanted:
    """Which free times a search form or a program asks for."""
    return Wanted(
        part=Part[(asked.get("time") or "any").upper()],
        weekend=asked.get("days") == "weekend",
        before=now + timedelta(days=7) if asked.get("days") == "week" else None,
        by=asked.get("free_by"),
    )


# Plain SQL: this is asked for every page of the directory, and takes the ORM four times as long.
FIRST_TIMES = """
SELECT kept.doctor_id, state.version, kept.start, kept.on_offer_from, kept.last_shown
FROM appointments_nextfree AS kept
JOIN appointments_nextfreestate AS state ON state.doctor_id = kept.doctor_id
WHERE kept.question = %s AND kept.after < %s AND kept.on_offer_until >= %s
    AND kept.doctor_id IN ({})
"""


class KeptTime(NamedTuple):
    """A free time of a doctor, for the visit type of this id."""

    start: datetime
    end: datetime
    location: Location
    visit_type: int


class NextFreeTimes:
    """What is known at `now` of the next free times that are wanted."""

    def __init__(self, wanted: Wanted, *, now: datetime) -> None:
        find_out(now=now)
        self.wanted, self.now = wanted, now
        self.question = question(wanted.part, weekend=wanted.weekend)

    def having(self, doctors: QuerySet[Doctor]) -> QuerySet[Doctor]:
        """Those of the doctors who have such a time, the soonest first."""
        found = doctors.filter(**{f"next_free__{name}": value for name, value in self._next()})
        return found.order_by("next_free__start", "next_free__doctor_id")

    def choose(self, doctors: QuerySet[Doctor], *, soonest_first: bool) -> DoctorList:
        """Those of the doctors who have such a time; all, if no time in particular is wanted.

        By name, or by their next such time, those without one last.
        """
        having = self.having(doctors)
        if self.wanted.narrows:
            return having if soonest_first else having.order_by("name", "id")
        return SoonestFirst(having, doctors) if soonest_first else doctors

    def keys_of(self, doctors: list[int]) -> dict[int, str]:
        """By id a text that changes when the times that `of` gives for the doctor do.

        There is none for those of whom fewer times are shown than could be: the next second may
        bring another.
        """
        if not doctors:
            return {}
        now = seconds(self.now)
        with connection.cursor() as cursor:
            places = ", ".join(["%s"] * len(doctors))
            cursor.execute(FIRST_TIMES.format(places), [self.question, now, now, *doctors])
            return {
                doctor: f"{version}-{start}-{self.question}"
                for doctor, version, start, on_offer_from, last_shown in cursor.fetchall()
                if self._shows_all(start, on_offer_from, last_shown)
            }

    def _shows_all(self, start: int, on_offer_from: int, last_shown: int | None) -> bool:
        if last_shown is None or self.wanted.by:
            return False
        last_on_offer_from = last_shown - (start - on_offer_from)
        before = self.wanted.before
        return last_on_offer_from < seconds(self.now) and (
            before is None or last_shown < seconds(before)
        )

    def of(self, doctors: Iterable[int], count: int = SHOWN) -> dict[int, list[KeptTime]]:
        """The nearest `count` such times of each of these doctors, by id."""
        rows = list(
            NextFree.objects.filter(doctor__in=doctors)
            .filter(**dict(self._on_offer()))
            .order_by("doctor_id", "start")
            .values_list("doctor_id", "start", "end", "location_id", "visit_type_id")
        )
        places = Location.objects.in_bulk({place for *_, place, _ in rows})
        found: dict[int, list[KeptTime]] = defaultdict(list)
        for doctor, start, end, place, visit_type in rows:
            if len(found[doctor]) < count:
                found[doctor].append(
                    KeptTime(from_seconds(start), from_seconds(end), places[place], visit_type)
                )
        return found

    def _on_offer(self) -> list[tuple[str, Any]]:
        now = seconds(self.now)
        conditions: list[tuple[str, Any]] = [
            ("question", self.question),
            ("start__gte", now),  # follows from the next, and is what the index is sorted by
            ("on_offer_until__gte", now),
            ("on_offer_from__lt", now),
        ]
        if self.wanted.before:
            conditions.append(("start__lt", seconds(self.wanted.before)))
        if self.wanted.by:
            conditions.append(("day__lte", self.wanted.by.toordinal()))
        return conditions

    def _next(self) -> list[tuple[str, Any]]:
        return [*self._on_offer(), ("after__lt", seconds(self.now))]


class SoonestFirst:
    """A sequence for a paginator: counts, and reads no more than the slice it is asked for."""

    def __init__(self, having: QuerySet[Doctor], doctors: QuerySet[Doctor]) -> None:
        self.having, self.doctors = having, doctors

    def count(self) -> int:
        return self.doctors.count()

    __len__ = count

    def __getitem__(self, wanted: slice) -> list[Doctor]:
        page = list(self.having[wanted])
        missing = wanted.stop - wanted.start - len(page)
        if missing:
            first = max(0, wanted.start - self.having.count())
            without = self.doctors.exclude(pk__in=self.having.order_by().values("pk"))
            page += without[first : first + missing]
        return page


DoctorList = QuerySet[Doctor] | SoonestFirst
