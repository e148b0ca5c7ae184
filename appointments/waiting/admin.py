"""The waiting list in the clinic's admin: read here, steered by actions that call the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.admin import MayAct, ViewOnly, do_each
from appointments.models import WaitingEntry, WaitingEvent, WaitingOffer
from appointments.waiting.exceptions import OfferOver
from appointments.waiting.line import ENTRY, doctors_of, with_all
from appointments.waiting.next_in_line import held_instead
from appointments.waiting.selectors import kept_for, offers_to_call_about
from appointments.waiting.services.answers import accept, decline
from appointments.waiting.services.entries import leave, let_go_first, pause, resume
from appointments.waiting.words import what_for, wishes_in_words
from doctors.admin import list_time
from doctors.wall_clock import day_and_clock

UTC = ZoneInfo("UTC")


def action(
    service: Callable[..., object], title: Any, done: Any, *, last_first: bool = False
) -> Callable[..., None]:
    """An action that calls `service` with each chosen place, in the name of who chose it.

    In the order of the line, or with `last_first` from its end.
    """

    @admin.action(description=title, permissions=["act"])
    def act(modeladmin: Any, request: HttpRequest, queryset: QuerySet[WaitingEntry]) -> None:
        now = timezone.now()
        chosen = WaitingEntry.objects.filter(pk__in=queryset.values("pk")).select_related(*ENTRY)
        do_each(
            request,
            chosen.reverse() if last_first else chosen,
            lambda entry: service(entry=entry, by=request.user, now=now),
            done=done,
        )

    act.__name__ = service.__name__
    return act


def take_kept_time(*, entry: WaitingEntry, by: Any, now: datetime) -> None:
    """The patient has said on the telephone that they take it."""
    accept(offer=_kept(entry, now), by=by, now=now)


def let_kept_time_go(*, entry: WaitingEntry, by: Any, now: datetime) -> None:
    decline(offer=_kept(entry, now), by=by, now=now)


def _kept(entry: WaitingEntry, now: datetime) -> WaitingOffer:
    offer = kept_for(entry, now)
    if offer is None:
        raise OfferOver(gettext("No time is kept for this patient now."))
    return offer


class CallFilter(admin.SimpleListFilter):
    """Those to telephone at once: a time is kept for them, and no mail can tell them."""

    title = _("whom to call")
    parameter_name = "call"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("now", _("Call the patient now"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[WaitingEntry]:
        return queryset.filter(must_call=True) if self.value() == "now" else queryset


class CityFilter(admin.AllValuesFieldListFilter):
    """Without the empty city of those who wait for one doctor: a link that says nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lookup_choices = self.lookup_choices.exclude(city="")


class OfferInline(ViewOnly, admin.TabularInline):
    model = WaitingOffer
    fields = ("starts", "doctor", "location", "status", "told", "kept_until", "answered", "visit")
    readonly_fields = ("status", "starts", "told", "kept_until", "answered", "visit")
    verbose_name_plural = _("what was offered")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingOffer]:
        return super().get_queryset(request).select_related("doctor", "location")

    @admin.display(description=_("from"))
    def starts(self, offer: WaitingOffer) -> str:
        return list_time(offer.start, offer.location.zone)

    @admin.display(description=_("kept until"))
    def kept_until(self, offer: WaitingOffer) -> str:
        return list_time(offer.until, offer.location.zone)

    @admin.display(description=_("email sent"))
    def told(self, offer: WaitingOffer) -> str:
        return list_time(offer.told_at, offer.location.zone) if offer.told_at else "-"

    @admin.display(description=_("answered"))
    def answered(self, offer: WaitingOffer) -> str:
        return list_time(offer.answered_at, offer.location.zone) if offer.answered_at else "-"

    @admin.display(description=_("appointment"))
    def visit(self, offer: WaitingOffer) -> str:
        if offer.appointment_id is None:
            return "-"
        address = reverse("admin:appointments_appointment_change", args=[offer.appointment_id])
        return format_html('<a href="{}">{}</a>', address, _("Appointment"))


