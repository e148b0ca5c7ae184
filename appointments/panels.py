"""How an appointment's state and story are said to the person who reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from appointments.models import Appointment, AppointmentEvent
from doctors.wall_clock import day_and_clock

Status = Appointment.Status
Kind = AppointmentEvent.Kind


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
    """What happened, when, and what of it the reader did; reads the prefetched events."""
    return [
        Line(_said(event, mine=event.by_id == reader.pk, first=number == 0), event.at, event.note)
        for number, event in enumerate(appointment.events.all())
    ]


def _said(event: AppointmentEvent, *, mine: bool, first: bool) -> str:
    what = _("Booked") if first else str(event.get_kind_display())
    return _("%(what)s by you") % {"what": what} if mine else what
