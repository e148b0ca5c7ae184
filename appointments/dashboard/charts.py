"""Bars, one below the other, as numbers for an SVG. Pure.

A chart is 320 units wide, so that its words are read on a telephone as they are on a wide screen.
Each bar has its label above its left end and what it says above its right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

WIDTH = 320
ROW = 36
TEXT_DOWN = 14  # from the top of a row to the line on which its words stand
BAR_DOWN = 20
BAR_HEIGHT = 10
LONGEST_LABEL = 34  # letters, with room left for the value


class Value(NamedTuple):
    """What one bar shows: `size` of the chart's `full`, said as `said`; None: nothing to show."""

    label: str
    size: float | None
    said: str
    more: tuple[str, ...] = ()  # further columns of the table


class Bar(NamedTuple):
    label: str
    said: str
    text_y: int
    y: int
    width: int


class Chart(NamedTuple):
    """`key` names it within the page; `columns` are the heads of its table."""

    key: str
    title: str
    columns: tuple[str, ...]
    values: list[Value]
    bars: list[Bar]
    width: int
    height: int
    bar_height: int


def bar_chart(
    key: str,
    title: str,
    columns: tuple[str, ...],
    values: Iterable[Value],
    *,
    full: float | None = None,
) -> Chart:
    """The whole width is `full`, or the largest value; what is more than full fills the width."""
    values = list(values)
    whole = full or max((value.size or 0 for value in values), default=0)
    bars = [
        Bar(
            label=shortened(value.label),
            said=value.said,
            text_y=number * ROW + TEXT_DOWN,
            y=number * ROW + BAR_DOWN,
            width=bar_width(value.size or 0, whole),
        )
        for number, value in enumerate(values)
    ]
    return Chart(key, title, columns, values, bars, WIDTH, len(bars) * ROW, BAR_HEIGHT)


def bar_width(size: float, whole: float) -> int:
    """In units; what is there at all is seen."""
    if size <= 0 or whole <= 0:
        return 0
    return max(1, min(WIDTH, round(WIDTH * size / whole)))


def shortened(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1].rstrip()}…"
