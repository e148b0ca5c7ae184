"""Random sequences of all that can happen in a clinic; see the package `proof`.

A few here, the same in each run; `make prove` runs thousands, others each time.
"""

from __future__ import annotations

import pytest

from docspot.tests.proof.running import run_sequences

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_few_sequences_of_all_that_can_happen() -> None:
    counts = run_sequences(25)
    print(counts)
    assert counts["bookings"] > 25
