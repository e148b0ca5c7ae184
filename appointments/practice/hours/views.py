"""The page on which a doctor changes working hours: edit, see what it would mean, save."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import TemplateView

from appointments.outside_hours.selectors import stray_visits
from appointments.practice.hours.selectors import preview_of
from doctors import services
from doctors.exceptions import HoursChanged
from doctors.models import Location, WorkingHours
from doctors.practice.hours.forms import MOST_ROWS, WeekForm, with_another_row
from doctors.practice.pages import PracticePage
from doctors.selectors import state_of_hours

FIELDS = (
    "weekday",
    "opens",
    "closes",
    "location",
    "closes_next_day",
    "every_weeks",
    "valid_from",
    "valid_until",
)
ADD = "add-"  # before the part of the form that gets another row


class HoursView(PracticePage, TemplateView):
    """Each POST brings the whole form, and `act` says what for.

    add-...: another row; edit: back from the preview; preview: look; save: do it. Only the last
    writes. `seen` is the state of the hours that the form began with: what somebody else has
    changed meanwhile is not overwritten before that was said.
    """

    template_name = "practice/hours.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.edit(self.form(rows=self.current), seen=self.state)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        act, seen = request.POST.get("act", ""), request.POST.get("seen", "")
        if act.startswith(ADD):
            data = with_another_row(request.POST, act.removeprefix(ADD), self.usual_place)
            return self.edit(self.form(data=data, checked=False), seen)
        form = self.form(data=request.POST, checked=act != "edit")
        if act == "edit":
            return self.edit(form, seen)
        if not form.is_valid():
            return self.edit(form, seen, status=400)
        try:
            return self.put(form, seen) if act == "save" else self.preview(form, seen)
        except ValidationError as error:
            form.refuse(error)
            return self.edit(form, seen, status=400)

    def edit(self, form: WeekForm, seen: str, status: int = 200) -> HttpResponse:
        context = self.get_context_data(form=form, seen=seen, ended=self.ended)
        context["too_many"] = len(self.current) > MOST_ROWS
        return self.render_to_response(context, status=status)

    def preview(self, form: WeekForm, seen: str, status: int = 200) -> HttpResponse:
        rows = services.planned_hours(doctor=self.doctor, hours=self.with_ended(form))
        preview = preview_of(
            self.doctor,
            [row for row in rows if not self.is_over(row)],
            instead_of=self.current,
            now=timezone.now(),
        )
        # Who has seen this has seen what there is now.
        context = self.get_context_data(form=form, seen=self.state, preview=preview)
        context["is_changed"] = seen != self.state
        self.template_name = "practice/hours_preview.html"
        return self.render_to_response(context, status=status)

    def put(self, form: WeekForm, seen: str) -> HttpResponse:
        hours = self.with_ended(form)
        try:
            services.set_working_hours(doctor=self.doctor, hours=hours, instead_of=seen)
        except HoursChanged:
            for name in ("doctor", "state", "current", "ended"):  # as they are by now
                vars(self).pop(name, None)
            return self.preview(form, seen, status=409)
        messages.success(self.request, _("Your working hours are saved. Patients see them now."))
        strays = stray_visits([self.doctor], now=timezone.now())
        if count := sum(not stray.in_time_off for stray in strays):
            text = ngettext(
                "%(count)s booked visit lies outside them. It stays booked.",
                "%(count)s booked visits lie outside them. They stay booked.",
                count,
            )
            messages.warning(self.request, text % {"count": count})
        return redirect("practice:hours")

    # The hours there are

    @cached_property
    def state(self) -> str:
        return state_of_hours(self.doctor.working_hours.all())

    @cached_property
    def current(self) -> list[WorkingHours]:
        """Those that the form is about."""
        return [row for row in self.doctor.working_hours.all() if not self.is_over(row)]

    @cached_property
    def ended(self) -> list[WorkingHours]:
        """Those whose last day is over: they are told of how it was, and stay."""
        return [row for row in self.doctor.working_hours.all() if self.is_over(row)]

    def is_over(self, row: WorkingHours) -> bool:
        return row.valid_until is not None and row.valid_until < self.today

    def with_ended(self, form: WeekForm) -> list[dict[str, Any]]:
        ended = [{name: getattr(row, name) for name in FIELDS} for row in self.ended]
        return [*form.hours, *ended]

    # The form

    def form(self, **given: Any) -> WeekForm:
        places = {str(place.pk): place for place in Location.objects.all()}
        return WeekForm(places=places, usual=self.usual_place, today=self.today, **given)

    @cached_property
    def usual_place(self) -> Location | None:
        return next(iter(self.doctor.places), self.doctor.location)

    @cached_property
    def today(self) -> date:
        return timezone.now().astimezone(self.usual_place.zone if self.usual_place else UTC).date()
