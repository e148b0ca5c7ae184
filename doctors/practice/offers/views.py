"""The pages on which a doctor says what they offer, and how they are booked."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse_lazy
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from accounts.views import BadFormMixin
from doctors import services
from doctors.models import VisitType
from doctors.practice.offers.forms import BookingSettingsForm, PlainForm, VisitTypeForm
from doctors.practice.pages import PracticePage


class VisitTypesView(PracticePage, TemplateView):
    """What the doctor offers, and how they are booked."""

    template_name = "practice/visit_types.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Those on offer first, each in the order in which they were entered.
        kinds = sorted(self.doctor.visit_types.all(), key=lambda kind: not kind.is_active)
        return super().get_context_data(**kwargs) | {"visit_types": kinds}


class OfferPage(PracticePage, BadFormMixin, FormView):
    """A form about what the doctor offers; what the services refuse is shown in it."""

    success_url = reverse_lazy("practice:visit_types")

    def save(self, **sent: Any) -> None:
        raise NotImplementedError

    def form_valid(self, form: PlainForm) -> HttpResponse:
        try:
            self.save(**form.cleaned_data)
        except ValidationError as error:
            form.refuse(error)
            return self.form_invalid(form)
        messages.success(self.request, self.what_happened(form))
        return super().form_valid(form)

    def what_happened(self, form: PlainForm) -> str:
        raise NotImplementedError


class AddVisitTypeView(OfferPage):
    template_name = "practice/visit_type.html"
    form_class = VisitTypeForm

    def save(self, **sent: Any) -> None:
        services.add_visit_type(doctor=self.doctor, **sent)

    def what_happened(self, form: PlainForm) -> str:
        return _("“%(name)s” is added.") % {"name": form.cleaned_data["name"]}


class ChangeVisitTypeView(OfferPage):
    template_name = "practice/visit_type.html"
    form_class = VisitTypeForm

    @cached_property
    def kind(self) -> VisitType:
        for kind in self.doctor.visit_types.all():
            if kind.pk == self.kwargs["id"]:
                return kind
        raise Http404(_("You have no such visit type."))

    def get_initial(self) -> dict[str, Any]:
        return VisitTypeForm.values_of(self.kind)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"kind": self.kind}

    def save(self, **sent: Any) -> None:
        services.change_visit_type(visit_type=self.kind, **sent)

    def what_happened(self, form: PlainForm) -> str:
        words = {"name": form.cleaned_data["name"]}
        if form.cleaned_data["is_active"]:
            return _("“%(name)s” is saved.") % words
        return _("“%(name)s” is saved. It is not offered.") % words


class BookingSettingsView(OfferPage):
    template_name = "practice/booking_settings.html"
    form_class = BookingSettingsForm

    def get_initial(self) -> dict[str, Any]:
        return BookingSettingsForm.values_of(self.doctor)

    def save(self, **sent: Any) -> None:
        services.set_schedule_settings(doctor=self.doctor, **sent)

    def what_happened(self, form: PlainForm) -> str:
        return _("How you are booked is saved. It holds for bookings from now on.")
