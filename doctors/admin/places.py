"""Places, and the public holidays on which they are closed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from doctors import services
from doctors.forms import HolidaysForm, PlaceForm
from doctors.holidays import not_closed, public_holidays
from doctors.models import Location

AHEAD = timedelta(days=548)  # 18 months


def holidays_ahead(place: Location) -> list[tuple[date, str]]:
    """The public holidays of the place, from today there, on which it is not closed yet."""
    if not place.holiday_calendar:
        return []
    today = timezone.now().astimezone(place.zone).date()
    days = public_holidays(place.holiday_calendar, today, today + AHEAD)
    closures = place.time_off.filter(end__gt=timezone.now()).values_list("start", "end")
    return not_closed(days, list(closures), place.zone)


@admin.register(Location)
class LocationAdmin(admin.ModelAdmin):
    form = PlaceForm
    fieldsets = (
        (None, {"fields": ("name", "phone")}),
        (_("Where it is"), {"fields": ("address", "city", "country", "time_zone")}),
        (_("Public holidays"), {"fields": ("holiday_calendar", "holidays")}),
    )
    readonly_fields = ("holidays",)
    list_display = ("name", "city", "country", "phone", "time_zone")
    list_filter = ("country", "city", "time_zone")
    search_fields = ("name", "address", "city", "phone")

    @admin.display(description=_("closed on them"))
    def holidays(self, place: Location) -> str:
        if place.pk is None:
            return str(_("Save the place first; then choose the days here."))
        address = reverse("admin:doctors_location_holidays", args=[place.pk])
        return format_html('<a href="{}">{}</a>', address, _("Choose the days"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.holidays_view)
        own = path("<path:object_id>/holidays/", view, name="doctors_location_holidays")
        return [own, *super().get_urls()]

    def holidays_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The public holidays to come, and one button that closes the place on them."""
        place = self.get_object(request, object_id)
        if not self._may_close(request, place):
            raise PermissionDenied
        if place is None:
            return self._get_obj_does_not_exist_redirect(  # type: ignore[attr-defined]
                request, self.opts, object_id
            )
        data = request.POST if request.method == "POST" else None
        form = HolidaysForm(data, holidays=holidays_ahead(place))
        if form.is_valid():
            return self.close(request, place, form.chosen)
        context = self._holidays_context(request, place, form)
        return TemplateResponse(request, "admin/doctors/location/holidays.html", context)

    def close(
        self, request: HttpRequest, place: Location, days: list[tuple[date, str]]
    ) -> HttpResponse:
        count = services.close_on(location=place, days=days)
        done = ngettext(
            "%(place)s will be closed on %(count)s more day.",
            "%(place)s will be closed on %(count)s more days.",
            count,
        ) % {"place": place, "count": count}
        self.log_change(request, place, done)
        messages.success(request, done)
        return redirect("admin:doctors_location_holidays", place.pk)

    def _may_close(self, request: HttpRequest, place: Location | None) -> bool:
        may_add = request.user.has_perm("doctors.add_timeoff")
        return may_add and self.has_change_permission(request, place)

    def _holidays_context(
        self, request: HttpRequest, place: Location, form: HolidaysForm
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": _("Public holidays"),
            "subtitle": str(place),
            "opts": self.opts,
            "original": place,
            "place": place,
            "form": form,
        }
