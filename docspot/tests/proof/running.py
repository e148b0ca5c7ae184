"""How sequences are run: a few that are always the same, or many from a seed."""

from __future__ import annotations

from collections import Counter

from django.test import override_settings
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from docspot.tests.proof.machine import Book
from docspot.tests.proof.post import Post
from docspot.tests.proof.world import Cast

STEPS = 20


def run_sequences(
    sequences: int, *, steps: int = STEPS, from_seed: int | None = None, shrink: bool = True
) -> Counter[str]:
    """Run them, and return what has happened, counted. Raises what the first failing one did.

    Without a seed they are the same each time. All is committed: for tests with transactions.
    """
    counts: Counter[str] = Counter()
    machine = type("Book", (Book,), {"cast": Cast.make(), "counts": counts})
    if from_seed is not None:
        machine = seed(from_seed)(machine)
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    with override_settings(EMAIL_BACKEND=f"{Post.__module__}.{Post.__qualname__}"):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=sequences,
                stateful_step_count=steps,
                derandomize=from_seed is None,
                database=None,
                deadline=None,
                phases=phases,
                suppress_health_check=list(HealthCheck),
                report_multiple_bugs=False,
            ),
        )
    return counts
