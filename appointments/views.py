"""The pages of booking: free times, check and confirm, a person's appointments.

Below these views `now` is an argument; here the clock is read, once a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView, ListView, TemplateView, View

from accounts.models import Patient
from accounts.views import BadFormMixin, PrivatePage
from appointments import selectors, services
from appointments.calendar import to_ics
from appointments.exceptions import (
    AlreadyBooked,
    BookingError,
    OutsideBookingWindow,
    SlotUnavailable,
    WrongStatus,
)
from appointments.forms import BookingForm, CancelForm, ChosenTimeForm, WeekForm
from appointments.models import Appointment, BookingPolicy
from appointments.panels import panel_of, story_of
from appointments.weeks import lay_out
from doctors import views as doctor_views
from doctors.models import Doctor, VisitType


class DirectoryView(doctor_views.DirectoryView):
    """The directory with the nearest free times of each doctor on the page."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()
        self.policy = BookingPolicy.current()

    def get_queryset(self) -> QuerySet[Doctor] | list[Doctor]:
        doctors = super().get_queryset()
        asked = self.form.cleaned_data
        if by := asked.get("free_by"):
            doctors = selectors.with_free_time(doctors, by=by, policy=self.policy, now=self.now)
        if asked.get("sort") == "soonest":
            doctors = selectors.soonest_first(doctors, policy=self.policy, now=self.now)
        return doctors

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["cards"] = cards_of(context["doctors"], policy=self.policy, now=self.now)
        return context


def cards_of(
    doctors: QuerySet[Doctor] | list[Doctor], *, policy: BookingPolicy, now: datetime
) -> list[dict[str, Any]]:
    """What a list shows of each doctor: who, and the three nearest free times."""
    nearest = selectors.first_free(doctors, policy=policy, now=now)
    return [
        {
            "doctor": doctor,
            "visit_type": next(iter(doctor.offered_visit_types), None),
            "slots": nearest[doctor.pk],
        }
        for doctor in doctors
    ]


class ProfileView(doctor_views.ProfileView):
    """A doctor's page with the free times of a week, for one kind of visit."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        doctor = self.object
        form = WeekForm(self.request.GET, doctor=doctor)
        if not form.is_valid():
            raise Http404(_("There is no such week."))
        offered = doctor.offered_visit_types
        visit_type = form.cleaned_data["visit_type"] or next(iter(offered), None)
        context |= {"visit_types": offered, "visit_type": visit_type}
        return context | (week_of(doctor, visit_type, form, timezone.now()) if visit_type else {})


def week_of(
    doctor: Doctor,
    visit_type: VisitType,
    form: WeekForm,
    now: datetime,
    ignoring: Appointment | None = None,
) -> dict[str, Any]:
    """The week that the form asks for and, if nothing is free in it, the next free time at all."""
    policy = BookingPolicy.current()
    zone = doctor.places[0].zone if doctor.places else UTC
    today = now.astimezone(zone).date()
    last_bookable = policy.latest(now).astimezone(zone).date()
    first = form.first_day(today, last_bookable)
    times = selectors.FreeTimes(
        [doctor],
        first_day=first,
        last_day=first + 6 * selectors.DAY,
        policy=policy,
        now=now,
        ignoring=ignoring,
    )
    week = lay_out(
        times.of(doctor, visit_type), first=first, today=today, last_bookable=last_bookable
    )
    next_slot = None
    if week.is_empty:
        ahead = selectors.free_times_ahead([doctor], policy=policy, now=now)
        next_slot = next(ahead.of(doctor, visit_type), None)
    return {"week": week, "next_slot": next_slot}


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
            data["start"] = data["choose"]
            return self.check(data, kept=data)
        form = self.get_form()
        return self.book(form) if form.is_valid() else self.form_invalid(form)

    def check(
        self, chosen: Mapping[str, Any], kept: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Show what is about to be booked; `kept` is what was typed on an earlier try."""
        time = ChosenTimeForm(chosen, doctor=self.doctor)
        if not time.is_valid():
            return self.refuse(_("Choose a time from the list."), status=400)
        if not self.patients:
            return self.refuse(_("Add your details first, so that the clinic knows who comes."))
        initial = time.cleaned_data | {"start": chosen["start"]}
        initial |= {name: kept[name] for name in ("patient", "reason") if kept and name in kept}
        patients = Patient.objects.accessible_to(self.request.user)
        form = BookingForm(initial=initial, doctor=self.doctor, patients=patients)
        return self.show(form, time.cleaned_data["visit_type"], time.cleaned_data["start"])

    def book(self, form: BookingForm) -> HttpResponse:
        asked = form.cleaned_data
        try:
            appointment = services.book(
                doctor=self.doctor, by=self.request.user, now=self.now, **asked
            )
        except AlreadyBooked as held:  # a double click, or the back button: show what they have
            appointment = held.appointment
        except (SlotUnavailable, OutsideBookingWindow) as error:
            return self.say_gone(form, asked["visit_type"], asked["start"], str(error))
        except BookingError as error:
            return self.refuse(str(error), status=error.status)
        return redirect("appointments:detail", appointment.pk)

    def form_invalid(self, form: Form) -> HttpResponse:
        time = ChosenTimeForm(self.request.POST, doctor=self.doctor)
        if not time.is_valid():
            return self.refuse(_("Choose a time from the list."), status=400)
        response = self.show(form, time.cleaned_data["visit_type"], time.cleaned_data["start"])
        if response.status_code == 200:
            response.status_code = 400
        return response

    def show(self, form: Form, visit_type: VisitType, start: datetime) -> HttpResponse:
        slot = selectors.slot_at(
            doctor=self.doctor,
            visit_type=visit_type,
            start=start,
            policy=self.policy,
            now=self.now,
        )
        if slot is None:
            return self.say_gone(form, visit_type, start, str(SlotUnavailable.message))
        cancel_until = self.policy.cancel_until(slot.start)
        context = {
            "doctor": self.doctor,
            "visit_type": visit_type,
            "slot": slot,
            "patient": self.patients[0] if len(self.patients) == 1 else None,
            "cancel_until": cancel_until if cancel_until > self.now else None,
        }
        return self.render_to_response(self.get_context_data(form=form, **context))

    def say_gone(
        self, form: Form, visit_type: VisitType, start: datetime, message: str
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
            "message": message,
            "form": form,
        }
        return TemplateResponse(
            self.request, "appointments/time_gone.html", context, status=409
        )

    def refuse(self, message: str, status: int = 409) -> HttpResponse:
        context = {
            "message": message,
            "doctor": self.doctor,
            "needs_details": not self.patients,
        }
        return TemplateResponse(
            self.request, "appointments/refused.html", context, status=status
        )

    def get_form_kwargs(self) -> dict[str, Any]:
        patients = Patient.objects.accessible_to(self.request.user)
        return super().get_form_kwargs() | {"doctor": self.doctor, "patients": patients}

    @cached_property
    def doctor(self) -> Doctor:
        return get_object_or_404(Doctor.objects.bookable().with_card(), slug=self.kwargs["slug"])

    @cached_property
    def patients(self) -> list[Patient]:
        return list(Patient.objects.accessible_to(self.request.user))


