"""How a visit is said to the holder of its link: no more than they need to come."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from appointments.links.selectors import is_by, last_event
from appointments.models import Appointment, AppointmentEvent, VisitLink
from appointments.panels import Panel, answered_by, is_to_be_moved
from doctors.wall_clock import day_and_clock

Status = Appointment.Status


def panel_for_holder(link: VisitLink, now: datetime) -> Panel:
    """Say how the appointment stands, and what the holder has just done; reads the events."""
    visit = link.appointment
    last = last_event(visit)
    moved = last is not None and last.kind == AppointmentEvent.Kind.MOVED and is_by(last, link)
    if visit.status == Status.CANCELLED:
        return Panel("plain", _("You have cancelled this appointment"), _("You need not come."))
    if is_to_be_moved(visit, now):
        return Panel(
            "waiting",
            _("Choose another time"),
            _("The clinic cannot see you at the time you have. You can choose until %(when)s.")
            % {"when": day_and_clock(visit.start, visit.location.zone)},
        )
    if visit.status == Status.PENDING:
        return Panel(
            "waiting",
            _("Moved: waiting for the clinic") if moved else _("Waiting for the clinic"),
            _("The clinic answers by %(when)s. Your time is kept until then.")
            % {"when": answered_by(visit)},
        )
    if visit.is_promised:
        return Panel("good", _("The clinic knows that you will come"))
    if moved:
        return Panel("good", _("Your appointment has been moved"), _("Come at the new time."))
    return Panel("good", _("Your appointment is confirmed"))
