"""The desk's page of a missed visit: whether it counts, till when, and who decided otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from accounts.views import BadFormMixin
from appointments.desk.pages import DeskPage
from appointments.exceptions import BookingError
from appointments.fair_use import selectors, services
from appointments.fair_use.forms import WaiveForm
from appointments.models import Appointment, BookingPolicy


class MissView(DeskPage, BadFormMixin, FormView):
    """How it stands (GET); do not count it, or count it again with `count` (POST)."""

    title = gettext_lazy("Missed visit")
    permission_required = ("appointments.view_appointment", "appointments.view_waiver")
    template_name = "admin/desk/miss.html"
    form_class = WaiveForm

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def visit(self) -> Appointment:
        seen = Appointment.objects.visible_to(self.person).select_related(
            "doctor", "patient", "visit_type", "location"
        )
        return get_object_or_404(seen, pk=self.kwargs["id"])

    @property
    def back(self) -> str:
        return reverse("admin:desk_patient", args=[self.visit.patient_id])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        policy = BookingPolicy.current()
        return super().get_context_data(**kwargs) | {
            "visit": self.visit,
            "miss": selectors.miss(self.visit, self.now, policy),
            "policy": policy,
            "may_waive": self.person.has_perm("appointments.add_waiver"),
            "may_take_back": self.person.has_perm("appointments.delete_waiver"),
            "back": self.back,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "count" in request.POST:
            return self.say(self.take_back, _("It counts again: %(visit)s."))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: WaiveForm) -> HttpResponse:
        def waive() -> None:
            services.waive(
                appointment=self.visit, by=self.person, now=self.now, note=form.cleaned_data["note"]
            )

        return self.say(waive, _("It does not count any more: %(visit)s."))

    def take_back(self) -> None:
        services.take_back(appointment=self.visit, by=self.person)

    def say(self, act: Any, done: str) -> HttpResponse:
        """Act, and go to the patient's page with what was done, or why not."""
        visit = self.visit.who_and_when
        try:
            act()
        except BookingError as refusal:
            messages.error(self.request, f"{visit}: {refusal}")
        else:
            messages.success(self.request, done % {"visit": visit})
        return HttpResponseRedirect(self.back)
