"""Doctors, places and time off once more: who changes them is told which visits no longer fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.admin.book import when
from appointments.outside_hours.selectors import Stray, left_by, stray_visits
from doctors.admin import DoctorAdmin, LocationAdmin, TimeOffAdmin
from doctors.joining.services import suspend
from doctors.models import Doctor, Location, TimeOff
from doctors.wall_clock import day_and_clock

NAMED_AT_MOST = 20


def tell_strays(request: HttpRequest, doctors: QuerySet[Doctor] | Iterable[Doctor]) -> None:
    """A warning with the visits of these doctors that are outside their hours or in time off."""
    strays = stray_visits(doctors, now=timezone.now())
    if strays:
        messages.warning(request, warning(strays))


def warning(strays: list[Stray]) -> SafeString:
    head = ngettext(
        "%(count)s booked visit does not fit the hours and the time off as they are now. "
        "It stays where it is until you move or cancel it:",
        "%(count)s booked visits do not fit the hours and the time off as they are now. "
        "They stay where they are until you move or cancel them:",
        len(strays),
    ) % {"count": len(strays)}
    named = format_html_join("", "<br>{}", ((line(stray),) for stray in strays[:NAMED_AT_MOST]))
    more = len(strays) - NAMED_AT_MOST
    tail = ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
    return format_html("{}{}{}", head, named, format_html("<br>{}", tail) if more > 0 else "")


def line(stray: Stray) -> SafeString:
    visit = stray.visit
    return format_html(
        '<a href="{}">{}, {}</a>, {}: {}',
        reverse("admin:appointments_appointment_change", args=[visit.pk]),
        visit.patient,
        day_and_clock(visit.start, visit.location.zone),
        visit.doctor,
        _("in time off") if stray.in_time_off else _("outside the hours"),
    )


class TellsStrays:
    """An admin whose rows decide when doctors work: saving one tells which visits do not fit."""

    def doctors_of(self, row: Any) -> QuerySet[Doctor]:
        raise NotImplementedError

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        tell_strays(request, self.doctors_of(obj))
        return super().response_add(request, obj, *args)  # type: ignore[misc]

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        tell_strays(request, self.doctors_of(obj))
        return super().response_change(request, obj)  # type: ignore[misc]


def doctors_at(place: Location) -> QuerySet[Doctor]:
    return Doctor.objects.filter(pk__in=place.working_hours.values("doctor"))


admin.site.unregister((Doctor, Location, TimeOff))


@admin.register(Doctor)
class DoctorWithVisitsAdmin(TellsStrays, DoctorAdmin):
    def doctors_of(self, row: Doctor) -> QuerySet[Doctor]:
        return Doctor.objects.filter(pk=row.pk)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.left_view)
        return [path("visits-left/", view, name="doctors_doctor_left"), *super().get_urls()]

    def after(
        self, service: Callable[..., Doctor], request: HttpRequest, doctors: QuerySet[Doctor]
    ) -> HttpResponse | None:
        may_look = request.user.has_perm("appointments.view_appointment")
        if service is suspend and may_look and left_by(doctors, now=timezone.now()):
            return redirect("admin:doctors_doctor_left")
        return super().after(service, request, doctors)

    def left_view(self, request: HttpRequest) -> HttpResponse:
        """All visits to come with doctors who are suspended, for staff to move or cancel."""
        if not request.user.has_perm("appointments.view_appointment"):
            raise PermissionDenied
        left = left_by(Doctor.objects.all(), now=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Visits with suspended doctors"),
            "opts": self.opts,
            "left": {
                doctor: [(visit, when(visit)) for visit in visits]
                for doctor, visits in left.items()
            },
        }
        return TemplateResponse(request, "admin/doctors/doctor/left.html", context)


@admin.register(Location)
class LocationWithVisitsAdmin(TellsStrays, LocationAdmin):
    def doctors_of(self, row: Location) -> QuerySet[Doctor]:
        return doctors_at(row)

    def close(self, request: HttpRequest, place: Location, days: Any) -> HttpResponse:
        response = super().close(request, place, days)
        tell_strays(request, self.doctors_of(place))
        return response


@admin.register(TimeOff)
class TimeOffWithVisitsAdmin(TellsStrays, TimeOffAdmin):
    def doctors_of(self, row: TimeOff) -> QuerySet[Doctor]:
        if row.location is not None:
            return doctors_at(row.location)
        return Doctor.objects.filter(time_off=row)
