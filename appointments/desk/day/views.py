"""The day of a place: all its doctors beside each other, or one below the other on a phone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import Http404
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from appointments.desk.acts.forms import ONE_TAP, Act, acts_now
from appointments.desk.day.forms import DayForm
from appointments.desk.day.grid import Cell, Piece, Row, rows_of
from appointments.desk.day.selectors import DoctorDay, PlaceDay, day_of
from appointments.desk.pages import DeskPage
from appointments.models import Appointment
from doctors.availability import DAY
from doctors.models import Doctor, Location
from doctors.wall_clock import clock


class DayPage(DeskPage, TemplateView):
    """A page about a day of a place; where there is no place yet, it says so."""

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def form(self) -> DayForm | None:
        places = list(Location.objects.all())
        if not places:
            return None
        form = DayForm(self.request.GET, places=places, now=self.now)
        if not form.is_valid():
            raise Http404(_("There is no such day."))
        return form

    def shown(self, form: DayForm) -> PlaceDay:
        asked = form.cleaned_data
        return day_of(
            form.chosen,
            asked["day"],
            now=self.now,
            doctor=asked["doctor"],
            specialty=asked["specialty"],
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = self.form
        if form is None:
            return context
        today = self.now.astimezone(form.chosen.zone).date()
        shown = self.shown(form)
        return context | {"form": form, "shown": shown, "today": today} | self.own(shown, today)

    def own(self, shown: PlaceDay, today: date) -> dict[str, Any]:
        """What else this page shows."""
        return {}

    def at(self, day: date) -> str:
        """The query of this page for another day; all else stays as it is."""
        asked = {name: value for name, value in self.request.GET.items() if value}
        known = ("place", "specialty", "doctor")
        kept = {name: asked[name] for name in known if name in asked}
        return urlencode(kept | {"day": day.isoformat()})


class DayView(DayPage):
    """Who comes when, and one button for each thing that happens at the desk."""

    title = gettext_lazy("The day")
    template_name = "admin/desk/day.html"

    def own(self, shown: PlaceDay, today: date) -> dict[str, Any]:
        may_act = self.person.has_perm("appointments.change_appointment")
        here = self.request.get_full_path()
        pen = Pen(shown.place, self.now, here, may_act=may_act)
        return {
            "may_act": may_act,
            "earlier": self.at(shown.day - DAY),
            "later": self.at(shown.day + DAY),
            "query_today": self.at(today),
            "query": self.at(shown.day),
            "waiting": Appointment.objects.filter(status="pending").count(),
            "lists": [(one, pen.items(one)) for one in shown.doctors],
            "rows": [(row, pen.is_now(row), pen.cells(row)) for row in rows_of(shown.columns())],
            "now": self.now,
            "here": here,
        }


class Pen:
    """Draws the pieces of a day, each once: for the lists, and for the table after them."""

    def __init__(self, place: Location, now: datetime, here: str, *, may_act: bool) -> None:
        self.zone, self.now, self.may_act = place.zone, now, may_act
        self.back = urlencode({"next": here})
        self.book = reverse("admin:desk_book") if may_act else ""
        self.template = get_template("admin/desk/piece.html")
        # A visit's own get_status_display puts all the choices into words each time.
        self.states = {status.value: str(status.label) for status in Appointment.Status}
        self.drawn: dict[tuple[int, datetime], str] = {}

    def items(self, one: DoctorDay) -> list[tuple[Piece, bool, str]]:
        """Each piece, whether it is going on now, and how it looks."""
        return [(piece, self.is_now(piece), self.draw(piece, one.doctor)) for piece in one.blocks]

    def cells(self, row: Row) -> list[tuple[Cell, str]]:
        """Each cell, and what is in it; nothing where the doctor is not there."""
        return [(cell, self.drawn.get(key_of(cell.piece), "")) for cell in row.cells]

    def is_now(self, time: Piece | Row) -> bool:
        return time.start <= self.now < time.end

    def draw(self, piece: Piece, doctor: Doctor) -> str:
        context = {
            "block": piece.what,
            "start": piece.start,
            "clock": clock(piece.start, self.zone),
            "doctor": doctor,
            "cards": [self.card(visit) for visit in piece.what.visits],
            "begun": piece.start <= self.now,
            "book": self.book,
            "back": self.back,
        }
        drawn = self.drawn[key_of(piece)] = self.template.render(context)
        return drawn

    def card(self, visit: Appointment) -> Card:
        """What is said of a visit, and the buttons for it."""
        begins = clock(visit.start, self.zone)
        acts = acts_now(visit, self.now) if self.may_act else []
        return Card(
            patient=visit.patient.name,
            url=reverse("admin:appointments_appointment_change", args=[visit.pk]),
            times=_("%(from)s to %(to)s") % {"from": begins, "to": clock(visit.end, self.zone)},
            begins=begins,
            visit_type=visit.visit_type.name,
            status=visit.status,
            state=PROMISED if visit.is_promised else self.states[visit.status],
            sign=SIGNS.get(visit.status, "good"),
            acts=[
                (act, reverse("admin:desk_act", args=[visit.pk, act.name]))
                for act in acts
                if act.name in ONE_TAP
            ],
        )


class Card(NamedTuple):
    patient: str
    url: str
    times: str
    begins: str
    visit_type: str
    status: str
    state: Any
    sign: str
    acts: list[tuple[Act, str]]


PROMISED = gettext_lazy("Said that they will come")  # more than that it is confirmed
SIGNS = {"pending": "waiting", "no_show": "bad"}


def key_of(piece: Piece) -> tuple[int, datetime]:
    return id(piece.what), piece.start
