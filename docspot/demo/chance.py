"""Chance that can be repeated: the same seed, the same rows."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


def dice(seed: int, purpose: str) -> Random:
    """A source of its own for each purpose, so that more of one changes nothing of another."""
    return Random(f"{seed} {purpose}")  # noqa: S311  demo data, nothing secret


class Weighted(Generic[T]):
    """A choice of which some are more likely: pairs of a thing and its weight."""

    def __init__(self, pairs: Sequence[tuple[T, float]]) -> None:
        self.things = [thing for thing, _ in pairs]
        self.sums = list(accumulate(weight for _, weight in pairs))

    def pick(self, chance: Random) -> T:
        return self.things[bisect(self.sums, chance.random() * self.sums[-1])]


def uuid4(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def letters(chance: Random, count: int) -> str:
    return "".join(chance.choices("abcdefghijkmnopqrstuvwxyz23456789", k=count))
