"""How each figure is measured. Over HTTP always in turns with the floor, within each round."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from docspot.benchmarks import programs
from docspot.benchmarks.figures import (
    Figure,
    Round,
    one_winner,
    share_of_floor,
    times_the_cost,
    under,
)
from docspot.benchmarks.load import fetch, status_of
from docspot.benchmarks.programs import Failed, say
from docspot.benchmarks.servers import Server, memory_of
from docspot.benchmarks.wire import get, post_form, post_json

LONG = 1e9  # seconds: until all is sent
WARM_UP = 16  # requests, so that each worker has answered some
MOST_BOOKINGS_A_SECOND = 400
CLIENTS_IN_PROCESS = 8


@dataclass(frozen=True)
class Options:
    rounds: int
    seconds: float  # of each load
    clients: int
    rivals: int
    repeat: int  # of what is measured in process
    bookings: int  # of each client in process, in each round, on each side
    due: int  # visits to remind of

    def needed(self) -> dict[str, int]:
        """What targets.py is to find."""
        in_process = 2 * self.rounds * self.bookings * CLIENTS_IN_PROCESS
        tokens = math.ceil(self.rounds * self.seconds * MOST_BOOKINGS_A_SECOND) + WARM_UP
        return {
            "times": tokens + in_process,
            "tokens": tokens,
            "rivals": self.rivals,
            "races": 2 * self.rounds,
        }


@dataclass
class Bench:
    """What the figures are measured on."""

    real: Server
    small: Server
    floor: Server
    found: dict[str, Any]  # by targets.py
    env: dict[str, str]  # of the large database
    options: Options

    # Loads

    def load(self, server: Server, requests: list[str], status: str, **plan: Any) -> Any:
        """Raises Failed if any answer has another status."""
        asked = {"clients": self.options.clients, "seconds": self.options.seconds, "once": False}
        seen = programs.load(asked | {"port": server.port, "requests": requests} | plan)
        server.check_workers()
        if set(seen["statuses"]) - {status}:
            raise Failed(f"{server.name}: not only {status} was answered: {seen['statuses']}")
        return seen

    def load_floor(self) -> Any:
        return self.load(self.floor, [get("/")], "200")

    def warm_up(self, server: Server, request: str, holds: dict[str, int]) -> None:
        """See that the answer is what was meant, then let each worker answer a few."""
        sent = time.perf_counter()
        answer = fetch(server.port, request.encode())
        taken = time.perf_counter() - sent
        if taken > 1:
            say(f"  the first answer of {server.name} took {taken:.1f} s")
        if status_of(answer) != 200:
            told = repr(answer[:300]) if answer else f"no answer in {taken:.0f} s"
            raise Failed(f"{server.name}: {told}")
        for text, least in holds.items():
            if answer.count(text.encode()) < least:
                raise Failed(f"{server.name}: {text!r} is not {least} times in {request[:80]!r}")
        self.load(server, WARM_UP * [request], "200", once=True, seconds=LONG)

    def rounds(self, load: Callable[[], Any], floor: Callable[[], Any]) -> tuple[list[Any], Any]:
        """Both sides in turns; returns the rounds and what was last seen of the first side."""
        rounds = []
        for _ in range(self.options.rounds):
            seen, ground = load(), floor()
            rounds.append(Round(value=seen["rate"], floor=ground["rate"]))
        return rounds, {name: seen[name] for name in ("p50", "p99")}

    # Figures

    def page(self, name: str, what: str, path: str, **asked: Any) -> Figure:
        request = get(path, **asked.get("headers", {}))
        self.warm_up(self.real, request, asked["holds"])
        rounds, seen = self.rounds(lambda: self.load(self.real, [request], "200"), self.load_floor)
        return share_of_floor(name, what, rounds, at_least=asked["at_least"], details=seen)

    def slots(self) -> Iterator[Figure]:
        doctor = self.found["doctor"]
        yield self.page(
            "slots",
            f"API: free times of a day, a doctor with {doctor['visits']} visits a month",
            f"/api/doctors/{doctor['id']}/slots?from={doctor['day']}&days=1",
            holds={'{"start":': 1},
            at_least=0.3,
        )

    def month(self) -> Iterator[Figure]:
        question = {"doctor": self.found["doctor"]["id"], "repeat": self.options.repeat}
        seen = programs.ask("month", question, self.env)
        taken, queries = seen["milliseconds"], seen["queries"]
        what = f"a month's free times in process, {seen['visits']} visits"
        yield under("month", what, taken["times"], 4, "ms", details=seen)
        yield under("month", "  their queries", queries["times"], 5, "queries", inclusive=True)
        yield under("month", "  their pure part", taken["pure"], 2, "ms")
        used = seen["processor_milliseconds"]
        say(
            f"  with loading the doctor {taken['times'] + taken['load']:.2f} ms, "
            f"{queries['times'] + queries['load']} queries; on the processor alone "
            f"{used['times']:.2f} ms, the pure part {used['pure']:.2f} ms"
        )

    def directory(self) -> Iterator[Figure]:
        path = "/doctors/?sort=soonest"
        what = "directory by next free time, 20 cards"
        cards = {'class="card-doctor"': 20, "/appointments/book/": 20}
        yield self.page("directory", what, path, holds=cards, at_least=0.1)
        self.warm_up(self.small, get(path), cards)
        rounds, _ = self.rounds(
            lambda: self.load(self.real, [get(path)], "200"),
            lambda: self.load(self.small, [get(path)], "200"),
        )
        yield times_the_cost("directory", "  its cost, to that at 100 doctors", rounds, at_most=1.3)

    def profile(self) -> Iterator[Figure]:
        slug, day = self.found["doctor"]["slug"], self.found["doctor"]["day"]
        yield self.page(
            "profile",
            "profile page with a week of times",
            f"/doctors/{slug}/?week={day}",
            holds={f"/appointments/book/{slug}/": 1},
            at_least=0.1,
        )

    def history(self) -> Iterator[Figure]:
        history = self.found["history"]
        yield self.page(
            "history",
            f"history page of a patient with {history['visits']} visits",
            "/appointments/",
            headers={"Cookie": f"sessionid={history['session']}"},
            holds={'class="visits"': 1},
            at_least=0.1,
        )

    def booking(self) -> Iterator[Figure]:
        bookings = (one for one in self.found["bookings"] if "token" in one)
        requests = [book_over_api(one, one["token"]) for one in bookings]
        first, requests = requests[:WARM_UP], requests[WARM_UP:]
        self.load(self.real, first, "201", once=True, seconds=LONG)
        size = len(requests) // self.options.rounds
        parts = (requests[at : at + size] for at in range(0, len(requests), size))

        def load() -> Any:
            seen = self.load(self.real, next(parts), "201", once=True)
            if seen["count"] == size:
                say(f"all {size} bookings were made in {seen['seconds']:.1f} s")
            return seen

        rounds, seen = self.rounds(load, self.load_floor)
        what = f"API: book, {self.options.clients} clients, each time once"
        yield share_of_floor("booking", what, rounds, at_least=0.15, details=seen)

    def book(self) -> Iterator[Figure]:
        bookings = [one for one in self.found["bookings"] if "token" not in one]
        question = {
            "bookings": bookings,
            "clients": CLIENTS_IN_PROCESS,
            "rounds": self.options.rounds,
        }
        rounds = [Round(**one) for one in programs.ask("booking", question, self.env)]
        what = f"book() in {CLIENTS_IN_PROCESS} processes, to its SQL alone"
        yield share_of_floor("book", what, rounds, at_least=0.5)

    def rivals(self) -> Iterator[Figure]:
        people = self.found["rivals"]
        times = iter(self.found["contested"])
        faces: list[tuple[str, str, Callable[[Any, Any], str]]] = [
            ("API", "201", lambda time, person: book_over_api(time, person["token"])),
            ("page", "302", book_over_page),
        ]
        for face, won, request in faces:
            races = [
                self.race([request(time, person) for person in people])
                for time in islice(times, self.options.rounds)
            ]
            what = f"{len(people)} rivals for one time, {face}"
            yield one_winner("rivals", what, races, won)

    def race(self, requests: list[str]) -> Any:
        plan = {"port": self.real.port, "requests": requests, "clients": len(requests)}
        seen = programs.load(plan | {"seconds": LONG, "once": True})
        self.real.check_workers()
        return seen

    def reminders(self) -> Iterator[Figure]:
        few = self.reminders_of(self.options.due // 10)
        seen = self.reminders_of(self.options.due)
        if seen["left"]:
            raise Failed(f"{seen['left']} were written a second time")
        what = f"reminders of {self.options.due:,} visits due at once, each of {seen['mails']:,}"
        yield under("reminders", what, seen["milliseconds a mail"], 1, "ms", details=seen)
        more = max(0.0, seen["megabytes"] - few["megabytes"])
        yield under("reminders", "  memory more than for a tenth", more, 5, "MB", details=few)
        yield under("reminders", "  longest wait of a booking", seen["longest wait"], 1, "s")

    def reminders_of(self, visits: int) -> dict[str, Any]:
        def ask(do: str) -> dict[str, Any]:
            found: dict[str, Any] = programs.ask(
                "reminders", {"do": do, "visits": visits}, self.env
            )
            return found

        ask("take out")  # what a run before may have left
        ask("put in")
        try:
            return ask("measure")
        finally:
            ask("take out")

    def memory(self) -> Iterator[Figure]:
        """Last, when the workers have done all of the above."""
        workers = [memory_of(pid) for pid in self.real.workers()]
        largest = max(worker["rss"] for worker in workers)
        what = "memory (RSS) of the largest worker"
        if all("pss" in worker for worker in workers):
            what += f", PSS {max(worker['pss'] for worker in workers):.0f} MB"
        yield under("memory", what, largest, 150, "MB", details={"workers": workers})


def book_over_api(time: dict[str, Any], token: str) -> str:
    body = {
        "doctor_id": time["doctor"],
        "date": time["start"],
        "visit_type": time["visit_type"],
    }
    return post_json("/api/book", body, token=token)


def book_over_page(time: dict[str, Any], person: dict[str, Any]) -> str:
    fields = {
        "start": time["start"],
        "visit_type": time["visit_type"],
        "patient": person["patient"],
        "reason": "",
    }
    return post_form(f"/appointments/book/{time['slug']}/", fields, session=person["session"])


NAMES: Sequence[str] = (
    "slots",
    "month",
    "directory",
    "profile",
    "history",
    "booking",
    "book",
    "rivals",
    "reminders",
    "memory",
)
