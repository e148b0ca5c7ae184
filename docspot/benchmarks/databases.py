"""The databases of a run: filled by `manage.py seed_demo`, kept for the next run if asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from docspot.benchmarks.programs import Failed, environment, run, say
from docspot.tests.plugins.databases import NO_SERVER, Server, find_programs

# As in production: what is committed outlives a power cut. Memory for a machine of a few GB.
SERVER_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
}


@dataclass(frozen=True)
class Size:
    doctors: int
    patients: int
    appointments: int

    def __str__(self) -> str:
        return (
            f"{self.doctors:,} doctors, {self.patients:,} patients, "
            f"{self.appointments:,} appointments"
        )


class DurableServer(Server):
    """A PostgreSQL server as the tests have it, but one that may be kept, and that syncs."""

    def start(self) -> str:
        if not (self.directory / "data").exists():
            self._run(
                "initdb", "--username=docspot", "--auth=trust", "--encoding=UTF8", "--no-locale"
            )
        options = SERVER_OPTIONS | {"unix_socket_directories": str(self.directory)}
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run(
            "pg_ctl", "start", "--wait", "--silent", f"--log={self.log}", f"--options={flags}"
        )
        return str(self.directory)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=fast")


@contextmanager
def sqlite(directory: Path) -> Iterator[dict[str, str]]:
    yield {name: f"sqlite:///{directory / name}.sqlite3" for name in ("large", "small")}


@contextmanager
def postgresql(directory: Path) -> Iterator[dict[str, str]]:
    programs = find_programs()
    if programs is None:
        raise Failed(NO_SERVER)
    home = directory / "postgresql"
    home.mkdir(exist_ok=True)
    server = DurableServer(programs, home)
    say("start PostgreSQL")
    socket = server.start()
    try:
        _create_databases(socket, "large", "small")
        host = quote(socket, safe="")
        yield {name: f"postgres://docspot@{host}/{name}" for name in ("large", "small")}
    finally:
        server.stop()


def _create_databases(socket: str, *names: str) -> None:
    with psycopg.connect(
        host=socket, user="docspot", dbname="postgres", autocommit=True
    ) as connection:
        there = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for name in names:
            if name not in there:
                connection.execute(f"CREATE DATABASE {name}".encode())


def fill(name: str, url: str, size: Size, directory: Path, static_root: Path) -> None:
    """Migrate, and seed unless a run before has left it filled with as much."""
    env = environment(url, static_root)
    mark = directory / f"{name}.{url.partition(':')[0]}.json"
    run(["manage.py", "migrate", "--verbosity", "0"], env)
    if mark.exists() and json.loads(mark.read_text()) == asdict(size):
        return say(f"the {name} database is there: {size}")
    if mark.exists():
        raise Failed(f"{directory} holds a database of another size. Name another directory.")
    say(f"fill the {name} database: {size}")
    numbers = [f"--{what}={number}" for what, number in asdict(size).items()]
    run(["manage.py", "seed_demo", *numbers, "--seed=1"], env, show=True)
    if url.startswith("postgres"):  # or autovacuum would, at a moment of its own
        run(["manage.py", "shell", "--no-imports", "--command", ANALYZE], env)
    mark.write_text(json.dumps(asdict(size)))
    say(f"the {name} database is filled")


ANALYZE = "from django.db import connection; connection.cursor().execute('VACUUM ANALYZE')"


def collect_static(url: str, static_root: Path) -> None:
    say("collect the static files")
    arguments = ["manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    run(arguments, environment(url, static_root))


def remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
