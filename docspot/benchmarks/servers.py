"""gunicorn as a clinic runs it: DocSpot, and the floor beside it. And how much memory it takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docspot.benchmarks.load import fetch, status_of
from docspot.benchmarks.programs import ROOT, Failed, environment
from docspot.benchmarks.wire import HOST, get

WORKERS = 2
SECONDS_TO_START = 30.0
DOCSPOT = "docspot.wsgi"
FLOOR = "docspot.benchmarks.floor:make_application()"
FLOOR_ENVIRONMENT = {**os.environ, "DJANGO_SETTINGS_MODULE": "docspot.benchmarks.floor"}


class Server:
    """A gunicorn that runs, until the `with` that started it ends."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], port: int) -> None:
        self.name, self.process, self.port = name, process, port
        self.seen_workers: set[int] = set()

    def wait(self, path: str) -> None:
        """Until it answers; the workers that it has then must still be there later."""
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if status_of(fetch(self.port, get(path).encode())) == 200:
                    self.seen_workers = set(self.workers())
                    return
            except OSError:
                time.sleep(0.1)
        raise Failed(f"The server of {self.name} does not answer.")

    def workers(self) -> list[int]:
        pid = self.process.pid
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]

    def check_workers(self) -> None:
        """gunicorn replaces a worker that died or took too long, and says so only in its log."""
        before, self.seen_workers = self.seen_workers, set(self.workers())
        if before != self.seen_workers:
            raise Failed(f"The server of {self.name} lost a worker process.")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def docspot(name: str, database_url: str, static_root: Path) -> Iterator[Server]:
    with _gunicorn(name, DOCSPOT, environment(database_url, static_root)) as server:
        server.wait("/healthz")
        yield server


@contextmanager
def floor() -> Iterator[Server]:
    with _gunicorn("the floor", FLOOR, FLOOR_ENVIRONMENT) as server:
        server.wait("/")
        yield server


@contextmanager
def _gunicorn(name: str, application: str, env: dict[str, str]) -> Iterator[Server]:
    port = _free_port()
    options = f"--workers {WORKERS} --bind {HOST}:{port} --no-control-socket --log-level warning"
    # A session of its own: Ctrl-C reaches the run alone, which then ends the servers in order.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "gunicorn", application, *options.split()],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    server = Server(name, process, port)
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as held:
        held.bind((HOST, 0))
        return int(held.getsockname()[1])


def memory_of(pid: int) -> dict[str, float]:
    """MB that a process holds: `rss`, and `pss` (its share of what several hold), if known."""
    rss = _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:")
    pss = _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")
    return {name: kb / 1024 for name, kb in (("rss", rss), ("pss", pss)) if kb is not None}


def _kilobytes(path: Path, field: str) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), None)
