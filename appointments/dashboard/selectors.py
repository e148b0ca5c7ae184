"""The figures, counted by the database: six questions, however many visits there are.

The days of a period are those of each place's own calendar. So each place is asked about by itself,
from its own midnight to its own midnight: an index that begins with the place makes that cheap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.sql import adapted, in_seconds
from appointments.dashboard.capacity import AnyHours, Interval, Place, Rule, working_seconds
from appointments.dashboard.figures import TIME_KEPT, Figures, Statuses, Use, by_use
from appointments.dashboard.periods import Clock, Period, Stretch, instant_of
from appointments.models import Appointment
from doctors.availability import DAY_SECONDS
from doctors.models import Doctor, Location

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def zones_in_use() -> dict[int, ZoneInfo]:
    """The time zone of each place, by id."""
    places = Location.objects.order_by().values_list("pk", "time_zone")
    return {pk: ZoneInfo(name) for pk, name in places}


def main_zone(zones: dict[int, ZoneInfo]) -> ZoneInfo:
    """That of most places: by its calendar it is known which day it is today."""
    counted = Counter(zone.key for zone in zones.values())
    return ZoneInfo(min(counted, key=lambda name: (-counted[name], name), default="UTC"))


def figures_of(period: Period, *, zones: dict[int, ZoneInfo], now: datetime) -> Figures:
    """All figures of the period; `zones` is zones_in_use()."""
    names = {zone.key for zone in zones.values()} or {main_zone(zones).key}
    clocks = {name: Clock(ZoneInfo(name), period) for name in sorted(names)}
    counts = _counts(period, clocks, now)
    new = _newcomers(period, main_zone(zones))
    worked = _worked({pk: clocks[zone.key] for pk, zone in zones.items()}, _hours(new.token))
    booked, booked_by_weekday, lead_days = _booked(clocks, worked)
    return Figures(
        period=period,
        now=Statuses(counts["today"]),
        waiting=counts["waiting"].total(),
        doctors_waiting=new.doctors,
        statuses=Statuses(counts["period"]),
        before=Statuses(counts["before"]),
        new_patients=new.patients,
        new_patients_before=new.patients_before,
        weekdays=[
            Use(booked_by_weekday[weekday], sum(seconds[weekday] for seconds in worked.values()))
            for weekday in range(7)
        ],
        doctors=by_use(booked, worked),
        lead_days=lead_days,
    )


def names_of(doctors: Iterable[int]) -> dict[int, str]:
    return dict(Doctor.objects.filter(pk__in=doctors).order_by().values_list("pk", "name"))


# How many visits


def _counts(period: Period, clocks: dict[str, Clock], now: datetime) -> dict[str, Counter[str]]:
    """How many visits of each status: in the period, in that before, today, and still waiting."""
    rows = []
    for name, clock in clocks.items():
        today = now.astimezone(clock.zone).date()
        spans = clock, Clock(clock.zone, period.before), Clock(clock.zone, Period(today, today))
        edges = [edge for span in spans for edge in (span.begins, span.ends)]
        for status in Appointment.Status.values:
            waits = now if status == Appointment.Status.PENDING else NEVER
            rows.append((name, status, *map(instant_of, edges), waits, NEVER))
    numbers = range(len(COUNTED))
    counts = [
        f"({COUNT.format(begins=f'span.begins{n}', ends=f'span.ends{n}')}) AS count{n}"
        for n in numbers
    ]
    query = COUNTS.format(
        edges=", ".join(f"begins{n}, ends{n}" for n in numbers),
        spans=_values(rows, ("text", "text", *["timestamptz"] * 2 * len(COUNTED))),
        counts=", ".join(counts),
        sums=", ".join(f"SUM(count{n})" for n in numbers),
    )
    found: dict[str, Counter[str]] = {what: Counter() for what in COUNTED}
    for status, *counts in _ask(query, rows):
        for what, count in zip(COUNTED, counts, strict=True):
            found[what][status] = int(count)
    return found


COUNTED = ("period", "before", "today", "waiting")
# Each count is a walk along the index, for one status at one place; grouping the visits themselves
# would sort them all first. What the limit is for is said below.
COUNT = """
    SELECT COUNT(*) FROM appointments_appointment AS visit
    WHERE visit.location_id = place.id AND visit.status = span.status
    AND visit.start >= {begins} AND visit.start < {ends}
