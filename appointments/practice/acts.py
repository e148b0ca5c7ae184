"""What a doctor can do about a visit now, and how a visit stands as its doctor sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.ages import age_in_words
from accounts.models import Patient, User
from accounts.selectors import may_act_for
from appointments import rules, services
from appointments.exceptions import BookingError, RequestExpired
from appointments.models import Appointment, AppointmentEvent
from appointments.panels import has_expired
from appointments.practice.selectors import History
from appointments.practice.words import length_in_words
from doctors.models import Location

Status = Appointment.Status
SOON = timedelta(hours=6)


@dataclass(frozen=True)
class Act:
    """`name` stands in the address; `run` is the service; `asks` if it is asked for a reason."""

    name: str
    run: Callable[..., Appointment]
    becomes: Status
    label: Any
    done: Any
    done_already: Any
    asks: bool = False


ALL = (
    Act(
        "approve",
        services.confirm,
        Status.CONFIRMED,
        gettext_lazy("Approve"),
        gettext_lazy("Approved: %(visit)s."),
        gettext_lazy("This was approved already: %(visit)s."),
    ),
    Act(
        "decline",
        services.decline,
        Status.DECLINED,
        gettext_lazy("Decline"),
        gettext_lazy("Declined: %(visit)s."),
        gettext_lazy("This was declined already: %(visit)s."),
        asks=True,
    ),
    Act(
        "check-in",
        services.check_in,
        Status.CHECKED_IN,
        gettext_lazy("Check in"),
        gettext_lazy("Arrived: %(visit)s."),
        gettext_lazy("This was checked in already: %(visit)s."),
    ),
    Act(
        "complete",
        services.complete,
        Status.COMPLETED,
        gettext_lazy("Done"),
        gettext_lazy("Completed: %(visit)s."),
        gettext_lazy("This was completed already: %(visit)s."),
    ),
    Act(
        "no-show",
        services.mark_no_show,
        Status.NO_SHOW,
        gettext_lazy("Did not come"),
        gettext_lazy("Noted that nobody came: %(visit)s."),
        gettext_lazy("It was noted already that nobody came: %(visit)s."),
    ),
    Act(
        "cancel",
        services.cancel,
        Status.CANCELLED,
        gettext_lazy("Cancel visit"),
        gettext_lazy("Cancelled: %(visit)s."),
        gettext_lazy("This was cancelled already: %(visit)s."),
        asks=True,
    ),
)
ACTS = {act.name: act for act in ALL}


def acts_now(visit: Appointment, now: datetime) -> list[Act]:
    """The acts that the services would allow the visit's doctor now.

    A request could be cancelled too, but is declined: that is what its patient understands.
    """
    asked = visit.status == Status.PENDING
    return [
        act
        for act in ALL
        if rules.may_become(visit, act.becomes, now) and not (asked and act.name == "cancel")
    ]


@dataclass(frozen=True)
class VisitLine:
    """A visit as its doctor sees it at `now`, in any list."""

    visit: Appointment
    now: datetime
    history: History | None = None

    @property
    def start(self) -> datetime:
        return self.visit.start

    @property
    def end(self) -> datetime:
        return self.visit.end

    @property
    def until(self) -> datetime:
        """With the time kept free after it."""
        return self.visit.end + self.visit.visit_type.buffer

    @property
    def place(self) -> Location:
        return self.visit.location

    @property
    def patient(self) -> Patient:
        return self.visit.patient

    @property
    def age(self) -> str:
        today = self.now.astimezone(self.place.zone).date()
        return age_in_words(self.patient.date_of_birth, today)

    @cached_property
    def acts(self) -> list[Act]:
        return acts_now(self.visit, self.now)

    @property
    def one_tap(self) -> list[Act]:
        """Those that stand beside the visit in a list; to cancel, one looks at it first."""
        return [act for act in self.acts if act.name != "cancel"]

    @property
    def answer_by(self) -> datetime:
        return self.visit.answer_by or self.visit.start

    @property
    def has_run_out(self) -> bool:
        return rules.has_run_out(self.visit, self.now)

    @property
    def runs_out_in(self) -> str:
        """How long a request still waits, if that is only hours."""
        left = self.answer_by - self.now
        return length_in_words(left) if timedelta() < left <= SOON else ""

    @property
    def kind(self) -> str:
        """good, waiting, bad or plain: the colour and the sign of its state."""
        status = self.visit.status
        if status == Status.PENDING or self.is_left_open:
            return "waiting"
        if status in (Status.DECLINED, Status.NO_SHOW):
            return "bad"
        if status in (Status.CANCELLED, Status.COMPLETED):
            return "plain"
        return "good"

    @property
    def sign(self) -> str:
        """The icon beside its state."""
        return "good" if self.visit.status == Status.COMPLETED else self.kind

    @property
    def state(self) -> str:
        if self.is_left_open:
            return _("Not noted yet")
        if self.visit.status == Status.PENDING:
            return _("Waiting for your answer")
        if self.visit.status == Status.DECLINED:
            return _("Declined")
        return str(self.visit.get_status_display())

    @property
    def is_left_open(self) -> bool:
        """Over, and nobody noted whether the patient came."""
        return self.visit.status == Status.CONFIRMED and self.visit.end <= self.now

    @property
    def is_off(self) -> bool:
        """Whether it will not take place."""
        return self.visit.status in (Status.DECLINED, Status.CANCELLED)


@dataclass(frozen=True)
class Outcome:
    """What became of an act: done, done before (a double click), or refused with a status."""

    words: str
    status: int = 200
    was_done_already: bool = False

    @property
    def is_refused(self) -> bool:
        return self.status != 200


def carry_out(
    act: Act, visit: Appointment, *, by: User, now: datetime, reason: str = ""
) -> Outcome:
    """Act, and say what became of it; what the services refuse changes nothing."""
    named = {"visit": visit.who_and_when}
    more = {"reason": reason} if act.asks else {}
    try:
        act.run(appointment=visit, by=by, now=now, **more)
    except BookingError as error:
        visit.refresh_from_db()
        if visit.status == act.becomes and not has_expired(visit):
            return Outcome(act.done_already % named, was_done_already=True)
        words = {"why": _why_not(visit, error), **named}
        return Outcome(_("Not done: %(visit)s. %(why)s") % words, status=error.status)
    return Outcome(act.done % named)


def _why_not(visit: Appointment, error: BookingError) -> str:
    """Where somebody, or the time, was quicker, say so."""
    if has_expired(visit):
        return str(RequestExpired.message)
    if visit.status != Status.CANCELLED:
        return str(error)
    event = visit.events.filter(kind=AppointmentEvent.Kind.CANCELLED).select_related("by").last()
    if event is not None and (
        event.by_link or (event.by is not None and may_act_for(event.by, visit.patient))
    ):
        return _("It was just cancelled by the patient.")
    return _("It has been cancelled.")
