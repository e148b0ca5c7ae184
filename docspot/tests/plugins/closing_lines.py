"""Closing lines: a run that left something out says so at its end, with the command that adds it.

With `REQUIRE_ALL=1` what is left out is a failure. The lines are also written to the file named by
`CLOSING_LINES`, so that `make test` can repeat those of all its runs at the very end.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

database = pytest.StashKey[str]()

FAILURE = "REQUIRE_ALL is set: that is a failure."


def all_required() -> bool:
    return os.environ.get("REQUIRE_ALL", "") not in {"", "0"}


def keep(line: str) -> None:
    """Write a line for the end of `make test`, if that is what runs."""
    if path := os.environ.get("CLOSING_LINES"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


def is_worker(config: pytest.Config) -> bool:
    """Whether this is one of pytest-xdist's processes, and not the one that reports."""
    return hasattr(config, "workerinput")


class ClosingLines:
    """Counts the skips by reason, in the process that reports."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.skips: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            self.count(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self.count(report)

    def count(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        self.skips[reason.removeprefix("Skipped: ")] += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.skips and all_required() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        counts = [
            f"{len(terminalreporter.stats[kind])} {kind}"
            for kind in ("passed", "failed", "error", "skipped")
            if kind in terminalreporter.stats
        ]
        keep(f"{self.config.stash.get(database, 'Tests')}: {', '.join(counts) or 'nothing ran'}")
        if not self.skips:
            return
        terminalreporter.section("not run here")
        for reason, number in sorted(self.skips.items()):
            line = f"{number} not run: {reason}"
            terminalreporter.write_line(line)
            keep(f"  {line}")
        if all_required():
            terminalreporter.write_line(FAILURE, red=True)
            keep(f"  {FAILURE}")


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker(config):
        config.pluginmanager.register(ClosingLines(config), "closing-lines-of-this-run")
