"""Which visits an absence touches, and what could be instead of each."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge, nsmallest
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from accounts.models import Patient, PatientAccess
from appointments.absence.plan import Absence, Decision, Move
from appointments.models import Appointment, BookingPolicy
from appointments.querysets import LONGEST_VISIT, MOVABLE, AppointmentQuerySet
from appointments.selectors import DAY, FreeTimes, Offer
from doctors.availability import Slot
from doctors.models import Doctor, Location, TimeOff, VisitType, WorkingHours

MOST = 200  # visits that one page shows and one act deals with
OF_SAME, OF_COLLEAGUES = 3, 2
AHEAD = timedelta(days=84)  # how long after the last visit touched times are looked for
BEFORE = timedelta(days=7)


def touched_by(absence: Absence, now: datetime) -> AppointmentQuerySet:
    """The visits to come, or going on, that meet the absence, by time."""
    meets = Q()
    for span in absence.spans:
        longest_before = span.start - LONGEST_VISIT
        meets |= Q(start__lt=span.end, start__gt=longest_before, end__gt=span.start)
    visits = Appointment.objects.upcoming(now).filter(meets)
    if absence.doctor is not None:
        return visits.filter(doctor=absence.doctor)
    return visits.filter(location=absence.location)


def needs_decision(visit: Appointment, now: datetime) -> bool:
    """Whoever has arrived, or is with the doctor already, stays."""
    return visit.status in MOVABLE and visit.start > now


@dataclass
class Touched:
    """A visit, and what could be instead of it, the best first."""

    visit: Appointment
    is_open: bool
    is_reachable: bool = True
    same_doctor: list[Offer] = field(default_factory=list)
    colleagues: list[Offer] = field(default_factory=list)

    @property
    def alternatives(self) -> list[Offer]:
        return [*self.same_doctor, *self.colleagues]


def touched_with_alternatives(
    absence: Absence, *, chosen: Mapping[UUID, Decision], policy: BookingPolicy, now: datetime
) -> list[Touched]:
    """At most MOST + 1 of them, in a fixed number of queries.

    No two visits have the same first alternative. Times that were chosen before stay among those of
    their visit, as long as they are free.
    """
    rows = touched_by(absence, now).select_related("doctor", "patient", "visit_type", "location")
    visits = list(rows.prefetch_related("events")[: MOST + 1])
    nobody = unreachable(visits)
    touched = [
        Touched(visit, needs_decision(visit, now), visit.patient_id not in nobody)
        for visit in visits
    ]
    open_ones = [one for one in touched if one.is_open]
    if open_ones and len(visits) <= MOST:
        search = Search(absence, [one.visit for one in open_ones], policy, now)
        search.keep(open_ones, chosen)
        for one in open_ones:
            search.fill(one)
    return touched


class Search:
    """The free times of all who could see these visits instead, given the absence."""

    def __init__(
        self, absence: Absence, visits: list[Appointment], policy: BookingPolicy, now: datetime
    ) -> None:
        self.doctors = {doctor.pk: doctor for doctor in who_could_see(visits)}
        self.until = max(visit.end for visit in visits) + AHEAD
        self.times = FreeTimes(
            self.doctors.values(),
            first_day=(max(now, visits[0].start - BEFORE) - DAY).date(),
            last_day=self.until.date(),
            policy=policy,
            now=now,
        )
        for doctor in self.doctors.values():
            if absence.is_of(doctor):
                self.times.time_off[doctor.pk] += absence.busy
        self.slots: dict[tuple[int, int], list[Slot]] = {}
        self.promised: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.held = held_by_all(visits, now)

    def keep(self, touched: list[Touched], chosen: Mapping[UUID, Decision]) -> None:
        """Promise the times that were chosen before, if they are still free."""
        for one in touched:
            decision = chosen.get(one.visit.pk)
            doctor = self.doctors.get(decision.doctor) if isinstance(decision, Move) else None
            if not isinstance(decision, Move) or doctor is None:
                continue
            for offer in self.offers(one.visit, doctor, decision.start):
                if offer.slot.start == decision.start:
                    self.promise(one.visit, offer)
                    same = doctor.pk == one.visit.doctor_id
                    (one.same_doctor if same else one.colleagues).append(offer)
                break

    def fill(self, one: Touched) -> None:
        """Find what is still missing; promise the first time, if none was chosen before."""
        visit, had = one.visit, one.alternatives
        same = self.doctors.get(visit.doctor_id)
        for offer in islice(self.offers(visit, same, visit.start), OF_SAME) if same else ():
            if len(one.same_doctor) < OF_SAME and offer not in had:
                one.same_doctor.append(offer)
        nearest = (
            next(self.nearest(visit, doctor), None)
            for doctor in self.doctors.values()
            if doctor.pk != visit.doctor_id and doctor.specialty_id == visit.doctor.specialty_id
        )
        found = [offer for offer in nearest if offer and offer not in had]
        missing = OF_COLLEAGUES - len(one.colleagues)
        one.colleagues += nsmallest(missing, found, key=lambda offer: distance(offer, visit))
        if not had and one.alternatives:
            self.promise(visit, one.alternatives[0])

    def offers(self, visit: Appointment, doctor: Doctor, start: datetime) -> Iterator[Offer]:
        """The doctor's times from `start` on, then those before it, the nearest first."""
        kind = kind_like(visit, doctor)
        if kind is None:
            return
        slots = self.free(doctor, kind)
        place = bisect_left(slots, start, key=lambda slot: slot.start)
        for slot in [*slots[place:], *reversed(slots[:place])]:
            offer = Offer(doctor, kind, slot)
            if self.fits(visit, offer):
                yield offer

    def nearest(self, visit: Appointment, doctor: Doctor) -> Iterator[Offer]:
        """The doctor's times by how near they are to that of the visit, before or after it."""
        kind = kind_like(visit, doctor)
        if kind is None:
            return
        slots = self.free(doctor, kind)
        place = bisect_left(slots, visit.start, key=lambda slot: slot.start)
        both = (
            (Offer(doctor, kind, slot) for slot in some)
            for some in (slots[place:], reversed(slots[:place]))
        )
        for offer in merge(*both, key=lambda offer: distance(offer, visit)):
            if self.fits(visit, offer):
                yield offer

    def free(self, doctor: Doctor, kind: VisitType) -> list[Slot]:
        if (doctor.pk, kind.pk) not in self.slots:
            found = self.times.of(doctor, kind, latest=self.until)
            self.slots[doctor.pk, kind.pk] = list(found)
        return self.slots[doctor.pk, kind.pk]

    def fits(self, visit: Appointment, offer: Offer) -> bool:
        """In the same town, when the patient has no other visit, and promised to nobody else."""
        slot = offer.slot
        if slot.location.city != visit.location.city:
            return False
        until = slot.end + offer.visit_type.buffer
        return not any(
            start < until and slot.start < end for start, end in self.promised[offer.doctor.pk]
        ) and not any(
            start < slot.end and slot.start < end
            for pk, start, end in self.held[visit.patient_id]
            if pk != visit.pk
        )

    def promise(self, visit: Appointment, offer: Offer) -> None:
        slot = offer.slot
        self.promised[offer.doctor.pk].append((slot.start, slot.end + offer.visit_type.buffer))
        self.held[visit.patient_id].append((None, slot.start, slot.end))


