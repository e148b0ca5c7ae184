"""The pages for the holder of a link, who sees one visit and may say that they come, move, cancel.

To look (GET) changes nothing; all acts are sent (POST), and lead back to the visit's page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.pages import LinkPage
from appointments import fairness, rules
from appointments.exceptions import BookingError
from appointments.forms import CancelForm, NewTimeForm, WeekForm
from appointments.links.exceptions import LinkEnded
from appointments.links.panels import panel_for_holder
from appointments.links.selectors import holder_of, is_to_come, link_at
from appointments.links.services import acting, end_links
from appointments.models import Appointment, BookingPolicy, VisitLink
from appointments.selectors import nearest_free
from appointments.views.own import AppointmentPage
from appointments.views.times import week_of
from doctors.availability import Slot
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor

ENDED = _("The links in the emails that were sent have ended. The next email has a new one.")
NONE_YET = _("No email about this appointment has been sent with a link.")
NEAREST = 3  # times on the visit's page; twice as many where one came to choose


class VisitPage(LinkPage):
    """A page about the one visit that the link is for."""

    ended_template = "links/ended.html"
    link: VisitLink

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @cached_property
    def policy(self) -> BookingPolicy:
        return BookingPolicy.current()

    @property
    def visit(self) -> Appointment:
        return self.link.appointment

    def find(self) -> VisitLink | None:
        return link_at(self.kwargs["key"], self.now)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.lead_back()

    def lead_back(self) -> HttpResponse:
        return redirect("visit:show", self.kwargs["key"])

    def act(self, service: Callable[..., Appointment], **asked: Any) -> HttpResponseBase:
        """Lead to the visit as it is then; what is refused is said on a page of its own."""
        try:
            service(key=self.kwargs["key"], now=self.now, **asked)
        except LinkEnded:  # between the look and the act
            return self.say_ended()
        except BookingError as error:
            return self.refuse(error)
        return self.lead_back()

    def refuse(self, error: BookingError) -> HttpResponseBase:
        """The visit as it stands now, below what was refused; it may have ended meanwhile."""
        link = self.find()
        if link is None:
            return self.say_ended()
        self.link = link
        return self.show_visit(refusal=str(error), status=error.status)

    def show_visit(self, *, refusal: str = "", status: int = 200) -> HttpResponse:
        can_move = self.may(rules.check_reschedule) and self.doctor is not None
        context = {
            "panel": panel_for_holder(self.link, self.now),
            "refusal": refusal,
            "is_to_come": is_to_come(self.visit, self.now),
            "can_attend": not self.visit.is_promised and self.may_attend,
            "can_cancel": self.may(rules.check_cancel),
            "can_move": can_move,
            "nearest": self.nearest(NEAREST) if can_move else [],
            "approvals": self.approvals() if can_move else (),
            "cancel_until": self.policy.cancel_until(self.visit.start),
        }
        return self.show("links/visit.html", context, status=status)

    def show(self, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        usual = {
            "key": self.kwargs["key"],
            "appointment": self.visit,
            "doctor": self.doctor or self.visit.doctor,
            "can_be_booked": self.doctor is not None,
            "first_name": self.visit.patient.first_name,
        }
        return render(self.request, template, usual | context, status=status)

    def may(self, check: Callable[..., None]) -> bool:
        """Whether a check of the services would let the holder act now."""
        by = holder_of(self.link)
        return _passes(check, appointment=self.visit, by=by, now=self.now, policy=self.policy)

    @property
    def may_attend(self) -> bool:
        by = holder_of(self.link)
        return _passes(rules.check_attend, appointment=self.visit, by=by, now=self.now)

    def approvals(self) -> Collection[str]:
        """Why the clinic answers first, if it does so with all that is moved for this patient."""
        patients, by = [self.visit.patient], holder_of(self.link)
        return fairness.why_approval(patients, by, self.now, self.policy).values()

    @cached_property
    def doctor(self) -> Doctor | None:
        """The doctor with all free times; None where nobody can book them now."""
        return doctor_to_book(pk=self.visit.doctor_id)

    def nearest(self, count: int) -> list[Slot]:
        """The free times nearest to the one that the visit has: one tap moves it there."""
        if self.doctor is None:
            return []
        return nearest_free(
            doctor=self.doctor,
            visit_type=self.visit.visit_type,
            start=self.visit.start,
            policy=self.policy,
            now=self.now,
            count=count,
            moving=self.visit,
        )


class ShowView(VisitPage):
    """The visit, and what can be done about it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show_visit()


