"""The first step of each booking at the desk: find the patient, or make one without a login."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts import services
from accounts.exceptions import KnownAlready
from accounts.models import Patient, PatientAccess
from accounts.selectors import find_patients
from appointments.desk.booking_forms import NewPatientForm, PatientForm, SearchForm
from appointments.desk.pages import DeskPage
from appointments.models import Appointment
from appointments.selectors import last_visits
from appointments.views.once import lead_on

MOST_FOUND = 20


class PatientStep(DeskPage):
    """A page that first asks who it is for. `begin` shows the page without a patient."""

    permission_required = ("appointments.add_appointment", "appointments.change_appointment")
    template_name: str
    form_class: type[PatientForm]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.now = timezone.now()

    @cached_property
    def chosen(self) -> dict[str, Any]:
        """What the address says was chosen so far."""
        form = self.form_class(self.request.GET)
        if not form.is_valid():
            raise Http404(_("There is no such page. Begin again."))
        return form.cleaned_data

    @property
    def patient(self) -> Patient | None:
        return self.chosen["patient"]

    @property
    def may_register(self) -> bool:
        return self.person.has_perm("accounts.add_patient")

    def show(self, status: int = 200, **context: Any) -> HttpResponse:
        context = self.get_context_data(patient=self.patient, is_error=status >= 400, **context)
        return render(self.request, self.template_name, context, status=status)

    def finding(self, **context: Any) -> dict[str, Any]:
        """What the step shows: who was found, and a form for somebody new."""
        form = SearchForm(self.request.POST if self.is_search else None)
        words = form.cleaned_data["q"] if form.is_valid() else ""
        found = list(find_patients(words)[: MOST_FOUND + 1])
        new = NewPatientForm.begun_with(words) if self.may_register else None
        return {
            "search": form,
            "words": words,
            "found": with_last_visits(found[:MOST_FOUND], self.now),
            "are_more": len(found) > MOST_FOUND,
            "most_found": MOST_FOUND,
            "new": new,
        } | context

    @property
    def is_search(self) -> bool:
        """Whether somebody is looked for: sent as a form, so that no address says whom."""
        return "q" in self.request.POST

    def register(self) -> HttpResponse:
        """Make the patient who was typed in, and go on with them; or find one."""
        if self.is_search:
            return self.show(**self.finding())
        if not self.may_register:
            return self.handle_no_permission()
        form = NewPatientForm(self.request.POST)
        if not form.is_valid():
            return self.show(**self.finding(new=form), status=400)
        asked = dict(form.cleaned_data)
        key = asked.pop("idempotency_key")
        try:
            return lead_on(
                key=key,
                asked=("register", *asked.values()),
                by=self.person,
                now=self.now,
                act=lambda: self.address_with(services.register_patient(**asked)),
            )
        except KnownAlready as known:
            alike = with_last_visits(known.patients, self.now)
            return self.show(**self.finding(new=form, alike=alike), status=409)

    def address_with(self, patient: Patient) -> str:
        """This page, as far as it has come, for this patient."""
        query = self.request.GET.copy()
        query.pop("q", None)
        return f"{self.request.path}?{urlencode({**query.dict(), 'patient': patient.pk})}"


def with_last_visits(patients: list[Patient], now: datetime) -> list[dict[str, Any]]:
    """Enough about each to tell namesakes apart."""
    logins = PatientAccess.objects.active().select_related("user").order_by("pk")
    prefetch_related_objects(patients, Prefetch("accesses", logins))
    visits: dict[int, Appointment] = last_visits(patients, now)
    return [
        {
            "patient": patient,
            "email": patient.email
            or next((access.user.email for access in patient.accesses.all()), ""),
            "last": visits.get(patient.pk),
        }
        for patient in patients
    ]
