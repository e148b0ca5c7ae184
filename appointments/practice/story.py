"""The story of a visit as its doctor reads it: what happened, who did it, when."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import PatientAccess, User
from appointments.models import Appointment, AppointmentEvent
from appointments.panels import Line
from doctors.wall_clock import day_and_clock

Kind = AppointmentEvent.Kind
Relation = PatientAccess.Relation
BY = {
    Relation.SELF: gettext_lazy("%(what)s by the patient"),
    Relation.PARENT: gettext_lazy("%(what)s by a parent"),
    Relation.CARER: gettext_lazy("%(what)s by a carer"),
    Relation.OTHER: gettext_lazy("%(what)s by somebody for the patient"),
}
BY_CLINIC = gettext_lazy("%(what)s by the clinic")
BY_YOU = gettext_lazy("%(what)s by you")
BY_LINK = gettext_lazy("%(what)s with the link in an email")


def story_for_doctor(visit: Appointment, reader: User, people: Mapping[int, str]) -> list[Line]:
    """Reads the prefetched events; `people` are the patient's, by the id of their login."""
    lines = []
    for number, event in enumerate(visit.events.all()):
        what = _what(event, visit, first=number == 0)
        if event.by_link:
            what = str(BY_LINK) % {"what": what}
        elif event.by_id is not None:
            what = _by(event.by_id, reader, people) % {"what": what}
        lines.append(Line(what, event.at, event.note))
    return lines


def _what(event: AppointmentEvent, visit: Appointment, *, first: bool) -> str:
    if event.kind == Kind.MOVED:
        when = day_and_clock(event.start, visit.location.zone)
        return _("Moved to %(when)s") % {"when": when}
    if first and event.kind == Kind.CONFIRMED:
        return _("Booked")
    return str(event.get_kind_display())


def _by(person: int, reader: User, people: Mapping[int, str]) -> str:
    if person == reader.pk:
        return str(BY_YOU)
    return str(BY[Relation(people[person])] if person in people else BY_CLINIC)