class AttendView(VisitPage):
    """Say that the patient will come (POST)."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.act(acting.attend)


class CancelView(VisitPage):
    """Ask first (GET), then cancel (POST)."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.ask(CancelForm()) if self.may(rules.check_cancel) else self.lead_back()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = CancelForm(request.POST)
        if not form.is_valid():
            return self.ask(form, status=400)
        return self.act(acting.cancel, reason=form.cleaned_data["reason"])

    def ask(self, form: CancelForm, *, status: int = 200) -> HttpResponse:
        by = holder_of(self.link)
        context = {
            "form": form,
            "counts_as_missed": fairness.would_be_missed(self.visit, by, self.now, self.policy),
            "policy": self.policy,
        }
        return self.show("links/cancel.html", context, status=status)


class MoveView(VisitPage):
    """Choose another time (GET), check it (GET with `start`), then move (POST)."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.doctor is None or not self.may(rules.check_reschedule):
            return self.lead_back()
        if "start" not in request.GET:
            return self.choose(self.doctor)
        start = self.chosen(request.GET)
        if start is None:
            return redirect("visit:move", self.kwargs["key"])
        end = start + self.visit.visit_type.duration
        context = {"new": {"start": start, "end": end}, "approvals": self.approvals()}
        return self.show("links/check.html", context)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        start = self.chosen(request.POST)
        if start is None:
            return redirect("visit:move", self.kwargs["key"])
        return self.act(acting.move, start=start)

    def chosen(self, data: Any) -> datetime | None:
        form = NewTimeForm(data)
        return form.cleaned_data["start"] if form.is_valid() else None

    def refuse(self, error: BookingError) -> HttpResponseBase:
        """Where another time can still be chosen, do so at once."""
        link = self.find()
        if link is not None and self.doctor is not None and error.status == 409:
            self.link = link
            if self.may(rules.check_reschedule):
                return self.choose(self.doctor, refusal=str(error), status=error.status)
        return super().refuse(error)

    def choose(self, doctor: Doctor, *, refusal: str = "", status: int = 200) -> HttpResponse:
        form = WeekForm(self.request.GET, doctor=doctor)
        if not form.is_valid():
            return redirect("visit:move", self.kwargs["key"])
        kind = self.visit.visit_type
        context = {
            "refusal": refusal,
            "nearest": self.nearest(2 * NEAREST),
            "approvals": self.approvals(),
            "visit_type": kind,
            "choose_url": self.request.path,
            "without_specialty": True,
        }
        context |= week_of(doctor, kind, form, self.now, ignoring=self.visit)
        return self.show("links/move.html", context, status=status)


class EndLinksView(AppointmentPage):
    """For who is logged in: end the links in the mails about a visit that are sent (POST)."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("appointments:detail", self.appointment.pk)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            ended = end_links(appointment=self.appointment, by=self.person, now=timezone.now())
        except BookingError as error:
            messages.error(request, str(error))
        else:
            say = messages.success if ended else messages.info
            say(request, ENDED if ended else NONE_YET)
        return redirect("appointments:detail", self.appointment.pk)


def _passes(check: Callable[..., None], **asked: Any) -> bool:
    try:
        check(**asked)
    except BookingError:
        return False
    return True
