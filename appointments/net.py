"""The last net under the booking lock: the database itself refuses overlapping blocking visits.

For one doctor and for one patient, on any path, raw SQL included. PostgreSQL uses exclusion
constraints, SQLite triggers; both raise IntegrityError with the name of the rule in its text.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

DOCTOR = "appointments_no_overlap_doctor"
PATIENT = "appointments_no_overlap_patient"
BLOCKING = "('pending', 'confirmed', 'checked_in')"
TABLE = "appointments_appointment"

# SQLite compares dates as text, and raw SQL may write them in any of its formats: the index is
# asked by day, then the instants are compared as numbers.
TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {name}_{event} BEFORE {event} ON {table}
WHEN NEW.status IN {blocking}
BEGIN
    SELECT RAISE(ABORT, '{name}') FROM {table}
    WHERE {owner} = NEW.{owner} AND id <> NEW.id AND status IN {blocking}
    AND start >= date(NEW.start, '-2 days') AND start < date(NEW."end", '+2 days')
    AND julianday(start) < julianday(NEW."end") AND julianday("end") > julianday(NEW.start);
END
"""
SHAPE = "appointments_times_in_order"
SHAPE_TRIGGER = """
CREATE TRIGGER IF NOT EXISTS {name}_{event} BEFORE {event} ON {table}
WHEN {strange} OR julianday(NEW.start) IS NULL OR julianday(NEW."end") IS NULL
    OR julianday(NEW."end") <= julianday(NEW.start)
    OR julianday(NEW."end") > julianday(NEW.start) + 1
BEGIN
    SELECT RAISE(ABORT, '{name}');
END
"""
# Only dates that are read back as what they say: text, YYYY-MM-DD first, and whole.
DATE = f"{'[0-9]' * 4}-{'[0-9]' * 2}-{'[0-9]' * 2}*"
STRANGE = " OR ".join(
    f"typeof({value}) <> 'text' OR {value} NOT GLOB '{DATE}' OR instr({value}, char(0)) > 0"
    for value in ("NEW.start", 'NEW."end"')
)
CONSTRAINT = """
ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist
({owner} WITH =, tstzrange(start, "end", '[)') WITH &&) WHERE (status IN {blocking})
"""
OWNERS = {DOCTOR: "doctor_id", PATIENT: "patient_id"}


def spread(apps: Any, schema_editor: Any) -> None:
    """Put the net up, in a migration."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        for name, owner in OWNERS.items():
            schema_editor.execute(
                CONSTRAINT.format(name=name, owner=owner, table=TABLE, blocking=BLOCKING)
            )
    elif schema_editor.connection.vendor == "sqlite":
        for statement in _triggers():
            schema_editor.execute(statement)


def take_down(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in OWNERS:
            schema_editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {name}")
    elif schema_editor.connection.vendor == "sqlite":
        for name in [*OWNERS, SHAPE]:
            for event in ("INSERT", "UPDATE"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}_{event}")


def restore(*, using: str, **kwargs: Any) -> None:
    """Put SQLite's triggers back if a migration has rebuilt the table without them."""
    connection = connections[using]
    if connection.vendor != "sqlite" or TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in _triggers():
            cursor.execute(statement)


def _triggers() -> list[str]:
    statements = []
    for event in ("INSERT", "UPDATE"):
        statements.append(
            SHAPE_TRIGGER.format(name=SHAPE, event=event, table=TABLE, strange=STRANGE)
        )
        for name, owner in OWNERS.items():
            statements.append(
                TRIGGER.format(name=name, owner=owner, event=event, table=TABLE, blocking=BLOCKING)
            )
    return statements
