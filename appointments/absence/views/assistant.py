"""What the pages have in common: show the visits, take the decisions, tell what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.generic.base import ContextMixin, View

from appointments.absence.forms import DecideForm, questions_of
from appointments.absence.plan import Absence, Decision, open_seal, seal
from appointments.absence.selectors import (
    MOST,
    touched_by,
    touched_with_alternatives,
    unreachable,
)
from appointments.absence.services import Outcome, take_time_off
from appointments.exceptions import BookingError
from appointments.models import Appointment, BookingPolicy
from doctors.forms import place_of, zone_of
from doctors.models import TimeOff
from doctors.wall_clock import day_and_clock


class Assistant(ContextMixin, View):
    """A page that shows the visits which an absence touches, and deals with them when sent back.

    `visits_template` is that page. Until it is sent back nothing is written.
    """

    person: Any  # who is logged in
    visits_template: str

    @property
    def done_url(self) -> str:
        raise NotImplementedError

    @property
    def back_url(self) -> str:
        return self.done_url

    @property
    def decide_url(self) -> str:
        return self.request.path

    def begin(self, absence: Absence) -> HttpResponse:
        """Enter what touches no visit; of all else show the visits first."""
        if touched_by(absence, timezone.now()).exists():
            return self.ask(absence)
        return self.act(absence, DecideForm({}), {})

    def decide(self, absence: Absence) -> HttpResponse:
        """What was chosen comes back; or only another choice for all, to look at."""
        data = self.request.POST
        form = DecideForm(data)
        valid = form.is_valid()
        if "set_all" in data:
            return self.ask(absence, form=form, set_all=data["set_all"])
        if not valid:
            return self.ask(absence, form=form, status=400)
        return self.act(absence, form, form.decisions)

    def act(
        self, absence: Absence, form: DecideForm, decisions: Mapping[UUID, Decision]
    ) -> HttpResponse:
        now = timezone.now()
        try:
            outcome = take_time_off(absence=absence, decisions=decisions, by=self.person, now=now)
        except BookingError as refusal:
            return self.ask(absence, form=form, problem=str(refusal), status=refusal.status)
        except ValidationError as error:
            return self.ask(absence, form=form, problem=" ".join(error.messages), status=400)
        if absence.time_off is None:
            self.entered(outcome.time_off)
        messages.success(self.request, report(absence, outcome))
        return redirect(self.done_url)

    def entered(self, time_off: list[TimeOff]) -> None:
        """For who keeps a log of it."""

    def ask(
        self,
        absence: Absence,
        *,
        form: DecideForm | None = None,
        set_all: str = "",
        problem: str = "",
        status: int = 200,
    ) -> HttpResponse:
        chosen = {} if form is None or set_all else form.decisions
        touched = touched_with_alternatives(
            absence, chosen=chosen, policy=BookingPolicy.current(), now=timezone.now()
        )
        errors = [problem] if problem else []
        if form is not None and not set_all and form.is_bound:
            errors += [str(text) for texts in form.errors.values() for text in texts]
        zone = zone_of(place_of(absence.doctor, absence.location))
        context = self.get_context_data(
            absence=absence,
            when=[span.say(zone) for span in absence.spans],
            questions=questions_of(touched, chosen, set_all=set_all),
            decision_form=form if form is not None and form.is_bound else DecideForm(),
            problems=errors,
            too_many=len(touched) > MOST,
            most=MOST,
            has_times=any(one.alternatives for one in touched),
            needs_none=not any(one.is_open for one in touched),
            sealed="" if absence.time_off else seal(absence),
            decide_url=self.decide_url,
            back_url=self.back_url,
        )
        return TemplateResponse(self.request, self.visits_template, context, status=status)

    def unsealed(self) -> dict[str, Any]:
        found = open_seal(self.request.POST.get("absence", ""))
        if found is None:
            raise Http404(_("There is no such time off."))
        return found


def report(absence: Absence, outcome: Outcome) -> SafeString:
    """What was done, and to whom: one line for each visit."""
    head = _("The visits in this time off are dealt with.")
    if absence.time_off is None:
        head = _("The time off is entered.") if absence.doctor else _("The closure is entered.")
    lines = list(_lines(outcome))
    rest = format_html_join("", "<br>{}", ((line,) for line in lines))
    return format_html("{}{}", head, rest)


def _lines(outcome: Outcome) -> Iterable[str]:
    told = [*outcome.moved, *outcome.asked, *outcome.cancelled]
    nobody = unreachable(told)
    for visit in outcome.moved:
        words = {
            "patient": visit.patient.name,
            "when": day_and_clock(visit.start, visit.location.zone),
            "doctor": visit.doctor.name,
        }
        yield _told(visit, _("%(patient)s: moved to %(when)s, %(doctor)s") % words, nobody)
    for visit in outcome.asked:
        words = {"visit": visit.who_and_when}
        yield _told(visit, _("%(visit)s: asked to choose another time") % words, nobody)
    for visit in outcome.cancelled:
        yield _told(visit, _("%(visit)s: cancelled") % {"visit": visit.who_and_when}, nobody)
    for visit in outcome.left:
        yield _("%(visit)s: still to answer") % {"visit": visit.who_and_when}


def _told(visit: Appointment, line: str, nobody: set[int]) -> str:
    if visit.patient_id not in nobody:
        return line
    words = {"line": line, "phone": visit.patient.phone or _("no number either")}
    return _("%(line)s. There is no email address: telephone (%(phone)s)") % words
