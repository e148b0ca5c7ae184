"""Make the databases, start the servers, measure, and tell: `make bench` (see --help)."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from docspot.benchmarks import databases, measure, programs, servers
from docspot.benchmarks.databases import Size
from docspot.benchmarks.figures import Figure, failed
from docspot.benchmarks.measure import Bench
from docspot.benchmarks.programs import Failed, environment, say
from docspot.benchmarks.table import lay_out

LARGE = Size(doctors=10_000, patients=100_000, appointments=1_000_000)
SMALL = Size(doctors=100, patients=1_000, appointments=10_000)


def main() -> int:
    # An end by `kill` then cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments = read_arguments()
    warn_if_busy()
    try:
        figures = run(arguments)
    except Failed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; all that was started has been ended.\n")
        return 130
    sys.stdout.write(f"\n{lay_out(figures)}\n")
    write_json(arguments, figures)
    return 0 if all(figure.kept for figure in figures) else 1


def warn_if_busy() -> None:
    busy = os.getloadavg()[0]
    if busy > 0.3 * (os.cpu_count() or 1):
        say(f"others use this machine (load average {busy:.1f}): the figures will be worse")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...")
    add = parser.add_argument
    add("--postgresql", action="store_true", help="on a throw-away server; else on SQLite")
    add("--quick", action="store_true", help="small numbers, to see whether all of it runs")
    add("--rounds", type=int, help="of each figure, of which the median counts (3)")
    add("--seconds", type=float, help="of each load (4, with --quick 1)")
    add("--clients", type=int, default=8, help="at once (8)")
    add(
        "--keep", type=Path, metavar="DIRECTORY", help="keep the databases there, or use them again"
    )
    add("--only", action="append", choices=measure.NAMES, help="this figure; may be given again")
    add("--output", type=Path, help="the JSON (bench-sqlite.json or bench-postgresql.json)")
    return parser.parse_args()


def options_of(arguments: argparse.Namespace) -> measure.Options:
    quick = arguments.quick
    return measure.Options(
        rounds=arguments.rounds or 3,
        seconds=arguments.seconds or (1 if quick else 4),
        clients=arguments.clients,
        rivals=100,
        repeat=50 if quick else 300,
        bookings=10 if quick else 50,
        due=1000 if quick else 100_000,
    )


def run(arguments: argparse.Namespace) -> list[Figure]:
    with ExitStack() as stack:
        directory = stack.enter_context(directory_of(arguments))
        engine = databases.postgresql if arguments.postgresql else databases.sqlite
        urls = stack.enter_context(engine(directory))
        static_root = directory / "staticfiles"
        databases.collect_static(urls["large"], static_root)
        sizes = {"large": SMALL if arguments.quick else LARGE, "small": SMALL}
        for name, size in sizes.items():
            databases.fill(name, urls[name], size, directory, static_root)
        options = options_of(arguments)
        env = environment(urls["large"], static_root)
        say("look up whom to ask for, and log people in")
        found = programs.ask("targets", options.needed(), env)
        say("start the servers")
        bench = Bench(
            real=stack.enter_context(servers.docspot("DocSpot", urls["large"], static_root)),
            small=stack.enter_context(servers.docspot("small DocSpot", urls["small"], static_root)),
            floor=stack.enter_context(servers.floor()),
            found=found,
            env=env,
            options=options,
        )
        return list(figures_of(bench, arguments.only or measure.NAMES))


@contextmanager
def directory_of(arguments: argparse.Namespace) -> Iterator[Path]:
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
        yield arguments.keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="docspot-bench-") as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as another user than root
        yield Path(directory)


def figures_of(bench: Bench, names: Any) -> Iterator[Figure]:
    for name in measure.NAMES:
        if name in names:
            say(f"measure {name}")
            for figure in measured(bench, name):
                ratio = "" if figure.ratio is None else f" ({figure.ratio:.0%})"
                say(f"  {figure.what.strip()}: {figure.value}{ratio}")
                yield figure


def measured(bench: Bench, name: str) -> Iterator[Figure]:
    """The figures of this name; one that cannot be measured is a missed one."""
    try:
        yield from getattr(bench, name)()
    except Failed as failure:
        yield failed(name, str(failure))


def write_json(arguments: argparse.Namespace, figures: list[Figure]) -> None:
    database = "postgresql" if arguments.postgresql else "sqlite"
    path = arguments.output or Path(f"bench-{database}.json")
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": database,
        "quick": arguments.quick,
        "processors": os.cpu_count(),
        "load_average": os.getloadavg(),
        "python": platform.python_version(),
        "django": django.get_version(),
        "figures": [asdict(figure) for figure in figures],
    }
    path.write_text(json.dumps(told, indent=2) + "\n")
    say(f"written to {path}")


if __name__ == "__main__":
    sys.exit(main())