def distance(offer: Offer, visit: Appointment) -> timedelta:
    return abs(offer.slot.start - visit.start)


def who_could_see(visits: Iterable[Appointment]) -> list[Doctor]:
    """The doctors of these visits, and those of the same specialties in the same towns."""
    specialties = {visit.doctor.specialty_id for visit in visits} - {None}
    hours = WorkingHours.objects.filter(
        location__city__in={visit.location.city for visit in visits}
    )
    colleagues = Q(specialty__in=specialties, pk__in=hours.values("doctor"))
    own = Q(pk__in={visit.doctor_id for visit in visits})
    doctors = Doctor.objects.bookable().filter(own | colleagues)
    return list(doctors.select_related("specialty").with_schedule().order_by("pk"))


def kind_like(visit: Appointment, doctor: Doctor) -> VisitType | None:
    """What the visit would be for with this doctor: of the same name, else as long, else the first.

    With another doctor not what is only for who has been with that doctor before.
    """
    kind = visit.visit_type
    offered = [one for one in doctor.visit_types.all() if one.is_active]
    if doctor.pk == visit.doctor_id:
        return next((one for one in offered if one.pk == kind.pk), None)
    offered = [one for one in offered if one.audience != VisitType.Audience.KNOWN]
    named = [one for one in offered if one.name.casefold() == kind.name.casefold()]
    as_long = [one for one in offered if one.duration_minutes == kind.duration_minutes]
    return next(iter([*named, *as_long, *offered]), None)


Held = dict[int, list[tuple[UUID | None, datetime, datetime]]]


def held_by_all(visits: Iterable[Appointment], now: datetime) -> Held:
    """The visits that the patients of these hold, by patient id."""
    held: Held = defaultdict(list)
    rows = Appointment.objects.upcoming(now).filter(
        patient__in={visit.patient_id for visit in visits}
    )
    for patient, pk, start, end in rows.values_list("patient_id", "pk", "start", "end"):
        held[patient].append((pk, start, end))
    return held


def unreachable(visits: Iterable[Appointment]) -> set[int]:
    """The ids of those patients about whom a mail would reach nobody: they are telephoned."""
    readers = PatientAccess.objects.filter(
        patient=OuterRef("pk"), ended_at=None, user__is_active=True
    )
    patients = Patient.objects.filter(pk__in={visit.patient_id for visit in visits}, email="")
    return set(patients.exclude(Exists(readers)).values_list("pk", flat=True))


# Time off that is entered already


def time_off_meeting(visits: Iterable[Appointment], now: datetime) -> dict[TimeOff, int]:
    """The time off that meets some of these visits, by its start, with how many it meets."""
    visits = list(visits)
    rows = (
        TimeOff.objects.filter(
            Q(doctor__in={visit.doctor_id for visit in visits})
            | Q(location__in={visit.location_id for visit in visits}),
            end__gt=now,
        )
        .select_related("doctor", "location")
        .order_by("start", "pk")
        if visits
        else TimeOff.objects.none()
    )
    counts = {off: sum(meets(off, visit) for visit in visits) for off in rows}
    return {off: count for off, count in counts.items() if count}


def meets(off: TimeOff, visit: Appointment) -> bool:
    whose = off.doctor_id == visit.doctor_id or (
        off.location_id is not None and off.location_id == visit.location_id
    )
    return whose and off.start < visit.end and visit.start < off.end


UNANSWERED_FOR = timedelta(days=30)


def unanswered(now: datetime) -> AppointmentQuerySet:
    """Visits whose patients were asked to choose another time, and whose time went by."""
    rows = Appointment.objects.filter(start__gt=now - UNANSWERED_FOR, end__lte=now).asked()
    return rows.select_related("doctor", "patient", "location").order_by("start", "id")


def doctors_at(place: Location) -> list[int]:
    """The ids of those who work at this place, or have visits there."""
    return sorted(
        set(WorkingHours.objects.filter(location=place).values_list("doctor_id", flat=True))
        | set(
            Appointment.objects.blocking()
            .filter(location=place)
            .order_by()
            .values_list("doctor_id", flat=True)
            .distinct()
        )
    )
