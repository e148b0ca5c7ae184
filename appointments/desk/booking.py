"""Booking for a patient on the telephone: who, when, check and confirm.

Each step is an address of its own, so that the back button goes one step back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.selectors import contact_emails
from appointments import fairness, instead, services
from appointments.desk.booking_forms import BookingForm, ConfirmForm
from appointments.desk.free import free_at_desk, kind_at_desk, kinds_at_desk
from appointments.desk.obstacles import Binds, Question, obstacles
from appointments.desk.pages import DeskPage
from appointments.desk.people import PatientStep
from appointments.exceptions import BookingError, SimilarVisit
from appointments.models import Appointment, BookingPolicy
from appointments.selectors import DAY, nearest_free, slot_at, window
from appointments.views.once import lead_on
from appointments.weeks import lay_out
from doctors.models import Doctor, VisitType

# Of a day, before the rest is folded away.
MOST_SHOWN = 12
MOST_SHOWN_OF_ANY = 6


class BookView(PatientStep):
    """Who; with whom and when; check and confirm."""

    title = _("Book for a patient")
    template_name = "admin/desk/book.html"
    form_class = BookingForm

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.policy = BookingPolicy.current()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.patient is None:
            return self.show(step="patient", **self.finding())
        if self.chosen["start"] and self.doctor and self.visit_type:
            return self.check(ConfirmForm(initial=dict(self.chosen)))
        return self.show(step="times", **self.times())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.patient is None:
            return self.register()
        if not (self.doctor and self.visit_type):
            raise Http404(_("There is no such page. Begin again."))
        if "choose" in request.POST:  # another time, from the page that said the first was gone
            data = request.POST.copy()
            data["start"] = request.POST["choose"]
            form = ConfirmForm(data)
            return self.check(ConfirmForm(initial=data.dict()) if form.is_valid() else form)
        form = ConfirmForm(request.POST)
        return self.book(form) if form.is_valid() else self.check(form, status=400)

    # Who sees the patient

    @cached_property
    def doctors(self) -> list[Doctor]:
        """Who is asked for; nobody as long as nothing was chosen."""
        chosen = self.chosen
        asked = {name: chosen[name] for name in ("doctor", "specialty", "place") if chosen[name]}
        doctors = Doctor.objects.bookable()
        if not asked:
            return []
        if chosen["doctor"]:
            doctors = doctors.filter(pk=chosen["doctor"].pk)
        if chosen["specialty"] and not chosen["doctor"]:
            doctors = doctors.filter(specialty=chosen["specialty"])
        if chosen["place"]:
            here = Doctor.objects.filter(working_hours__location=chosen["place"])
            doctors = doctors.filter(pk__in=here.values("pk"))
        return list(doctors.select_related("specialty").with_schedule())

    @property
    def doctor(self) -> Doctor | None:
        return self.doctors[0] if self.chosen["doctor"] and self.doctors else None

    @property
    def visit_type(self) -> VisitType | None:
        return kind_at_desk(self.doctor, self.chosen["visit_type"]) if self.doctor else None

    @property
    def zone(self) -> tzinfo:
        """Whose clock the days are of."""
        if self.chosen["place"]:
            return self.chosen["place"].zone
        places = (place for doctor in self.doctors for place in doctor.places)
        return next((place.zone for place in places), UTC)

    # When

    def times(self) -> dict[str, Any]:
        """The free times of a week, and the choices that narrow them."""
        form = BookingForm(initial=dict(self.chosen))
        if not self.doctors:
            form.fields["doctor"].widget.attrs["autofocus"] = True
        kinds = kinds_at_desk(self.doctor) if self.doctor else []
        if kinds:
            choices: Any = form.fields["visit_type"]
            choices.choices = [(kind.pk, _whole_name(kind)) for kind in kinds]
            form.initial["visit_type"] = self.visit_type
        return {
            "form": form,
            "doctor": self.doctor,
            "visit_type": self.visit_type,
            "kinds": kinds,
            **(self.week() if self.doctors else {"week": None}),
        }

    def week(self) -> dict[str, Any]:
        today = self.now.astimezone(self.zone).date()
        last = today + self.furthest
        first = min(max(self.chosen["day"] or today, today), last)
        free = self.free(first, first + 6 * DAY)
        week = lay_out(free, first=first, today=today, last_bookable=last)
        soonest = None
        if week.is_empty:
            soonest = next(iter(self.free(today, last)), None)
        places = {place for doctor in self.doctors for place in doctor.places}
        most = MOST_SHOWN if self.doctor else MOST_SHOWN_OF_ANY
        return {
            "week": week,
            "days": [
                {
                    "date": day.date,
                    "slots": day.slots,
                    "shown": day.slots[:most],
                    "folded": day.slots[most:],
                }
                for day in week.days
            ],
            "first_slot": next(iter(free), None),
            "soonest": soonest,
            "place": self.chosen["place"] or min(places, key=str, default=None),
            "show_city": not self.chosen["place"] and len(places) > 1,
        }

    @property
    def furthest(self) -> timedelta:
        kinds = (kind_at_desk(doctor, self.chosen["visit_type"]) for doctor in self.doctors)
        now, overrule = self.now, self.chosen["overrule"]
        lasts = (window(kind, self.policy, now, overrule=overrule)[1] for kind in kinds if kind)
        return max(lasts, default=now) - now

    def free(self, first: Any, last: Any) -> Any:
        """The free times between two days, as `Offered`."""
        return free_at_desk(
            self.doctors,
            first_day=first,
            last_day=last,
            policy=self.policy,
            now=self.now,
            overrule=self.chosen["overrule"],
            place=self.chosen["place"],
            visit_type=self.chosen["visit_type"],
        )

    # Check and confirm

    def check(self, form: ConfirmForm, status: int = 200, message: str = "") -> HttpResponse:
        """What is about to be booked; or what stands against it, and the nearest other times."""
        start = self.start_of(form)
        doctor: Any = self.doctor
        kind: Any = self.visit_type
        found = obstacles(self.question(doctor, kind, start))
        in_the_way = [one for one in found if one.binds == Binds.ALL]
        slot = None
        if not in_the_way:
            asked = {"doctor": doctor, "visit_type": kind, "start": start}
            slot = slot_at(policy=self.policy, now=self.now, overrule=True, **asked)
        context = {
            "form": form,
            "doctor": doctor,
            "visit_type": kind,
            "start": start,
            "slot": slot,
            "place": doctor.places[0] if doctor.places else None,
            "message": message,
            "in_the_way": in_the_way,
            "to_overrule": [one for one in found if one.binds == Binds.ONLINE],
            "notes": [one for one in found if one.binds == Binds.PATIENTS],
        }
        if slot is None:
            return self.show(step="gone", status=409, **context, nearest=self.nearest(start))
        rules: dict[str, Any] = {"by": self.person, "now": self.now, "policy": self.policy}
        patient: Any = self.patient
        instead.ask(form, patient, doctor, slot, **rules)
        context["misses"] = fairness.count_misses([patient], self.now, self.policy).get(patient.pk)
        return self.show(step="check", status=status, **context)

    def start_of(self, form: ConfirmForm) -> datetime:
        """The time chosen last: in the form, else in the address."""
        sent = form["start"].value()
        try:
            return form.fields["start"].clean(sent)
        except ValidationError:
            return self.chosen["start"] or self.now

    def question(self, doctor: Doctor, kind: VisitType, start: datetime) -> Question:
        zone: Any = doctor.places[0].zone if doctor.places else UTC
        return Question(
            doctor=doctor,
            visit_type=kind,
            start=start,
            zone=zone,
            policy=self.policy,
            now=self.now,
            patient=self.patient,
        )

    def nearest(self, start: datetime) -> Any:
        asked: Any = {"doctor": self.doctor, "visit_type": self.visit_type, "start": start}
        return nearest_free(policy=self.policy, now=self.now, overrule=True, **asked)

    def book(self, form: ConfirmForm) -> HttpResponse:
        asked = dict(form.cleaned_data)
        key, answer = asked.pop("idempotency_key"), asked.pop("instead")
        whole: Any = {"patient": self.patient, "doctor": self.doctor, "visit_type": self.visit_type}
        try:
            return lead_on(
                key=key,
                asked=("desk", *(one.pk for one in whole.values()), asked["start"], answer),
                by=self.person,
                now=self.now,
                act=lambda: address_of(
                    services.book(
                        by=self.person,
                        now=self.now,
                        **asked,
                        **whole,
                        **instead.decided(answer, self.person),
                    )
                ),
            )
        except SimilarVisit as similar:
            instead.refuse_to_guess(form)
            return self.check(form, status=similar.status)
        except BookingError as error:
            return self.check(form, status=error.status, message=str(error))


def address_of(visit: Appointment) -> str:
    return reverse("admin:desk_booked", args=[visit.pk])


def _whole_name(kind: VisitType) -> str:
    """With how long it takes, and whether patients may book it."""
    values = {"kind": kind.name, "minutes": kind.duration_minutes}
    if kind.is_online:
        return str(_("%(kind)s, %(minutes)s minutes") % values)
    return str(_("%(kind)s, %(minutes)s minutes, not online") % values)


class BookedView(DeskPage):
    """What was booked, and who was told; a request can be confirmed at once."""

    title = _("Booked")
    template_name = "admin/desk/booked.html"
    permission_required = PatientStep.permission_required

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        visit = self.visit(kwargs["id"])
        context = {
            "visit": visit,
            "title": self.title_of(visit),
            "told": contact_emails(visit.patient),
        }
        return render(request, self.template_name, self.get_context_data() | context)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Confirm the request."""
        visit = self.visit(kwargs["id"])
        try:
            services.confirm(appointment=visit, by=self.person, now=timezone.now())
        except BookingError as error:
            messages.error(request, str(error))
        return redirect(address_of(visit))

    def visit(self, pk: UUID) -> Appointment:
        seen = Appointment.objects.visible_to(self.person).select_related(
            "doctor__specialty", "patient", "visit_type", "location"
        )
        return get_object_or_404(seen, pk=pk)

    def title_of(self, visit: Appointment) -> Any:
        titles = {
            Appointment.Status.PENDING: _("Request sent"),
            Appointment.Status.CONFIRMED: _("Appointment booked"),
            Appointment.Status.CHECKED_IN: _("Booked and checked in"),
        }
        return titles.get(Appointment.Status(visit.status), visit.get_status_display())
