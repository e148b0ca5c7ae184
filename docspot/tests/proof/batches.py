"""Thousands of sequences, in batches with seeds of their own: what `make prove` runs.

The name of this file keeps it out of the suite.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from docspot.tests.proof.running import run_sequences

pytestmark = pytest.mark.django_db(transaction=True)


def test_batch(
    batch: int, seed_of_batch: int, size_of_batch: int, record_property: Callable[..., None]
) -> None:
    counts = run_sequences(size_of_batch, from_seed=seed_of_batch)
    record_property("counts", dict(counts))
