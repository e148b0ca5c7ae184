"""The appointment book at the front desk: read here, changed by actions that call the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.admin import MayAct, ViewOnly, do_each
from appointments import services
from appointments.admin.reminders import ReminderInline
from appointments.desk.acts.forms import acts_now
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.panels import answered_by
from doctors.admin import list_time
from doctors.availability import to_instant
from doctors.models import Location
from doctors.wall_clock import clock, day_and_clock

DAY = timedelta(days=1)
WAITING = "waiting"
MAY_BE_MISSED = (Appointment.Status.NO_SHOW, Appointment.Status.CANCELLED)
BY_LINK = _("with the link in an email")
DEADLINE = Coalesce("answer_by", "start")  # as in panels.answered_by


class DayFilter(admin.SimpleListFilter):
    """Today, tomorrow, the next days: on the calendar of each visit's place."""

    title = _("day")
    parameter_name = "day"
    days = {"today": (0, 1), "tomorrow": (1, 2), "week": (0, 7)}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("Today")), ("tomorrow", _("Tomorrow")), ("week", _("Next 7 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = self.days.get(self.value() or "")
        if chosen is None:
            return queryset
        now = timezone.now()
        wanted = Q(pk=None)
        for name in sorted(set(Location.objects.values_list("time_zone", flat=True))):
            zone = ZoneInfo(name)
            today = now.astimezone(zone).date()
            start, end = (to_instant(today + DAY * n, time.min, zone) for n in chosen)
            wanted |= Q(location__time_zone=name, start__gte=start, start__lt=end)
        return queryset.filter(wanted)


class RequestsFilter(admin.SimpleListFilter):
    """The requests that wait for an answer; the list then begins with the soonest deadline."""

    title = _("requests")
    parameter_name = "requests"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(WAITING, _("Waiting, soonest deadline first"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(status="pending") if self.value() == WAITING else queryset


def shows_requests(request: HttpRequest) -> bool:
    return request.GET.get(RequestsFilter.parameter_name) == WAITING


def action(service: Callable[..., Appointment], title: Any, done: Any) -> Callable[..., None]:
    """An action that calls `service` with each chosen appointment, in the name of who chose it."""

    @admin.action(description=title, permissions=["act"])
    def act(modeladmin: Any, request: HttpRequest, queryset: QuerySet[Appointment]) -> None:
        now = timezone.now()
        do_each(
            request,
            queryset.select_related("doctor", "patient", "location"),
            lambda appointment: service(appointment=appointment, by=request.user, now=now),
            done=done,
            name=lambda appointment: appointment.who_and_when,
        )

    act.__name__ = service.__name__
    return act


def when(appointment: Appointment) -> str:
    return day_and_clock(appointment.start, appointment.location.zone)


class EventInline(ViewOnly, admin.TabularInline):
    model = AppointmentEvent
    fields = ("kind", "by", "through", "happened", "start_then", "note")
    readonly_fields = ("through", "happened", "start_then")
    verbose_name_plural = _("what has happened")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppointmentEvent]:
        return super().get_queryset(request).select_related("by", "appointment__location")

    @admin.display(description=_("how"))
    def through(self, event: AppointmentEvent) -> str:
        return how(event)

    @admin.display(description=_("when"))
    def happened(self, event: AppointmentEvent) -> str:
        return on_the_wall(event, event.at)

    @admin.display(description=_("start of the visit then"))
    def start_then(self, event: AppointmentEvent) -> str:
        return on_the_wall(event, event.start)


def how(event: AppointmentEvent) -> str:
    """Who acts by a link has not logged in."""
    return str(BY_LINK) if event.by_link else "-"


def on_the_wall(event: AppointmentEvent, instant: datetime) -> str:
    return list_time(instant, event.appointment.location.zone)


@admin.register(Appointment)
class AppointmentAdmin(MayAct, ViewOnly, admin.ModelAdmin):
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "status",
                    "answer",
                    "day",
                    "until",
                    "doctor",
                    "patient",
                    "visit_type",
                    "location",
                )
            },
        ),
        (_("What for, in the patient's words"), {"fields": ("reason",)}),
        (_("Booked"), {"fields": ("booked_by", "booked")}),
    )
    readonly_fields = ("answer", "day", "until", "booked")
    inlines = (EventInline, ReminderInline)
    list_display = ("starts", "until", "patient", "doctor", "status", "visit_type", "location")
    list_filter = (
        DayFilter,
        RequestsFilter,
        "status",
        ("doctor", admin.RelatedOnlyFieldListFilter),
        "location",
        "doctor__specialty",
    )
    list_select_related = ("doctor", "patient", "visit_type", "location", "booked_by")
    search_fields = ("patient__name", "patient__phone", "patient__email", "doctor__name", "=id")
    search_help_text = _("Patient's name, phone number or email address, or doctor")
    date_hierarchy = "start"
    ordering = ("-start", "id")
    actions = (
        action(
            services.confirm,
            _("Confirm the request"),
            ngettext_lazy(
                "%(count)s appointment confirmed.", "%(count)s appointments confirmed.", "count"
            ),
        ),
        action(
            services.decline,
            _("Decline the request"),
            ngettext_lazy(
                "%(count)s appointment declined.", "%(count)s appointments declined.", "count"
            ),
        ),
        action(
            services.check_in,
            _("Check in: the patient has arrived"),
            ngettext_lazy(
                "%(count)s patient checked in.", "%(count)s patients checked in.", "count"
            ),
        ),
        action(
            services.complete,
            _("Complete: the visit has taken place"),
            ngettext_lazy(
                "%(count)s appointment completed.", "%(count)s appointments completed.", "count"
            ),
        ),
        action(
            services.mark_no_show,
            _("Did not come"),
            ngettext_lazy(
                "%(count)s appointment marked as “did not come”.",
                "%(count)s appointments marked as “did not come”.",
                "count",
            ),
        ),
        action(
            services.cancel,
            _("Cancel"),
            ngettext_lazy(
                "%(count)s appointment cancelled.", "%(count)s appointments cancelled.", "count"
            ),
        ),
    )

    def get_ordering(self, request: HttpRequest) -> Any:
        usual = super().get_ordering(request)
        return (DEADLINE.asc(), *usual) if shows_requests(request) else usual

    def get_list_display(self, request: HttpRequest) -> Any:
        usual = super().get_list_display(request)
        return ("deadline", *usual) if shows_requests(request) else usual

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        visit = context["original"]
        if self.has_act_permission(request):
            context |= {"acts": acts_now(visit, timezone.now()), "here": request.get_full_path()}
        context["local_day"] = visit.local_day.isoformat()
        context["may_be_missed"] = visit.status in MAY_BE_MISSED
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("to be answered by"), ordering=DEADLINE)
    def deadline(self, appointment: Appointment) -> str:
        until = appointment.answer_by or appointment.start
        return list_time(until, appointment.location.zone)

    @admin.display(description=_("to be answered by"))
    def answer(self, appointment: Appointment) -> str:
        if appointment.status != Appointment.Status.PENDING:
            return "-"
        return answered_by(appointment)

    @admin.display(description=_("from"), ordering="start")
    def starts(self, appointment: Appointment) -> str:
        return list_time(appointment.start, appointment.location.zone)

    @admin.display(description=_("from"))
    def day(self, appointment: Appointment) -> str:
        return when(appointment)

    @admin.display(description=_("to"), ordering="end")
    def until(self, appointment: Appointment) -> str:
        return clock(appointment.end, appointment.location.zone)

    @admin.display(description=_("booked at"), ordering="booked_at")
    def booked(self, appointment: Appointment) -> str:
        return day_and_clock(appointment.booked_at, appointment.location.zone)


