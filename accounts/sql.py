"""What plain SQL says differently in each database."""

from __future__ import annotations

from collections.abc import Sized
from datetime import UTC, datetime
from sqlite3 import sqlite_version_info
from typing import Any

from django.db import connection


def in_seconds(column: str, *, up: bool = False) -> str:
    """An instant as whole seconds since 1970: numbers are read much faster than dates."""
    if connection.vendor == "postgresql":
        # Unlike EXTRACT, which counts in numeric, this counts in double precision: much quicker.
        return f"CAST({'CEIL' if up else 'FLOOR'}(DATE_PART('epoch', {column})) AS BIGINT)"
    instant = f"{column}, '+0.999 seconds'" if up else column
    if sqlite_version_info >= (3, 38):  # quicker, where there is it
        return f"unixepoch({instant})"
    return f"CAST(strftime('%%s', {instant}) AS INTEGER)"


def from_seconds(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def adapted(instant: datetime) -> Any:
    """An instant as the database compares it with a column."""
    return connection.ops.adapt_datetimefield_value(instant)


def placeholders(values: Sized) -> str:
    """As many as there are values, for an IN: (%s, %s)."""
    return f"({', '.join(['%s'] * len(values)) or 'NULL'})"