class AppointmentListView(PrivatePage, ListView):
    """A person's appointments: those to come in full, the past by page."""

    template_name = "appointments/list.html"
    paginate_by = 20

    def get_queryset(self) -> QuerySet[Appointment]:
        self.now = timezone.now()
        return self.own().past(self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        upcoming = list(self.own().upcoming(self.now))
        return super().get_context_data(**kwargs) | {
            "next_appointment": upcoming[0] if upcoming else None,
            "upcoming": upcoming[1:],
        }

    def own(self) -> QuerySet[Appointment]:
        return Appointment.objects.of_patients_of(self.request.user).with_details()


class AppointmentPage(PrivatePage):
    """A page about one appointment that the person may see; a stranger's does not exist."""

    @cached_property
    def appointment(self) -> Appointment:
        seen = Appointment.objects.visible_to(self.request.user).with_details()
        return get_object_or_404(seen, pk=self.kwargs["id"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"appointment": self.appointment}

    def allows(self, check: Callable[..., None]) -> bool:
        """Whether a check of the services would let this person act now."""
        try:
            check(
                appointment=self.appointment,
                by=self.request.user,
                now=timezone.now(),
                policy=BookingPolicy.current(),
            )
        except BookingError:
            return False
        return True


class AppointmentDetailView(AppointmentPage, TemplateView):
    """The appointment as it stands; the page after booking too, so that it can be reloaded."""

    template_name = "appointments/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        policy = BookingPolicy.current()
        return super().get_context_data(**kwargs) | {
            "panel": panel_of(self.appointment, self.request.user),
            "story": story_of(self.appointment, self.request.user),
            "cancel_until": policy.cancel_until(self.appointment.start),
            "can_cancel": self.allows(services.check_cancel),
            "can_reschedule": self.allows(services.check_reschedule),
        }


class CancelView(AppointmentPage, BadFormMixin, FormView):
    """Ask first (GET), then cancel (POST)."""

    template_name = "appointments/cancel.html"
    form_class = CancelForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.appointment.is_blocking:
            return redirect("appointments:detail", self.appointment.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        too_late = not self.allows(services.check_cancel)
        return super().get_context_data(**kwargs) | {"too_late": too_late}

    def form_valid(self, form: CancelForm) -> HttpResponse:
        try:
            services.cancel(
                appointment=self.appointment,
                by=self.request.user,
                now=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        except WrongStatus:  # a double click, or somebody was quicker: show how it stands
            pass
        except BookingError as error:
            return self.render_to_response(self.get_context_data(form=form), status=error.status)
        return redirect("appointments:detail", self.appointment.pk)


class CalendarView(AppointmentPage, View):
    """The appointment as a calendar file."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(
            to_ics(self.appointment, now=timezone.now()),
            content_type="text/calendar; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
        )
