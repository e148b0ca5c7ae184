"""The server and the worker as a clinic runs them, in processes of their own, on the tests' rows.

Only what was started here is ended here, by its process id.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django_tasks import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult

from docspot.benchmarks.load import fetch, status_of
from docspot.benchmarks.wire import get
from docspot.tests.proof.mail_server import HOST, MailServer, free_port

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PATIENCE = 120.0  # seconds


def environment(mail_server: MailServer) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "docspot.settings",
        "DATABASE_URL": database_url(),
        "EMAIL_URL": mail_server.url,
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": HOST,
    }


def database_url() -> str:
    """Of the database that the tests write to."""
    kept = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{Path(kept['NAME']).resolve()}"
    password = f":{quote(kept['PASSWORD'], safe='')}" if kept["PASSWORD"] else ""
    port = f":{kept['PORT']}" if kept["PORT"] else ""
    host = quote(kept["HOST"], safe="")
    return f"postgres://{kept['USER']}{password}@{host}{port}/{kept['NAME']}"


def start_worker(mail_server: MailServer, *, lost_after: float) -> subprocess.Popen[bytes]:
    options = ["manage.py", "work", "--lost-after", str(lost_after)]
    return _start(options, mail_server)


@contextmanager
def worker(mail_server: MailServer, *, lost_after: float) -> Iterator[None]:
    process = start_worker(mail_server, lost_after=lost_after)
    try:
        yield
    finally:
        _end(process)


@contextmanager
def web_server(mail_server: MailServer) -> Iterator[int]:
    """Two processes of gunicorn; gives the port."""
    port = free_port()
    options = f"--workers 2 --bind {HOST}:{port} --no-control-socket --log-level error"
    process = _start(["-m", "gunicorn", "docspot.wsgi", *options.split()], mail_server)
    try:
        wait_until(lambda: _answers(port), "the server answers")
        yield port
    finally:
        _end(process)


def _start(arguments: list[str], mail_server: MailServer) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(mail_server),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        return status_of(fetch(port, get("/healthz").encode())) == 200
    except OSError:
        return False


def wait_until(come: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not come():
        if time.monotonic() > until:
            raise AssertionError(f"In {PATIENCE:.0f} s it did not come that {what}.")
        time.sleep(0.05)


def wait_for_mails(server: MailServer) -> None:
    """Until all are sent, however long it takes, if only one after the other arrives."""
    while not all_is_sent():
        wait_until(partial(_goes_on, server, server.arrived.total()), "a mail arrives")


def _goes_on(server: MailServer, before: int) -> bool:
    return server.arrived.total() > before or all_is_sent()


def all_is_sent() -> bool:
    return not DBTaskResult.objects.filter(status__in=[Status.READY, Status.RUNNING]).exists()


def message_ids() -> set[str]:
    """Those of all mails that were written."""
    return {f"<{pk}@docspot.example>" for pk in DBTaskResult.objects.values_list("pk", flat=True)}
