"""Tell me of an earlier time: with a doctor, before a visit that one has, with any doctor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView

from accounts.models import Patient
from accounts.views import BadFormMixin, PrivatePage
from appointments.exceptions import BookingError
from appointments.forms import WeekForm
from appointments.models import Appointment, WaitingEntry
from appointments.querysets import MOVABLE
from appointments.selectors import DAY
from appointments.views.any_doctor import AnyDoctorForMe
from appointments.views.once import lead_on
from appointments.waiting.exceptions import AlreadyWaiting, TimesFreeNow
from appointments.waiting.forms import JoinForm, add_refusal
from appointments.waiting.line import (
    USUAL_WAIT,
    entry_of_visit,
    first_free_day,
    today_of,
)
from appointments.waiting.services.entries import join
from appointments.waiting.words import what_for
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, VisitType


class JoinPage(PrivatePage, BadFormMixin, FormView):
    """Which days and hours suit, until when, and for whom."""

    template_name = "waiting/join.html"
    form_class = JoinForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.patients:
            words = _("Add your details first, so that the clinic knows who comes.")
            messages.warning(request, words)
            return redirect("account_profile")
        return super().get(request, *args, **kwargs)

    # What differs: what they wait for, where that is booked, and where one came from.

    @property
    def wanted(self) -> dict[str, Any]:
        """What the person waits for, as `join` takes it."""
        raise NotImplementedError

    @property
    def choose_url(self) -> str:
        """Where a free time is booked instead."""
        raise NotImplementedError

    @property
    def kind(self) -> int | str:
        """The id of the visit type, where that page has to be told."""
        return ""

    @property
    def back(self) -> str:
        raise NotImplementedError

    @property
    def patients(self) -> Any:
        return Patient.objects.accessible_to(self.person)

    # The form

    @cached_property
    def draft(self) -> WaitingEntry:
        """What they would wait for, with the usual wishes."""
        entry = WaitingEntry(patient=self.patients[0], **self.wanted)
        entry.first_day = today_of(entry, self.now)
        entry.last_day = entry.first_day + USUAL_WAIT
        if entry.instead_of is not None:
            entry.last_day = entry.instead_of.local_day
        return entry

    def get_initial(self) -> dict[str, Any]:
        """Until the day before the next free time: from then on one would rather book that."""
        last, free = self.draft.last_day, first_free_day(self.draft, self.now)
        if free is not None and free > self.draft.first_day:
            last = min(last, free - DAY)
        return {"last_day": last}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"patients": self.patients, "today": self.now.date()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        patients = list(self.patients[:2])
        return super().get_context_data(**kwargs) | {
            "what": what_for(self.draft),
            "instead_of": self.draft.instead_of,
            "patient": patients[0] if len(patients) == 1 else None,
            "back": self.back,
            "choose_url": self.choose_url,
            "kind": self.kind,
        }

    def form_valid(self, form: JoinForm) -> HttpResponse:
        asked = form.wishes | {
            "patient": form.cleaned_data["patient"],
            "reason": form.cleaned_data["reason"],
        }
        try:
            return lead_on(
                key=form.cleaned_data["idempotency_key"],
                asked=("join", self.request.path, *asked.values()),
                by=self.person,
                now=self.now,
                act=lambda: self.join(asked),
            )
        except TimesFreeNow as error:
            times = {"times": error.times, "message": str(error)}
            context = self.get_context_data(form=form, **times)
            return self.render_to_response(context, status=error.status)
        except AlreadyWaiting as error:
            messages.info(self.request, str(error))
            return redirect("waiting:list")
        except BookingError as error:
            add_refusal(form, error)
            return self.render_to_response(self.get_context_data(form=form), status=error.status)

    def join(self, asked: dict[str, Any]) -> str:
        """Join, and lead to the list."""
        first_day = self.draft.first_day
        join(by=self.person, now=self.now, first_day=first_day, **self.wanted, **asked)
        messages.success(
            self.request,
            _("You are on the waiting list. We write to you when a time that suits becomes free."),
        )
        return reverse("waiting:list")


class JoinDoctorView(JoinPage):
    """For a visit type of a doctor."""

    @cached_property
    def doctor(self) -> Doctor:
        doctor = doctor_to_book(slug=self.kwargs["slug"])
        if doctor is None:
            raise Http404(_("There is no such doctor."))
        return doctor

    @cached_property
    def visit_type(self) -> VisitType:
        form = WeekForm(self.request.GET, doctor=self.doctor)
        if not form.is_valid():
            raise Http404(_("There is no such kind of visit."))
        kind = form.cleaned_data["visit_type"] or self.doctor.first_visit_type
        if kind is None:
            raise Http404(_("This doctor cannot be booked here at the moment."))
        return kind

    @property
    def wanted(self) -> dict[str, Any]:
        return {"doctor": self.doctor, "visit_type": self.visit_type}

    @property
    def choose_url(self) -> str:
        return reverse("appointments:book", args=[self.doctor.slug])

    @property
    def kind(self) -> int | str:
        return self.visit_type.pk

    @property
    def back(self) -> str:
        address = reverse("doctors:profile", args=[self.doctor.slug])
        return f"{address}?visit_type={self.visit_type.pk}"


class JoinVisitView(JoinPage):
    """For an earlier time of a visit that one has."""

    @cached_property
    def visit(self) -> Appointment:
        """One that can still be moved, of a patient one may act for."""
        own = Appointment.objects.of_patients_of(self.person).with_details()
        return get_object_or_404(own, pk=self.kwargs["id"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            if self.visit.status not in MOVABLE or self.visit.start <= self.now:
                return redirect("appointments:detail", self.visit.pk)
            if entry_of_visit(self.visit) and request.method == "GET":
                messages.info(request, str(AlreadyWaiting.message))
                return redirect("waiting:list")
        return super().dispatch(request, *args, **kwargs)

    @property
    def wanted(self) -> dict[str, Any]:
        visit = self.visit
        return {"doctor": visit.doctor, "visit_type": visit.visit_type, "instead_of": visit}

    @property
    def patients(self) -> Any:
        return Patient.objects.accessible_to(self.person).filter(pk=self.visit.patient_id)

    @property
    def choose_url(self) -> str:
        return reverse("appointments:reschedule", args=[self.visit.pk])

    @property
    def back(self) -> str:
        return reverse("appointments:detail", args=[self.visit.pk])


class JoinAnyView(AnyDoctorForMe, JoinPage):
    """For any doctor of a specialty in a town."""

    @property
    def wanted(self) -> dict[str, Any]:
        return {"specialty": self.specialty, "city": self.city}

    @property
    def choose_url(self) -> str:
        return reverse("appointments:book_any", args=[self.specialty.pk, self.city])

    @property
    def back(self) -> str:
        return reverse("doctors:any", args=[self.specialty.slug, self.city])
