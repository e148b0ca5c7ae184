"""A visit type is changed; before it is no longer offered, its booked visits are told of."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from appointments.models import Appointment
from doctors.practice.offers import views as plain
from doctors.practice.offers.forms import PlainForm


class ChangeVisitTypeView(plain.ChangeVisitTypeView):
    """With `act` go_on it is saved as it stands, with edit shown once more."""

    def post(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("act") == "edit":
            return self.render_to_response(self.get_context_data(form=self.get_form()))
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: PlainForm) -> HttpResponse:
        stops = self.kind.is_active and not form.cleaned_data["is_active"]
        if stops and self.request.POST.get("act") != "go_on":
            to_come = Appointment.objects.upcoming(timezone.now()).filter(visit_type=self.kind)
            if count := to_come.count():
                return self.ask(form, count)
        return super().form_valid(form)

    def ask(self, form: PlainForm, count: int) -> HttpResponse:
        self.template_name = "practice/visit_type_stop.html"
        return self.render_to_response(self.get_context_data(form=form, count=count))
