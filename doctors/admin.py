"""Doctors at the front desk: who they are, when they work and what they offer; places; time off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.admin import PLAIN_INPUTS, MayAct, ViewOnly, do_each
from doctors import services
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


HOURS_WITH_PLACE = Prefetch("working_hours", WorkingHours.objects.select_related("location"))


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


class WorkingHoursFormSet(BaseInlineFormSet):
    """All windows of a doctor: no two of them at the same time."""

    @cached_property
    def places(self) -> list[tuple[Any, Any]]:
        """The choices of the place, read once for all rows."""
        return list(self.empty_form.fields["location"].choices)  # type: ignore[attr-defined]

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        if index is not None and "location" in form.fields:
            form.fields["location"].widget.choices = self.places

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [
            form.instance
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        clashes = [
            ValidationError(
                _("%(one)s and %(other)s are at the same time. Change one of them."),
                params={"one": str(one), "other": str(other)},
            )
            for one, other in combinations(rows, 2)
            if at_the_same_time(one, other)
        ]
        if clashes:
            raise ValidationError(clashes)


def at_the_same_time(one: WorkingHours, other: WorkingHours) -> bool:
    """Whether two windows of a doctor share an instant in some week."""
    return (
        one.weekday == other.weekday
        and one.opens < other.closes
        and other.opens < one.closes
        and (one.valid_from or date.min) <= (other.valid_until or date.max)
        and (other.valid_from or date.min) <= (one.valid_until or date.max)
    )


class WorkingHoursInline(admin.TabularInline):
    model = WorkingHours
    formset = WorkingHoursFormSet
    fields = ("weekday", "opens", "closes", "location", "valid_from", "valid_until")
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
    fields = ("name", "duration_minutes", "buffer_minutes", "is_active")
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


def place_of(doctor: Doctor | None, location: Location | None) -> Location | None:
    """On whose wall clock time off is meant: that of its place, or of the doctor's first."""
    if location is not None or doctor is None:
        return location
    prefetch_related_objects([doctor], HOURS_WITH_PLACE)
    return next(iter(doctor.places), None)


def zone_of(place: Location | None) -> ZoneInfo:
    return place.zone if place else ZoneInfo("UTC")


class WallClockField(forms.DateTimeField):
    """An instant, typed and shown as the clock on a wall in `zone` shows it."""

    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    # Years far away cannot be told in every zone.
    earliest = datetime(2000, 1, 1, tzinfo=UTC)
    latest = datetime(2200, 1, 1, tzinfo=UTC)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = ZoneInfo("UTC")
        message = _("Enter a year from 2000 to 2199.")
        self.validators += [
            MinValueValidator(self.earliest, message),
            MaxValueValidator(self.latest, message),
        ]

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(self.zone):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(self.zone):
            return super().prepare_value(value)


class TimeOffForm(forms.ModelForm):
    """Its times are those of the place, or of the doctor's first place."""

    start = WallClockField(label=_("From"))
    end = WallClockField(label=_("Until"))

    class Meta:
        model = TimeOff
        fields = ("doctor", "location", "start", "end", "reason")

    def __init__(self, *args: Any, place: Location | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.times = [field for field in self.fields.values() if isinstance(field, WallClockField)]
        if self.instance.pk:
            place = place_of(self.instance.doctor, self.instance.location)
        self.use_clock_of(place)
        for field in self.times:
            field.help_text = (
                _("As the clock shows it in %(place)s (%(zone)s).")
                % {"place": place.city, "zone": place.time_zone}
                if place
                else _("As the clock shows it at the place, or at the doctor's first place.")
            )

    def use_clock_of(self, place: Location | None) -> None:
        for field in self.times:
            field.zone = zone_of(place)

    def clean_location(self) -> Location | None:
        """Runs before the times are read: only now is it known on which clock they are meant."""
        location = self.cleaned_data["location"]
        self.use_clock_of(place_of(self.cleaned_data.get("doctor"), location))
        return location


class TimeOffFormSet(BaseInlineFormSet):
    @cached_property
    def place(self) -> Location | None:
        return place_of(self.instance, None)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        return super().get_form_kwargs(index) | {"place": self.place}


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


class DoctorForm(forms.ModelForm):
    def clean_specialty(self) -> Specialty | None:
        # The constraint that says so names `status`, which is not in this form: it would be left
        # to the database.
        specialty: Specialty | None = self.cleaned_data["specialty"]
        if specialty is None and self.instance.status == Doctor.Status.APPROVED:
            raise ValidationError(_("An approved doctor needs a specialty."))
        return specialty


@admin.register(Doctor)
class DoctorAdmin(MayAct, admin.ModelAdmin):
    form = DoctorForm
    fieldsets = (
        (None, {"fields": ("name", "specialty", "languages", "bio", "slug")}),
        (_("Bookings"), {"fields": ("confirms_bookings",)}),
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
