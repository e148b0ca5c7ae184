"""The mails about an appointment. No health detail: who it is with, when, where, and a link."""

from __future__ import annotations

from datetime import datetime

from django_tasks import TaskContext, task

from accounts import emails
from accounts.selectors import contact_emails
from appointments.models import Appointment, AppointmentEvent

Kind = AppointmentEvent.Kind
TOLD = {Kind.REQUESTED, Kind.CONFIRMED, Kind.DECLINED, Kind.CANCELLED, Kind.MOVED, Kind.EXPIRED}


def tell(event: AppointmentEvent) -> None:
    """Tell those who act for the patient what has happened, if it is something to tell.

    A mail tells how the appointment stood then, whatever has come after when it is sent.
    """
    if event.kind not in TOLD:
        return
    appointment = event.appointment
    for address in contact_emails(appointment.patient):
        send_about.enqueue(
            appointment=str(appointment.pk),
            kind=event.kind,
            status=appointment.status,
            start=appointment.start.isoformat(),
            end=appointment.end.isoformat(),
            location=appointment.location_id,
            to=address,
        )


@task(takes_context=True)
def send_about(
    context: TaskContext,
    *,
    appointment: str,
    kind: str,
    status: str,
    start: str,
    end: str,
    location: int,
    to: str,
) -> None:
    visit = Appointment.objects.select_related("doctor", "patient").get(pk=appointment)
    visit.start, visit.end = datetime.fromisoformat(start), datetime.fromisoformat(end)
    visit.status, visit.location_id = status, location
    about = {
        "appointment": visit,
        "location": visit.location,
        "event": AppointmentEvent(kind=kind),
        "url": emails.absolute_url("appointments:detail", visit.pk),
    }
    emails.send(emails.write("emails/appointment", about, to), context)
