"""A person's appointments: the list, one of them, cancel, move, take into a calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import FormView, ListView, TemplateView

from accounts.family.selectors import relation_to, relations_of
from accounts.models import Patient
from accounts.sheets.files import write_lines
from accounts.views import BadFormMixin, PrivatePage
from appointments import fairness, rules, services
from appointments.calendar import own_to_ics, to_ics
from appointments.exceptions import BookingError, WrongStatus
from appointments.forms import CHOOSE_A_TIME, CancelForm, MoveForm, WeekForm
from appointments.history.forms import HistoryForm
from appointments.history.lines import Drawing, Found, Past, upcoming_of
from appointments.history.selectors import find_visits
from appointments.history.sheet import AT_ONCE, rows_of
from appointments.models import Appointment, BookingPolicy
from appointments.panels import panel_of, story_of
from appointments.permissions import is_clinic_for
from appointments.querysets import AppointmentQuerySet
from appointments.views.once import lead_to_visit
from appointments.views.times import week_of
from doctors.catalogue.models import Catalogue
from doctors.models import Doctor


class AppointmentListView(PrivatePage, ListView):
    """A person's appointments: those to come in full, the past by page; or those looked for."""

    template_name = "appointments/list.html"
    paginate_by = 20

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.now, self.relations = timezone.now(), relations_of(self.person)
        self.patients = list(self.relations)
        self.form = HistoryForm(request.GET, patients=self.patients)
        return self.refuse() if self.form.errors else self.answer()

    def answer(self) -> HttpResponseBase:
        return super().get(self.request)

    def refuse(self) -> HttpResponse:
        """The list's page, which says what to mend, whatever was asked for."""
        response = super().get(self.request)
        response.status_code = 400
        return response

    def get_queryset(self) -> Any:
        self.upcoming: list[Appointment] = []
        self.whole_past: Past | None = None
        if self.form.errors:
            return []
        if not self.form.search.is_for_all:
            return Found(self.found, now=self.now)
        self.upcoming = upcoming_of(self.patients, self.now)
        for visit in self.upcoming:
            visit.acting_as = self.relations[visit.patient_id]  # type: ignore[attr-defined]
        self.whole_past = Past(self.patients, upcoming=len(self.upcoming), now=self.now)
        return self.whole_past

    @property
    def found(self) -> AppointmentQuerySet:
        return find_visits(self.patients, self.form.search, self.now)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        lines = context["page_obj"].object_list
        return context | {
            "form": self.form,
            "filtered": not self.form.errors and not self.form.search.is_for_all,
            "next_appointment": self.upcoming[0] if self.upcoming else None,
            "upcoming": self.upcoming[1:],
            "approvals": self.approvals(),
            "past": Drawing(lines, reader=self.person, token=Catalogue.current()),
        }

    def approvals(self) -> Iterable[str]:
        """For whom of their people the clinic answers bookings first, and why."""
        if self.whole_past is None or not self.whole_past.counts_misses:
            return ()
        people = Patient.objects.accessible_to(self.person)
        policy = BookingPolicy.current()
        return fairness.why_approval(people, self.person, self.now, policy).values()


class FileView(AppointmentListView):
    """All the appointments looked for, as a file that is written while it is sent."""

    media_type: ClassVar[str]
    file_name: ClassVar[str]

    def answer(self) -> HttpResponseBase:
        return StreamingHttpResponse(
            self.parts(),
            content_type=f"{self.media_type}; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{self.file_name}"'},
        )

    def parts(self) -> Iterator[str | bytes]:
        raise NotImplementedError


class CsvView(FileView):
    media_type, file_name = "text/csv", "appointments.csv"

    def parts(self) -> Iterator[str | bytes]:
        yield from write_lines(rows_of(self.found, reader=self.person, now=self.now))


class IcsView(FileView):
    media_type, file_name = "text/calendar", "appointments.ics"

    def parts(self) -> Iterator[str | bytes]:
        told = self.found.select_related("doctor", "location", "patient").defer("reason")
        visits = told.iterator(chunk_size=AT_ONCE)
        yield from own_to_ics(visits, names_them=len(self.patients) > 1, now=self.now)


