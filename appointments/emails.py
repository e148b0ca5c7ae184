"""The mails about an appointment. No health detail: who it is with, when, where, and a link."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django_tasks import TaskContext, task

from accounts import emails
from accounts.selectors import Contact, contact_emails, contacts_of
from appointments.links.services.keys import key_of
from appointments.models import Appointment, AppointmentEvent
from appointments.selectors import times_instead
from doctors.models import Doctor

Kind = AppointmentEvent.Kind
TOLD = {
    Kind.REQUESTED,
    Kind.CONFIRMED,
    Kind.DECLINED,
    Kind.CANCELLED,
    Kind.MOVED,
    Kind.OFFERED,
    Kind.EXPIRED,
}
CHOOSES_AGAIN = {Kind.OFFERED, Kind.DECLINED, Kind.EXPIRED}  # these name free times


def tell(event: AppointmentEvent, *, instead_of: str = "") -> None:
    """Tell those who act for the patient what has happened, if it is something to tell.

    A mail tells how the appointment stood then, whatever has come after when it is sent.
    `instead_of` is whom the visit was with before, if it has moved to another doctor.
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
            doctor=appointment.doctor_id,
            instead_of=instead_of,
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
    doctor: int | None = None,  # not in mails that wait since before they told it
    instead_of: str = "",
) -> None:
    visit = Appointment.objects.select_related("doctor", "patient").get(pk=appointment)
    if doctor is not None and doctor != visit.doctor_id:
        visit.doctor = Doctor.objects.get(pk=doctor)
    visit.start, visit.end = datetime.fromisoformat(start), datetime.fromisoformat(end)
    visit.status, visit.location_id = status, location
    now = timezone.now()
    contact = next((one for one in contacts_of(visit.patient) if one.email == to), None)
    about = {
        "appointment": visit,
        "location": visit.location,
        "event": AppointmentEvent(kind=kind),
        "instead_of": instead_of,
        "times": times_instead(visit, now) if kind in CHOOSES_AGAIN else [],
        "url": visit_url(visit, contact, now, to_move=kind == Kind.OFFERED),
    }
    emails.send(emails.write("emails/appointment", about, to), context)


def visit_url(
    visit: Appointment, contact: Contact | None, now: datetime, *, to_move: bool = False
) -> str:
    """Where the mails' link leads: to the visit, or to the choice of another time for it.

    `contact` is whom the mail goes to, who need not log in there; None if they may no longer act
    for the patient, whose link must not open anything. Nor does that of a visit that has ended.
    """
    if contact is None or not visit.is_blocking:
        return emails.absolute_url("appointments:detail", visit.pk)
    key = key_of(appointment=visit, contact=contact, now=now)
    return emails.absolute_url("visit:move" if to_move else "visit:show", key)
