"""Many rows at once: a book that was kept elsewhere, taken over as it stands.

No check is asked here and no mail goes out. The database's own net stays in force (net.py), and so
do all its other triggers and constraints; see indexed_afterwards() for when keys are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from django.db import connection, models, transaction

from appointments.models import Appointment, AppointmentEvent

T = TypeVar("T")
AT_ONCE = 5000  # rows that are held in memory and handed to the database together


class ImportedEvent(NamedTuple):
    """A line of a visit's story; `start` is when the visit was to begin at the time."""

    kind: str
    by_id: int
    at: datetime
    start: datetime
    note: str = ""


class ImportedVisit(NamedTuple):
    """An appointment as it was kept elsewhere, and its story in order of time."""

    id: str  # a UUID's 32 digits
    doctor_id: int
    patient_id: int
    visit_type_id: int
    location_id: int
    start: datetime
    end: datetime
    status: str
    reason: str
    booked_by_id: int
    booked_at: datetime
    sequence: int
    story: Sequence[ImportedEvent]


VISIT = (*ImportedVisit._fields[:-1], "version")
EVENT = ("appointment_id", *ImportedEvent._fields, "by_link")
# The indexes that the net's triggers in SQLite ask.
ASKED_BY_NET = ("appointments_doctor_start", "appointments_patient_start")


class Batch(NamedTuple):
    """Visits and the lines of their stories as one database takes them, see prepare()."""

    size: int
    visits: Any
    events: Any


@transaction.atomic
def import_visits(*, visits: Iterable[ImportedVisit]) -> int:
    """Take over visits with their stories, all of them or none; returns how many.

    It checks nothing, not even the doctor's hours, and tells nobody: no mails go out, whatever the
    status. Raises IntegrityError where the database refuses: overlaps that block the same time,
    doctors or patients that do not exist, an id that is taken.
    """
    vendor = connection.vendor
    batches = (prepare(visits=some, vendor=vendor) for some in in_parts(visits, AT_ONCE))
    return import_batches(batches=batches)


@transaction.atomic(savepoint=False)  # for one, SQLite would keep copies of pages to its end
def import_batches(*, batches: Iterable[Batch]) -> int:
    """As import_visits, of visits that were prepared for this database, in any process.

    If it raises, the transaction that it was called in must end.
    """
    count = 0
    for batch in batches:
        _write(Appointment, VISIT, batch.visits)
        _write(AppointmentEvent, EVENT, batch.events)
        count += batch.size
    return count


@contextmanager
def indexed_afterwards() -> Iterator[None]:
    """For a book that is new: take the indexes down that no rule needs, and build them at the end.

    Within a transaction, which nobody else reads the tables beside. In PostgreSQL the foreign keys
    go and come back too: those to the end of a transaction are checked row by row otherwise, ten
    million times for a million visits. Both are put back as they were, and PostgreSQL then checks
    all rows; triggers and the net stay in force. If the block raises, the transaction must end.
    """
    tables = [Appointment._meta.db_table, AppointmentEvent._meta.db_table]
    read = _parts_in_postgresql if connection.vendor == "postgresql" else _parts_in_sqlite
    with connection.cursor() as cursor:
        parts = read(cursor, tables)
        connection.check_constraints()  # those that wait: a table they wait for cannot be changed
        for take_down, _ in parts:
            cursor.execute(take_down)
    yield
    with connection.cursor() as cursor:
        for _, put_back in parts:
            cursor.execute(put_back)


def _parts_in_sqlite(cursor: Any, tables: list[str]) -> list[tuple[str, str]]:
    """But for the indexes that the net's triggers ask."""
    cursor.execute(
        "SELECT 'DROP INDEX ' || name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"
        " AND sql NOT LIKE '%% UNIQUE %%' AND tbl_name IN (%s, %s) AND name NOT IN (%s, %s)"
        " ORDER BY name",
        [*tables, *ASKED_BY_NET],
    )
    return list(cursor.fetchall())


def _parts_in_postgresql(cursor: Any, tables: list[str]) -> list[tuple[str, str]]:
    """First the foreign keys; then the indexes that are no part of a constraint."""
    cursor.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,"
        " pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])"
        " ORDER BY conname",
        [tables],
    )
    keys = cursor.fetchall()
    cursor.execute(
        "SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)"
        " FROM pg_index WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
        " ORDER BY indexrelid::regclass::text",
        [tables],
    )
    return [*keys, *cursor.fetchall()]


