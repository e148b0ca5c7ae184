"""Doctors: who they are, and how they stand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin import WithSheet
from doctors.admin.schedule import (
    ExtraHoursInline,
    TimeOffInline,
    VisitTypeInline,
    WorkingHoursInline,
)
from doctors.forms import HOURS_WITH_PLACE, DoctorForm, HoursFormSet
from doctors.joining.admin import DecidesAboutDoctors, StepInline, TurnFilter, with_last_step
from doctors.models import Doctor, DoctorEvent, Language, Specialty
from doctors.sheets import DoctorsSheet


@admin.register(Specialty)
class SpecialtyAdmin(admin.ModelAdmin):
    list_display = ("name", "title")
    search_fields = ("name", "title")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Language)
class LanguageAdmin(admin.ModelAdmin):
    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(Doctor)
class DoctorAdmin(DecidesAboutDoctors, WithSheet):
    sheet = DoctorsSheet
    change_list_template = "admin/doctors/doctor/change_list.html"
    form = DoctorForm
    fieldsets = (
        (None, {"fields": ("name", "specialty", "languages", "bio", "picture", "slug")}),
        (
            _("Application"),
            {
                "fields": ("licence_number", "location"),
                "description": _("What has happened with it stands at the end of this page."),
            },
        ),
        (_("Bookings"), {"fields": ("confirms_bookings", "step_minutes", "max_visits_per_day")}),
        (
            _("Status"),
            {
                "fields": ("status",),
                "description": _(
                    "Patients see approved doctors only. To approve, ask for more, reject or "
                    "suspend, tick the doctor in the list of doctors and choose the action there."
                ),
            },
        ),
        (
            _("Login"),
            {
                "fields": ("user",),
                "description": _("With a login the doctor can see and answer their own visits."),
            },
        ),
    )
    readonly_fields = ("status", "picture")
    autocomplete_fields = ("user", "languages", "location")
    prepopulated_fields = {"slug": ("name",)}
    list_display = ("name", "specialty", "where", "stands", "confirms_bookings", "user")
    list_filter = (TurnFilter, "status", "specialty", "working_hours__location", "languages")
    list_select_related = ("specialty", "user", "location")
    search_fields = (
        "name",
        "specialty__name",
        "specialty__title",
        "working_hours__location__city",
        "user__email",
        "licence_number",
    )
    search_help_text = _("Name, specialty, town, email address or licence number")
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Doctor]:
        doctors = super().get_queryset(request).prefetch_related(HOURS_WITH_PLACE)
        return with_last_step(doctors)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(request, *args, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]
        return form

    def get_inlines(self, request: HttpRequest, obj: Doctor | None) -> tuple[Any, ...]:
        # Time off is meant on the clock of the doctor's place, so that must be known first.
        saved = (TimeOffInline, StepInline) if obj else ()
        return (WorkingHoursInline, ExtraHoursInline, VisitTypeInline, *saved)

    def _create_formsets(self, request: HttpRequest, obj: Doctor, change: bool) -> Any:
        """Let the formsets with hours see each other."""
        if request.method == "POST" and change:
            # Nobody else may write hours between this check and the saving.
            Doctor.objects.select_for_update(no_key=True).get(pk=obj.pk)
        formsets, inlines = super()._create_formsets(request, obj, change)  # type: ignore[misc]
        together = [formset for formset in formsets if isinstance(formset, HoursFormSet)]
        for formset in together:
            formset.together = together
        return formsets, inlines

    def has_delete_permission(self, request: HttpRequest, obj: Doctor | None = None) -> bool:
        return False  # suspend them instead

    @admin.display(description=_("where"))
    def where(self, doctor: Doctor) -> str:
        """Where they work, else where they asked to."""
        return "; ".join(map(str, doctor.places)) or str(doctor.location or "-")

    @admin.display(description=_("status"), ordering="status")
    def stands(self, doctor: Doctor) -> str:
        asked = doctor.last_step == DoctorEvent.Kind.ASKED  # type: ignore[attr-defined]
        if doctor.status == Doctor.Status.PENDING and asked:
            return str(_("asked for more"))
        return doctor.get_status_display()

    @admin.display(description=_("photo"))
    def picture(self, doctor: Doctor) -> str:
        if not doctor.photo_digest:
            return str(_("none"))
        address = reverse("doctors:photo", args=[doctor.slug, doctor.photo_digest])
        return format_html('<img src="{}" alt="" width="120" height="120">', address)
