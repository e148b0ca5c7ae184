"""A patient who stands at the desk: who can see them now, or soonest today."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from appointments import services
from appointments.desk.booking import address_of
from appointments.desk.booking_forms import TakeForm, WalkInForm
from appointments.desk.free import Offered, soonest_today
from appointments.desk.obstacles import Binds, Question, obstacles
from appointments.desk.people import PatientStep
from appointments.exceptions import BookingError
from appointments.models import Appointment, BookingPolicy
from appointments.rules import is_about_to_begin, next_minute
from appointments.views.once import lead_on
from doctors.fitting import Rule
from doctors.models import Doctor, Location, VisitType


class WalkInView(PatientStep):
    """Who it is, where they are, and one act that books and, if it is now, checks in."""

    title = _("Walk-in")
    template_name = "admin/desk/walk_in.html"
    form_class = WalkInForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.offer(TakeForm())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.patient is None:
            return self.register()
        data = request.POST.copy()
        kind, _space, start = data.get("take", "").partition(" ")
        data["visit_type"], data["start"] = kind, start
        form = TakeForm(data)
        return self.take(form) if form.is_valid() else self.offer(form, status=400)

    @cached_property
    def place(self) -> Location | None:
        """Where the patient stands: the only place there is need not be chosen."""
        chosen = self.chosen["place"]
        places = [] if chosen else list(Location.objects.all()[:2])
        return places[0] if len(places) == 1 else chosen

    @cached_property
    def doctors(self) -> list[Doctor]:
        """Who works at the place and is asked for."""
        if self.place is None:
            return []
        here = Doctor.objects.filter(working_hours__location=self.place)
        doctors = Doctor.objects.bookable().filter(pk__in=here.values("pk"))
        if self.chosen["doctor"]:
            doctors = doctors.filter(pk=self.chosen["doctor"].pk)
        elif self.chosen["specialty"]:
            doctors = doctors.filter(specialty=self.chosen["specialty"])
        return list(doctors.select_related("specialty").with_schedule())

    def offer(self, form: TakeForm, status: int = 200, **context: Any) -> HttpResponse:
        """Who can see the patient, soonest first; before that, who it is."""
        policy = BookingPolicy.current()
        place: Any = self.place
        offers: list[Offered] = []
        if place is not None:
            offers = soonest_today(
                self.doctors,
                every_kind=self.chosen["doctor"] is not None,
                place=place,
                policy=policy,
                now=self.now,
            )
        seen_today = {one.doctor.pk for one in offers}
        context = {
            "where": WalkInForm(initial=self.chosen | {"place": place}),
            "take": form,
            "place": place,
            "now": self.now,
            "offers": [(one, is_about_to_begin(one.start, self.now)) for one in offers],
            "without": [doctor for doctor in self.doctors if doctor.pk not in seen_today],
        } | context
        if self.patient is None:
            context = self.finding() | context
        return self.show(status=status, **context)

    def show(self, status: int = 200, **context: Any) -> HttpResponse:
        if "take" not in context:  # the first step, with something to mend in it
            return self.offer(TakeForm(), status=status, **context)
        return super().show(status=status, **context)

    def take(self, form: TakeForm) -> HttpResponse:
        asked = dict(form.cleaned_data)
        key = asked.pop("idempotency_key")
        doctor = next((one for one in self.doctors if one == asked["visit_type"].doctor), None)
        if doctor is None:
            raise Http404(_("There is no such page. Begin again."))
        patient: Any = self.patient
        try:
            return lead_on(
                key=key,
                asked=("walk-in", patient.pk, asked["visit_type"].pk, asked["start"]),
                by=self.person,
                now=self.now,
                act=lambda: address_of(self.taken_in(doctor, **asked)),
            )
        except BookingError as error:
            found = self.in_the_way(doctor, asked["visit_type"], asked["start"])
            return self.offer(form, status=error.status, message=str(error), in_the_way=found)

    def taken_in(self, doctor: Doctor, **asked: Any) -> Appointment:
        patient: Any = self.patient
        return services.take_in(
            doctor=doctor, patient=patient, by=self.person, now=self.now, **asked
        )

    def in_the_way(self, doctor: Doctor, kind: VisitType, start: Any) -> list[Any]:
        """What keeps the patient from being seen then."""
        place: Any = self.place
        ask = Question(
            doctor=doctor,
            visit_type=kind,
            start=start or next_minute(self.now),
            zone=place.zone,
            policy=BookingPolicy.current(),
            now=self.now,
            patient=self.patient,
        )
        return [one for one in obstacles(ask) if one.binds == Binds.ALL and one.rule != Rule.GRID]
