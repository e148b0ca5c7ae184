"""No log has the key of an address: what Django, the server and a failing page would write."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from gunicorn.config import Config  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from appointments.links import views
from docspot.logs import KEY as HIDDEN

KEY = "Zm9v-YmFy_YmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYm"
SPELLED = f"%{ord(KEY[0]):X}{KEY[1:]}"  # as a program may write it
ADDRESSES = [
    f"/visit/{KEY}/",
    f"/visit/{KEY}/move/?start=2026-03-04T04:30:00Z",
    f"/visit/{SPELLED}/cancel/",
    f"/offer/{KEY}/",
    f"/family/invitation/{KEY}/",
    f"/accounts/password/reset/key/1-{KEY}/",
    f"/accounts/confirm-email/{KEY}/",
    f"/practice/calendar/{KEY}.ics",
    f"/appointments/feed/{KEY}.ics",
]


class Kept(logging.Handler):
    """All that is logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    loggers = [logging.getLogger(name) for name in ("", "django", "gunicorn.access")]
    loggers.append(logging.getLogger("gunicorn.error"))
    for logger in loggers:
        logger.addHandler(handler)
    yield handler
    for logger in loggers:
        logger.removeHandler(handler)


def hides(kept: Kept) -> bool:
    whole = "\n".join(kept.lines)
    return bool(kept.lines) and KEY[1:] not in whole


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_page_that_is_not_found_is_logged_without_its_key(
    client: Client, kept: Kept, address: str
) -> None:
    client.get(address.replace("%5A", "Z"))
    assert hides(kept)


@pytest.mark.django_db
def test_form_that_was_refused_is_logged_without_the_key(kept: Kept) -> None:
    assert Client(enforce_csrf_checks=True).post(f"/visit/{KEY}/attend/").status_code == 403
    assert hides(kept)


@pytest.mark.django_db
def test_page_that_failed_is_logged_without_the_key(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(key: str, *args: Any) -> None:
        raise RuntimeError(f"nobody knows /visit/{key}/")

    monkeypatch.setattr(views, "link_at", fail)
    assert Client(raise_request_exception=False).get(f"/visit/{KEY}/").status_code == 500
    assert "RuntimeError" in "\n".join(kept.lines)
    assert hides(kept)


@pytest.mark.parametrize("address", ADDRESSES)
def test_server_logs_no_key(kept: Kept, address: str) -> None:
    """As gunicorn writes a request, whose referring page had a key, too."""
    config = Config()
    config.set("accesslog", "-")
    config.set("access_log_format", "%(r)s %(U)s %(f)s %({raw_uri}e)s %(s)s")
    headers = [("REFERER", f"https://clinic.example{address}")]
    asked = SimpleNamespace(headers=headers, method="GET", path=address, uri=address)
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": address,
        "PATH_INFO": address.partition("?")[0],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_REFERER": f"https://clinic.example{address}",
    }
    answer = SimpleNamespace(status="200 OK", headers=[], sent=10, response_length=10)
    logger = Logger(config)
    logger.access_log.addHandler(kept)
    logger.access(answer, asked, environ, timedelta(milliseconds=3))
    logger.error_log.addHandler(kept)
    logger.exception("Error handling request %s", address)
    assert hides(kept)
    assert "/..." in kept.lines[0]


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/family/invitation/{key}/",
        "/accounts/login/?next=/accounts/family/invitation/{key}/",
        "/accounts/signup/?next=%2Faccounts%2Ffamily%2Finvitation%2F{key}%2F",
    ],
)
def test_key_of_an_invitation_stands_in_no_log(address: str) -> None:
    key = "Ab-_" * 10 + "xyz"
    assert key not in HIDDEN.sub(r"\1...", address.format(key=key))


def test_row_that_the_database_refused_is_not_logged(kept: Kept) -> None:
    """PostgreSQL tells the whole of it: the reason of a visit, the name of a patient."""
    row = 'null value in column "x"\nDETAIL:  Failing row contains (7, chest pain\n\nfor days).'
    try:
        try:
            raise ValueError(row)
        except ValueError as error:
            raise RuntimeError(row) from error
    except RuntimeError:
        logging.getLogger("docspot.work").exception("A step failed.")
    whole = "\n".join(kept.lines)
    assert ("chest pain" in whole, "for days" in whole) == (False, False)
    assert whole.count('null value in column "x"') == 2
    assert "direct cause" in whole
