"""Who of those who wait for a doctor is the next to be offered which free time."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import Case, Q, When

from appointments import fairness, rules
from appointments.exceptions import NotForThisPatient
from appointments.models import (
    Appointment,
    AppointmentEvent,
    BookingPolicy,
    WaitingEntry,
    WaitingOffer,
)
from appointments.querysets import MOVABLE
from appointments.selectors import DAY, FreeTimes, HeldVisit
from appointments.waiting.keeping import kept_until
from appointments.waiting.models import WAS_MADE
from appointments.waiting.wishes import suits
from doctors.availability import Slot
from doctors.models import Doctor, VisitType

Kind = AppointmentEvent.Kind
Status = Appointment.Status


@dataclass(frozen=True)
class Found:
    """The first who waits for a free time, and until when it is kept for them."""

    entry: WaitingEntry
    kind: VisitType
    slot: Slot
    until: datetime


class Span(NamedTuple):
    """A time [start, end) that a patient is offered."""

    start: datetime
    end: datetime


class Line:
    """Those who wait for one doctor, in fair order, and the doctor's free times, in order of time.

    Each who is found leaves the line. To be asked under the lock of the doctor's row.
    """

    def __init__(
        self,
        doctor: Doctor,
        entries: list[WaitingEntry],
        *,
        policy: BookingPolicy,
        now: datetime,
    ) -> None:
        self.doctor, self.policy, self.now = doctor, policy, now
        self.first = doctor.first_visit_type
        self.kinds = {kind.pk: kind for kind in doctor.offered_visit_types}
        self.waiting = [entry for entry in entries if self._kind_of(entry) is not None]
        self.since = now  # no time before this one suits anybody
        self.made = _made_before(doctor, self.waiting)
        self.given_up = _given_up(doctor, self.waiting, now)
        patients = {entry.patient_id for entry in self.waiting}
        self.held = held_by_each(patients, now)
        self.offered = _offered(patients)
        self.allowed: dict[tuple[int, int], bool] = {}
        self.until: dict[object, datetime] = {}

    def next(self) -> Found | None:
        """The first who waits for the first free time that suits anybody."""
        if not self.waiting:
            return None
        for start, some in groupby(self._free(), key=lambda pair: pair[0].start):
            slots = {kind.pk: slot for slot, kind in some}
            for entry in self.waiting:
                kind = self._kind_of(entry)
                slot = slots.get(kind.pk) if kind else None
                if kind and slot and (until := self._fits(entry, kind, slot)):
                    self.since = start
                    self.waiting.remove(entry)
                    return Found(entry, kind, slot, until)
        return None

    def was_offered(self, found: Found) -> None:
        """From now on the person is busy then, whatever else they wait for."""
        span = Span(found.slot.start, found.slot.end)
        self.offered[found.entry.patient_id].append(span)

    def _kind_of(self, entry: WaitingEntry) -> VisitType | None:
        return self.first if entry.doctor_id is None else self.kinds.get(entry.visit_type_id or 0)

    def _free(self) -> Iterator[tuple[Slot, VisitType]]:
        """The free times as they are now, for all kinds of visit that anybody waits for."""
        kinds = {kind.pk: kind for kind in map(self._kind_of, self.waiting) if kind}
        latest = max(self.policy.latest(kind, self.now) for kind in kinds.values())
        last_day = max(entry.last_day for entry in self.waiting)
        times = FreeTimes(
            [self.doctor],
            first_day=(self.since - DAY).date(),
            last_day=min((latest + DAY).date(), last_day),
            policy=self.policy,
            now=self.now,
        )
        streams = (
            ((slot, kind) for slot in times.of(self.doctor, kind) if slot.start >= self.since)
            for kind in kinds.values()
        )
        return heapq.merge(*streams, key=lambda pair: pair[0].start)

    def _fits(self, entry: WaitingEntry, kind: VisitType, slot: Slot) -> datetime | None:
        """Until when it would be kept for them, if it fits."""
        place = slot.location
        if entry.doctor_id is None and entry.city != place.city:
            return None
        if not suits(entry, slot.start.astimezone(place.zone)):
            return None
        if (entry.pk, slot.start) in self.made:
            return None
        if (entry.patient_id, slot.start) in self.given_up:
            return None
        until = self._until(slot)
        if last_answer(entry, kind, slot.start, self.policy) < until:
            return None
        if not self._is_earlier(entry, slot) or not self._is_free(entry, slot):
            return None
        return until if self._has_room(entry, kind) and self._is_allowed(entry, kind) else None

    def _until(self, slot: Slot) -> datetime:
        zone = slot.location.zone
        if zone not in self.until:
            self.until[zone] = kept_until(self.now, self.policy.offer_minutes, zone)
        return self.until[zone]

    def _is_earlier(self, entry: WaitingEntry, slot: Slot) -> bool:
        """Than the visit that it would be instead of."""
        visit = held_instead(entry)
        return visit is None or slot.start < visit.start

    def _is_free(self, entry: WaitingEntry, slot: Slot) -> bool:
        times: list[HeldVisit | Span] = [*self._others(entry), *self.offered[entry.patient_id]]
        return not any(one.start < slot.end and slot.start < one.end for one in times)

    def _others(self, entry: WaitingEntry) -> list[HeldVisit]:
        """What they hold, but for the visit that it would be instead of."""
        return [one for one in self.held[entry.patient_id] if one.id != entry.instead_of_id]

    def _has_room(self, entry: WaitingEntry, kind: VisitType) -> bool:
        """Whether fair use lets them book one more visit, or they only move one."""
        visit, others = held_instead(entry), self._others(entry)
        return (visit is not None and is_moved(visit, kind)) or not (
            rules.holds_most(others, self.policy)
            or fairness.holds_most_there(others, self.doctor, self.policy)
        )

    def _is_allowed(self, entry: WaitingEntry, kind: VisitType) -> bool:
        """Some kinds of visit are not for everyone."""
        key = (entry.patient_id, kind.pk)
        if key not in self.allowed:
            try:
                rules.check_audience(entry.patient, self.doctor, kind, self.now)
            except NotForThisPatient:
                self.allowed[key] = False
            else:
                self.allowed[key] = True
        return self.allowed[key]


def held_instead(entry: WaitingEntry) -> Appointment | None:
    """The visit before which the time must begin, if it is still held."""
    visit = entry.instead_of
    return visit if visit is not None and visit.status in MOVABLE else None


def is_moved(visit: Appointment, kind: VisitType) -> bool:
    """Whether this visit is moved to a time of the kind; else it is cancelled for one."""
    return (visit.doctor_id, visit.visit_type_id) == (kind.doctor_id, kind.pk)


def instead_of_is_over(now: datetime) -> Q:
    """Of entries: the visit that a time would be instead of has begun, or is noted as past."""
    begun = Q(instead_of__status=Status.CONFIRMED, instead_of__start__lte=now)
    noted = (Status.CHECKED_IN, Status.COMPLETED, Status.NO_SHOW)
    return begun | Q(instead_of__status__in=noted)


def last_answer(
    entry: WaitingEntry, kind: VisitType, start: datetime, policy: BookingPolicy
) -> datetime:
    """Until when at the latest a time that begins at `start` may be kept for them.

    Until then it can be booked, and the visit that it is instead of can be moved to it, or be
    cancelled for it.
    """
    latest, visit = start - policy.notice(kind), held_instead(entry)
    if visit is None:
        return latest
    last = policy.reschedule_until if is_moved(visit, kind) else policy.cancel_until
    return min(latest, last(visit.start))


def _made_before(doctor: Doctor, entries: list[WaitingEntry]) -> set[tuple[int, datetime]]:
    """What of the doctor's times they were offered before."""
    offers = WaitingOffer.objects.filter(doctor=doctor, entry__in=[one.pk for one in entries])
    offers = offers.filter(WAS_MADE)
    return set(offers.order_by().values_list("entry_id", "start"))


