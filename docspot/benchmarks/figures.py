"""What was measured, and whether it keeps its bound. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. `ratio` is what the bound is about, or None where `value` is."""

    name: str
    what: str
    value: str
    bound: str
    kept: bool
    floor: str = ""
    ratio: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Round:
    """The same load in turns: on what is measured, and on its floor. Both per second."""

    value: float
    floor: float

    @property
    def ratio(self) -> float:
        return self.value / self.floor if self.floor else 0.0


def share_of_floor(
    name: str,
    what: str,
    rounds: Sequence[Round],
    *,
    at_least: float,
    details: dict[str, Any] | None = None,
) -> Figure:
    """The median of the rounds' ratios: noise that lasts meets both sides of a round."""
    ratio = median(one.ratio for one in rounds)
    return Figure(
        name=name,
        what=what,
        value=f"{median(one.value for one in rounds):.0f}/s",
        floor=f"{median(one.floor for one in rounds):.0f}/s",
        ratio=ratio,
        bound=f">= {at_least:.0%}",
        kept=ratio >= at_least,
        details=(details or {}) | {"rounds": [one.__dict__ for one in rounds]},
    )


def times_the_cost(name: str, what: str, rounds: Sequence[Round], *, at_most: float) -> Figure:
    """How many times as long a request takes as on the floor side."""
    ratio = median(1 / one.ratio if one.ratio else float("inf") for one in rounds)
    return Figure(
        name=name,
        what=what,
        value=f"{median(one.value for one in rounds):.0f}/s",
        floor=f"{median(one.floor for one in rounds):.0f}/s",
        ratio=ratio,
        bound=f"<= {at_most:.0%}",
        kept=ratio <= at_most,
        details={"rounds": [one.__dict__ for one in rounds]},
    )


def under(
    name: str,
    what: str,
    value: float,
    limit: float,
    unit: str,
    *,
    inclusive: bool = False,
    details: dict[str, Any] | None = None,
) -> Figure:
    sign = "<=" if inclusive else "<"
    return Figure(
        name=name,
        what=what,
        value=f"{value:.3g} {unit}",
        bound=f"{sign} {limit:g} {unit}",
        kept=value < limit or (inclusive and value == limit),
        details=details or {},
    )


def one_winner(name: str, what: str, races: Sequence[dict[str, Any]], won: str) -> Figure:
    """Of each race's answers one must be `won` and all others 409, none later than 2 s."""
    clean = all(
        race["statuses"].get(won) == 1 and race["statuses"].get("409") == race["count"] - 1
        for race in races
    )
    slowest = max(race["p99"] for race in races)
    booked = "/".join(str(race["statuses"].get(won, 0)) for race in races)
    return Figure(
        name=name,
        what=what,
        value=f"{booked} booked, p99 {slowest:.2f} s",
        bound="1 booked, 409 else, < 2 s",
        kept=clean and slowest < 2,
        details={"races": list(races)},
    )


def failed(name: str, why: str) -> Figure:
    return Figure(name, f"{name}: {why.strip()[:100]}", "failed", "", kept=False)
