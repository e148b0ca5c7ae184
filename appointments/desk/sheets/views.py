"""Day sheets: what hangs at a doctor's door, or helps when the line is down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.ages import age_in_words
from appointments.desk.day.grid import Piece
from appointments.desk.day.selectors import DoctorDay, PlaceDay
from appointments.desk.day.views import PROMISED, DayPage
from appointments.models import Appointment
from doctors.models import Doctor


@dataclass(frozen=True)
class Line:
    """A visit, or a time in which there is none: with `text` they are away, else free."""

    start: datetime
    end: datetime
    visit: Appointment | None = None
    age: str = ""
    state: Any = ""
    text: Any = ""


@dataclass(frozen=True)
class Sheet:
    doctor: Doctor
    lines: list[Line]
    visits: int


class SheetsView(DayPage):
    """A page for each doctor who has visits; printed as it is."""

    title = _("Day sheets")
    template_name = "admin/desk/sheets.html"

    def own(self, shown: PlaceDay, today: date) -> dict[str, Any]:
        sheets = [sheet_of(one, shown.day) for one in shown.doctors if one.visits]
        return {"sheets": sheets, "now": self.now, "query": self.at(shown.day)}


def sheet_of(one: DoctorDay, day: date) -> Sheet:
    lines: list[Line] = []
    for piece in one.blocks:
        new = lines_of(piece, day)
        free = [line for line in (*lines[-1:], *new) if line.visit is None and not line.text]
        if len(free) == 2 and free[0].end == free[1].start:
            lines[-1] = Line(free[0].start, free[1].end)
        else:
            lines += new
    return Sheet(one.doctor, lines, len(one.visits))


def lines_of(piece: Piece, day: date) -> list[Line]:
    block = piece.what
    if block.kind == "visits":
        return [
            Line(
                visit.start,
                visit.end,
                visit,
                age_in_words(visit.patient.date_of_birth, day),
                PROMISED if visit.is_promised else Appointment.Status(visit.status).label,
            )
            for visit in block.visits
        ]
    if block.kind in {"free", "open"}:
        return [Line(piece.start, piece.end)]
    if block.kind in {"off", "closed", "elsewhere"}:
        return [Line(piece.start, piece.end, text=block.text or AWAY[block.kind])]
    return []


AWAY = {"off": _("Time off"), "closed": _("Closed")}