"""
COUNTS = """
WITH span (zone, status, {edges}) AS ({spans})
SELECT status, {sums} FROM (
    SELECT span.status, {counts} FROM span CROSS JOIN doctors_location AS place
    WHERE place.time_zone = span.zone
    LIMIT 1000000000
) AS one GROUP BY status
"""


def _booked(
    clocks: dict[str, Clock], worked: Collection[int]
) -> tuple[dict[int, int], list[int], Counter[int]]:
    """Seconds booked by doctor and by weekday; visits by days from booking to start.

    Of the visits that took place or hold their time. By weekday those with the doctors `worked`,
    with whose hours they are compared. When a visit was booked is read off the clock as it is at
    the visit.
    """
    rows = [(name, *_written(one)) for name, clock in clocks.items() for one in clock.stretches()]
    query = BOOKED.format(
        stretches=_values(rows, ("text", "timestamptz", "timestamptz", "bigint")),
        statuses=_values([(status,) for status in TIME_KEPT], ("text",)),
        start=in_seconds("visit.start"),
        until=in_seconds('visit."end"'),
        booked=in_seconds("visit.booked_at"),
        visits=JOINED[connection.vendor].format(VISIT),
        leads=JOINED[connection.vendor].format(LEAD),
    )
    [(visits, leads)] = _ask(query, [*rows, TIME_KEPT])
    by_doctor: dict[int, int] = defaultdict(int)
    by_weekday = [0] * 7
    for code, count in _counted(visits):
        which, length = divmod(code, LONGER_THAN_ANY)
        doctor, weekday = divmod(which, 7)
        by_doctor[doctor] += length * count
        if doctor in worked:
            by_weekday[weekday] += length * count
    lead_days: Counter[int] = Counter()
    for days, count in _counted(leads):
        lead_days[max(0, days)] += count
    return by_doctor, by_weekday, lead_days


def _counted(joined: str | None) -> Iterator[tuple[int, int]]:
    """How often there is each number."""
    for code, count in Counter(joined.split(",")).items() if joined else ():
        yield int(code), count


# One walk along the index, with one text of numbers as its answer, that are counted here: grouping
# would sort the visits first, which takes twice the time. The limit, which nothing reaches, keeps
# SQLite from reading each date three times.
BOOKED = """
WITH stretch (zone, begins, ends, ahead) AS ({stretches}),
state (status) AS ({statuses})
SELECT {visits}, {leads} FROM (
    SELECT visit.doctor_id AS doctor, {start} + stretch.ahead AS starts,
    {until} + stretch.ahead AS until, {booked} + stretch.ahead AS booked
    FROM stretch CROSS JOIN doctors_location AS place CROSS JOIN state
    CROSS JOIN appointments_appointment AS visit
    WHERE place.time_zone = stretch.zone
    AND visit.location_id = place.id AND visit.status = state.status
    AND visit.start >= stretch.begins AND visit.start < stretch.ends
    LIMIT 1000000000
) AS one
"""
JOINED = {
    "sqlite": "GROUP_CONCAT({})",
    "postgresql": "STRING_AGG(CAST({} AS TEXT), ',')",
}
LONGER_THAN_ANY = 1_000_000  # seconds
# 1 January 1970 was a Thursday.
VISIT = f"(doctor * 7 + (starts / {DAY_SECONDS} + 3) %% 7) * {LONGER_THAN_ANY} + until - starts"
LEAD = f"starts / {DAY_SECONDS} - booked / {DAY_SECONDS}"


# How long the doctors work


def _worked(clocks: dict[int, Clock], hours: list[AnyHours]) -> dict[int, list[int]]:
    """Seconds that these doctors work, on each day of the week; `clocks` by place."""
    off: dict[int, list[Interval]] = defaultdict(list)
    closed: dict[int, list[Interval]] = defaultdict(list)
    if clocks:
        begins = instant_of(min(clock.begins for clock in clocks.values()))
        ends = instant_of(max(clock.ends for clock in clocks.values()))
        query = OFF.format(begins=in_seconds("start"), ends=in_seconds('"end"', up=True))
        for doctor, place, *interval in _ask(query, [(ends, begins)]):
            (closed[place] if doctor is None else off[doctor]).append(tuple(interval))
    places = {pk: Place(clock, closed.get(pk, ())) for pk, clock in clocks.items()}
    return working_seconds(hours, places, off)


@lru_cache(maxsize=1)
def _hours(token: float) -> list[AnyHours]:
    """The approved doctors' hours; read again when anything told about doctors has changed."""
    found = []
    for doctor, place, opens, closes, next_day, weeks, first, last, days in _ask(
        HOURS, [(Doctor.Status.APPROVED,)]
    ):
        until = _seconds(closes) + (DAY_SECONDS if next_day else 0)
        rule = None if weeks == 1 and first is last is None else _rule(weeks, first, last)
        found.append((doctor, place, _weekdays(int(days)), _seconds(opens), until, rule))
    return found


