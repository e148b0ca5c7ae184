"""No mail is lost, with a real mail server and real processes; see the package `proof`.

A short look here; `make prove` kills the worker a hundred times, and the server is away for long.
"""

from __future__ import annotations

import pytest

from docspot.tests.proof.killed import kill_workers
from docspot.tests.proof.outage import book_through_an_outage

# The processes see only what is committed, and go by the real clock.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queue")]


def test_worker_that_is_killed_loses_no_mail() -> None:
    assert kill_workers(4, seed=1)["mails"] > 20


def test_mail_server_that_is_away_makes_no_booking_slow() -> None:
    seen = book_through_an_outage(there=3, away=4, hangs=False)
    assert (seen.slow, seen.arrived) == (0, len(seen.there) + len(seen.away))
