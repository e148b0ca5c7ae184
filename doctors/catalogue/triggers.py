"""The database replaces the catalogue's token when anything told about doctors changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connections

from accounts import triggers
from accounts.triggers import Trigger

TABLES = (
    "doctors_doctor",
    "doctors_doctor_languages",
    "doctors_language",
    "doctors_location",
    "doctors_specialty",
    "doctors_visittype",
    "doctors_workinghours",
)
# Random, and no count: a number that was seen inside a transaction rolled back never comes again.
RENEW = """
INSERT INTO doctors_catalogue (id, token) VALUES (1, random())
ON CONFLICT (id) DO UPDATE SET token = random();
"""


def all_triggers() -> Iterator[Trigger]:
    for table in TABLES:
        for event in ("INSERT", "UPDATE", "DELETE"):
            yield Trigger(table, event, RENEW, "doctors_catalogue", each_statement=True)


def put_up(apps: Any, schema_editor: Any) -> None:
    triggers.put_up(all_triggers(), schema_editor.connection)
    schema_editor.execute(RENEW)


def take_down(apps: Any, schema_editor: Any) -> None:
    triggers.take_down(all_triggers(), schema_editor.connection)


def restore(*, using: str, **kwargs: Any) -> None:
    """After migrations."""
    connection = connections[using]
    if "doctors_catalogue" in connection.introspection.table_names():
        triggers.put_back(all_triggers(), connection)
