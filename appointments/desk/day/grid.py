"""A day as a table: what each time is taken by, and which cells that makes. Pure.

All intervals are half-open: `start` belongs to them, `end` does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple


class Piece(NamedTuple):
    """[start, end) is taken by `what`; by nothing at all, where that is None."""

    start: datetime
    end: datetime
    what: Any


class Cell(NamedTuple):
    """A piece in its column, and over how many rows it goes."""

    piece: Piece
    rows: int


class Row(NamedTuple):
    """[start, end) of all columns; the cells are those that begin here."""

    start: datetime
    end: datetime
    cells: list[Cell]


def clipped(pieces: Iterable[Piece], start: datetime, end: datetime) -> list[Piece]:
    """What lies of them within [start, end)."""
    cut = (Piece(max(one.start, start), min(one.end, end), one.what) for one in pieces)
    return [one for one in cut if one.start < one.end]


def lay(layers: Iterable[Iterable[Piece]], start: datetime, end: datetime) -> list[Piece]:
    """[start, end) in pieces, in order of time: each layer shows where none before it lies."""
    pieces = clipped((piece for layer in layers for piece in layer), start, end)
    edges = sorted({start, end, *(edge for one in pieces for edge in one[:2])})
    laid: list[Piece] = []
    for begins, ends in pairwise(edges):
        what = next((one.what for one in pieces if one.start <= begins < one.end), None)
        if laid and laid[-1].what is what:
            laid[-1] = laid[-1]._replace(end=ends)
        else:
            laid.append(Piece(begins, ends, what))
    return laid


def grouped(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """In order of time; those that share an instant, however indirectly, in one group."""
    groups: list[list[Piece]] = []
    until = None
    for piece in sorted(pieces, key=lambda one: one.start):
        if until is None or piece.start >= until:
            groups.append([])
            until = piece.end
        groups[-1].append(piece)
        until = max(until, piece.end)
    return groups


def gaps(pieces: Iterable[Piece]) -> list[tuple[datetime, datetime]]:
    """The times between the groups."""
    groups = grouped(pieces)
    between = (
        (max(piece.end for piece in before), after[0].start) for before, after in pairwise(groups)
    )
    return [(start, end) for start, end in between if start < end]


def rows_of(columns: Sequence[Sequence[Piece]]) -> list[Row]:
    """The rows of a table in which each of the pieces is one cell.

    The pieces of each column are in order, without gaps, and all columns begin and end together.
    """
    edges = sorted({edge for column in columns for piece in column for edge in piece[:2]})
    number = {edge: row for row, edge in enumerate(edges)}
    cells: dict[datetime, list[Cell]] = {edge: [] for edge in edges}
    for column in columns:
        for piece in column:
            cells[piece.start].append(Cell(piece, number[piece.end] - number[piece.start]))
    return [Row(begins, ends, cells[begins]) for begins, ends in pairwise(edges)]
