"""A plugin of pytest for `make prove`: so many sequences in batches, progress, a plain result."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any, cast

import pytest

from docspot.tests.plugins import closing_lines

BATCH = 50
EVERY_SECONDS = 30
first_seed = pytest.StashKey[int]()
FIRST = ("sequences", "steps", "bookings", "moves")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sequences", type=int, default=10_000, help="How many sequences to run.")
    parser.addoption("--from-seed", type=int, help="A seed that an earlier run has named.")


def pytest_configure(config: pytest.Config) -> None:
    if closing_lines.is_worker(config):
        config.stash[first_seed] = vars(config)["workerinput"]["first_seed"]
        return
    named = config.option.from_seed
    config.stash[first_seed] = random.SystemRandom().randrange(10**9) if named is None else named
    config.pluginmanager.register(Tally(config), "tally-of-this-run")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "batch" in metafunc.fixturenames:
        batches = -(-metafunc.config.option.sequences // BATCH)
        metafunc.parametrize("batch", range(batches))


@pytest.fixture
def seed_of_batch(batch: int, pytestconfig: pytest.Config) -> int:
    return pytestconfig.stash[first_seed] * 10_000 + batch


@pytest.fixture
def size_of_batch(batch: int, pytestconfig: pytest.Config) -> int:
    return min(BATCH, int(pytestconfig.option.sequences) - batch * BATCH)


class Tally:
    """Adds up what the batches count, in the process that reports."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.counts: Counter[str] = Counter()
        self.failures = 0
        self.began = self.spoke = time.monotonic()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Of pytest-xdist: all its processes count from the same seed."""
        node.workerinput["first_seed"] = self.config.stash[first_seed]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failures += report.failed
        if report.when != "call":
            return
        for _name, counts in report.user_properties:
            self.counts.update(cast(dict[str, int], counts))
        if time.monotonic() - self.spoke >= EVERY_SECONDS:
            self.spoke = time.monotonic()
            self._say(f"{self._seconds()} s: {self._of(FIRST)}, failures {self.failures}")

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """No dot for each batch."""
        return ("passed", "", "") if report.passed and report.when == "call" else None

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self) -> None:
        database = self.config.stash.get(closing_lines.database, "?")
        refusals = sorted(name for name in self.counts if name[0].isupper())
        others = sorted(set(self.counts) - set(refusals) - set(FIRST))
        self._say(f"{database}: {self._of(FIRST)}")
        self._say(f"  refusals: {self._of(refusals)}")
        self._say(f"  besides: {self._of(others)}")
        self._say(f"  failures {self.failures}, {self._seconds()} s")
        self._say(f"  the same again: ARGS=--from-seed={self.config.stash[first_seed]}")

    def _seconds(self) -> int:
        return round(time.monotonic() - self.began)

    def _of(self, names: list[str] | tuple[str, ...]) -> str:
        return ", ".join(f"{name} {self.counts[name]:,}" for name in names)

    def _say(self, line: str) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(line)
