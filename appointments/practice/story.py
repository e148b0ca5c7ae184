"""The story of a visit as its doctor reads it: what happened, who did it, when."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from accounts.models import PatientAccess, User
from appointments.models import Appointment
from appointments.panels import Line, what_of

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
    lines, before = [], None
    for event in visit.events.all():
        what = what_of(event, visit, before)
        if event.by_link:
            what = str(BY_LINK) % {"what": what}
        elif event.by_id is not None:
            what = _by(event.by_id, reader, people) % {"what": what}
        lines.append(Line(what, event.at, event.note))
        before = event
    return lines


def _by(person: int, reader: User, people: Mapping[int, str]) -> str:
    if person == reader.pk:
        return str(BY_YOU)
    return str(BY[Relation(people[person])] if person in people else BY_CLINIC)
