"""Check your answers, then confirm: the way from a chosen time to an appointment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView

from accounts.models import Patient
from accounts.views import BadFormMixin, PrivatePage
from appointments import fairness, instead, selectors, services
from appointments.exceptions import (
    AlreadyBooked,
    BookingError,
    EmailNotConfirmedYet,
    OutsideBookingWindow,
    SimilarVisit,
    SlotUnavailable,
)
from appointments.forms import BookingForm, ChosenTimeForm, chosen_patient
from appointments.models import Appointment, BookingPolicy
from appointments.views.once import lead_to_visit
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, VisitType
from doctors.wall_clock import clock


def approves(doctor: Doctor) -> bool:
    """Whether the doctor answers bookings first."""
    return doctor.confirms_bookings == Doctor.Confirmation.ON_APPROVAL


class BookView(PrivatePage, BadFormMixin, FormView):
    """Check your answers, then confirm. The time was chosen on the doctor's page."""

    template_name = "appointments/book.html"
    form_class = BookingForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()
        self.policy = BookingPolicy.current()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.check(request.GET)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "choose" in request.POST:  # another time, from the page that said the first was gone
            data = request.POST.copy()
            data["start"] = request.POST["choose"]
            return self.check(data, kept=data)
        form = self.get_form()
        return self.book(form) if form.is_valid() else self.form_invalid(form)

    def check(
        self, chosen: Mapping[str, Any], kept: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Show what is about to be booked; `kept` is what was typed on an earlier try."""
        time = ChosenTimeForm(chosen, doctor=self.doctor)
        if not time.is_valid():
            return self.refuse(_("Choose a time from the list."), "times", status=400)
        if not self.patients:
            words = _("Add your details first, so that the clinic knows who comes.")
            return self.refuse(words, "details")
        initial = time.cleaned_data | {"start": chosen["start"]}
        initial |= {name: kept[name] for name in ("patient", "reason") if kept and name in kept}
        patients = Patient.objects.accessible_to(self.person)
        form = BookingForm(
            initial=initial, doctor=self.doctor, patients=patients, today=self.now.date()
        )
        return self.show(form, time.cleaned_data["visit_type"], time.cleaned_data["start"])

    def book(self, form: BookingForm) -> HttpResponse:
        asked = form.cleaned_data
        try:
            return lead_to_visit(
                key=asked.pop("idempotency_key"),
                asked=(
                    "book",
                    self.doctor.pk,
                    asked["visit_type"].pk,
                    asked["start"],
                    asked["patient"].pk,
                    asked["instead"],
                ),
                by=self.person,
                now=self.now,
                act=lambda: self.visit_of(asked),
            )
        except SimilarVisit as similar:
            instead.refuse_to_guess(form)
            return self.show(form, asked["visit_type"], asked["start"], status=similar.status)
        except SlotUnavailable:
            return self.say_gone(form, asked["visit_type"], asked["start"])
        except OutsideBookingWindow as error:
            return self.say_gone(form, asked["visit_type"], asked["start"], str(error))
        except EmailNotConfirmedYet as error:
            return self.refuse(str(error), "confirm", status=error.status)
        except BookingError as error:
            return self.refuse(str(error), status=error.status)

    def visit_of(self, asked: dict[str, Any]) -> Appointment:
        """Book what is asked for, or find that it is booked already: by the back button."""
        answer = instead.decided(asked["instead"], self.person)
        what = {name: value for name, value in asked.items() if name != "instead"}
        who: dict[str, Any] = {"doctor": self.doctor, "by": self.person}
        try:
            return services.book(**who, now=self.now, **what, **answer)
        except AlreadyBooked as held:
            return held.appointment

    def form_invalid(self, form: Form) -> HttpResponse:
        time = ChosenTimeForm(self.request.POST, doctor=self.doctor)
        if not time.is_valid():
            return self.refuse(_("Choose a time from the list."), "times", status=400)
        chosen = time.cleaned_data
        return self.show(form, chosen["visit_type"], chosen["start"], status=400)

    def show(
        self, form: Form, visit_type: VisitType, start: datetime, status: int = 200
    ) -> HttpResponse:
        slot = selectors.slot_at(
            doctor=self.doctor,
            visit_type=visit_type,
            start=start,
            policy=self.policy,
            now=self.now,
        )
        if slot is None:
            own = Appointment.objects.blocking().of_patients_of(self.person)
            held = own.filter(doctor=self.doctor, start=start).first()
            if held is not None:  # the back button, after booking
                return redirect("appointments:detail", held.pk)
            return self.say_gone(form, visit_type, start)
        patient = self.patients[0] if len(self.patients) == 1 else chosen_patient(form)
        rules: dict[str, Any] = {"by": self.person, "now": self.now, "policy": self.policy}
        if patient is not None:
            instead.ask(form, patient, self.doctor, slot, **rules)
        approvals = fairness.why_approval(self.patients, **rules)
        cancel_until = self.policy.cancel_until(slot.start)
        context = {
            "doctor": self.doctor,
            "visit_type": visit_type,
            "slot": slot,
            "patient": self.patients[0] if len(self.patients) == 1 else None,
            "cancel_until": cancel_until if cancel_until > self.now else None,
            "approvals": approvals.values(),
            "is_request": approves(self.doctor) or len(approvals) == len(self.patients),
        }
        return self.render_to_response(self.get_context_data(form=form, **context), status=status)

    def say_gone(
        self, form: Form, visit_type: VisitType, start: datetime, message: str = ""
    ) -> HttpResponse:
        """The time has gone: say so, with the nearest that are free; nothing typed is lost."""
        nearest = selectors.nearest_free(
            doctor=self.doctor, visit_type=visit_type, start=start, policy=self.policy, now=self.now
        )
        context = {
            "doctor": self.doctor,
            "visit_type": visit_type,
            "start": start,
            "location": self.doctor.places[0] if self.doctor.places else None,
            "alternatives": nearest,
            "message": message or self.why_gone(visit_type, start),
            "form": form,
        }
        return TemplateResponse(self.request, "appointments/time_gone.html", context, status=409)

    def why_gone(self, visit_type: VisitType, start: datetime) -> str:
        visits = (
            Appointment.objects.blocking().filter(doctor=self.doctor).select_related("location")
        )
        visit = visits.meeting(start, start + visit_type.duration).first()
        if visit is None:
            return str(SlotUnavailable.message)
        words = {"time": clock(start, visit.location.zone)}
        return _("%(time)s has just been booked by someone else.") % words

    def refuse(self, message: str, remedy: str = "list", status: int = 409) -> HttpResponse:
        """No other time mends this. `remedy` is what to do: list, times, details or confirm."""
        context = {"message": message, "remedy": remedy, "doctor": self.doctor}
        return TemplateResponse(self.request, "appointments/refused.html", context, status=status)

    def get_form_kwargs(self) -> dict[str, Any]:
        patients = Patient.objects.accessible_to(self.person)
        return super().get_form_kwargs() | {
            "doctor": self.doctor,
            "patients": patients,
            "today": self.now.date(),
        }

    @cached_property
    def doctor(self) -> Doctor:
        doctor = doctor_to_book(slug=self.kwargs["slug"])
        if doctor is None:
            raise Http404(_("There is no such doctor."))
        return doctor

    @cached_property
    def patients(self) -> list[Patient]:
        return list(Patient.objects.accessible_to(self.person))
