"""A doctor's day as an agenda, and the week at a glance."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import TemplateView

from appointments.models import Appointment
from appointments.practice.acts import VisitLine
from appointments.practice.agenda import Day, Held, Off, lay_out_day
from appointments.practice.forms import DateForm, WeekForm
from appointments.practice.selectors import (
    held_by_day,
    requests_to,
    time_off_between,
    visits_by_day,
)
from doctors.models import Location
from doctors.practice.pages import PracticePage
from doctors.selectors import windows_of

DAY = timedelta(days=1)
NEAREST_REQUESTS = 3


class DaysPage(PracticePage, TemplateView):
    """Some days of the doctor's, from `first_day` on; a date that is none leads to today."""

    form_class = DateForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        if self.form.errors:
            response.status_code = 400
        return response

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def form(self) -> DateForm:
        return self.form_class(self.request.GET)

    @property
    def place(self) -> Location | None:
        """Where the doctor works first of all: there it is that day, by that clock."""
        return self.doctor.places[0] if self.doctor.places else self.doctor.location

    @cached_property
    def today(self) -> date:
        zone = self.place.zone if self.place else None
        return (self.now.astimezone(zone) if zone else self.now).date()

    @property
    def asked(self) -> date:
        return (self.form.is_valid() and self.form.cleaned_data["day"]) or self.today

    def days(self, first: date, last: date) -> list[Day]:
        """Laid out, in four queries."""
        visits = visits_by_day(self.doctor, first, last)
        off = time_off_between(self.doctor, first, last)
        held = held_by_day(self.doctor, first, last)
        dates = [first + DAY * number for number in range((last - first).days + 1)]
        return [self._lay_out(day, visits.get(day, []), off, held.get(day, [])) for day in dates]

    def _lay_out(
        self, day: date, visits: list[Appointment], off: list[Off], held: list[Held]
    ) -> Day:
        lines = [VisitLine(visit, self.now) for visit in visits]
        return lay_out_day(
            day,
            windows=windows_of(self.doctor),
            off=off,
            visits=[line for line in lines if not line.is_off],
            place=self.place,
            now=self.now,
            called_off=[line for line in lines if line.is_off],
            held=held,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "form": self.form,
            "place": self.place,
            "today": self.today,
            "now": self.now,
            "several_places": len(self.doctor.places) > 1,
        }


class DayView(DaysPage):
    """One day by time, with what is free between visits; above it the requests that wait."""

    template_name = "practice/day.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        (day,) = self.days(self.asked, self.asked)
        waiting = requests_to(self.doctor)
        nearest = [VisitLine(visit, self.now) for visit in waiting[:NEAREST_REQUESTS]]
        return super().get_context_data(**kwargs) | {
            "day": day,
            "is_today": day.date == self.today,
            "earlier": day.date - DAY,
            "later": day.date + DAY,
            "requests": nearest,
            "request_count": waiting.count(),
        }


class WeekView(DaysPage):
    """The seven days from Monday on of the week that was asked for."""

    template_name = "practice/week.html"
    form_class = WeekForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        monday = self.asked - DAY * self.asked.weekday()
        days = self.days(monday, monday + 6 * DAY)
        return super().get_context_data(**kwargs) | {
            "days": days,
            "first": days[0].date,
            "last": days[-1].date,
            "earlier": monday - 7 * DAY,
            "later": monday + 7 * DAY,
            "is_this_week": monday <= self.today <= days[-1].date,
            "visit_count": sum(len(day.visits) for day in days),
        }
