"""An appointment as an iCalendar object (RFC 5545), for the patient's own calendar."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.emails import absolute_url
from appointments.models import Appointment

STATUS = {
    Appointment.Status.PENDING: "TENTATIVE",
    Appointment.Status.DECLINED: "CANCELLED",
    Appointment.Status.CANCELLED: "CANCELLED",
}


def to_ics(appointment: Appointment, *, now: datetime) -> bytes:
    """One VCALENDAR with one VEVENT, times in UTC. Says who and where, nothing of health."""
    event = Event()
    event.add("uid", f"{appointment.pk}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("dtstamp", now)
    event.add("dtstart", appointment.start)
    event.add("dtend", appointment.end)
    event.add("sequence", appointment.sequence)
    event.add("summary", _("Appointment with %(doctor)s") % {"doctor": appointment.doctor})
    event.add("location", ", ".join(filter(None, _place(appointment))))
    event.add("url", absolute_url("appointments:detail", appointment.pk))
    event.add("status", STATUS.get(Appointment.Status(appointment.status), "CONFIRMED"))
    calendar = Calendar()
    calendar.add("prodid", "-//DocSpot//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return calendar.to_ical()


def _place(appointment: Appointment) -> tuple[str, ...]:
    place = appointment.location
    return place.name, place.address, place.city, place.country
