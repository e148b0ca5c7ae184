"""A doctor's own pages about their time off."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import FormView, TemplateView

from accounts.views import BadFormMixin
from appointments.absence.forms import DaysOffForm
from appointments.absence.plan import Absence, Span
from appointments.absence.selectors import time_off_meeting, touched_by, unanswered
from appointments.absence.services import take_back_time_off
from appointments.absence.views.assistant import Assistant
from appointments.exceptions import BookingError
from appointments.outside_hours.selectors import stray_visits
from doctors.forms import place_of, zone_of
from doctors.models import Location, TimeOff
from doctors.practice.pages import PracticePage

PAST_SHOWN = 10


class Line(NamedTuple):
    """Time off in a list: when it is, how many visits still meet it."""

    off: TimeOff
    when: str
    visits: int = 0


class TimeOffListView(PracticePage, TemplateView):
    """When the doctor, or a place they work at, is off; and the visits that need a new time."""

    template_name = "practice/time_off.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        strays = stray_visits([self.doctor], now=now)
        counts = time_off_meeting((stray.visit for stray in strays), now)
        own_or_of_place = Q(doctor=self.doctor) | Q(location__in=self.doctor.places)
        rows = TimeOff.objects.filter(own_or_of_place).select_related("doctor", "location")
        to_come = rows.filter(end__gt=now).order_by("start", "pk")
        past = rows.filter(end__lte=now, doctor=self.doctor).order_by("-start", "pk")
        return super().get_context_data(**kwargs) | {
            "to_come": [self.line(off, counts.get(off, 0)) for off in to_come],
            "past": [self.line(off) for off in past[:PAST_SHOWN]],
            "strays": strays,
            "unanswered": unanswered(now).filter(doctor=self.doctor),
        }

    def line(self, off: TimeOff, visits: int = 0) -> Line:
        zone = zone_of(off.location or place_of(self.doctor, None))
        return Line(off, Span(off.start, off.end).say(zone), visits)


class PracticeAssistant(PracticePage, Assistant):
    """The assistant for the doctor that one is."""

    visits_template = "practice/time_off_visits.html"

    @property
    def done_url(self) -> str:
        return reverse("practice:time_off")


class TimeOffAddView(PracticeAssistant, BadFormMixin, FormView):
    """First the days. What touches no visit is saved at once."""

    template_name = "practice/time_off_add.html"
    form_class = DaysOffForm

    @cached_property
    def place(self) -> Location | None:
        return place_of(self.doctor, None)

    @property
    def decide_url(self) -> str:
        return reverse("practice:time_off_decide")

    @property
    def back_url(self) -> str:
        return f"{reverse('practice:time_off_add')}?{self.asked()}"

    def asked(self) -> str:
        """The days that were sent, for the way back to them; the reason stays out of addresses."""
        sent = self.request.POST.copy()
        for name in set(sent) - {"first_day", "last_day", "starts", "ends"}:
            del sent[name]
        return sent.urlencode()

    def get_initial(self) -> dict[str, Any]:
        return {
            name: self.request.GET[name]
            for name in ("first_day", "last_day", "starts", "ends")
            if name in self.request.GET
        }

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"place": self.place, "now": timezone.now()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"place": self.place}

    def form_valid(self, form: DaysOffForm) -> HttpResponse:
        return self.begin(Absence((form.span,), doctor=self.doctor))


class VisitsView(PracticeAssistant):
    """What becomes of the visits comes back from the page that showed them."""

    @property
    def back_url(self) -> str:
        return reverse("practice:time_off_add")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Who comes by the address alone begins anew."""
        self.doctor  # noqa: B018 - 404 to all others
        return redirect("practice:time_off_add")

    def post(self, request: HttpRequest) -> HttpResponse:
        found = self.unsealed()
        if found["doctor"] != self.doctor.pk:
            raise Http404(_("There is no such time off."))
        return self.decide(Absence(found["spans"], doctor=self.doctor))


class OneTimeOff(PracticeAssistant):
    """A page about one time off of the doctor's own."""

    @cached_property
    def time_off(self) -> TimeOff:
        own = TimeOff.objects.filter(doctor=self.doctor, end__gt=timezone.now())
        return get_object_or_404(own.select_related("doctor"), pk=self.kwargs["id"])

    @property
    def absence(self) -> Absence:
        span = Absence.of(self.time_off).spans
        return Absence(span, doctor=self.doctor, time_off=self.time_off)


class TimeOffVisitsView(OneTimeOff):
    """The visits that are still in time off which is entered already."""

    def get(self, request: HttpRequest, id: int) -> HttpResponse:
        return self.ask(self.absence)

    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        return self.decide(self.absence)


class TakeBackView(OneTimeOff, TemplateView):
    """Ask first (GET), then take the time off back (POST)."""

    template_name = "practice/time_off_take_back.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now: datetime = timezone.now()
        asked = touched_by(self.absence, now).asked().filter(start__gt=now)
        zone = zone_of(place_of(self.doctor, None))
        return super().get_context_data(**kwargs) | {
            "when": self.absence.spans[0].say(zone),
            "asked": asked.select_related("patient", "location"),
        }

    def post(self, request: HttpRequest, id: int) -> HttpResponse:
        try:
            kept = take_back_time_off(time_off=self.time_off, by=self.person, now=timezone.now())
        except BookingError as refusal:
            messages.error(request, str(refusal))
            return redirect("practice:time_off")
        messages.success(request, taken_back(len(kept)))
        return redirect("practice:time_off")


def taken_back(kept: int) -> str:
    """What is said when time off was taken back; `kept` visits take place after all."""
    done = _("The time off is taken back. Patients can book these times again.")
    if not kept:
        return done
    told = ngettext(
        "%(count)s patient who was to choose another time is told that the visit takes place.",
        "%(count)s patients who were to choose another time are told that the visits take place.",
        kept,
    ) % {"count": kept}
    return f"{done} {told}"