class EventInline(ViewOnly, admin.TabularInline):
    model = WaitingEvent
    fields = ("kind", "by", "through", "happened")
    readonly_fields = ("through", "happened")
    verbose_name_plural = _("what has happened")
    zone = UTC

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees a place on the list sees its story."""
        return request.user.has_perm("appointments.view_waitingentry")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingEvent]:
        return super().get_queryset(request).select_related("by")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.zone = zone_of(obj) if obj else UTC
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description=_("how"))
    def through(self, event: WaitingEvent) -> str:
        if event.by_link:
            return gettext("with the link in an email")
        if event.by_id is None:
            return gettext("by itself, after offers that were not answered")
        return "-"

    @admin.display(description=_("when"))
    def happened(self, event: WaitingEvent) -> str:
        return list_time(event.at, self.zone)


def zone_of(entry: WaitingEntry) -> ZoneInfo:
    """That of the place where they wait to be seen."""
    places = (place for doctor in doctors_of(entry) for place in doctor.places)
    return next((place.zone for place in places), UTC)


@admin.register(WaitingEntry)
class WaitingEntryAdmin(MayAct, ViewOnly, admin.ModelAdmin):
    """In the order of the line; choose a doctor or a specialty to see the line of one."""

    fields = (
        "status",
        "number",
        "patient",
        "call",
        "what",
        "instead",
        "wishes",
        "reason",
        "priority",
        "waits",
        "joined_by",
    )
    readonly_fields = ("status", "number", "call", "what", "instead", "wishes", "waits")
    inlines = (OfferInline, EventInline)
    list_display = ("number", "patient", "call", "what", "wishes", "status", "priority", "waits")
    list_display_links = ("number", "patient")
    list_filter = (
        "status",
        CallFilter,
        ("doctor", admin.RelatedOnlyFieldListFilter),
        ("specialty", admin.RelatedOnlyFieldListFilter),
        ("city", CityFilter),
    )
    list_select_related = ENTRY
    search_fields = ("patient__name", "patient__phone", "patient__email", "doctor__name")
    search_help_text = _("Patient's name, phone number or email address, or doctor")
    ordering = ("-priority", "joined_at", "id")
    actions = (
        action(
            take_kept_time,
            _("Take the kept time for the patient"),
            ngettext_lazy(
                "%(count)s kept time taken for the patient.",
                "%(count)s kept times taken for the patients.",
                "count",
            ),
        ),
        action(
            let_kept_time_go,
            _("Let the kept time go"),
            ngettext_lazy("%(count)s kept time let go.", "%(count)s kept times let go.", "count"),
        ),
        action(
            let_go_first,
            _("Let go first"),
            ngettext_lazy("%(count)s patient goes first.", "%(count)s patients go first.", "count"),
            last_first=True,  # each goes before all others: so they keep their own order
        ),
        action(
            pause,
            _("Pause: offer them nothing"),
            ngettext_lazy("%(count)s place paused.", "%(count)s places paused.", "count"),
        ),
        action(
            resume,
            _("Resume: offer them times again"),
            ngettext_lazy("%(count)s place resumed.", "%(count)s places resumed.", "count"),
        ),
        action(
            leave,
            _("Remove from the waiting list"),
            ngettext_lazy(
                "%(count)s patient removed from the waiting list.",
                "%(count)s patients removed from the waiting list.",
                "count",
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitingEntry]:
        to_call = WaitingOffer.objects.filter(pk__in=offers_to_call_about(timezone.now()))
        entries = with_all(super().get_queryset(request))
        return entries.annotate(must_call=Exists(to_call.filter(entry=OuterRef("pk"))))

    @admin.display(description=_("number in line"))
    def number(self, entry: Any) -> str:
        return str(entry.place) if entry.status == WaitingEntry.Status.WAITING else "-"

    @admin.display(description=_("call the patient"), empty_value="-")
    def call(self, entry: Any) -> str:
        if not entry.must_call or not entry.open_offers:  # it may have ended between two questions
            return ""
        [offer] = entry.open_offers
        zone, phone = offer.location.zone, entry.patient.phone
        return gettext("%(phone)s: %(time)s is kept until %(until)s") % {
            "phone": phone.as_international if phone else gettext("No phone number"),
            "time": list_time(offer.start, zone),
            "until": list_time(offer.until, zone),
        }

    @admin.display(description=_("for"))
    def what(self, entry: WaitingEntry) -> str:
        return what_for(entry)

    @admin.display(description=_("instead of"))
    def instead(self, entry: WaitingEntry) -> str:
        visit = held_instead(entry)
        return day_and_clock(visit.start, visit.location.zone) if visit else "-"

    @admin.display(description=_("what suits"))
    def wishes(self, entry: WaitingEntry) -> str:
        return wishes_in_words(entry, timezone.localdate())

    @admin.display(description=_("on the list for"), ordering="-joined_at")
    def waits(self, entry: WaitingEntry) -> str:
        return timesince(entry.joined_at, timezone.now(), depth=1)


@admin.register(WaitingOffer)
class WaitingOfferAdmin(ViewOnly, admin.ModelAdmin):
    fields = ("status", "patient", "doctor", "visit_type", "location", "starts", "kept_until")
    readonly_fields = ("status", "patient", "starts", "kept_until")
    list_display = ("starts", "kept_until", "patient", "doctor", "location", "status")
    list_filter = ("status", ("doctor", admin.RelatedOnlyFieldListFilter), "location")
    list_select_related = ("entry__patient", "doctor", "location", "visit_type")
    search_fields = ("entry__patient__name", "entry__patient__email", "doctor__name")
    search_help_text = _("Patient's name or email address, or doctor")
    date_hierarchy = "start"
    ordering = ("-made_at", "-id")

    @admin.display(description=_("patient"), ordering="entry__patient__name")
    def patient(self, offer: WaitingOffer) -> str:
        return str(offer.entry.patient)

    @admin.display(description=_("from"), ordering="start")
    def starts(self, offer: WaitingOffer) -> str:
        return list_time(offer.start, offer.location.zone)

    @admin.display(description=_("kept until"), ordering="until")
    def kept_until(self, offer: WaitingOffer) -> str:
        return list_time(offer.until, offer.location.zone)
