"""Any doctor of a specialty in a town: their free times together, and the booking of one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from accounts.models import Patient
from accounts.views import BadFormMixin, PrivatePage
from appointments import fairness, instead, selectors, services
from appointments.exceptions import (
    AlreadyBooked,
    BookingError,
    SimilarVisit,
    SlotUnavailable,
)
from appointments.forms import NewTimeForm, WhoAndWhyForm, chosen_patient
from appointments.models import Appointment, BookingPolicy
from appointments.views.once import lead_to_visit
from appointments.weeks import lay_out
from doctors.models import Doctor, Specialty
from doctors.selectors import find_doctors

DAY = selectors.DAY
LARGEST_ID = 2**63 - 1  # no database keeps a larger one


class FirstDayForm(forms.Form):
    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])


class AnyDoctor:
    """What these pages are about: the doctors of a specialty in a town."""

    kwargs: dict[str, Any]

    @cached_property
    def specialty(self) -> Specialty:
        return get_object_or_404(Specialty, slug=self.kwargs["specialty"])

    @cached_property
    def doctors(self) -> list[Doctor]:
        city = self.kwargs["place"]
        found = list(find_doctors(specialty=self.specialty.slug, place=city).with_schedule())
        if not found:
            raise Http404(_("There are no such doctors."))
        return found

    @cached_property
    def city(self) -> str:
        """As the clinic writes it."""
        places = (place for doctor in self.doctors for place in doctor.places)
        return next(p.city for p in places if p.city.lower() == self.kwargs["place"].lower())

    def free(self, first: Any, last: Any, now: datetime) -> dict[datetime, list[selectors.Offer]]:
        return selectors.any_free(
            self.doctors,
            self.city,
            first_day=first,
            last_day=last,
            policy=BookingPolicy.current(),
            now=now,
        )


class AnyDoctorView(AnyDoctor, TemplateView):
    """Their free times of a week, each time once."""

    template_name = "appointments/any_doctor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = FirstDayForm(self.request.GET)
        if not form.is_valid():
            raise Http404(_("There is no such week."))
        policy, now = BookingPolicy.current(), timezone.now()
        place = next(p for doctor in self.doctors for p in doctor.places if p.city == self.city)
        today = now.astimezone(place.zone).date()
        kinds = [kind for doctor in self.doctors if (kind := doctor.first_visit_type)]
        last = today + max((policy.horizon(kind) for kind in kinds), default=timedelta(0))
        first = min(max(form.cleaned_data["week"] or today, today), last)
        offers = self.free(first, first + 6 * DAY, now)
        slots = (some[0].slot for some in offers.values())
        week = lay_out(slots, first=first, today=today, last_bookable=last)
        next_slot = None
        if week.is_empty:
            ahead = self.free(today, last, now)
            next_slot = next((some[0].slot for some in ahead.values()), None)
        return super().get_context_data(**kwargs) | {
            "specialty": self.specialty,
            "city": self.city,
            "place": place,
            "count": len(self.doctors),
            "week": week,
            "next_slot": next_slot,
        }


class AnyDoctorForMe(AnyDoctor):
    """The same in the address of what a person does, which tells nothing of their health."""

    @cached_property
    def specialty(self) -> Specialty:
        if self.kwargs["specialty"] > LARGEST_ID:
            raise Http404(_("There are no such doctors."))
        return get_object_or_404(Specialty, pk=self.kwargs["specialty"])


class BookAnyView(AnyDoctorForMe, PrivatePage, BadFormMixin, FormView):
    """Check your answers, then confirm; who it will be is known then."""

    template_name = "appointments/book_any.html"
    form_class = WhoAndWhyForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs = super().get_form_kwargs()
        kwargs["initial"] = {"start": self.request.GET.get("start")}
        patients = Patient.objects.accessible_to(self.person)
        return kwargs | {"patients": patients, "today": self.now.date()}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(self.get_form(), request.GET)

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.show(form, self.request.POST, status=400)

    def show(self, form: Any, chosen: Mapping[str, Any], status: int = 200) -> HttpResponse:
        time = NewTimeForm(chosen)
        if not time.is_valid():
            return self.refuse(_("Choose a time from the list."), status=400)
        if not self.patients:
            words = _("Add your details first, so that the clinic knows who comes.")
            return self.refuse(words, remedy="details")
        start = time.cleaned_data["start"]
        day = start.date()
        offers = self.free(day - DAY, day + DAY, self.now).get(start)
        if not offers:
            return self.refuse(str(SlotUnavailable.message))
        patient = self.patients[0] if len(self.patients) == 1 else chosen_patient(form)
        rules: dict[str, Any] = {
            "by": self.person,
            "now": self.now,
            "policy": BookingPolicy.current(),
        }
        if patient is not None:
            instead.ask(form, patient, offers[0].doctor, offers[0].slot, **rules)
        approvals = fairness.why_approval(self.patients, **rules)
        context = self.get_context_data(
            form=form,
            slot=offers[0].slot,
            count=len(offers),
            approvals=approvals.values(),
            is_request=len(approvals) == len(self.patients),
        )
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "specialty": self.specialty,
            "city": self.city,
            "patient": self.patients[0] if len(self.patients) == 1 else None,
        }

    @cached_property
    def patients(self) -> list[Patient]:
        return list(Patient.objects.accessible_to(self.person))

    def form_valid(self, form: Any) -> HttpResponse:
        asked = form.cleaned_data
        try:
            return lead_to_visit(
                key=asked.pop("idempotency_key"),
                asked=("any", self.specialty.pk, self.city, *self.what_matters(asked)),
                by=self.person,
                now=self.now,
                act=lambda: self.visit_of(asked),
            )
        except SimilarVisit as similar:
            instead.refuse_to_guess(form)
            return self.show(form, self.request.POST, status=similar.status)
        except BookingError as error:
            return self.refuse(str(error), status=error.status)

    def what_matters(self, asked: dict[str, Any]) -> tuple[object, ...]:
        """What makes the same form another act."""
        return asked["start"], asked["patient"].pk, asked["instead"]

    def visit_of(self, asked: dict[str, Any]) -> Appointment:
        answer = instead.decided(asked["instead"], self.person)
        what = {name: value for name, value in asked.items() if name != "instead"}
        where: dict[str, Any] = {"doctors": self.doctors, "city": self.city}
        try:
            return services.book_any(**where, by=self.person, now=self.now, **what, **answer)
        except AlreadyBooked as held:
            return held.appointment

    def refuse(self, message: str, remedy: str = "any", status: int = 409) -> HttpResponse:
        context = {
            "message": message,
            "remedy": remedy,
            "specialty": self.specialty,
            "city": self.city,
        }
        return TemplateResponse(self.request, "appointments/refused.html", context, status=status)
