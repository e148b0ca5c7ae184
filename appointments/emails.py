"""The mails about an appointment. No health detail: who it is with, when, where, and a link."""

from __future__ import annotations

from functools import partial

from accounts.emails import absolute_url, send_after_commit
from accounts.selectors import contact_emails
from appointments.models import AppointmentEvent

Kind = AppointmentEvent.Kind
TOLD = {Kind.REQUESTED, Kind.CONFIRMED, Kind.DECLINED, Kind.CANCELLED, Kind.MOVED}


def tell(event: AppointmentEvent) -> None:
    """Tell those who act for the patient what has happened, if it is something to tell."""
    if event.kind not in TOLD:
        return
    appointment = event.appointment
    send_after_commit(
        template="emails/appointment",
        to=partial(contact_emails, appointment.patient),
        context={
            "appointment": appointment,
            "location": appointment.location,
            "event": event,
            "url": absolute_url("appointments:detail", appointment.pk),
        },
    )
