"""Appointments as iCalendar objects (RFC 5545): one for a patient, a doctor's to subscribe to.

All of them know a visit by the same UID, so that a calendar has it once. What a mail carries is a
message to the patient's calendar (RFC 5546): it puts the visit there, moves it, takes it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from accounts.emails import absolute_url
from appointments.models import Appointment
from doctors.models import Doctor

STATUS = {
    Appointment.Status.PENDING: "TENTATIVE",
    Appointment.Status.DECLINED: "CANCELLED",
    Appointment.Status.CANCELLED: "CANCELLED",
}
READ_AGAIN_AFTER = timedelta(hours=1)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # RFC 5545 has none of them in a text
# To come was agreed when the visit was booked: nobody waits for the calendar's answer.
AGREED = {
    "CUTYPE": "INDIVIDUAL",
    "ROLE": "REQ-PARTICIPANT",
    "PARTSTAT": "ACCEPTED",
    "RSVP": "FALSE",
}


class Message(NamedTuple):
    """What a mail tells a calendar; `method` is that of RFC 5546."""

    method: str
    ics: str


def to_ics(appointment: Appointment, *, now: datetime) -> bytes:
    """One VCALENDAR with one VEVENT, times in UTC. Says who and where, nothing of health."""
    event = _own_event(appointment, stamp=now)
    event.add("url", absolute_url("appointments:detail", appointment.pk))
    return _with_method("PUBLISH", event)


def message_to(appointment: Appointment, *, to: str, at: datetime) -> Message:
    """That the visit is as it is since `at`, for the calendar of who reads the mail at `to`.

    Calendars are shared: the address there is that of the page for who logs in.
    """
    event = _own_event(appointment, stamp=at)
    event.add("attendee", vCalAddress(f"mailto:{to}"), parameters=AGREED)
    lines = [_("For %(first_name)s.") % {"first_name": _line(appointment.patient.first_name)}]
    if appointment.is_blocking:
        url = absolute_url("appointments:detail", appointment.pk)
        event.add("url", url)
        lines.append(url)
    event.add("description", "\n".join(lines))
    method = "CANCEL" if event["status"] == "CANCELLED" else "REQUEST"
    return Message(method, _with_method(method, event).decode())


def feed_to_ics(appointments: Iterable[Appointment], *, doctor: Doctor, shows_names: bool) -> bytes:
    """The doctor's visits: when and where, and who comes only if `shows_names`.

    The same visits make the same bytes, whenever they are asked for.
    """
    calendar = _calendar()
    name = vText(_("Appointments of %(doctor)s") % {"doctor": _line(doctor.name)})
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    for appointment in appointments:
        summary = _line(str(appointment.patient)) if shows_names else _("Appointment")
        stamp = appointment.booked_at
        calendar.add_component(_event(appointment, summary=summary, stamp=stamp))
    return calendar.to_ical()


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//DocSpot//EN")
    calendar.add("version", "2.0")
    return calendar


def _with_method(method: str, event: Event) -> bytes:
    calendar = _calendar()
    calendar.add("method", method)
    calendar.add_component(event)
    return calendar.to_ical()


def _own_event(appointment: Appointment, *, stamp: datetime) -> Event:
    """The visit as its patient has it in their calendar, with the clinic as its organizer."""
    doctor = _line(appointment.doctor.name)
    summary = _("Appointment with %(doctor)s") % {"doctor": doctor}
    event = _event(appointment, summary=summary, stamp=stamp)
    clinic = vCalAddress(f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    clinic.params["CN"] = _line(appointment.location.name).replace('"', "'")
    event.add("organizer", clinic)
    return event


def _event(appointment: Appointment, *, summary: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", str(appointment.pk))  # RFC 7986, 5.3: it names no host, which may change
    event.add("dtstamp", stamp)
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    # Up with every change of time or state (RFC 5546, 2.1.4), as the row's own count of changes.
    event.add("sequence", appointment.version - 1)
    event.add("summary", summary)
    event.add("location", ", ".join(_line(part) for part in _place(appointment) if part))
    event.add("status", STATUS.get(Appointment.Status(appointment.status), "CONFIRMED"))
    return event


def _line(text: str) -> str:
    """On one line, so that nothing in a name can look like a line of the calendar."""
    return " ".join(CONTROL.sub(" ", text).split())


def _place(appointment: Appointment) -> tuple[str, ...]:
    place = appointment.location
    return place.name, place.address, place.city, place.country


def own_to_ics(
    appointments: Iterable[Appointment], *, names_them: bool, now: datetime | None = None
) -> Iterator[bytes]:
    """A person's own visits, part by part: with whom, when and where, never what for.

    The first name of whom each is for stands there if `names_them`. Without `now` it is a calendar
    to subscribe to, of which the same visits make the same bytes, whenever they are asked for.
    """
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    name = vText(_("My appointments"))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    if now is None:
        calendar.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    head, end, line_end = calendar.to_ical().partition(b"END:VCALENDAR")
    yield head
    for appointment in appointments:
        summary = _("Appointment with %(doctor)s") % {"doctor": _line(appointment.doctor.name)}
        if names_them:
            summary = f"{summary} ({_line(appointment.patient.first_name)})"
        event = _event(appointment, summary=summary, stamp=now or appointment.booked_at)
        event.add("url", absolute_url("appointments:detail", appointment.pk))
        yield event.to_ical()
    yield end + line_end
