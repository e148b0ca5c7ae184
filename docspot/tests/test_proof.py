"""Random sequences of all that can happen in a clinic; see the package `proof`.

A few here, the same in each run; `make prove` runs thousands, others each time. And the machine
finds mistakes that are planted: a proof that cannot fail proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from appointments.models import Appointment
from appointments.services import writing
from appointments.tests.test_races import without_net
from docspot.tests.proof.running import run_sequences
from doctors import availability

pytestmark = pytest.mark.django_db(transaction=True)

ENOUGH = 100  # sequences in which a planted mistake is found, and most in the first few


def test_a_few_sequences_of_all_that_can_happen() -> None:
    counts = run_sequences(25)
    assert min(counts[name] for name in ("bookings", "moves", "rivals", "SlotUnavailable")) > 0


def test_a_buffer_that_is_forgotten_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pure = availability.free_slots

    def without_buffer(**question: Any) -> Iterator[availability.Slot]:
        return pure(**question | {"buffer": timedelta()})

    monkeypatch.setattr(availability, "free_slots", without_buffer)
    with pytest.raises(AssertionError, match="shown as free"):
        run_sequences(ENOUGH, shrink=False)


@pytest.mark.race
@pytest.mark.thorough
@pytest.mark.sqlite  # what it plants is the same on both, and it takes its time
def test_a_move_over_a_cancelled_visit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The write no longer looks whether somebody else has written meanwhile."""

    def overwrite(appointment: Appointment, **changes: Any) -> None:
        changes["version"] = appointment.version + 1
        Appointment.objects.filter(pk=appointment.pk).update(**changes)
        for name, value in changes.items():
            setattr(appointment, name, value)

    monkeypatch.setattr(writing, "swap", overwrite)
    with pytest.raises(AssertionError, match="a rival was not noticed"):
        run_sequences(ENOUGH, shrink=False)


@pytest.mark.race
@pytest.mark.thorough
@pytest.mark.sqlite
def test_a_net_with_a_hole_is_found() -> None:
    """The database no longer refuses a visit that overlaps another one."""
    with without_net(), pytest.raises(AssertionError, match="a rival was not noticed"):
        run_sequences(ENOUGH, shrink=False)
