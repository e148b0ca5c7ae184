"""Which links are good, and for what."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.crypto import constant_time_compare

from accounts.keys import digest_of
from accounts.models import PatientAccess
from appointments.actors import Holder
from appointments.models import Appointment, AppointmentEvent, VisitLink
from appointments.querysets import MOVABLE
from appointments.rules import is_told

JUST_NOW = timedelta(minutes=15)  # how long the page says what the holder has done


def link_at(key: str, now: datetime, *, lock: bool = False) -> VisitLink | None:
    """The link with this key, if it is good; what is not finds nothing alike, whatever the reason.

    It is good while the visit is to come and its address is still one to write to. Whoever has
    cancelled the visit by it is shown so for a while. With `lock` the link's other acts wait.
    """
    rows = VisitLink.objects.select_for_update(no_key=True) if lock else VisitLink.objects
    link = rows.filter(digest=digest_of(key)).first()
    if link is None or not constant_time_compare(link.key, key):
        return None
    # Read after the lock was got: the act before this one may have written.
    link.appointment = Appointment.objects.with_details().get(pk=link.appointment_id)
    if not is_to_come(link.appointment, now) and not has_just_cancelled(link, now):
        return None
    told = is_told(holder_of(link), link.appointment.patient)
    return link if told and not is_from_before(link) else None


def is_to_come(visit: Appointment, now: datetime) -> bool:
    """Whether links about the visit have not ended with it."""
    return visit.status in MOVABLE and now < visit.end


def has_just_cancelled(link: VisitLink, now: datetime) -> bool:
    """Whether it was the link's holder who cancelled the visit, a moment ago; reads the events."""
    last = last_event(link.appointment)
    return (
        link.appointment.status == Appointment.Status.CANCELLED
        and last is not None
        and last.kind == AppointmentEvent.Kind.CANCELLED
        and is_by(last, link)
        and now < last.at + JUST_NOW
    )


def is_by(event: AppointmentEvent, link: VisitLink) -> bool:
    """Whether the holder of this link did that."""
    return event.by_link and event.by_id == link.user_id


def last_event(visit: Appointment) -> AppointmentEvent | None:
    return list(visit.events.all())[-1] if visit.events.all() else None


def is_from_before(link: VisitLink) -> bool:
    """Whether who has the address may act for the patient only since after the link was made.

    So links do not come back to life when somebody may act for a patient again.
    """
    since = PatientAccess.objects.active().filter(
        user=link.user_id, patient=link.appointment.patient_id, created_at__gt=link.made_at
    )
    return link.user_id is not None and since.exists()


def holder_of(link: VisitLink) -> Holder:
    """Who acts by this link."""
    visit = link.appointment
    return Holder(visit.patient_id, link.email, user=link.user, visit_id=visit.pk)
