"""The mails about an appointment. No health detail: who it is with, when, where, and a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskContext, task

from accounts import emails
from accounts.selectors import Contact, contacts_of
from appointments.calendar import message_to
from appointments.links.services.keys import key_of
from appointments.models import Appointment, AppointmentEvent
from appointments.permissions import is_clinic_for
from appointments.selectors import times_instead
from doctors.availability import Slot
from doctors.models import Doctor, Location

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
CLINIC = "clinic"
PATIENT = "patient"


@dataclass(frozen=True)
class News:
    """What a mail tells of a visit, besides how the visit stands.

    `who` cancelled it: "clinic", "you" (who reads it), "other" (someone else who acts for the
    patient), or nobody. `instead_of` is whom it was with before, `before` when and where.
    """

    kind: str
    at: datetime
    who: str = ""
    instead_of: str = ""
    before: Slot | None = None
    times: Sequence[Slot] = ()


def tell(event: AppointmentEvent, *, instead_of: str = "", before: Slot | None = None) -> None:
    """Tell those who act for the patient what has happened, if it is something to tell.

    A mail tells how the appointment stood then, whatever has come after when it is sent.
    `instead_of` is whom the visit was with before, if it has moved to another doctor; `before` is
    its time before it moved.
    """
    if event.kind not in TOLD:
        return
    appointment = event.appointment
    if before and (before.start, before.location) == (appointment.start, appointment.location):
        before = None  # only the doctor is another
    for contact in contacts_of(appointment.patient):
        send_about.enqueue(
            appointment=str(appointment.pk),
            kind=event.kind,
            status=appointment.status,
            start=appointment.start.isoformat(),
            end=appointment.end.isoformat(),
            location=appointment.location_id,
            doctor=appointment.doctor_id,
            version=appointment.version,
            at=event.at.isoformat(),
            side=_side(event),
            by=event.by_id,
            instead_of=instead_of,
            before=before
            and [before.start.isoformat(), before.end.isoformat(), before.location.pk],
            to=contact.email,
        )


def _side(event: AppointmentEvent) -> str:
    """Who cancelled: the clinic, or someone on the patient's side."""
    if event.kind != Kind.CANCELLED:
        return ""
    if event.by_link or event.by is None:
        return PATIENT if event.by_link else ""
    return CLINIC if is_clinic_for(event.by, event.appointment) else PATIENT


@emails.about(_("Appointment"), Kind.choices)
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
    doctor: int | None = None,  # these are not in mails that wait since before they told it
    version: int | None = None,
    at: str = "",
    side: str = "",
    by: int | None = None,
    instead_of: str = "",
    before: list[Any] | None = None,
) -> None:
    now = timezone.now()
    visit = Appointment.objects.select_related("doctor", "patient").get(pk=appointment)
    if doctor is not None and doctor != visit.doctor_id:
        visit.doctor = Doctor.objects.get(pk=doctor)
    visit.start, visit.end = datetime.fromisoformat(start), datetime.fromisoformat(end)
    visit.status, visit.location_id = status, location
    visit.version = version or visit.version
    contact = next((one for one in contacts_of(visit.patient) if one.email == to), None)
    news = News(
        kind=kind,
        at=datetime.fromisoformat(at) if at else now,
        who=_who(side, by, contact),
        instead_of=instead_of,
        before=_slot(before, visit.location) if before else None,
        times=times_instead(visit, now) if kind in CHOOSES_AGAIN else (),
    )
    url = visit_url(visit, contact, now, to_move=kind == Kind.OFFERED)
    language = contact.language if contact else ""
    emails.send(write_about(visit, news, to=to, url=url, language=language), context)


def _who(side: str, by: int | None, contact: Contact | None) -> str:
    """The same of who reads it."""
    if side and by is not None and contact and contact.user_id == by:
        return "you"
    return "other" if side == PATIENT else side


def _slot(before: list[Any], place: Location) -> Slot:
    start, end, location = before
    if location != place.pk:
        place = Location.objects.get(pk=location)
    return Slot(datetime.fromisoformat(start), datetime.fromisoformat(end), place)


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


def write_about(
    visit: Appointment, news: News, *, to: str, url: str, language: str = ""
) -> EmailMultiAlternatives:
    """The mail: as text, as HTML, and for the calendar."""
    about = {
        "appointment": visit,
        "location": visit.location,
        "event": AppointmentEvent(kind=news.kind),
        "news": news,
        "url": url,
    }
    with emails.in_language(language):
        mail = emails.write("emails/appointment", about, to)
        attach_visit(mail, visit, at=news.at)
    return mail


def attach_visit(mail: EmailMultiAlternatives, visit: Appointment, *, at: datetime) -> None:
    """Let the mail tell the reader's calendar too how the visit stands since `at`.

    After the text and the HTML: a program shows the last of the alternatives that it knows.
    """
    message = message_to(visit, to=mail.to[0], at=at)
    mail.attach_alternative(message.ics, f"text/calendar; method={message.method}")
