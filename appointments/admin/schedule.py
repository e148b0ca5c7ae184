"""Doctors, places and time off once more: who changes them is told which visits no longer fit.

Who adds time off or closes a place decides about the visits first (appointments/absence).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

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

from accounts.models import User
from appointments.absence.plan import Absence, Span
from appointments.absence.selectors import time_off_meeting, touched_by
from appointments.absence.services import take_back_time_off
from appointments.absence.views import ask_at_desk, taken_back
from appointments.admin.book import when
from appointments.outside_hours.selectors import Stray, left_by, stray_visits
from doctors.admin import DoctorAdmin, LocationAdmin, TimeOffAdmin
from doctors.holidays import whole_day
from doctors.joining.services import suspend
from doctors.models import Doctor, Location, TimeOff
from doctors.services import LONGEST_REASON
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
    rest = format_html("<br>{}", tail) if more > 0 else ""
    return format_html("{}{}{}{}", head, named, rest, ways(strays))


def ways(strays: list[Stray]) -> SafeString:
    """Where the visits can be dealt with: those of each time off in one go, or one by one."""
    now = timezone.now()
    time_off = time_off_meeting((stray.visit for stray in strays if stray.in_time_off), now)
    links = [
        (reverse("admin:desk_time_off_visits", args=[off.pk]), _("Deal with those in %s") % off)
        for off in time_off
    ]
    links.append((reverse("admin:desk_strays"), _("See all visits that need a new time")))
    return format_html_join("", '<br><a href="{}">{}</a>', links)


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
        spans = tuple(
            Span(*whole_day(day, place.zone), name[:LONGEST_REASON]) for day, name in days
        )
        absence = Absence(spans, location=place)
        if touched_by(absence, timezone.now()).exists():
            return ask_at_desk(request, absence)
        response = super().close(request, place, days)
        tell_strays(request, self.doctors_of(place))
        return response


@admin.register(TimeOff)
class TimeOffWithVisitsAdmin(TellsStrays, TimeOffAdmin):
    def doctors_of(self, row: TimeOff) -> QuerySet[Doctor]:
        if row.location is not None:
            return doctors_at(row.location)
        return Doctor.objects.filter(time_off=row)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What touches visits is not saved before it is decided what becomes of them."""
        if request.method == "POST" and self.has_add_permission(request):
            form = self.get_form(request)(request.POST)
            if form.is_valid():
                entered = Absence.of(form.instance)
                absence = Absence(entered.spans, entered.doctor, entered.location)
                if touched_by(absence, timezone.now()).exists():
                    return ask_at_desk(request, absence)
        return super().add_view(request, form_url, extra_context)

    def delete_model(self, request: HttpRequest, obj: TimeOff) -> None:
        """Whose patients were to choose another time are told that the visits take place."""
        kept = take_back_time_off(time_off=obj, by=cast(User, request.user), now=timezone.now())
        if kept:
            messages.info(request, taken_back(len(kept)))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[TimeOff]) -> None:
        for off in queryset:
            self.delete_model(request, off)
