"""The database the tests run on: a SQLite file, or with `--postgresql` a throw-away server.

Both live in a temporary directory that is gone after the run. Only the first process starts and
stops anything; those of pytest-xdist inherit where to find it.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path
from urllib.parse import quote

import pytest

from docspot.tests.plugins import closing_lines

NO_SERVER = "PostgreSQL: not run, no server on this machine. To add it: apt-get install postgresql"
SERVER_USER = "postgres"  # Debian's package adds it
SERVER_OPTIONS = {
    "listen_addresses": "",  # only the socket in the temporary directory
    "max_connections": "300",  # a hundred rivals with connections of their own, and the others
    "fsync": "off",  # nothing in it need outlive a power cut
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
missing_server = pytest.StashKey[bool]()


class Server:
    """A PostgreSQL server of its own, in a directory of its own."""

    def __init__(self, programs: Path, directory: Path) -> None:
        self.programs = programs
        self.directory = directory
        self.log = directory / "log"
        # The server refuses to run as root, who therefore runs it as another user.
        self.user = SERVER_USER if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(directory, self.user, self.user)

    def start(self) -> str:
        """Start it and return its DATABASE_URL; raises UsageError with what the server said."""
        self._run(
            "initdb",
            "--username=docspot",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )
        options = SERVER_OPTIONS | {"unix_socket_directories": str(self.directory)}
        flags = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run(
            "pg_ctl", "start", "--wait", "--silent", f"--log={self.log}", f"--options={flags}"
        )
        return f"postgres://docspot@{quote(str(self.directory), safe='')}/docspot"

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate")

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.programs / program, f"--pgdata={self.directory / 'data'}", *arguments],
            cwd=self.directory,
            user=self.user,
            group=self.user,
            extra_groups=[] if self.user else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            log = self.log.read_text() if self.log.exists() else ""
            raise pytest.UsageError(f"{program} of PostgreSQL failed.\n{done.stdout}{log}")


def find_programs() -> Path | None:
    """The directory of PostgreSQL's programs: the newest of Debian's, or that on the PATH."""
    if os.geteuid() == 0 and SERVER_USER not in {account.pw_name for account in pwd.getpwall()}:
        return None
    of_debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(of_debian, key=lambda path: float(path.parts[-3]), default=None)
    initdb = newest or shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgresql",
        action="store_true",
        help="Run on PostgreSQL: on the server of DATABASE_URL, or on a throw-away one.",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    # As a wrapper, so that it comes before pytest-django reads the settings.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        directory = Path(tempfile.mkdtemp(prefix="docspot-tests-"))
        early_config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
        os.environ["TEST_SQLITE_FILE"] = str(directory / "test.sqlite3")
        if early_config.known_args_namespace.postgresql:
            provide_server(early_config, directory)
    return (yield)


def provide_server(config: pytest.Config, directory: Path) -> None:
    """Set DATABASE_URL to a PostgreSQL server, or take note that there is none."""
    if os.environ.get("DATABASE_URL", "").startswith(("postgres://", "postgresql://")):
        return
    programs = find_programs()
    if programs is None:
        config.stash[missing_server] = True
        return
    # An end by `kill` then cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server = Server(programs, directory)
    config.add_cleanup(server.stop)
    os.environ["DATABASE_URL"] = server.start()


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Without a server there is nothing to run: say so and end."""
    if not config.stash.get(missing_server, False):
        return None
    closing_lines.keep(NO_SERVER)
    print(NO_SERVER)
    if closing_lines.all_required():
        closing_lines.keep(f"  {closing_lines.FAILURE}")
        print(closing_lines.FAILURE)
    return int(closing_lines.all_required())


def pytest_configure(config: pytest.Config) -> None:
    from django.db import connection  # settings are there by now

    config.stash[closing_lines.database] = connection.display_name


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.stash[closing_lines.database]}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of the other database: they are no skips, `make test` runs both."""
    from django.db import connection

    others = {"sqlite", "postgresql"} - {connection.vendor}
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in others)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """The limits on log-in count in the cache: no test inherits another's tries."""
    from django.core.cache import cache

    cache.clear()
