"""Random sequences of all that can happen to the waiting list; see proof/waiting.py.

A few, the same in each run. And mistakes that are planted are found.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from appointments.waiting import next_in_line
from appointments.waiting.services import following
from docspot.tests.proof.waiting import WaitingList, cast_of_the_list

pytestmark = pytest.mark.django_db

ENOUGH = 100  # sequences in which a planted mistake is found, and mostly in the first few
HAPPENS = (
    *("joined", "stepped out", "resumed", "steered", "booked", "cancelled", "moved"),
    *("accepted", "declined", "waited", "taken off", "taken back", "SlotUnavailable"),
)


def run_sequences(sequences: int, *, steps: int = 15, shrink: bool = True) -> Counter[str]:
    """Run them, and return what has happened, counted. Raises what the first failing one did."""
    cast = cast_of_the_list()
    run_state_machine_as_test(
        type("WaitingList", (WaitingList,), cast),
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
    return cast["counts"]


def test_a_few_sequences_of_all_that_can_happen_to_the_list() -> None:
    counts = run_sequences(12)
    assert min(counts[name] for name in ("joined", "accepted", "declined", "cancelled")) > 0


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_many_sequences_of_all_that_can_happen_to_the_list() -> None:
    counts = run_sequences(100, steps=20)
    assert min(counts[name] for name in HAPPENS) > 0


@pytest.mark.sqlite  # what it plants is the same on both, and it takes its time
def test_a_freed_time_that_is_offered_to_nobody_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FREES", ())
    with pytest.raises(AssertionError, match="waits while a time is free"):
        run_sequences(ENOUGH, shrink=False)


@pytest.mark.sqlite  # what it plants is the same on both, and it takes its time
def test_an_offer_that_is_not_wished_for_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_in_line, "suits", lambda wishes, start: True)
    with pytest.raises(AssertionError, match="does not suit"):
        run_sequences(ENOUGH, shrink=False)


def test_an_offer_of_what_they_gave_up_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few random sequences come to it, so one is told."""
    cancel_what_they_wait_to_replace()
    monkeypatch.setattr(next_in_line, "_given_up", lambda *_: set())
    with pytest.raises(AssertionError, match="does not suit"):
        cancel_what_they_wait_to_replace()


def cancel_what_they_wait_to_replace() -> None:
    steps = type("WaitingList", (WaitingList,), cast_of_the_list())()
    try:
        steps.begin(free=set(), holders=1, line=[(0, 1, False, 1)], minute=0)
        steps.cancel(pick=0, own=True)
        assert steps.counts["cancelled"] == 1
        steps.all_is_well()
    finally:
        steps.teardown()