@lru_cache(maxsize=4096)
def _weekdays(days: int) -> tuple[int, ...]:
    """The days of the week; one that is there twice, twice."""
    return tuple(day for day in range(7) for _ in range(days >> 3 * day & 7))


@lru_cache(maxsize=4096)
def _seconds(wall: str) -> int:
    """Since midnight."""
    clock = time.fromisoformat(wall)
    return clock.hour * 3600 + clock.minute * 60 + clock.second


@lru_cache(maxsize=4096)
def _rule(weeks: int, *valid: Any) -> Rule:
    return Rule(weeks, *(day and date.fromisoformat(str(day)).toordinal() for day in valid))


# One row for the same hours on several days of the week: days as octal digits, Monday's the lowest,
# each how often there is that day. The ORM would read each time of the day by itself.
HOURS = """
SELECT doctor_id, location_id, CAST(opens AS TEXT), CAST(closes AS TEXT), closes_next_day,
every_weeks, valid_from, valid_until, SUM(1 << (weekday * 3))
FROM doctors_workinghours
WHERE doctor_id IN (SELECT id FROM doctors_doctor WHERE status = %s)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
OFF = """
SELECT doctor_id, location_id, {begins}, {ends} FROM doctors_timeoff
WHERE start < %s AND "end" > %s
"""


# What is asked for all at once


class Newcomers(NamedTuple):
    """Patients added in the period and in that before; doctors who wait for approval.

    `token` is the catalogue's (see doctors/catalogue): while it is the same, no hours have changed.
    """

    patients: int
    patients_before: int
    doctors: int
    token: float


def _newcomers(period: Period, zone: ZoneInfo) -> Newcomers:
    now, before = Clock(zone, period), Clock(zone, period.before)
    edges = [instant_of(edge) for edge in (now.begins, before.begins, now.ends)]
    [(new, both, *more)] = _ask(NEWCOMERS, [edges[:1], [Doctor.Status.PENDING], edges[1:]])
    return Newcomers(new, both - new, *more)


NEWCOMERS = """
SELECT COUNT(CASE WHEN created_at >= %s THEN 1 END), COUNT(*),
(SELECT COUNT(*) FROM doctors_doctor WHERE status = %s),
COALESCE((SELECT token FROM doctors_catalogue), 0)
FROM accounts_patient WHERE created_at >= %s AND created_at < %s
"""


# Plain SQL


def _values(rows: Sequence[Sequence[Any]], types: Sequence[str]) -> str:
    """Rows as a table in a query, with a placeholder for each value."""
    if connection.vendor == "postgresql":  # it must be told what they are
        row = ", ".join(f"CAST(%s AS {name})" for name in types)
    else:
        row = ", ".join(["%s"] * len(types))
    return f"VALUES {', '.join([f'({row})'] * len(rows))}"


def _written(stretch: Stretch) -> tuple[datetime, datetime, int]:
    return instant_of(stretch.begins), instant_of(stretch.ends), stretch.ahead


def _ask(query: str, rows: Iterable[Iterable[Any]]) -> Iterator[tuple[Any, ...]]:
    """What the query answers; its parameters are the rows' values, one row after another."""
    params = [adapted(one) if isinstance(one, datetime) else one for row in rows for one in row]
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        yield from cursor
