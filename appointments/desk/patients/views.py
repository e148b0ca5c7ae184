"""The page of a patient for who answers the telephone."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import ListView

from accounts.ages import age_in_words
from accounts.models import Patient
from appointments.desk.pages import DeskPage
from appointments.desk.patients.selectors import past, record_of, upcoming, with_people
from appointments.fair_use.selectors import misses_of
from appointments.models import BookingPolicy


class PatientView(DeskPage, ListView):
    """How to reach them and who acts for them; visits to come in full, the past by page."""

    permission_required = ("appointments.view_appointment", "accounts.view_patient")
    template_name = "admin/desk/patient.html"
    paginate_by = 20

    @cached_property
    def patient(self) -> Patient:
        return get_object_or_404(with_people(Patient.objects.all()), pk=self.kwargs["id"])

    @property
    def title(self) -> str:
        return self.patient.name

    def get_queryset(self) -> Any:
        self.now = timezone.now()
        return past(self.patient, self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        policy = BookingPolicy.current()
        return super().get_context_data(**kwargs) | {
            "patient": self.patient,
            "age": age_in_words(self.patient.date_of_birth, self.now.date()),
            "upcoming": upcoming(self.patient, self.now),
            "record": record_of(self.patient, now=self.now, policy=policy),
            "misses": misses_of(self.patient, self.now, policy),
            "late_hours": policy.cancel_notice_hours,
            "may_book": self.person.has_perm("appointments.add_appointment"),
            "may_edit": self.person.has_perm("accounts.change_patient"),
        }
