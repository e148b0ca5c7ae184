"""Patients once more: from the list one comes to their visits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin import PatientAdmin
from accounts.models import Patient

admin.site.unregister(Patient)


@admin.register(Patient)
class PatientWithVisitsAdmin(PatientAdmin):
    def get_list_display(self, request: HttpRequest) -> Any:
        usual = super().get_list_display(request)
        may_see = request.user.has_perm("appointments.view_appointment")
        return (*usual, "visits") if may_see else usual

    @admin.display(description=_("visits"))
    def visits(self, patient: Patient) -> str:
        address = reverse("admin:desk_patient", args=[patient.pk])
        return format_html('<a href="{}">{}</a>', address, _("Visits and contacts"))
