"""Doctors: who they are, approving them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.admin import MayAct, WithSheet, do_each
from doctors import services
from doctors.admin.schedule import (
    ExtraHoursInline,
    TimeOffInline,
    VisitTypeInline,
    WorkingHoursInline,
)
from doctors.forms import HOURS_WITH_PLACE, DoctorForm, HoursFormSet
from doctors.models import Doctor, Language, Specialty
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
class DoctorAdmin(MayAct, WithSheet):
    sheet = DoctorsSheet
    form = DoctorForm
    fieldsets = (
        (None, {"fields": ("name", "specialty", "languages", "bio", "slug")}),
        (_("Bookings"), {"fields": ("confirms_bookings", "step_minutes", "max_visits_per_day")}),
        (
            _("Status"),
            {
                "fields": ("status",),
                "description": _(
                    "Patients see approved doctors only. To approve or suspend, tick the doctor in "
                    "the list of doctors and choose the action there."
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
    readonly_fields = ("status",)
    autocomplete_fields = ("user", "languages")
    prepopulated_fields = {"slug": ("name",)}
    list_display = ("name", "specialty", "where", "status", "confirms_bookings", "user")
    list_filter = ("status", "specialty", "working_hours__location", "languages")
    list_select_related = ("specialty", "user")
    search_fields = (
        "name",
        "specialty__name",
        "specialty__title",
        "working_hours__location__city",
        "user__email",
    )
    search_help_text = _("Name, specialty, town or email address")
    date_hierarchy = "created_at"
    actions = ("approve", "suspend")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Doctor]:
        return super().get_queryset(request).prefetch_related(HOURS_WITH_PLACE)

    def get_inlines(self, request: HttpRequest, obj: Doctor | None) -> tuple[Any, ...]:
        # Time off is meant on the clock of the doctor's place, so that must be known first.
        saved = (TimeOffInline,) if obj else ()
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
        return "; ".join(str(place) for place in doctor.places) or "-"

    @admin.action(description=_("Approve: show to patients"), permissions=["act"])
    def approve(self, request: HttpRequest, queryset: QuerySet[Doctor]) -> None:
        def act(doctor: Doctor) -> None:
            services.approve(doctor=doctor)
            self.log_change(request, doctor, str(_("Approved.")))

        done = ngettext_lazy("%(count)s doctor approved.", "%(count)s doctors approved.", "count")
        do_each(request, queryset, act, done=done)

    @admin.action(description=_("Suspend: hide from patients"), permissions=["act"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Doctor]) -> None:
        def act(doctor: Doctor) -> None:
            services.suspend(doctor=doctor)
            self.log_change(request, doctor, str(_("Suspended.")))

        done = ngettext_lazy("%(count)s doctor suspended.", "%(count)s doctors suspended.", "count")
        do_each(request, queryset, act, done=done)
