"""When doctors work and what they offer; time off."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import PLAIN_INPUTS, ViewOnly, WithSheet
from doctors.forms import (
    HOURS_WITH_PLACE,
    ExtraHoursForm,
    ExtraHoursFormSet,
    HoursFormSet,
    TimeOffForm,
    TimeOffFormSet,
    WorkingHoursForm,
    place_of,
    zone_of,
)
from doctors.models import Doctor, ExtraHours, TimeOff, VisitType, WorkingHours
from doctors.sheets import HoursSheet, TimeOffSheet
from doctors.wall_clock import clock, day

ON_ONE_DATE = Q(valid_from__isnull=False, valid_from=F("valid_until"))


def list_time(instant: datetime, zone: ZoneInfo) -> str:
    """For the columns of lists: Wed 25 Nov 2026, 9:30am"""
    # Translators: a short date with the year, in the letters of Django's `date` filter.
    date = date_format(instant.astimezone(zone), gettext("D j M Y"))
    return f"{date}, {clock(instant, zone)}"


# Working hours


class HoursInline(admin.TabularInline):
    formset = HoursFormSet
    formfield_overrides = PLAIN_INPUTS
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if place := formset.form.base_fields.get("location"):
            # Four buttons to add and change places, in every row, are in the way.
            for button in ("add", "change", "delete", "view"):
                setattr(place.widget, f"can_{button}_related", False)
        return formset


class WorkingHoursInline(HoursInline):
    model = WorkingHours
    form = WorkingHoursForm
    fields = WorkingHoursForm.Meta.fields
    ordering = ("weekday", "opens")
    verbose_name_plural = _("working hours of every week")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WorkingHours]:
        return super().get_queryset(request).exclude(ON_ONE_DATE)


class ExtraHoursInline(HoursInline):
    model = ExtraHours
    form = ExtraHoursForm
    formset = ExtraHoursFormSet
    fields = ("date", *ExtraHoursForm.Meta.fields)
    ordering = ("valid_from", "opens")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExtraHours]:
        return super().get_queryset(request).filter(ON_ONE_DATE)

    @admin.display(description=_("Date"))
    def date(self, hours: ExtraHours) -> str:
        """For those who may only look."""
        return day(hours.valid_from) if hours.valid_from else "-"


@admin.register(WorkingHours)
class WorkingHoursAdmin(ViewOnly, WithSheet):
    """Who works when. The hours are changed on the page of the doctor, or by a file."""

    sheet = HoursSheet

    fields = ("doctor", *WorkingHoursForm.Meta.fields)
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
class TimeOffAdmin(OnTheWall, WithSheet):
    sheet = TimeOffSheet
    change_list_template = "admin/doctors/timeoff/change_list.html"
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
