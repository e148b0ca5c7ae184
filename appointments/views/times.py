"""The pages about doctors, with their free times."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import md5
from typing import Any

from django.core.cache import caches
from django.core.paginator import Paginator
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import selectors
from appointments.cards import cards_of
from appointments.forms import WeekForm
from appointments.models import Appointment, BookingPolicy
from appointments.next_free.selectors import NextFreeTimes, wanted_times
from appointments.weeks import lay_out
from doctors import views as doctor_views
from doctors.models import Doctor, VisitType


class DirectoryView(doctor_views.DirectoryView):
    """The directory with the nearest free times of each doctor."""

    def get_queryset(self) -> Any:
        doctors: Any = super().get_queryset().values_list("pk", flat=True)
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        now = timezone.now()
        self.times = NextFreeTimes(wanted_times(asked, now), now=now)
        return self.times.choose(doctors, soonest_first=asked.get("sort") == "soonest")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        token = self.form.choices.token
        return context | {
            "cards": cards_of(list(context["doctors"]), self.times, token),
            "any_doctor": self.any_doctor(),
        }

    def any_doctor(self) -> dict[str, str] | None:
        """What "any doctor" means here: who has a specialty and works in a town."""
        asked = self.form.cleaned_data if self.form.is_valid() else {}
        if not (asked.get("specialty") and asked.get("place")):
            return None
        return {"specialty": asked["specialty"], "place": asked["place"]}

    def get_paginator(self, queryset: Any, *args: Any, **kwargs: Any) -> Paginator:
        """How many there are is counted once, until anything changes about any doctor."""
        paginator: Any = super().get_paginator(queryset, *args, **kwargs)
        if self.form.is_valid() and not self.times.wanted.narrows:
            asked = str(sorted(self.form.cleaned_data.items())).encode()
            key = f"{self.form.choices.token}-{md5(asked, usedforsecurity=False).hexdigest()}"
            paginator.count = caches["drawn"].get_or_set(key, lambda: paginator.count)
        return paginator


class ProfileView(doctor_views.ProfileView):
    """A doctor's page with the free times of a week, for one kind of visit."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        doctor = self.object
        form = WeekForm(self.request.GET, doctor=doctor)
        if not form.is_valid():
            raise Http404(_("There is no such week."))
        offered = doctor.offered_visit_types if doctor.places else []
        visit_type = form.cleaned_data["visit_type"] or (
            doctor.first_visit_type if offered else None
        )
        context |= {"visit_types": offered, "visit_type": visit_type}
        return context | (week_of(doctor, visit_type, form, timezone.now()) if visit_type else {})


def week_of(
    doctor: Doctor,
    visit_type: VisitType,
    form: WeekForm,
    now: datetime,
    ignoring: Appointment | None = None,
) -> dict[str, Any]:
    """The week that the form asks for and, if nothing is free in it, the next free time at all."""
    policy = BookingPolicy.current()
    zone = doctor.places[0].zone if doctor.places else UTC
    today = now.astimezone(zone).date()
    last_bookable = policy.latest(visit_type, now).astimezone(zone).date()
    first = form.first_day(today, last_bookable)
    times = selectors.FreeTimes(
        [doctor],
        first_day=first,
        last_day=first + 6 * selectors.DAY,
        policy=policy,
        now=now,
        ignoring=ignoring,
    )
    week = lay_out(
        times.of(doctor, visit_type), first=first, today=today, last_bookable=last_bookable
    )
    next_slot = None
    if week.is_empty:
        ahead = selectors.free_times_ahead([doctor], policy=policy, now=now)
        next_slot = next(ahead.of(doctor, visit_type), None)
    return {"week": week, "next_slot": next_slot}
