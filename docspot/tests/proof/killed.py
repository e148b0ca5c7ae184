"""The worker is killed again and again, at any moment; what arrives is counted."""

from __future__ import annotations

import random
import time
from collections import Counter
from subprocess import Popen

from django.core.mail import EmailMessage

from accounts import emails
from docspot.tests.proof.mail_server import MailServer
from docspot.tests.proof.processes import (
    all_is_sent,
    message_ids,
    start_worker,
    wait_for_mails,
    wait_until,
)

SLOW = 0.03  # seconds for which the server keeps a mail before it says that it has it
MEANWHILE = 0.2  # seconds in which a worker at work is killed
IN_ALL = 3.0  # seconds in which any is killed, be it still starting


def kill_workers(kills: int, *, seed: int, workers: int = 1, lost_after: float = 1.0) -> Counter:
    """Kill one of the workers so many times, and start it again; mails are written all the while.

    Every mail must arrive, at most one of them twice for each kill, and then as the same message.
    """
    chance = random.Random(seed)
    written = 0
    with MailServer(slow=SLOW, seed=seed) as server:
        running = [start_worker(server, lost_after=lost_after) for _ in range(workers)]
        try:
            for _ in range(kills):
                count = chance.randint(5, 15)
                write(range(written, written + count))
                written += count
                which = chance.randrange(workers)
                kill(running[which], chance, server)
                running[which] = start_worker(server, lost_after=lost_after)
            wait_for_mails(server)
        finally:
            for process in running:
                process.kill()
                process.wait()
    arrived = server.arrived
    assert {address for address, _ in arrived} == {address(number) for number in range(written)}
    assert {message for _, message in arrived} == message_ids()
    assert len(arrived) == written  # so that who came twice came as the same message
    twice = arrived.total() - written
    assert twice <= kills
    return Counter(kills=kills, mails=written, twice=twice)


def kill(process: Popen[bytes], chance: random.Random, server: MailServer) -> None:
    """Mostly while it sends, else while it starts, looks around or has nothing to do."""
    before = server.arrived.total()
    if chance.random() < 0.8:
        wait_until(lambda: server.arrived.total() > before or all_is_sent(), "it sends")
        time.sleep(chance.uniform(0, MEANWHILE))
    else:
        time.sleep(chance.uniform(0, IN_ALL))
    assert process.poll() is None  # it has not ended by itself
    process.kill()
    process.wait()


def write(numbers: range) -> None:
    for number in numbers:
        emails.send_later(EmailMessage("Hello", f"Mail {number}", to=[address(number)]))


def address(number: int) -> str:
    return f"p{number}@example.com"
