"""Who of those who wait for a doctor is the next to be offered which free time."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from appointments import rules
from appointments.exceptions import NotForThisPatient
from appointments.models import Appointment, BookingPolicy, WaitingEntry, WaitingOffer
from appointments.querysets import MOVABLE
from appointments.selectors import DAY, FreeTimes
from appointments.waiting.keeping import kept_until
from appointments.waiting.models import WAS_MADE
from appointments.waiting.wishes import suits
from doctors.availability import Slot
from doctors.models import Doctor, VisitType


@dataclass(frozen=True)
class Found:
    """The first who waits for a free time, and until when it is kept for them."""

    entry: WaitingEntry
    kind: VisitType
    slot: Slot
    until: datetime


class Busy(NamedTuple):
    """A time at which a patient has a visit or an open offer, with the visit's id."""

    start: datetime
    end: datetime
    visit: object = None


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
        self.busy = _busy(self.waiting, now)
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
        busy = Busy(found.slot.start, found.slot.end)
        self.busy[found.entry.patient_id].append(busy)

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
        until = self._until(slot)
        if last_answer(entry, self.doctor.pk, kind, slot.start, self.policy) < until:
            return None
        if not self._is_earlier(entry, slot) or not self._is_free(entry, slot):
            return None
        return until if self._is_allowed(entry, kind) else None

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
        return not any(
            one.start < slot.end and slot.start < one.end
            for one in self.busy[entry.patient_id]
            if one.visit is None or one.visit != entry.instead_of_id
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


def last_answer(
    entry: WaitingEntry, doctor: int, kind: VisitType, start: datetime, policy: BookingPolicy
) -> datetime:
    """Until when at the latest a time of this doctor that begins at `start` may be kept for them.

    Until then it can be booked, and the visit that it is instead of can be moved to it, or be
    cancelled for it.
    """
    latest, visit = start - policy.notice(kind), held_instead(entry)
    if visit is None:
        return latest
    moves = (visit.doctor_id, visit.visit_type_id) == (doctor, kind.pk)
    last = policy.reschedule_until if moves else policy.cancel_until
    return min(latest, last(visit.start))


def _made_before(doctor: Doctor, entries: list[WaitingEntry]) -> set[tuple[int, datetime]]:
    """What of the doctor's times they were offered before."""
    offers = WaitingOffer.objects.filter(doctor=doctor, entry__in=[one.pk for one in entries])
    offers = offers.filter(WAS_MADE)
    return set(offers.order_by().values_list("entry_id", "start"))


def _busy(entries: list[WaitingEntry], now: datetime) -> dict[int, list[Busy]]:
    """When the patients of these have visits, or open offers, by patient id."""
    patients = {entry.patient_id for entry in entries}
    found = busy_with_visits(patients, now)
    offers = WaitingOffer.objects.filter(
        entry__patient__in=patients, status=WaitingOffer.Status.OPEN
    )
    for patient, start, end in offers.order_by().values_list("entry__patient", "start", "end"):
        found[patient].append(Busy(start, end))
    return found


def busy_with_visits(patients: set[int], now: datetime) -> dict[int, list[Busy]]:
    """When these patients have visits, by patient id."""
    found: dict[int, list[Busy]] = defaultdict(list)
    visits = Appointment.objects.upcoming(now).filter(patient__in=patients).order_by()
    for patient, start, end, pk in visits.values_list("patient_id", "start", "end", "pk"):
        found[patient].append(Busy(start, end, pk))
    return found
