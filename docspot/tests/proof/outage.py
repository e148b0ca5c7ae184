"""The mail server is away while people book; how quick they are, and what arrives, is noted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from accounts.services import open_api_session
from appointments.models import Appointment, BookingPolicy
from appointments.selectors import FreeTimes
from docspot.benchmarks.load import fetch, percentile, status_of
from docspot.benchmarks.wire import post_json
from docspot.tests import cast
from docspot.tests.proof.mail_server import MailServer
from docspot.tests.proof.processes import (
    message_ids,
    wait_for_mails,
    web_server,
    worker,
)

CLIENTS = 4
EVERY = 0.5  # seconds from one booking of a client to its next
SLOW = 1.0  # seconds, or twice what a booking takes while the mail server is there

Answer = tuple[int, float]  # status, seconds


class Seen(NamedTuple):
    """Seconds that bookings took, while the mail server was there and while it was not."""

    there: list[float]
    away: list[float]
    arrived: int
    seconds_until_all: float

    @property
    def slow(self) -> int:
        limit = max(SLOW, 2 * max(self.there))
        return sum(seconds > limit for seconds in self.away)

    def as_counts(self) -> dict[str, int]:
        """In milliseconds."""
        return {
            f"{name} {part}": round(figure * 1000)
            for name, times in (("there", self.there), ("away", self.away))
            for part, figure in (("p50", percentile(times, 50)), ("p95", percentile(times, 95)))
        } | {
            "there max": round(max(self.there) * 1000),
            "away max": round(max(self.away) * 1000),
            "bookings there": len(self.there),
            "bookings away": len(self.away),
            "slow": self.slow,
            "arrived": self.arrived,
            "seconds until all had arrived": round(self.seconds_until_all),
        }


def book_through_an_outage(*, there: float, away: float, hangs: bool) -> Seen:
    """Book for `there` seconds, then for `away` while nobody takes mail, then until all arrived.

    Every booking must be made, and every mail arrive, once.
    """
    BookingPolicy.objects.create(
        pk=1,
        max_open_visits=1000,
        horizon_days=700,
        first_reminder_hours=None,  # or a visit at this very hour tomorrow would have two mails
        second_reminder_hours=None,
    )
    requests = [iter(requests_of(number)) for number in range(CLIENTS)]
    with MailServer() as server, web_server(server) as port, worker(server, lost_after=120):
        before = book(port, requests, there)
        server.stop()
        during = book(port, requests, away / 2 if hangs else away)
        if hangs:
            server.hang()
            during += book(port, requests, away / 2)
        server.start()
        back = time.monotonic()
        wait_for_mails(server)
        taken = time.monotonic() - back
    booked = [*before, *during]
    assert {status for status, _ in booked} == {201}
    assert Appointment.objects.count() == len(booked)
    assert {message for _, message in server.arrived} == message_ids()
    assert set(server.arrived.values()) == {1}
    assert len(server.arrived) == len(booked)
    times = [[seconds for _, seconds in part] for part in (before, during)]
    return Seen(there=times[0], away=times[1], arrived=len(server.arrived), seconds_until_all=taken)


def requests_of(number: int) -> list[bytes]:
    """Bookings of one client with a doctor of its own: of each free time once."""
    doctor = cast.make_doctor(f"Dr. {number}", days=range(7), duration=15)
    person = cast.make_person(f"Client {number}", f"client{number}@example.com")
    token = open_api_session(user=person, now=timezone.now()).access
    now = timezone.now()
    times = FreeTimes(
        [doctor],
        first_day=(now + timedelta(days=1)).date(),
        last_day=(now + timedelta(days=120)).date(),
        policy=BookingPolicy.current(),
        now=now,
    )
    kind = doctor.visit_types.get()
    bodies = (
        {"doctor_id": doctor.pk, "date": slot.start.isoformat()} for slot in times.of(doctor, kind)
    )
    return [post_json("/api/book", body, token=token).encode() for body in bodies]


def book(port: int, requests: list[Iterator[bytes]], seconds: float) -> list[Answer]:
    """What the clients are answered that book side by side for so long."""
    until = time.monotonic() + seconds

    def client(mine: Iterator[bytes]) -> list[Answer]:
        answers = []
        while (began := time.monotonic()) < until:
            status = status_of(fetch(port, next(mine)))
            answers.append((status, time.monotonic() - began))
            time.sleep(max(0.0, EVERY - answers[-1][1]))
        return answers

    with ThreadPoolExecutor(len(requests)) as threads:
        parts = threads.map(client, requests)
        return [answer for part in parts for answer in part]