def prepare(*, visits: Sequence[ImportedVisit], vendor: str) -> Batch:
    """What import_batches writes; it asks no database, so another process can do it."""
    if vendor == "postgresql":
        return Batch(
            len(visits),
            "".join(
                f"{one.id}\t{one.doctor_id}\t{one.patient_id}\t{one.visit_type_id}"
                f"\t{one.location_id}\t{_instant(one.start)}+00\t{_instant(one.end)}+00"
                f"\t{one.status}\t{_escaped(one.reason)}\t{one.booked_by_id}"
                f"\t{_instant(one.booked_at)}+00\t{one.sequence}\t{len(one.story)}\n"
                for one in visits
            ),
            "".join(
                f"{one.id}\t{kind}\t{by}\t{_instant(at)}+00\t{_instant(start)}+00"
                f"\t{_escaped(note)}\tf\n"
                for one in visits
                for kind, by, at, start, note in one.story
            ),
        )
    return Batch(
        len(visits),
        [
            (
                *(one.id, one.doctor_id, one.patient_id, one.visit_type_id, one.location_id),
                *(_instant(one.start), _instant(one.end), one.status, one.reason),
                *(one.booked_by_id, _instant(one.booked_at), one.sequence, len(one.story)),
            )
            for one in visits
        ],
        [
            (one.id, kind, by, _instant(at), _instant(start), note, 0)
            for one in visits
            for kind, by, at, start, note in one.story
        ],
    )


def _escaped(text: str) -> str:
    """As PostgreSQL's COPY reads text."""
    return text.translate(ESCAPES)


ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def write_rows(
    *, model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows as they are, the fastest way that the database has.

    Columns that are not named get the default of their field.
    """
    rest = _defaults(model, columns)
    if rest:
        extra = tuple(rest.values())
        rows = ((*row, *extra) for row in rows)
    if connection.vendor == "sqlite":
        rows = _in_sqlite(rows)
    _write(model, (*columns, *rest), rows)


def _write(model: type[models.Model], columns: Sequence[str], rows: Any) -> None:
    names = [connection.ops.quote_name(column) for column in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        _copy(table, names, rows)
    else:
        _insert(table, names, rows)


def _defaults(model: type[models.Model], columns: Sequence[str]) -> dict[str, Any]:
    return {
        field.column: field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column and field.column not in columns and not field.primary_key
    }


def _copy(table: str, names: list[str], rows: str | Iterable[Sequence[Any]]) -> None:
    """Rows, or the text that COPY takes."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({', '.join(names)}) FROM STDIN") as copy,
    ):
        if isinstance(rows, str):
            copy.write(rows)
        else:
            for row in rows:
                copy.write_row(row)


def _insert(table: str, names: list[str], rows: list[Sequence[Any]]) -> None:
    """First into a table without indexes, then from there in one statement.

    Where there are triggers, SQLite keeps for each statement a copy of every page that it changes,
    to be able to undo it: one statement a row takes twice as long.
    """
    columns, places = ", ".join(names), ", ".join(["%s"] * len(names))
    from_arrived = f"SELECT {columns} FROM arrived"  # noqa: S608
    like_table = f"SELECT {columns} FROM {table} LIMIT 0"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE arrived AS {like_table}")
        cursor.executemany(f"INSERT INTO arrived VALUES ({places})", rows)  # noqa: S608
        cursor.execute(f"INSERT INTO {table} ({columns}) {from_arrived}")
        cursor.execute("DROP TABLE arrived")


def _in_sqlite(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """As Django writes what SQLite has no type for."""
    write = SQLITE.get
    return [
        [value if (text := write(type(value))) is None else text(value) for value in row]
        for row in rows
    ]


@lru_cache(maxsize=400_000)
def _instant(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None))


SQLITE: dict[type, Callable[[Any], Any]] = {
    datetime: _instant,
    date: str,
    time: str,
}


def in_parts(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """The things in lists of `size`; the last may be shorter."""
    things = iter(things)
    while part := list(islice(things, size)):
        yield part
