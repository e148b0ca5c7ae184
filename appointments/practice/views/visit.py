"""One visit of the doctor's: who comes, why, what was before; and what is done about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from accounts.selectors import relations_by_login
from appointments import fairness
from appointments.models import Appointment, BookingPolicy
from appointments.practice.acts import ACTS, Act, Outcome, VisitLine, carry_out
from appointments.practice.forms import ReasonForm
from appointments.practice.selectors import other_visits, visits_of, with_rule, with_story
from appointments.practice.story import story_for_doctor
from doctors.practice.pages import PracticePage

SHOWN = 30  # of the other visits
Status = Appointment.Status


class VisitPage(PracticePage, TemplateView):
    """A page about one visit with this doctor; that of another does not exist."""

    template_name = "practice/visit.html"

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def visit(self) -> Appointment:
        visits = with_rule(with_story(visits_of(self.doctor)))
        return get_object_or_404(visits, pk=self.kwargs["id"])

    def misses(self) -> int:
        """How many missed visits count, with whomever; 0 while the clinic counts none."""
        visit: Any = self.visit
        if visit.misses_before_approval is None:
            return 0
        patient, policy = visit.patient_id, BookingPolicy.current()
        return fairness.count_misses([patient], self.now, policy).get(patient, 0)

    @property
    def back(self) -> str:
        """Whence one came, if that is a page of the practice."""
        asked = self.request.POST.get("next") or self.request.GET.get("next", "")
        own = asked.startswith(reverse("practice:day")) and url_has_allowed_host_and_scheme(
            asked, allowed_hosts=None
        )
        return asked if own else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        others = list(other_visits(self.visit)[: SHOWN + 1])
        lines = [VisitLine(visit, self.now) for visit in others[:SHOWN]]
        return super().get_context_data(**kwargs) | {
            "line": VisitLine(self.visit, self.now),
            "back": self.back,
            "others": lines,
            "has_more": len(others) > SHOWN,
            "misses": self.misses(),
            "missed": sum(line.visit.status == Status.NO_SHOW for line in lines),
            "story": story_for_doctor(
                self.visit, self.person, relations_by_login(self.visit.patient)
            ),
        }


class VisitView(VisitPage):
    """The visit as it stands."""


class ActView(VisitPage):
    """What the doctor does about the visit (POST); before some acts it is asked why (GET)."""

    @cached_property
    def act(self) -> Act:
        if self.kwargs["act"] not in ACTS:
            raise Http404(_("There is no such page."))
        return ACTS[self.kwargs["act"]]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Also where one comes to after logging in again, before the act was sent."""
        if self.act.asks and self.act in VisitLine(self.visit, self.now).acts:
            return self.ask(ReasonForm())
        return redirect("practice:visit", self.visit.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = ReasonForm(request.POST if self.act.asks else {})
        if not form.is_valid():
            return self.ask(form, status=400)
        outcome = carry_out(
            self.act, self.visit, by=self.person, now=self.now, reason=form.cleaned_data["reason"]
        )
        if outcome.is_refused:
            return self.refuse(outcome)
        if outcome.was_done_already:
            messages.info(request, outcome.words)
            return redirect("practice:visit", self.visit.pk)
        messages.success(request, outcome.words)
        return redirect(f"{self.back}#visit-{self.visit.pk}" if self.back else self.own_address)

    @property
    def own_address(self) -> str:
        return reverse("practice:visit", args=[self.visit.pk])

    def ask(self, form: ReasonForm, status: int = 200) -> HttpResponse:
        context = {
            "doctor": self.doctor,
            "line": VisitLine(self.visit, self.now),
            "act": self.act,
            "form": form,
            "back": self.back,
        }
        return render(self.request, "practice/ask.html", context, status=status)

    def refuse(self, outcome: Outcome) -> HttpResponse:
        """The visit as it stands now, below what was refused."""
        del self.visit  # somebody may have changed it
        return self.render_to_response(
            self.get_context_data(refusal=outcome.words), status=outcome.status
        )
