"""Triggers that both databases run, from the same statements.

SQLite takes a statement as the trigger's body, PostgreSQL as that of a function which the trigger
calls. What a trigger keeps is right on any path, raw SQL included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trigger:
    """`body` is one or more statements, each with its semicolon; NEW and OLD are the row's."""

    table: str
    event: str  # INSERT, UPDATE, UPDATE OF columns, or DELETE
    body: str
    purpose: str  # with the table and the event the trigger's name
    when: str = "AFTER"
    each_statement: bool = False  # in PostgreSQL; SQLite knows only triggers for each row

    @property
    def name(self) -> str:
        return f"{self.purpose}_{self.table}_{self.event.split()[0]}".lower()


def on_each_write(table: str, body: str, purpose: str, columns: str = "") -> Iterator[Trigger]:
    """Run `body` for the row that is written, both as it was and as it is: {row} stands for it."""
    old, new = body.format(row="OLD"), body.format(row="NEW")
    yield Trigger(table, "INSERT", new, purpose)
    yield Trigger(table, "DELETE", old, purpose)
    event = f"UPDATE OF {columns}" if columns else "UPDATE"
    yield Trigger(table, event, new if old == new else old + new, purpose)


def put_up(triggers: Iterable[Trigger], connection: Any) -> None:
    """Put them up. On SQLite those that are there stay as they are."""
    statements = _in_postgresql if connection.vendor == "postgresql" else _in_sqlite
    with connection.cursor() as cursor:
        for trigger in triggers:
            for statement in statements(trigger):
                cursor.execute(statement)


def take_down(triggers: Iterable[Trigger], connection: Any) -> None:
    with connection.cursor() as cursor:
        for trigger in triggers:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER {trigger.name} ON {trigger.table}")
                cursor.execute(f"DROP FUNCTION {trigger.name}()")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}")


def put_back(triggers: Iterable[Trigger], connection: Any) -> None:
    """Put SQLite's back: Django rebuilds its tables in migrations, and drops theirs silently."""
    if connection.vendor == "sqlite":
        there = set(connection.introspection.table_names())
        put_up((trigger for trigger in triggers if trigger.table in there), connection)


def _in_sqlite(trigger: Trigger) -> Iterator[str]:
    yield (
        f"CREATE TRIGGER IF NOT EXISTS {trigger.name} {trigger.when} {trigger.event} "
        f"ON {trigger.table} BEGIN {trigger.body} END"
    )


def _in_postgresql(trigger: Trigger) -> Iterator[str]:
    # What a BEFORE trigger returns is the row that goes on.
    back = "OLD" if trigger.when == "BEFORE" else "NULL"
    each = "STATEMENT" if trigger.each_statement else "ROW"
    yield (
        f"CREATE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {trigger.body} RETURN {back}; END $$"
    )
    yield (
        f"CREATE TRIGGER {trigger.name} {trigger.when} {trigger.event} ON {trigger.table} "
        f"FOR EACH {each} EXECUTE FUNCTION {trigger.name}()"
    )
