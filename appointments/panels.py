"""How an appointment's state and story are said to the person who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import PatientAccess, User
from accounts.selectors import relations_by_login
from appointments.models import Appointment, AppointmentEvent
from doctors.wall_clock import day_and_clock

Status = Appointment.Status
Kind = AppointmentEvent.Kind
Relation = PatientAccess.Relation
FIRST = {
    Kind.REQUESTED: gettext_lazy("Requested for %(when)s"),
    Kind.CONFIRMED: gettext_lazy("Booked for %(when)s"),
}
# By what somebody is, or was, to the patient; all others act for the clinic.
BY = {
    Relation.SELF: gettext_lazy("%(what)s by %(name)s"),
    Relation.PARENT: gettext_lazy("%(what)s by a parent of %(name)s"),
    Relation.CARER: gettext_lazy("%(what)s by a carer of %(name)s"),
    Relation.OTHER: gettext_lazy("%(what)s by somebody who acts for %(name)s"),
    "": gettext_lazy("%(what)s by the clinic"),
}


@dataclass(frozen=True)
class Panel:
    """The head of an appointment's page; `kind` is good, waiting, bad or plain."""

    kind: str
    title: str
    text: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the story: what happened, and when."""

    what: str
    at: datetime
    note: str = ""


def panel_of(appointment: Appointment, reader: User, now: datetime) -> Panel:
    """Say how the appointment stands."""
    status = Status(appointment.status)
    if appointment.is_blocking and appointment.end <= now:
        return Panel("plain", _("This appointment is over"))
    if is_to_be_moved(appointment, now):
        return Panel(
            "waiting",
            _("Choose another time"),
            _("The clinic cannot see you at the time you have. You can choose until %(when)s.")
            % {"when": day_and_clock(appointment.start, appointment.location.zone)},
        )
    if status == Status.CONFIRMED:
        return Panel("good", _("Appointment confirmed"), _("We have sent you an email about it."))
    if status == Status.PENDING:
        return Panel(
            "waiting",
            _("Request sent"),
            _("The clinic answers by %(when)s. Your time is kept until then.")
            % {"when": answered_by(appointment)},
        )
    if status == Status.CANCELLED:
        return Panel("plain", state_of(appointment, reader, now), _("The time is free again."))
    if has_expired(appointment):
        return Panel(
            "bad",
            _("Not answered in time"),
            _("The clinic did not answer your request. Choose another time, or call the clinic."),
        )
    if status == Status.DECLINED:
        return Panel(
            "bad", _("Declined by the clinic"), _("Choose another time, or call the clinic.")
        )
    if status == Status.CHECKED_IN:
        return Panel("good", _("Arrived"), _("The clinic knows that you are there."))
    if status == Status.NO_SHOW:
        return Panel("plain", _("Missed"), _("The clinic noted that nobody came."))
    return Panel("plain", _("Completed"), _("This visit has taken place."))


def state_of(appointment: Appointment, reader: User, now: datetime) -> str:
    """The state in a word or two, for a list; reads the prefetched events."""
    if appointment.is_blocking and appointment.end <= now:
        return _("Over")
    if appointment.status == Status.CANCELLED and cancelled_by_reader(appointment, reader):
        return _("Cancelled by you")
    if has_expired(appointment):
        return _("Not answered in time")
    if is_to_be_moved(appointment, now):
        return _("Choose another time")
    return str(appointment.get_status_display())


def is_to_be_moved(appointment: Appointment, now: datetime) -> bool:
    """Whether the patient is to choose another time, and still can."""
    return appointment.start > now and appointment.is_asked


def answered_by(appointment: Appointment) -> str:
    """Until when the clinic answers a request: Wednesday 25 November 2026, 9:30am."""
    until = appointment.answer_by or appointment.start
    return day_and_clock(until, appointment.location.zone)


def has_expired(appointment: Appointment) -> bool:
    """Whether it ended because nobody answered the request; reads the prefetched events."""
    return appointment.status == Status.DECLINED and any(
        event.kind == Kind.EXPIRED for event in appointment.events.all()
    )


def cancelled_by_reader(appointment: Appointment, reader: User) -> bool:
    events = [event for event in appointment.events.all() if event.kind == Kind.CANCELLED]
    return bool(events) and events[-1].by_id == reader.pk


def story_of(appointment: Appointment, reader: User) -> list[Line]:
    """What happened, when, and who did it, as the patient's people are told; reads the events.

    One query more where somebody else than the reader acted.
    """
    events = list(appointment.events.all())
    others = any(event.by_id not in (None, reader.pk) for event in events)
    people = relations_by_login(appointment.patient) if others else {}
    lines, before = [], None
    for event in events:
        what = what_of(event, appointment, before)
        lines.append(Line(_done_by(what, event, appointment, reader, people), event.at, event.note))
        before = event
    return lines


def what_of(
    event: AppointmentEvent, appointment: Appointment, before: AppointmentEvent | None
) -> str:
    """What happened: to which time, if it moved from which. `before` is the line before it."""
    zone = appointment.location.zone
    when = day_and_clock(event.start, zone)
    if before is None and event.kind in FIRST:
        return FIRST[Kind(event.kind)] % {"when": when}
    if event.kind == Kind.MOVED and before is not None and before.start != event.start:
        return _("Moved from %(before)s to %(when)s") % {
            "before": day_and_clock(before.start, zone),
            "when": when,
        }
    if event.kind == Kind.ATTENDS:
        return _("Attendance confirmed")
    return str(event.get_kind_display())


def _done_by(
    what: str,
    event: AppointmentEvent,
    appointment: Appointment,
    reader: User,
    people: Mapping[int, str],
) -> str:
    """With who did it; nobody did what the passing of time brought about."""
    by, name = event.by_id, appointment.patient.name
    if event.by_link and by is not None and by == reader.pk:
        return _("%(what)s with the link in an email to you") % {"what": what}
    if event.by_link:
        return _("%(what)s with the link in an email") % {"what": what}
    if by is None:
        return what
    if by == reader.pk:
        return _("%(what)s by you") % {"what": what}
    return BY[people.get(by, "")] % {"what": what, "name": name}
