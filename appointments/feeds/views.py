"""The private address of a calendar, a doctor's or a person's: the pages about it, and itself.

Both have the same pages; `Doctors` and `Persons` say whose, where they are and how they look.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View

from accounts.emails import absolute_url
from accounts.models import User
from accounts.views import PrivatePage
from appointments.calendar import feed_to_ics, own_to_ics
from appointments.feeds import services
from appointments.feeds.selectors import (
    feed_at,
    feeds_of,
    patients_told_of,
    person_feed_at,
    visits_for,
    visits_in,
)
from doctors.models import Doctor
from doctors.practice.pages import PracticePage


class Doctors(PracticePage):
    """The pages about a doctor's address."""

    page = "practice:calendar"
    feed_page = "practice:feed"

    @property
    def owner(self) -> Doctor:
        return self.doctor


class Persons(PrivatePage):
    """The pages about a person's address."""

    page = "appointments:own_calendar"
    feed_page = "appointments:feed"

    @property
    def owner(self) -> User:
        return self.person


class AddressView(TemplateView):
    """The address and how to subscribe to it; made when it is asked for (POST)."""

    owner: Any
    page: ClassVar[str]
    feed_page: ClassVar[str]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        feed = feeds_of(self.owner).first()
        address = absolute_url(self.feed_page, feed.key) if feed else ""
        webcal = "webcal:" + address.partition(":")[2]
        return super().get_context_data(**kwargs) | {
            "feed": feed,
            "address": address,
            "webcal": webcal,
            "renew": reverse(f"{self.page}_renew"),
            "remove": reverse(f"{self.page}_remove"),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        services.make_feed(owner=self.owner, now=timezone.now())
        messages.success(request, _("Your calendar has an address now."))
        return redirect(self.page)


class ChangeView(TemplateView):
    """Asks first (GET): calendar programs that read the address stop to do so."""

    owner: Any
    page: ClassVar[str]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not feeds_of(self.owner).exists():
            return redirect(self.page)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"back": reverse(self.page)}


class RenewAddressView(ChangeView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if services.renew_feed(owner=self.owner, now=timezone.now()):
            messages.success(request, _("Your calendar has a new address. The old one has ended."))
        return redirect(self.page)


class RemoveAddressView(ChangeView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        services.remove_feed(owner=self.owner)
        messages.success(request, _("The address has ended. Nobody can read your calendar there."))
        return redirect(self.page)


# A doctor's


class CalendarView(Doctors, AddressView):
    template_name = "practice/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        places = self.doctor.places
        return super().get_context_data(**kwargs) | {"place": places[0] if places else None}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make the address, or choose whether names are shown."""
        if "names" not in request.POST:
            return super().post(request, *args, **kwargs)
        if services.show_names(doctor=self.doctor, shows_names=request.POST["names"] == "shown"):
            messages.success(request, _("Your choice has been saved."))
        return redirect(self.page)


class RenewView(Doctors, RenewAddressView):
    template_name = "practice/calendar_renew.html"


class RemoveView(Doctors, RemoveAddressView):
    template_name = "practice/calendar_remove.html"


# A person's


class OwnCalendarView(Persons, AddressView):
    template_name = "feeds/calendar.html"


class OwnRenewView(Persons, RenewAddressView):
    template_name = "feeds/renew.html"


class OwnRemoveView(Persons, RemoveAddressView):
    template_name = "feeds/remove.html"


# The calendars themselves


class FeedView(View):
    """The calendar, for whoever knows its address. Wrong and ended addresses are answered alike."""

    file_name = "practice.ics"

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        body = self.body_of(key)
        if body is None:
            raise Http404(_("There is no such page."))
        found = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        found["ETag"] = etag = f'"{sha256(body).hexdigest()[:32]}"'
        found["Content-Disposition"] = f'inline; filename="{self.file_name}"'
        found["X-Robots-Tag"] = "noindex"
        patch_cache_control(found, private=True, no_cache=True)
        return get_conditional_response(request, etag=etag, response=found) or found

    def body_of(self, key: str) -> bytes | None:
        feed = feed_at(key)
        if feed is None:
            return None
        visits = visits_in(feed, timezone.now())
        return feed_to_ics(visits, doctor=feed.doctor, shows_names=feed.shows_names)


class OwnFeedView(FeedView):
    """A person's: of all they may act for at the time it is read."""

    file_name = "appointments.ics"

    def body_of(self, key: str) -> bytes | None:
        feed = person_feed_at(key)
        if feed is None:
            return None
        patients = patients_told_of(feed)
        visits = visits_for(patients, timezone.now())
        return b"".join(own_to_ics(visits, names_them=len(patients) > 1))