@admin.register(AppointmentEvent)
class AppointmentEventAdmin(ViewOnly, admin.ModelAdmin):
    fields = ("appointment", "kind", "by", "through", "happened", "note")
    readonly_fields = ("through", "happened")
    list_display = ("happened", "kind", "by", "patient", "appointment", "note")
    list_filter = ("kind", ("by", admin.RelatedOnlyFieldListFilter))
    list_select_related = (
        "by",
        "appointment__location",
        "appointment__patient",
        "appointment__doctor",
    )
    search_fields = ("appointment__patient__name", "appointment__doctor__name", "by__email")
    date_hierarchy = "at"
    ordering = ("-id",)

    @admin.display(description=_("how"))
    def through(self, event: AppointmentEvent) -> str:
        return how(event)

    @admin.display(description=_("when"), ordering="at")
    def happened(self, event: AppointmentEvent) -> str:
        return on_the_wall(event, event.at)

    @admin.display(description=_("patient"), ordering="appointment__patient__name")
    def patient(self, event: AppointmentEvent) -> str:
        return str(event.appointment.patient)


@admin.register(BookingPolicy)
class BookingPolicyAdmin(admin.ModelAdmin):
    """One row, made when it is first saved; until then the defaults hold."""

    fieldsets = (
        (
            _("Booking"),
            {"fields": ("notice_minutes", "horizon_days", "max_open_visits")},
        ),
        (
            _("Cancelling and moving"),
            {"fields": ("cancel_notice_hours", "reschedule_notice_hours")},
        ),
        (_("Requests"), {"fields": ("answer_hours",)}),
        (_("Reminders"), {"fields": ("first_reminder_hours", "second_reminder_hours")}),
        (_("Waiting list"), {"fields": ("offer_minutes",)}),
        (
            _("Fair use"),
            {
                "fields": (
                    "max_open_per_specialty",
                    "same_specialty_days",
                    "late_cancel_hours",
                    "misses_before_approval",
                    "misses_days",
                )
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not BookingPolicy.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: BookingPolicy | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        policy = BookingPolicy.objects.first()
        if policy is None:
            return redirect("admin:appointments_bookingpolicy_add")
        return redirect("admin:appointments_bookingpolicy_change", policy.pk)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        only_one = {"show_save_and_add_another": False}
        return super().add_view(request, form_url, (extra_context or {}) | only_one)

    def save_model(self, request: HttpRequest, obj: BookingPolicy, form: Any, change: bool) -> None:
        obj.pk = 1
        super().save_model(request, obj, form, change)
