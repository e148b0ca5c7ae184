"""The assistant in the admin: time off of any doctor, closures, and the visits that are left."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from appointments.absence.plan import Absence, Span
from appointments.absence.selectors import time_off_meeting, unanswered
from appointments.absence.views.assistant import Assistant
from appointments.desk.pages import DeskPage
from appointments.outside_hours.selectors import stray_visits
from doctors.forms import HOURS_WITH_PLACE, place_of, zone_of
from doctors.models import Doctor, Location, TimeOff

NAMED_AT_MOST = 200


class DeskAssistant(DeskPage, Assistant):
    """The assistant for the clinic's staff."""

    title = gettext_lazy("Visits in this time off")
    visits_template = "admin/absence/visits.html"

    @property
    def done_url(self) -> str:
        may_look = admin.site.get_model_admin(TimeOff).has_view_permission(self.request)
        return reverse("admin:doctors_timeoff_changelist" if may_look else "admin:index")

    def entered(self, time_off: list[TimeOff]) -> None:
        log = admin.site.get_model_admin(TimeOff).log_addition
        for off in time_off:
            log(self.request, off, [{"added": {}}])


class VisitsDeskView(DeskAssistant):
    """What becomes of the visits comes back from the page that showed them."""

    permission_required = "doctors.add_timeoff"

    @property
    def decide_url(self) -> str:
        return reverse("admin:desk_time_off")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Who comes by the address alone begins anew."""
        return redirect("admin:doctors_timeoff_add")

    def post(self, request: HttpRequest) -> HttpResponse:
        found = self.unsealed()
        doctor = location = None
        if found["doctor"] is not None:
            with_places = Doctor.objects.prefetch_related(HOURS_WITH_PLACE)
            doctor = get_object_or_404(with_places, pk=found["doctor"])
        elif found["location"] is not None:
            location = get_object_or_404(Location, pk=found["location"])
        else:
            raise Http404(_("There is no such time off."))
        return self.decide(Absence(found["spans"], doctor, location))


def ask_at_desk(request: HttpRequest, absence: Absence) -> HttpResponse:
    """The visits that this absence touches, in place of the page that would enter it."""
    view = VisitsDeskView()
    view.setup(request)
    return view.ask(absence)


class TimeOffVisitsDeskView(DeskAssistant):
    """The visits that are still in time off which is entered already."""

    permission_required = "appointments.change_appointment"

    @property
    def done_url(self) -> str:
        return reverse("admin:desk_strays")

    @cached_property
    def absence(self) -> Absence:
        rows = TimeOff.objects.filter(end__gt=timezone.now()).select_related("doctor", "location")
        return Absence.of(get_object_or_404(rows, pk=self.kwargs["id"]))

    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        return self.ask(self.absence)

    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        return self.decide(self.absence)


def line_of(off: TimeOff, visits: int) -> dict[str, Any]:
    zone = zone_of(place_of(off.doctor, off.location))
    when = Span(off.start, off.end).say(zone)
    return {"off": off, "when": when, "visits": visits}


class StraysView(DeskPage, TemplateView):
    """The visits to come that do not fit the hours or the time off, of all doctors."""

    title = gettext_lazy("Visits that need a new time")
    template_name = "admin/absence/strays.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        strays = stray_visits(Doctor.objects.all(), now=now)
        off = time_off_meeting((stray.visit for stray in strays if stray.in_time_off), now)
        hours = Prefetch("doctor__working_hours", HOURS_WITH_PLACE.queryset)
        prefetch_related_objects(list(off), hours)
        return super().get_context_data(**kwargs) | {
            "strays": strays[:NAMED_AT_MOST],
            "more": max(len(strays) - NAMED_AT_MOST, 0),
            "time_off": [line_of(row, count) for row, count in off.items()],
            "unanswered": unanswered(now)[:NAMED_AT_MOST],
        }
