"""The reminders that were written: with their visit, and all of them by day."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ViewOnly
from appointments.models import Reminder
from doctors.admin import list_time


class Told:
    """The columns that both say on the wall clock of the visit's place."""

    @admin.display(description=_("sent"), ordering="at")
    def sent(self, reminder: Reminder) -> str:
        return list_time(reminder.at, reminder.appointment.location.zone)

    @admin.display(description=_("start of the visit then"), ordering="start")
    def start_then(self, reminder: Reminder) -> str:
        return list_time(reminder.start, reminder.appointment.location.zone)

    @admin.display(description=_("which"), ordering="hours")
    def lead(self, reminder: Reminder) -> str:
        return str(reminder)


class ReminderInline(Told, ViewOnly, admin.TabularInline):
    model = Reminder
    fields = readonly_fields = ("sent", "start_then")
    ordering = ("at",)
    verbose_name_plural = _("reminders sent")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reminder]:
        return super().get_queryset(request).select_related("appointment__location")


@admin.register(Reminder)
class ReminderAdmin(Told, ViewOnly, admin.ModelAdmin):
    fields = readonly_fields = ("sent", "lead", "start_then", "appointment")
    list_display = ("sent", "lead", "patient", "appointment", "start_then")
    list_select_related = (
        "appointment__location",
        "appointment__patient",
        "appointment__doctor",
    )
    search_fields = ("appointment__patient__name", "appointment__doctor__name")
    search_help_text = _("Name of the patient or the doctor")
    date_hierarchy = "at"
    ordering = ("-at", "-id")

    @admin.display(description=_("patient"), ordering="appointment__patient__name")
    def patient(self, reminder: Reminder) -> str:
        return str(reminder.appointment.patient)
