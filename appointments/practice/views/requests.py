"""The requests that wait for the doctor's answer, and answers to several at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import ListView

from appointments.models import Appointment
from appointments.practice.acts import ACTS, VisitLine, carry_out
from appointments.practice.forms import RequestsForm
from appointments.practice.selectors import history_with, requests_to, visits_of
from appointments.querysets import AppointmentQuerySet
from doctors.practice.pages import PracticePage


class RequestsView(PracticePage, ListView):
    """All requests, the soonest deadline first (GET); an answer to those ticked (POST)."""

    template_name = "practice/requests.html"
    paginate_by = 25

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    def get_queryset(self) -> AppointmentQuerySet:
        return requests_to(self.doctor)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        visits = list(context["object_list"])
        histories = history_with(self.doctor, {visit.patient_id for visit in visits}, self.now)
        lines = [VisitLine(visit, self.now, histories.get(visit.patient_id)) for visit in visits]
        return context | {"lines": lines, "all_ticked": self.request.GET.get("tick") == "all"}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RequestsForm(request.POST, visits=visits_of(self.doctor))
        if not form.is_valid():
            return self.ask(form) if self.is_reason_wrong(form) else self.refuse(form)
        if form.cleaned_data["act"] == "decline" and not form.cleaned_data["is_sure"]:
            return self.ask(form)
        return self.answer(form)

    def is_reason_wrong(self, form: RequestsForm) -> bool:
        return set(form.errors) == {"reason"}

    def refuse(self, form: RequestsForm) -> HttpResponse:
        """The list again, with what is to mend; nothing was changed."""
        self.object_list = self.get_queryset()
        return self.render_to_response(self.get_context_data(form=form), status=400)

    def ask(self, form: RequestsForm) -> HttpResponse:
        """Before several are declined: which these are, and why."""
        lines = [VisitLine(visit, self.now) for visit in self.chosen(form)]
        shown = form if form.errors else RequestsForm(visits=visits_of(self.doctor))
        context = {"doctor": self.doctor, "lines": lines, "form": shown}
        status = 400 if form.errors else 200
        return render(self.request, "practice/decline_several.html", context, status=status)

    def answer(self, form: RequestsForm) -> HttpResponse:
        act, reason = ACTS[form.cleaned_data["act"]], form.cleaned_data["reason"]
        outcomes = [
            carry_out(act, visit, by=self.person, now=self.now, reason=reason)
            for visit in self.chosen(form)
        ]
        for refused, tell in ((False, messages.success), (True, messages.error)):
            words = [outcome.words for outcome in outcomes if outcome.is_refused == refused]
            if words:
                tell(self.request, " ".join(words))
        return redirect("practice:requests")

    def chosen(self, form: RequestsForm) -> list[Appointment]:
        return sorted(form.cleaned_data["visit"], key=lambda visit: visit.start)
