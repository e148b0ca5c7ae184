"""The pages about doctors, with their free times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from appointments import selectors
from appointments.forms import WeekForm
from appointments.models import Appointment, BookingPolicy
from appointments.weeks import lay_out
from doctors import views as doctor_views
from doctors.availability import Slot
from doctors.models import Doctor, VisitType


class DirectoryView(doctor_views.DirectoryView):
    """The directory with the nearest free times of each doctor."""

    nearest: dict[int, list[Slot]] | None = None

    def get_queryset(self) -> Any:
        doctors: Any = super().get_queryset()
        asked = self.form.cleaned_data
        by, soonest = asked.get("free_by"), asked.get("sort") == "soonest"
        if not by and not soonest:
            return doctors  # a page of them is all that needs its times
        self.nearest = nearest = nearest_times(doctors)
        if by:
            doctors = selectors.with_free_time(doctors, nearest, by=by)
        return selectors.soonest_first(doctors, nearest) if soonest else doctors

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        doctors = context["doctors"]
        return context | {"cards": cards_of(doctors, self.nearest or nearest_times(doctors))}


def nearest_times(doctors: Iterable[Doctor]) -> dict[int, list[Slot]]:
    return selectors.first_free(doctors, policy=BookingPolicy.current(), now=timezone.now())


def cards_of(doctors: Iterable[Doctor], nearest: Mapping[int, list[Slot]]) -> list[dict[str, Any]]:
    """What a list shows of each doctor: who, and the nearest free times."""
    return [
        {
            "doctor": doctor,
            "visit_type": doctor.first_visit_type,
            "slots": nearest[doctor.pk],
        }
        for doctor in doctors
    ]


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
