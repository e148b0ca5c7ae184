"""Chance that can be repeated: the same seed, the same rows."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

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


def uuid4(chance: Random) -> str:
    """Its 32 digits, with the version and the variant of a random one."""
    return f"{chance.getrandbits(128) & UUID_FREE | UUID_FIXED:032x}"


UUID_FIXED = 4 << 76 | 2 << 62
UUID_FREE = (1 << 128) - 1 ^ (15 << 76 | 3 << 62)


def letters(chance: Random, count: int) -> str:
    return "".join(chance.choices("abcdefghijkmnopqrstuvwxyz23456789", k=count))
