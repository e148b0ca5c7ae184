"""The last net under the booking lock: the database itself refuses overlapping blocking visits.

For one doctor and for one patient, on any path, raw SQL included. PostgreSQL uses exclusion
constraints, SQLite triggers; both raise IntegrityError with the name of the rule in its text.

A time that is held for somebody is refused to others likewise. That is a rule about two tables:
PostgreSQL keeps it by triggers, too, which lock the doctor's row first, as the services do.
"""

from __future__ import annotations

from typing import Any

from django.db import connections

DOCTOR = "appointments_no_overlap_doctor"
PATIENT = "appointments_no_overlap_patient"
BLOCKING = "('pending', 'confirmed', 'checked_in')"
TABLE = "appointments_appointment"
HELD = "appointments_no_overlap_held"
HELD_TABLE = "appointments_heldtime"

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
    OR julianday(NEW."end") > julianday(NEW.start) + {days}
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


# Between visits and held times. A visit is asked about when it begins to block, or moves.
ANEW = {
    "INSERT": "TRUE",
    "UPDATE": (
        f"(OLD.status NOT IN {BLOCKING} OR OLD.doctor_id <> NEW.doctor_id"
        ' OR OLD.start <> NEW.start OR OLD."end" <> NEW."end")'
    ),
}
VISIT_OVER_HELD = """
CREATE TRIGGER IF NOT EXISTS {held}_visit_{event} BEFORE {event} ON {table}
WHEN NEW.status IN {blocking} AND {anew}
BEGIN
    SELECT RAISE(ABORT, '{held}') FROM {held_table}
    WHERE doctor_id = NEW.doctor_id
    AND julianday(start) < julianday(NEW."end") AND julianday("end") > julianday(NEW.start);
END
"""
HELD_OVER_ANY = """
CREATE TRIGGER IF NOT EXISTS {held}_{event} BEFORE {event} ON {held_table}
BEGIN
    SELECT RAISE(ABORT, '{held}') FROM {table}
    WHERE doctor_id = NEW.doctor_id AND status IN {blocking}
    AND start >= date(NEW.start, '-2 days') AND start < date(NEW."end", '+2 days')
    AND julianday(start) < julianday(NEW."end") AND julianday("end") > julianday(NEW.start);
    SELECT RAISE(ABORT, '{held}') FROM {held_table}
    WHERE doctor_id = NEW.doctor_id AND id <> NEW.id
    AND julianday(start) < julianday(NEW."end") AND julianday("end") > julianday(NEW.start);
END
"""
HELD_CONSTRAINT = """
ALTER TABLE {held_table} ADD CONSTRAINT {held} EXCLUDE USING gist
(doctor_id WITH =, tstzrange(start, "end", '[)') WITH &&)
"""
# The lock comes first: what a rival has written meanwhile is seen by the question after it.
REFUSE = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM doctors_doctor WHERE id = NEW.doctor_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM {other} WHERE {others} doctor_id = NEW.doctor_id
        AND tstzrange(start, "end", '[)') && tstzrange(NEW.start, NEW."end", '[)'))
    THEN RAISE EXCEPTION '{held}' USING ERRCODE = '23P01';
    END IF;
    RETURN NEW;
END $$
"""
ASK = """
CREATE TRIGGER {name}_{event} BEFORE {event} ON {table} FOR EACH ROW
WHEN ({when}) EXECUTE FUNCTION {name}()
"""


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


def spread_over_held_times(apps: Any, schema_editor: Any) -> None:
    """Between visits and held times, in a migration. SQLite's triggers come after it: `restore`."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in _functions():
            schema_editor.execute(statement)


def take_down_over_held_times(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name, table in ((f"{HELD}_visit", TABLE), (HELD, HELD_TABLE)):
            for event in ("insert", "update"):
                schema_editor.execute(f"DROP TRIGGER {name}_{event} ON {table}")
            schema_editor.execute(f"DROP FUNCTION {name}()")
        schema_editor.execute(f"ALTER TABLE {HELD_TABLE} DROP CONSTRAINT {HELD}")


def make_way(*, using: str, **kwargs: Any) -> None:
    """Before migrations: SQLite rebuilds no table of which a trigger of another table speaks."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in (f"{HELD}_visit", HELD):
                for event in ("INSERT", "UPDATE"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}_{event}")


def restore(*, using: str, **kwargs: Any) -> None:
    """Put SQLite's triggers back if a migration has rebuilt the table without them."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    there = connection.introspection.table_names()
    with connection.cursor() as cursor:
        for table, statements in ((TABLE, _triggers()), (HELD_TABLE, _triggers_over_held_times())):
            for statement in statements if table in there else ():
                cursor.execute(statement)


def _triggers() -> list[str]:
    statements = []
    for event in ("INSERT", "UPDATE"):
        statements.append(
            SHAPE_TRIGGER.format(name=SHAPE, event=event, table=TABLE, strange=STRANGE, days=1)
        )
        for name, owner in OWNERS.items():
            statements.append(
                TRIGGER.format(name=name, owner=owner, event=event, table=TABLE, blocking=BLOCKING)
            )
    return statements


def _triggers_over_held_times() -> list[str]:
    names = {"held": HELD, "held_table": HELD_TABLE, "table": TABLE, "blocking": BLOCKING}
    # With the time kept free after it, a held time may be a little longer than a visit.
    shape = {"name": f"{SHAPE}_held", "table": HELD_TABLE, "strange": STRANGE, "days": 2}
    statements = []
    for event in ("INSERT", "UPDATE"):
        statements.append(SHAPE_TRIGGER.format(event=event, **shape))
        statements.append(VISIT_OVER_HELD.format(event=event, anew=ANEW[event], **names))
        statements.append(HELD_OVER_ANY.format(event=event, **names))
    return statements


def _functions() -> list[str]:
    blocking = f"NEW.status IN {BLOCKING}"
    visit = {"name": f"{HELD}_visit", "table": TABLE}
    held = {"name": HELD, "table": HELD_TABLE, "when": "TRUE"}
    return [
        HELD_CONSTRAINT.format(held=HELD, held_table=HELD_TABLE),
        REFUSE.format(name=visit["name"], other=HELD_TABLE, others="", held=HELD),
        REFUSE.format(name=HELD, other=TABLE, others=f"status IN {BLOCKING} AND", held=HELD),
        *(
            ASK.format(event=event, when=f"{blocking} AND {anew}", **visit)
            for event, anew in ANEW.items()
        ),
        *(ASK.format(event=event, **held) for event in ANEW),
    ]
