"""One refresh token, sent several times at once: it is good once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import QuerySet
from rest_framework.test import APIClient

from accounts import services
from accounts.models import ApiSession
from accounts.services import TokenPair, open_api_session
from docspot.tests.cast import NOW, make_person

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

TIMES = 6


@pytest.fixture
def gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has found the token good waits for another who has, but no longer than 0.2 s."""
    issue = services._tokens
    meeting = threading.Barrier(2)

    def slow(session: ApiSession) -> Any:
        try:
            meeting.wait(timeout=0.2)
        except threading.BrokenBarrierError:
            meeting.reset()
        return issue(session)

    monkeypatch.setattr(services, "_tokens", slow)


@pytest.fixture
def pair(transactional_db: None, clock: Any) -> TokenPair:
    return open_api_session(user=make_person(), now=NOW)


def send_at_once(token: str) -> Counter[int]:
    """Refresh with the same token from several threads; how many got which status."""
    ready = threading.Barrier(TIMES)
    statuses: list[int] = []

    def send() -> None:
        connection.ensure_connection()
        ready.wait()
        statuses.append(APIClient().post("/api/token/refresh", {"refresh": token}).status_code)
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(statuses)


def test_refresh_token_sent_at_once_is_accepted_once(pair: TokenPair, gap: None) -> None:
    assert send_at_once(pair.refresh) == {200: 1, 401: TIMES - 1}
    assert ApiSession.objects.get().ended_at == NOW


@pytest.mark.postgresql
def test_refresh_token_is_accepted_twice_without_the_lock(
    pair: TokenPair, gap: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above can fail."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **options: rows.all())
    assert send_at_once(pair.refresh)[200] > 1
