"""The clients: a process of its own that sends requests and counts the answers.

Reads a plan as JSON and writes what it saw as JSON. It knows nothing of Django and does as little
as it can, for it shares the machine with the server that it measures.
"""

from __future__ import annotations

import gc
import json
import math
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Any, TypedDict

ADDRESS = "127.0.0.1"
PATIENCE = 60.0  # seconds until an answer counts as none
NO_ANSWER = 0  # in the place of a status


class Plan(TypedDict):
    port: int
    requests: list[str]
    clients: int
    seconds: float  # no request is sent later
    once: bool  # each request once, or all in turn until the time is over


class Seen(TypedDict):
    count: int
    seconds: float
    rate: float
    p50: float
    p99: float
    statuses: dict[str, int]


Answer = tuple[int, float]  # status, seconds


def fetch(port: int, request: bytes) -> bytes:
    """The whole answer. A connection of its own: gunicorn's sync workers keep none open."""
    parts = []
    with socket.socket() as connection:
        connection.settimeout(PATIENCE)
        connection.connect((ADDRESS, port))
        connection.sendall(request)
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def status_of(answer: bytes) -> int:
    """From `HTTP/1.1 200 OK`."""
    return int(answer[9:12] or NO_ANSWER)


def summary(answers: list[Answer], seconds: float) -> Seen:
    times = sorted(taken for _, taken in answers)
    return {
        "count": len(answers),
        "seconds": seconds,
        "rate": len(answers) / seconds,
        "p50": percentile(times, 50),
        "p99": percentile(times, 99),
        "statuses": dict(Counter(str(status) for status, _ in answers)),
    }


def percentile(ordered: list[float], share: int) -> float:
    """By nearest rank: the value that `share` percent do not exceed; 0 of nothing."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)]


def run(plan: Plan) -> Seen:
    clients = plan["clients"]
    requests = [request.encode() for request in plan["requests"]]
    begin = threading.Barrier(clients + 1)
    answers: list[list[Answer]] = [[] for _ in range(clients)]
    threads = [
        threading.Thread(target=_client, args=(plan, _share(plan, requests, number), begin, found))
        for number, found in enumerate(answers)
    ]
    for thread in threads:
        thread.start()
    begin.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return summary([one for found in answers for one in found], time.perf_counter() - started)


def _share(plan: Plan, requests: list[bytes], number: int) -> Iterable[bytes]:
    return requests[number :: plan["clients"]] if plan["once"] else cycle(requests)


def _client(
    plan: Plan, requests: Iterable[bytes], begin: threading.Barrier, found: list[Answer]
) -> None:
    begin.wait()
    until = time.perf_counter() + plan["seconds"]
    found.extend(_answers(plan["port"], requests, until))


def _answers(port: int, requests: Iterable[bytes], until: float) -> Iterator[Answer]:
    for request in requests:
        sent = time.perf_counter()
        if sent >= until:
            return
        try:
            status = status_of(fetch(port, request))
        except OSError:
            status = NO_ANSWER
        yield status, time.perf_counter() - sent


def main() -> None:
    plan: Any = json.load(sys.stdin)
    gc.disable()
    json.dump(run(plan), sys.stdout)


if __name__ == "__main__":
    main()
