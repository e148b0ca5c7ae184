"""Why is this time not bookable? The rule by its name, and what can be booked instead."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from appointments.desk.booking_forms import WhyForm
from appointments.desk.free import kind_at_desk
from appointments.desk.obstacles import Binds, Question, obstacles
from appointments.desk.pages import DeskPage
from appointments.models import BookingPolicy
from appointments.selectors import nearest_free
from doctors.availability import to_instant
from doctors.models import Doctor, Location, VisitType


class WhyView(DeskPage):
    """Asked about a doctor and a time; looks only, and changes nothing."""

    title = _("Why is this time not bookable?")
    template_name = "admin/desk/why.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = {"day", "time"} & set(request.GET)
        form = WhyForm(request.GET if asked else None, initial=request.GET.dict())
        doctor = self.doctor(form)
        if doctor is not None:
            kinds: Any = form.fields["visit_type"]
            kinds.queryset = VisitType.objects.filter(doctor=doctor)
        context: dict[str, Any] = {"form": form, "doctor": doctor}
        status = 200
        if form.is_valid() and doctor is not None:
            context |= self.answer(form.cleaned_data, doctor)
        elif asked:
            status = 400
            context["is_error"] = True
        return render(request, self.template_name, self.get_context_data() | context, status=status)

    def doctor(self, form: WhyForm) -> Doctor | None:
        """Whoever was chosen, approved or not, with all of their schedule."""
        chosen = form["doctor"].value()
        if not (str(chosen or "").isdecimal() and len(str(chosen)) < 10):
            return None
        doctors = Doctor.objects.select_related("specialty").with_schedule()
        return doctors.filter(pk=chosen).first()

    def answer(self, asked: dict[str, Any], doctor: Doctor) -> dict[str, Any]:
        kind = asked["visit_type"] or kind_at_desk(doctor) or doctor.visit_types.first()
        place = asked["place"] or next(iter(doctor.places), None) or Location.objects.first()
        if kind is None or place is None:
            return {"nothing_offered": True}
        kind = next(one for one in doctor.visit_types.all() if one == kind)
        policy, now = BookingPolicy.current(), timezone.now()
        start = to_instant(asked["day"], asked["time"].replace(second=0, microsecond=0), place.zone)
        ask = Question(
            doctor=doctor,
            visit_type=kind,
            start=start,
            zone=ZoneInfo(place.time_zone),
            policy=policy,
            now=now,
            patient=asked["patient"],
        )
        found = obstacles(ask)
        return {
            "visit_type": kind,
            "place": place,
            "start": start,
            "patient": asked["patient"],
            "in_the_way": [one for one in found if one.binds == Binds.ALL],
            "to_overrule": [one for one in found if one.binds == Binds.ONLINE],
            "notes": [one for one in found if one.binds == Binds.PATIENTS],
            "is_bookable": not found,
            "nearest": nearest_free(
                doctor=doctor, visit_type=kind, start=start, policy=policy, now=now, overrule=True
            )
            if doctor.status == Doctor.Status.APPROVED and kind.is_active
            else [],
        }
