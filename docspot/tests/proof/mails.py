"""The long proofs that no mail is lost: what `make prove` runs after the sequences.

The name of this file keeps it out of the suite.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from docspot.tests.proof.killed import kill_workers
from docspot.tests.proof.outage import book_through_an_outage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("queue"),
    pytest.mark.timeout(3600),
]


def test_hundred_kills(capsys: pytest.CaptureFixture[str]) -> None:
    """On PostgreSQL of two workers, each of which may take up what the other leaves behind."""
    two = connection.vendor == "postgresql"
    counts = kill_workers(100, seed=5, workers=2 if two else 1, lost_after=10 if two else 1)
    say(capsys, dict(counts))
    assert counts["twice"] > 0  # else none was killed at the moment that matters


def test_five_minutes_without_a_mail_server(capsys: pytest.CaptureFixture[str]) -> None:
    """Half of the time nobody is there, half of the time nobody answers."""
    seen = book_through_an_outage(there=30, away=300, hangs=True)
    say(capsys, seen.as_counts())
    assert seen.slow == 0


def say(capsys: pytest.CaptureFixture[str], figures: dict[str, Any]) -> None:
    with capsys.disabled():
        told = ", ".join(f"{name} {figure}" for name, figure in figures.items())
        print(f"\n{connection.display_name}: {told}")  # noqa: T201
