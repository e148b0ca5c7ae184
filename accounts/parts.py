"""Many rows, a part at a time: as many as one query asks for or writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
AT_ONCE = 500


def in_parts(rows: Iterable[T]) -> Iterator[list[T]]:
    some = iter(rows)
    while part := list(islice(some, AT_ONCE)):
        yield part
