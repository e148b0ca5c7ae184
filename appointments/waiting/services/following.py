"""What follows for the waiting list from what happens to a visit. Called by reactions.py.

Inside the transaction of what happened, which holds the lock of the doctor's row.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from accounts.rows import lock_rows
from appointments.models import Appointment, AppointmentEvent, WaitingEntry, WaitingOffer
from appointments.waiting.line import ON_THE_LIST
from appointments.waiting.next_in_line import held_instead
from appointments.waiting.services.offering import (
    offer_anew,
    offer_times_of,
    who_waits,
    withdraw_without_waiting,
)
from appointments.waiting.wishes import suits

Kind = AppointmentEvent.Kind
FREES = (Kind.CANCELLED, Kind.DECLINED, Kind.EXPIRED, Kind.MOVED)


def follow(*, event: AppointmentEvent) -> None:
    """See to who has a time now, and to whom a free time is offered.

    Who has what they wished for waits no longer. Who has booked a later time of the same goes on
    waiting, for a time instead of that.
    """
    visit, takes, frees = event.appointment, _is_taken(event), event.kind in FREES
    if not takes and not frees:
        return
    waits = who_waits(visit.doctor_id, visit.patient_id)
    if takes and waits.patient:
        _has_a_time(visit, event)
    if frees and waits.for_doctor:
        offer_times_of(visit.doctor_id, now=event.at)
    if waits.patient:
        offer_anew(patient=visit.patient_id, now=event.at)


def _is_taken(event: AppointmentEvent) -> bool:
    """Whether the patient comes to hold a time: not when a request is confirmed."""
    new = event.appointment.version == 1 and event.kind in (Kind.REQUESTED, Kind.CONFIRMED)
    return new or event.kind == Kind.MOVED


def _has_a_time(visit: Appointment, event: AppointmentEvent) -> None:
    entries = WaitingEntry.objects.filter(patient=visit.patient_id, status__in=ON_THE_LIST)
    wanted = [entry for entry in entries.select_related("instead_of") if _is_wanted(entry, visit)]
    met = [entry.pk for entry in wanted if _meets(entry, visit) and _lock(entry)]
    WaitingEntry.objects.filter(pk__in=met).update(status=WaitingEntry.Status.MET)
    later = [one for one in wanted if _is_later(one, event) and not _meets(one, visit)]
    waits_on = [entry.pk for entry in later if _lock(entry)]
    WaitingEntry.objects.filter(pk__in=waits_on).update(instead_of=visit)
    withdraw_without_waiting(offers=_no_longer_good(visit, met), now=event.at)


def _lock(entry: WaitingEntry) -> bool:
    """Whether it is locked now; an entry in other hands is seen to by them."""
    return bool(lock_rows(WaitingEntry, [entry.pk], waits=False))


def _no_longer_good(visit: Appointment, met: list[int]) -> list[WaitingOffer]:
    """Open offers to who has a time now, for when they are with a doctor, or for too late a time.

    A visit may be at the time of an offer that is instead of it.
    """
    same_time = Q(start__lt=visit.end, end__gt=visit.start) & ~Q(entry__instead_of=visit)
    too_late = Q(entry__instead_of=visit, start__gte=visit.start)
    open_ones = WaitingOffer.objects.filter(
        Q(entry__in=met) | Q(same_time | too_late, entry__patient=visit.patient_id),
        status=WaitingOffer.Status.OPEN,
    )
    return list(open_ones.order_by("doctor", "pk"))


def _is_wanted(entry: WaitingEntry, visit: Appointment) -> bool:
    """Whether this is what they wait for, at whatever time."""
    if entry.doctor_id is not None:
        return (visit.doctor_id, visit.visit_type_id) == (entry.doctor_id, entry.visit_type_id)
    doctor, place = visit.doctor, visit.location
    return (doctor.specialty_id, place.city) == (entry.specialty_id, entry.city)


def _is_later(entry: WaitingEntry, event: AppointmentEvent) -> bool:
    """Whether this is booked to have something, while they wait for a time before it.

    Not where no time that they wish for can be before it.
    """
    visit = event.appointment
    is_new = event.kind != Kind.MOVED and held_instead(entry) is None
    return is_new and visit.local_day >= entry.first_day


def _meets(entry: WaitingEntry, visit: Appointment) -> bool:
    """Whether what they wait for is as they wished it, and earlier than what they had."""
    if not suits(entry, visit.start.astimezone(visit.location.zone)):
        return False
    before = _start_before(visit, entry)
    return before is None or visit.start < before


def _start_before(visit: Appointment, entry: WaitingEntry) -> datetime | None:
    """When the visit begins that the patient has, or had until now, and waits to replace."""
    if entry.instead_of_id != visit.pk:
        later = held_instead(entry)
        return later.start if later else None
    starts = visit.events.order_by("-pk").values_list("start", flat=True)
    return next(iter(starts[1:2]), visit.start)
