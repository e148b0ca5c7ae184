"""Models from and to plain SQL, for the few questions of nearly every call.

The ORM writes its SQL anew each time, which takes five times as long as the database's answer. Here
the SQL is a text, and only the columns of the models in it are filled in, once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Field, Model

from accounts.sql import placeholders


class Reading(NamedTuple):
    """How one row becomes some models."""

    sql: str
    parts: list[tuple[type[Model], list[str], slice]]
    converters: list[tuple[int, Callable[..., Any], Any]]


def read_rows(sql: str, params: Sequence[Any], **models: type[Any]) -> Iterator[tuple[Any, ...]]:
    """For each row one model of each kind, in their order.

    `sql` names the columns of a model by the alias of its table: SELECT {visit} FROM ... AS visit.
    """
    reading = _reading(sql, tuple(models.items()), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(reading.sql, params)
        rows = cursor.fetchall()
    for row in rows:
        values = list(row)
        for index, convert, column in reading.converters:
            values[index] = convert(values[index], column, connection)
        yield tuple(
            model.from_db(connection.alias, names, values[part])
            for model, names, part in reading.parts
        )


@lru_cache(maxsize=100)
def _reading(sql: str, models: tuple[tuple[str, type[Model]], ...], vendor: str) -> Reading:
    parts, converters, columns, index = [], [], {}, 0
    for alias, model in models:
        fields = model._meta.concrete_fields
        names = [field.attname for field in fields]
        parts.append((model, names, slice(index, index + len(fields))))
        columns[alias] = ", ".join(f'{alias}."{field.column}"' for field in fields)
        for place, field in enumerate(fields, index):
            column = field.get_col(alias)
            for convert in _converters(column):
                converters.append((place, convert, column))
        index += len(fields)
    return Reading(sql.format(**columns), parts, converters)


def _converters(column: Any) -> list[Callable[..., Any]]:
    return [
        *connection.ops.get_db_converters(column),
        *column.get_db_converters(connection),
    ]


def insert_row(row: Model) -> None:
    """Insert a new row, as `save(force_insert=True)`, but without learning the database's id."""
    sql, fields = _insert(type(row), connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(row, fields))
    row._state.adding, row._state.db = False, connection.alias


def insert_rows(rows: Sequence[Model]) -> None:
    """The same for many of one kind."""
    if rows:
        sql, fields = _insert(type(rows[0]), connection.vendor)
        with connection.cursor() as cursor:
            cursor.executemany(sql, [_values(row, fields) for row in rows])


def _values(row: Model, fields: list[Field]) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]


@lru_cache(maxsize=20)
def _insert(model: type[Model], vendor: str) -> tuple[str, list[Field]]:
    meta = model._meta
    fields = [field for field in meta.concrete_fields if field is not meta.auto_field]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{meta.db_table}" ({columns}) VALUES ({values})', fields  # noqa: S608


def lock_rows(model: type[Model], ids: Collection[int], *, waits: bool = True) -> list[int]:
    """Lock these rows in order of their ids, so that nobody waits in a circle; which are locked.

    Without `waits` those that somebody else has locked are left out. On SQLite the transaction took
    the only lock there is when it began.
    """
    if not connection.features.has_select_for_update:
        return sorted(ids)
    rows = f"SELECT id FROM {model._meta.db_table} WHERE id IN {placeholders(ids)}"  # noqa: S608
    how = "" if waits else " SKIP LOCKED"
    with connection.cursor() as cursor:
        cursor.execute(f"{rows} ORDER BY id FOR NO KEY UPDATE{how}", list(ids))
        return [pk for (pk,) in cursor.fetchall()]
