"""The figures as a table for the terminal. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from docspot.benchmarks.figures import Figure

HEADINGS = ("figure", "value", "floor", "ratio", "bound", "")
TEXTS = 1  # columns from the left that are words, the others are figures


def lay_out(figures: Sequence[Figure]) -> str:
    rows = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < TEXTS else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _cells(figure: Figure) -> tuple[str, ...]:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.0%}"
    state = "ok" if figure.kept else "MISSED"
    return (figure.what, figure.value, figure.floor, ratio, figure.bound, state)
