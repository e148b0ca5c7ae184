"""Acts on one visit: a button does it, or asks for the reason first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.generic import FormView

from accounts.views import BadFormMixin
from appointments.desk.acts.forms import ACTS, Act, ReasonForm
from appointments.desk.pages import DeskPage
from appointments.exceptions import BookingError, WrongStatus
from appointments.models import Appointment
from doctors.wall_clock import day_and_clock


class ActView(DeskPage, BadFormMixin, FormView):
    """Do it (POST), then back to where one came from; a reason is asked for first (GET)."""

    permission_required = "appointments.change_appointment"
    template_name = "admin/desk/reason.html"
    form_class = ReasonForm

    @property
    def title(self) -> Any:
        return self.act.question

    @cached_property
    def act(self) -> Act:
        act = ACTS.get(self.kwargs["act"])
        if act is None:
            raise Http404(_("There is no such page."))
        return act

    @cached_property
    def appointment(self) -> Appointment:
        seen = Appointment.objects.visible_to(self.person).select_related(
            "doctor", "patient", "visit_type", "location"
        )
        return get_object_or_404(seen, pk=self.kwargs["id"])

    @property
    def back(self) -> str:
        """The page of this site that one came from, else that of the appointment."""
        asked = self.request.POST.get("next") or self.request.GET.get("next") or ""
        own = url_has_allowed_host_and_scheme(
            asked, {self.request.get_host()}, require_https=self.request.is_secure()
        )
        page = reverse("admin:appointments_appointment_change", args=[self.appointment.pk])
        return asked if own else page

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asks = self.act.question and self.act.may_now(self.appointment, timezone.now())
        # Not redirect(): to that, a word without a slash is the name of a view.
        return super().get(request, *args, **kwargs) if asks else HttpResponseRedirect(self.back)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"act": self.act, "visit": self.appointment, "back": self.back}
        return super().get_context_data(**kwargs) | own

    def form_valid(self, form: ReasonForm) -> HttpResponse:
        said = {"patient": self.appointment.patient, "when": self.when}
        try:
            self.do(form.cleaned_data["reason"])
        except WrongStatus as refusal:
            if self.appointment.status != self.act.becomes:  # else a double click
                messages.error(self.request, f"{self.appointment.who_and_when}: {refusal}")
        except BookingError as refusal:
            messages.error(self.request, f"{self.appointment.who_and_when}: {refusal}")
        else:
            messages.success(self.request, self.act.done % said)
        return HttpResponseRedirect(self.back)

    def do(self, reason: str) -> None:
        why = {"reason": reason} if self.act.question else {}
        self.act.service(appointment=self.appointment, by=self.person, now=timezone.now(), **why)

    @property
    def when(self) -> str:
        return day_and_clock(self.appointment.start, self.appointment.location.zone)
