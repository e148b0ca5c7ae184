"""Doctors at the front desk: who they are, when they work and what they offer; places; time off."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.admin import PLAIN_INPUTS, MayAct, ViewOnly, do_each
from doctors import services
from doctors.forms import (
    HOURS_WITH_PLACE,
    DoctorForm,
    TimeOffForm,
    TimeOffFormSet,
    WorkingHoursFormSet,
    place_of,
    zone_of,
)
from doctors.models import (
    Doctor,
    Language,
    Location,
    Specialty,
    TimeOff,
    VisitType,
    WorkingHours,
)
from doctors.wall_clock import clock


def list_time(instant: datetime, zone: ZoneInfo) -> str:
    """For the columns of lists: Wed 25 Nov 2026, 9:30am"""
    # Translators: a short date with the year, in the letters of Django's `date` filter.
    day = date_format(instant.astimezone(zone), gettext("D j M Y"))
    return f"{day}, {clock(instant, zone)}"


@admin.register(Specialty)
class SpecialtyAdmin(admin.ModelAdmin):
    list_display = ("name", "title")
    search_fields = ("name", "title")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Language)
class LanguageAdmin(admin.ModelAdmin):
    list_display = ("name", "code")
    search_fields = ("name", "code")


@admin.register(Location)
class LocationAdmin(admin.ModelAdmin):
    fieldsets = (
        (None, {"fields": ("name", "phone")}),
        (_("Where it is"), {"fields": ("address", "city", "country", "time_zone")}),
    )
    list_display = ("name", "city", "country", "phone", "time_zone")
    list_filter = ("country", "city", "time_zone")
    search_fields = ("name", "address", "city", "phone")


# Working hours


class WorkingHoursInline(admin.TabularInline):
    model = WorkingHours
    formset = WorkingHoursFormSet
    fields = (
        "weekday",
        "opens",
        "closes",
        "closes_next_day",
        "location",
        "every_weeks",
        "valid_from",
        "valid_until",
    )
    formfield_overrides = PLAIN_INPUTS
    ordering = ("weekday", "opens")
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if place := formset.form.base_fields.get("location"):
            # Four buttons to add and change places, in every row, are in the way.
            for button in ("add", "change", "delete", "view"):
                setattr(place.widget, f"can_{button}_related", False)
        return formset


@admin.register(WorkingHours)
class WorkingHoursAdmin(ViewOnly, admin.ModelAdmin):
    """Who works when. The hours are changed on the page of the doctor."""

    fields = ("doctor", "location", "weekday", "opens", "closes", "valid_from", "valid_until")
    list_display = (
        "doctor",
        "weekday",
        "opens_",
        "closes_",
        "location",
        "valid_from",
        "valid_until",
    )
    list_filter = ("weekday", "location", "doctor__specialty")
    list_select_related = ("doctor", "location")
    search_fields = ("doctor__name", "location__name", "location__city")
    search_help_text = _("Doctor or place. To change hours, open the doctor.")

    @admin.display(description=_("from"), ordering="opens")
    def opens_(self, hours: WorkingHours) -> str:
        return f"{hours.opens:%H:%M}"

    @admin.display(description=_("to"), ordering="closes")
    def closes_(self, hours: WorkingHours) -> str:
        return f"{hours.closes:%H:%M}"


# Visit types


class VisitTypeInline(admin.TabularInline):
    model = VisitType
    fields = (
        "name",
        "duration_minutes",
        "buffer_minutes",
        "notice_minutes",
        "horizon_days",
        "audience",
        "is_online",
        "is_active",
    )
    extra = 0


@admin.register(VisitType)
class VisitTypeAdmin(ViewOnly, admin.ModelAdmin):
    """What is offered by whom. It is changed on the page of the doctor."""

    list_display = ("name", "doctor", "duration_minutes", "buffer_minutes", "is_active")
    list_filter = ("is_active", "doctor__specialty", "duration_minutes")
    list_select_related = ("doctor",)
    search_fields = ("name", "doctor__name")
    search_help_text = _("Name or doctor. To change a visit type, open the doctor.")


# Time off


class OnTheWall:
    """Columns that tell the times of time off on its wall clock."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[TimeOff]:
        return (
            super()
            .get_queryset(request)  # type: ignore[misc]
            .select_related("doctor", "location")
            .prefetch_related(Prefetch("doctor__working_hours", HOURS_WITH_PLACE.queryset))
        )

    @admin.display(description=_("from"), ordering="start")
    def starts(self, off: TimeOff) -> str:
        return list_time(off.start, zone_of(place_of(off.doctor, off.location)))

    @admin.display(description=_("until"), ordering="end")
    def ends(self, off: TimeOff) -> str:
        return list_time(off.end, zone_of(place_of(off.doctor, off.location)))

    @admin.display(description=_("time zone"))
    def time_zone(self, off: TimeOff) -> str:
        return zone_of(place_of(off.doctor, off.location)).key


class TimeOffInline(OnTheWall, admin.StackedInline):
    model = TimeOff
    form = TimeOffForm
    formset = TimeOffFormSet
    readonly_fields = ("starts", "ends", "time_zone")
    extra = 0

    def get_fields(self, request: HttpRequest, obj: Doctor | None = None) -> tuple[Any, ...]:
        if self.has_change_permission(request, obj):
            return (("start", "end"), "reason")
        return ("starts", "ends", "time_zone", "reason")


@admin.register(TimeOff)
class TimeOffAdmin(OnTheWall, admin.ModelAdmin):
    form = TimeOffForm
    autocomplete_fields = ("doctor", "location")
    readonly_fields = ("starts", "ends", "time_zone")
    list_display = ("who", "starts", "ends", "time_zone", "reason")
    list_display_links = ("who", "starts")
    list_filter = (("doctor", admin.RelatedOnlyFieldListFilter), "location")
    search_fields = ("doctor__name", "location__name", "location__city", "reason")
    date_hierarchy = "start"
    ordering = ("-start",)

    def get_fields(self, request: HttpRequest, obj: TimeOff | None = None) -> tuple[Any, ...]:
        if obj is None or self.has_change_permission(request, obj):
            return ("doctor", "location", ("start", "end"), "reason")
        return ("doctor", "location", "starts", "ends", "time_zone", "reason")

    @admin.display(description=_("who or where"), ordering="doctor__name")
    def who(self, off: TimeOff) -> str:
        return str(off.doctor or off.location)


# Doctors


@admin.register(Doctor)
class DoctorAdmin(MayAct, admin.ModelAdmin):
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
        return (WorkingHoursInline, VisitTypeInline, *saved)

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