class AppointmentPage(PrivatePage, TemplateView):
    """A page about one appointment that the person may see; a stranger's does not exist."""

    @cached_property
    def appointment(self) -> Appointment:
        seen = Appointment.objects.visible_to(self.person).with_details()
        return get_object_or_404(seen, pk=self.kwargs["id"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {
            "appointment": self.appointment,
            "relation": relation_to(self.person, self.appointment.patient),
        }

    def allows(self, check: Callable[..., None]) -> bool:
        """Whether a check of the services would let this person act now."""
        try:
            check(
                appointment=self.appointment,
                by=self.person,
                now=timezone.now(),
                policy=BookingPolicy.current(),
            )
        except BookingError:
            return False
        return True


class AppointmentDetailView(AppointmentPage):
    """The appointment as it stands; the page after booking too, so that it can be reloaded."""

    template_name = "appointments/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        policy, now = BookingPolicy.current(), timezone.now()
        return super().get_context_data(**kwargs) | {
            "panel": panel_of(self.appointment, self.person, now),
            "is_over": self.appointment.end <= now,
            "story": story_of(self.appointment, self.person),
            "cancel_until": policy.cancel_until(self.appointment.start),
            "can_cancel": self.allows(rules.check_cancel),
            "can_reschedule": self.allows(rules.check_reschedule),
        }


class AttendView(AppointmentPage):
    """Say that the patient will come (POST)."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("appointments:detail", self.appointment.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            services.attend(appointment=self.appointment, by=self.person, now=timezone.now())
        except BookingError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The clinic knows that you will come."))
        return redirect("appointments:detail", self.appointment.pk)


class CancelView(AppointmentPage, BadFormMixin, FormView):
    """Ask first (GET), then cancel (POST)."""

    template_name = "appointments/cancel.html"
    form_class = CancelForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.appointment.is_blocking:
            return redirect("appointments:detail", self.appointment.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        too_late = not self.allows(rules.check_cancel)
        policy, now = BookingPolicy.current(), timezone.now()
        counts = fairness.would_be_missed(self.appointment, self.person, now, policy)
        told = {"too_late": too_late, "counts_as_missed": counts, "policy": policy}
        return super().get_context_data(**kwargs) | told

    def form_valid(self, form: CancelForm) -> HttpResponse:
        now = timezone.now()
        act = partial(
            services.cancel,
            appointment=self.appointment,
            by=self.person,
            now=now,
            reason=form.cleaned_data["reason"],
        )
        asked = ("cancel", self.appointment.pk)
        key = form.cleaned_data["idempotency_key"]
        try:
            return lead_to_visit(key=key, asked=asked, by=self.person, now=now, act=act)
        except WrongStatus as error:  # a double click, or somebody was quicker
            if self.appointment.is_blocking:
                messages.error(self.request, str(error))
        except BookingError as error:
            return self.render_to_response(self.get_context_data(form=form), status=error.status)
        return redirect("appointments:detail", self.appointment.pk)


class RescheduleView(AppointmentPage):
    """Choose another time (GET), check it (GET with `start`), then move (POST)."""

    template_name = "appointments/reschedule.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.allows(rules.check_reschedule):
            return redirect("appointments:detail", self.appointment.pk)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        visit = self.appointment
        doctor = Doctor.objects.with_card().get(pk=visit.doctor_id)
        context |= {
            "doctor": doctor,
            "visit_type": visit.visit_type,
            "choose_url": self.request.path,
        }
        if "start" in self.request.GET:
            return context | {
                "new": self.chosen(self.request.GET),
                "form": MoveForm(),
                "approvals": self.approvals(),
            }
        form = WeekForm(self.request.GET, doctor=doctor)
        if not form.is_valid():
            raise Http404(_("There is no such week."))
        return context | week_of(doctor, visit.visit_type, form, timezone.now(), ignoring=visit)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen, now = self.chosen(request.POST), timezone.now()
        act = partial(
            services.reschedule,
            appointment=self.appointment,
            start=chosen["start"],
            by=self.person,
            now=now,
        )
        asked = ("reschedule", self.appointment.pk, chosen["start"])
        try:
            return lead_to_visit(key=chosen["key"], asked=asked, by=self.person, now=now, act=act)
        except BookingError as error:
            messages.error(request, str(error))
            back = "appointments:reschedule" if error.status == 409 else "appointments:detail"
            return redirect(back, self.appointment.pk)

    def approvals(self) -> Iterable[str]:
        """Why the clinic answers first, if it does so with all that this person moves."""
        if is_clinic_for(self.person, self.appointment):
            return ()
        patients, policy = [self.appointment.patient], BookingPolicy.current()
        return fairness.why_approval(patients, self.person, timezone.now(), policy).values()

    def chosen(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The new time that was asked for, with the end it would have and the key of its form."""
        form = MoveForm(data)
        if not form.is_valid():
            raise Http404(CHOOSE_A_TIME)
        start = form.cleaned_data["start"]
        return {
            "start": start,
            "end": start + self.appointment.visit_type.duration,
            "key": form.cleaned_data["idempotency_key"],
        }


class CalendarView(AppointmentPage):
    """The appointment as a calendar file."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse(
            to_ics(self.appointment, now=timezone.now()),
            content_type="text/calendar; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
        )
