"""A person's visits as lines of a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID
from zlib import crc32

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from accounts.models import User
from appointments.drawn import draw_each
from appointments.models import Appointment
from appointments.querysets import BLOCKING, AppointmentQuerySet


class _Line(NamedTuple):
    """What tells whether a line was drawn before: with every change of a visit its version does."""

    id: UUID
    version: int
    status: str
    end: datetime
    patient: str

    def key(self, reader: User, token: float, now: datetime) -> str:
        over = self.status in BLOCKING and self.end <= now
        patient = crc32(self.patient.encode())
        return f"{self.id}-{self.version}-{over}-{patient}-{token}-{reader.pk}"


class Lines:
    """Some visits as lines for `reader`; only those not drawn before are read in full."""

    def __init__(
        self, visits: AppointmentQuerySet, *, reader: User, token: float, now: datetime
    ) -> None:
        rows = visits.values_list("pk", "version", "status", "end", "patient__name")
        self.lines = [_Line(*row) for row in rows]
        self.reader, self.token, self.now = reader, token, now

    def __len__(self) -> int:
        return len(self.lines)

    def draw(self) -> SafeString:
        keyed: Iterable[tuple[str | None, UUID]] = [
            (line.key(self.reader, self.token, self.now), line.id) for line in self.lines
        ]
        return draw_each("visit", keyed, self._draw_one)

    def _draw_one(self, pk: UUID) -> str:
        context: dict[str, Any] = {"appointment": self._visits[pk], "user": self.reader}
        return render_to_string("appointments/visit.html", context)

    @cached_property
    def _visits(self) -> dict[UUID, Appointment]:
        return Appointment.objects.with_details().in_bulk([line.id for line in self.lines])
