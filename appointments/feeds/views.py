"""The private address of a doctor's calendar: the page about it, and the calendar itself."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View

from accounts.emails import absolute_url
from appointments.calendar import feed_to_ics
from appointments.feeds import services
from appointments.feeds.selectors import feed_at, feed_of, visits_in
from doctors.practice.pages import PracticePage


class CalendarView(PracticePage, TemplateView):
    """The address, how to subscribe to it, and what it tells; made when it is asked for (POST)."""

    template_name = "practice/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        feed = feed_of(self.doctor)
        address = absolute_url("practice:feed", feed.key) if feed else ""
        webcal = "webcal:" + address.partition(":")[2]
        return super().get_context_data(**kwargs) | {
            "feed": feed,
            "address": address,
            "webcal": webcal,
            "place": self.doctor.places[0] if self.doctor.places else None,
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make the address, or choose whether names are shown."""
        if "names" not in request.POST:
            services.make_feed(doctor=self.doctor, now=timezone.now())
            messages.success(request, _("Your calendar has an address now."))
        elif services.show_names(doctor=self.doctor, shows_names=request.POST["names"] == "shown"):
            messages.success(request, _("Your choice has been saved."))
        return redirect("practice:calendar")


class ChangeView(PracticePage, TemplateView):
    """Asks first (GET): calendar programs that read the address stop to do so."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if feed_of(self.doctor) is None:
            return redirect("practice:calendar")
        return super().get(request, *args, **kwargs)


class RenewView(ChangeView):
    template_name = "practice/calendar_renew.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if services.renew_feed(doctor=self.doctor, now=timezone.now()):
            messages.success(request, _("Your calendar has a new address. The old one has ended."))
        return redirect("practice:calendar")


class RemoveView(ChangeView):
    template_name = "practice/calendar_remove.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        services.remove_feed(doctor=self.doctor)
        messages.success(request, _("The address has ended. Nobody can read your calendar there."))
        return redirect("practice:calendar")


class FeedView(View):
    """The calendar, for whoever knows its address. Wrong and ended addresses are answered alike."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        feed, now = feed_at(key), timezone.now()
        if feed is None:
            raise Http404(_("There is no such page."))
        body = feed_to_ics(visits_in(feed, now), doctor=feed.doctor, shows_names=feed.shows_names)
        found = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        found["ETag"] = etag = f'"{sha256(body).hexdigest()[:32]}"'
        found["Content-Disposition"] = 'inline; filename="practice.ics"'
        found["X-Robots-Tag"] = "noindex"
        patch_cache_control(found, private=True, no_cache=True)
        return get_conditional_response(request, etag=etag, response=found) or found
