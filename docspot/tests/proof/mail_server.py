"""A real mail server on this machine alone, which notes what it is given, and can be away."""

from __future__ import annotations

import asyncio
import random
import socket
from collections import Counter
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"


class MailServer:
    """Speaks SMTP at `port`. `arrived` counts the mails: by address and Message-ID."""

    def __init__(self, *, slow: float = 0.0, seed: int = 0) -> None:
        self.port = free_port()
        self.arrived: Counter[tuple[str, str]] = Counter()
        self.slow = slow  # seconds at most, from when it has a mail until it says so
        self.chance = random.Random(seed)
        self.controller: Controller | None = None
        self.deaf: socket.socket | None = None

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def __enter__(self) -> MailServer:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        self.stop()
        self.controller = Controller(self, hostname=HOST, port=self.port, ready_timeout=30)
        self.controller.start()

    def stop(self) -> None:
        """From now on nobody is there."""
        if self.controller is not None:
            self.controller.stop()
        if self.deaf is not None:
            self.deaf.close()
        self.controller = self.deaf = None

    def hang(self) -> None:
        """From now on who calls is let in, but never answered."""
        self.stop()
        self.deaf = socket.create_server((HOST, self.port), backlog=1000)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content)
        for address in envelope.rcpt_tos:
            self.arrived[address, str(message["Message-ID"])] += 1
        await asyncio.sleep(self.chance.uniform(0, self.slow))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as held:
        held.bind((HOST, 0))
        return int(held.getsockname()[1])