def _given_up(
    doctor: Doctor, entries: list[WaitingEntry], now: datetime
) -> set[tuple[int, datetime]]:
    """The starts that the patients of these had with the doctor, by patient id.

    But for those that the clinic took from them, by cancelling or by asking for another time: it
    may be that it can see them then after all. The last line of a visit's story at a start tells.
    """
    asked, cancelled = Q(kind=Kind.OFFERED), Q(kind=Kind.CANCELLED)
    taken = Case(When(asked | cancelled & ~fairness.by_patients_side(), then=True), default=False)
    stories = AppointmentEvent.objects.filter(
        appointment__doctor=doctor,
        appointment__patient__in={entry.patient_id for entry in entries},
        start__gt=now,
    )
    lines = stories.annotate(taken=taken).order_by("pk")
    last = {
        (visit, patient, start): was_taken
        for visit, patient, start, was_taken in lines.values_list(
            "appointment", "appointment__patient", "start", "taken"
        )
    }
    return {(patient, start) for (_, patient, start), was_taken in last.items() if not was_taken}


def _offered(patients: set[int]) -> dict[int, list[Span]]:
    """When these patients have open offers, by patient id."""
    found: dict[int, list[Span]] = defaultdict(list)
    offers = WaitingOffer.objects.filter(
        entry__patient__in=patients, status=WaitingOffer.Status.OPEN
    )
    for patient, start, end in offers.order_by().values_list("entry__patient", "start", "end"):
        found[patient].append(Span(start, end))
    return found


def held_by_each(patients: set[int], now: datetime) -> dict[int, list[HeldVisit]]:
    """The visits that each of these patients holds, by patient id: `held_by` for many."""
    found: dict[int, list[HeldVisit]] = defaultdict(list)
    visits = Appointment.objects.upcoming(now).filter(patient__in=patients).order_by()
    fields = ("pk", "doctor_id", "start", "end", "location__time_zone", "doctor__specialty_id")
    for patient, *rest in visits.values_list("patient_id", *fields):
        found[patient].append(HeldVisit(*rest))
    return found
