"""The waiting list at the front desk: somebody on the telephone joins it, or wishes for others."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from appointments.desk.booking_forms import PatientForm
from appointments.desk.pages import DeskPage
from appointments.desk.people import PatientStep
from appointments.exceptions import BookingError
from appointments.models import WaitingEntry
from appointments.views.once import lead_on
from appointments.waiting.exceptions import AlreadyWaiting, TimesFreeNow
from appointments.waiting.forms import JoinAtDeskForm, WishesForm, initial_of
from appointments.waiting.line import ENTRY, ON_THE_LIST, USUAL_WAIT, today_of
from appointments.waiting.services.entries import change_wishes, join
from appointments.waiting.words import what_for


def address_of(entry: WaitingEntry) -> str:
    return reverse("admin:appointments_waitingentry_change", args=[entry.pk])


class JoinDeskView(PatientStep):
    """Who, and then what for and when."""

    title = _("Put on the waiting list")
    template_name = "admin/desk/wait.html"
    permission_required = ("appointments.add_waitingentry", "accounts.view_patient")
    form_class = PatientForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.patient is None:
            return self.show(**self.finding())
        return self.show(form=JoinAtDeskForm(initial={"last_day": self.now.date() + USUAL_WAIT}))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.patient is None:
            return self.register()
        form = JoinAtDeskForm(request.POST)
        if not form.is_valid():
            return self.show(form=form, status=400)
        asked = form.wanted | form.wishes | {"reason": form.cleaned_data["reason"]}
        try:
            return lead_on(
                key=form.cleaned_data["idempotency_key"],
                asked=("desk join", self.patient.pk, *asked.values()),
                by=self.person,
                now=self.now,
                act=lambda: address_of(self.join(asked)),
            )
        except TimesFreeNow as error:
            return self.show(form=form, status=409, message=str(error), times=error.times)
        except AlreadyWaiting as error:
            messages.info(request, _("This patient waits for it already."))
            return redirect(address_of(error.entry))
        except BookingError as error:
            return self.show(form=form, status=error.status, message=str(error))

    def join(self, asked: dict[str, Any]) -> WaitingEntry:
        patient: Any = self.patient
        names = ("doctor", "visit_type", "specialty", "city")
        wanted = {name: asked[name] for name in names if name in asked}
        today = today_of(WaitingEntry(**wanted), self.now)
        return join(patient=patient, by=self.person, now=self.now, first_day=today, **asked)


class ChangeDeskView(DeskPage):
    """Other days and hours for somebody who waits."""

    title = _("Other days or hours")
    template_name = "admin/desk/wait.html"
    permission_required = "appointments.change_waitingentry"

    @cached_property
    def entry(self) -> WaitingEntry:
        entries = WaitingEntry.objects.filter(status__in=ON_THE_LIST).select_related(*ENTRY)
        return get_object_or_404(entries, pk=self.kwargs["id"])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(WishesForm(initial=initial_of(self.entry)))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = WishesForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=400)
        try:
            change_wishes(
                entry=self.entry,
                by=self.person,
                now=timezone.now(),
                first_day=self.entry.first_day,
                **form.wishes,
            )
        except BookingError as error:
            return self.show(form, status=error.status, message=str(error))
        messages.success(request, _("The wishes have been saved."))
        return redirect(address_of(self.entry))

    def show(self, form: WishesForm, status: int = 200, message: str = "") -> HttpResponse:
        context = {
            "form": form,
            "entry": self.entry,
            "patient": self.entry.patient,
            "what": what_for(self.entry),
            "message": message,
            "is_error": status >= 400,
        }
        context = self.get_context_data() | context
        return render(self.request, self.template_name, context, status=status)
