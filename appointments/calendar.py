"""Appointments as iCalendar objects (RFC 5545): one for a patient, a doctor's to subscribe to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from accounts.emails import absolute_url
from appointments.models import Appointment
from doctors.models import Doctor

STATUS = {
    Appointment.Status.PENDING: "TENTATIVE",
    Appointment.Status.DECLINED: "CANCELLED",
    Appointment.Status.CANCELLED: "CANCELLED",
}
READ_AGAIN_AFTER = timedelta(hours=1)


def to_ics(appointment: Appointment, *, now: datetime) -> bytes:
    """One VCALENDAR with one VEVENT, times in UTC. Says who and where, nothing of health."""
    summary = _("Appointment with %(doctor)s") % {"doctor": appointment.doctor}
    event = _event(appointment, summary=summary, stamp=now)
    event.add("url", absolute_url("appointments:detail", appointment.pk))
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


def feed_to_ics(appointments: Iterable[Appointment], *, doctor: Doctor, shows_names: bool) -> bytes:
    """The doctor's visits: when and where, and who comes only if `shows_names`.

    The same visits make the same bytes, whenever they are asked for.
    """
    calendar = _calendar()
    name = vText(_("Appointments of %(doctor)s") % {"doctor": doctor})
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    for appointment in appointments:
        summary = str(appointment.patient) if shows_names else _("Appointment")
        stamp = appointment.booked_at
        calendar.add_component(_event(appointment, summary=summary, stamp=stamp))
    return calendar.to_ical()


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//DocSpot//EN")
    calendar.add("version", "2.0")
    return calendar


def _event(appointment: Appointment, *, summary: str, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{appointment.pk}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", stamp)
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    event.add("sequence", appointment.sequence)
    event.add("summary", summary)
    event.add("location", ", ".join(filter(None, _place(appointment))))
    event.add("status", STATUS.get(Appointment.Status(appointment.status), "CONFIRMED"))
    return event


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
        summary = _("Appointment with %(doctor)s") % {"doctor": appointment.doctor}
        if names_them:
            first_name = appointment.patient.name.split(maxsplit=1)[0]
            summary = f"{summary} ({first_name})"
        event = _event(appointment, summary=summary, stamp=now or appointment.booked_at)
        event.add("url", absolute_url("appointments:detail", appointment.pk))
        yield event.to_ical()
    yield end + line_end
