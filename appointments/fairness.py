"""Fair use, so that times serve all: who holds much in a specialty, books twice, misses visits.

All of it is off until the clinic sets it (BookingPolicy). A rule that is off asks the database
nothing. Checks that others may spoil meanwhile are asked under the lock, by the services.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Patient, PatientAccess, User
from appointments.actors import Holder
from appointments.exceptions import CannotReplace, SimilarVisit, TooManyOpen
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.permissions import is_at_desk, is_clinic_for
from appointments.querysets import (
    AppointmentQuerySet,
    is_question,
    made_way_for_an_offer,
    was_asked_last,
)
from appointments.selectors import HeldVisit, held_by
from doctors.availability import Slot
from doctors.models import Doctor
from doctors.wall_clock import day_and_clock

Status = Appointment.Status
Kind = AppointmentEvent.Kind
MOST_NAMED = 5

# How much one patient holds in a specialty


def in_specialty(held: Iterable[HeldVisit], doctor: Doctor) -> list[HeldVisit]:
    """Those in the doctor's specialty; a doctor without one shares it with nobody."""
    if doctor.specialty_id is None:
        return []
    return [visit for visit in held if visit.specialty_id == doctor.specialty_id]


def without(replace: Appointment | None, held: list[HeldVisit], doctor: Doctor) -> list[HeldVisit]:
    """What the patient holds but for the visit that one with `doctor` replaces.

    Raises CannotReplace unless that is theirs, in the same specialty, and as it was read.
    """
    if replace is None:
        return held
    asked = (replace.pk, replace.doctor_id)
    if asked not in [(visit.id, visit.doctor_id) for visit in in_specialty(held, doctor)]:
        raise CannotReplace
    return [visit for visit in held if visit.id != replace.pk]


def check_specialty(
    held: list[HeldVisit], doctor: Doctor, policy: BookingPolicy, *, overrule: bool = False
) -> None:
    """Whether the patient, who holds these visits, may hold one more in the doctor's specialty."""
    most = policy.max_open_per_specialty
    if most is None or overrule or not holds_most_there(held, doctor, policy):
        return
    there = in_specialty(held, doctor)
    raise TooManyOpen(
        ngettext(
            "You can hold %(count)s appointment in %(specialty)s at a time. You have: %(visits)s. "
            "Cancel it to book another.",
            "You can hold %(count)s appointments in %(specialty)s at a time. You have: %(visits)s. "
            "Cancel one to book another.",
            most,
        )
        % {
            "count": most,
            "specialty": doctor.specialty,
            "visits": "; ".join(map(with_whom, read(there)[:MOST_NAMED])),
        }
    )


def holds_most_there(held: list[HeldVisit], doctor: Doctor, policy: BookingPolicy) -> bool:
    """Whether who holds these visits may hold no more in the doctor's specialty."""
    most = policy.max_open_per_specialty
    return most is not None and len(in_specialty(held, doctor)) >= most


def read(held: Iterable[HeldVisit]) -> list[Appointment]:
    """These visits as they are in the book, with what names them, the nearest to come first."""
    visits = Appointment.objects.filter(pk__in=[visit.id for visit in held])
    return list(visits.select_related("doctor__specialty", "patient", "location"))


def with_whom(visit: Appointment) -> str:
    """Dr. Smith, Wednesday 25 November 2026, 9:30am."""
    when = day_and_clock(visit.start, visit.location.zone)
    return _("%(doctor)s, %(when)s") % {"doctor": visit.doctor, "when": when}


# A second visit in the same specialty


def check_similar(
    held: list[HeldVisit], doctor: Doctor, slot: Slot, policy: BookingPolicy, now: datetime
) -> None:
    """Raise SimilarVisit if there is something to ask before `slot` is booked."""
    found = similar_among(held, doctor, slot, policy, now)
    if found:
        raise SimilarVisit(found[0], question_about(found))


def similar_visits(
    patient: Patient, doctor: Doctor, slot: Slot, policy: BookingPolicy, now: datetime
) -> list[Appointment]:
    """The visits of this patient that a booking of `slot` would ask about, the nearest first."""
    if not policy.same_specialty_days:
        return []
    return similar_among(held_by(patient, now), doctor, slot, policy, now)


def similar_among(
    held: list[HeldVisit], doctor: Doctor, slot: Slot, policy: BookingPolicy, now: datetime
) -> list[Appointment]:
    """Those to come in the same specialty, so many days before or after: on their calendars."""
    days = policy.same_specialty_days
    if not days:
        return []
    day = slot.start.astimezone(slot.location.zone).date()
    near = [
        visit
        for visit in in_specialty(held, doctor)
        if visit.start > now and abs((visit.local_day - day).days) <= days
    ]
    if not near:
        return []
    return sorted(read(near), key=lambda visit: (abs(visit.start - slot.start), visit.start))


def question_about(similar: Sequence[Appointment]) -> str:
    """What is asked before such a booking."""
    visit, specialty = similar[0], similar[0].doctor.specialty
    if len(similar) == 1:
        return _(
            "There is already an appointment with %(doctor)s, %(title)s, on %(when)s. Keep both, "
            "or replace it?"
        ) % {
            "doctor": visit.doctor,
            "title": specialty.title if specialty else "",
            "when": day_and_clock(visit.start, visit.location.zone),
        }
    return _(
        "There are already %(count)s appointments in %(specialty)s at about this time. Keep them "
        "all, or replace one?"
    ) % {"count": len(similar), "specialty": specialty}


# Missed visits


def missed(now: datetime, policy: BookingPolicy) -> AppointmentQuerySet:
    """The visits of the last days that were missed: nobody came, or they were cancelled late.

    Late is what the patient's side cancelled. Where the clinic had asked for another time, had
    never confirmed this one, or offered an earlier one from the waiting list that was taken,
    nothing was missed. Some may be waived.
    """
    events = AppointmentEvent.objects.filter(appointment=OuterRef("pk"))
    confirmed = events.filter(kind=Kind.CONFIRMED)
    cancelled = events.filter(
        ~made_way_for_an_offer(),
        kind=Kind.CANCELLED,
        at__gt=F("start") - timedelta(hours=policy.late_cancel_hours),
    )
    late = cancelled.filter(by_patients_side())
    gone = Q(Exists(late), Exists(confirmed), ~was_asked_last(), status=Status.CANCELLED)
    return Appointment.objects.filter(
        Q(status=Status.NO_SHOW) | gone,
        start__gt=now - timedelta(days=policy.misses_days),
    )


def by_patients_side() -> Q:
    """Of events: by who acts or has acted for the patient, or held the link of a mail."""
    acting = PatientAccess.objects.filter(
        user=OuterRef("by"), patient=OuterRef("appointment__patient")
    )
    # A doctor who cancels is the clinic, also where they are the patient's mother besides.
    own = Q(by=F("appointment__doctor__user"), appointment__doctor__user__isnull=False)
    return Q(by_link=True) | Q(Exists(acting)) & ~own


def counts_until(visit: Appointment, policy: BookingPolicy) -> datetime:
    """The instant from which on a missed visit does not count any more."""
    return visit.start + timedelta(days=policy.misses_days)


def count_misses(
    patients: Iterable[Patient | int], now: datetime, policy: BookingPolicy
) -> dict[int, int]:
    """How many missed visits count, by patient id; nobody is in it while nothing is counted."""
    if policy.misses_before_approval is None:
        return {}
    counted = missed(now, policy).filter(patient__in=patients, waiver=None)
    numbers = counted.order_by().values("patient").annotate(number=Count("pk"))
    return dict(numbers.values_list("patient", "number"))


def needs_approval(
    patient: Patient, by: User | Holder, now: datetime, policy: BookingPolicy
) -> bool:
    """Whether the clinic approves what `by` books for this patient, whoever the doctor is."""
    most = policy.misses_before_approval
    if most is None or is_at_desk(by):
        return False
    return count_misses([patient], now, policy).get(patient.pk, 0) >= most


def why_approval(
    patients: Iterable[Patient], by: User | Holder, now: datetime, policy: BookingPolicy
) -> dict[int, str]:
    """In words, for those of the patients whose bookings by `by` the clinic approves, by id.

    Whoever holds a link reads the first name alone.
    """
    most = policy.misses_before_approval
    if most is None or is_at_desk(by):
        return {}
    patients = list(patients)
    numbers = count_misses(patients, now, policy)
    return {
        patient.pk: ngettext(
            "The clinic confirms bookings for %(name)s itself, as %(count)s visit was missed or "
            "cancelled late in the last %(days)s days. Call the clinic if this is wrong.",
            "The clinic confirms bookings for %(name)s itself, as %(count)s visits were missed or "
            "cancelled late in the last %(days)s days. Call the clinic if this is wrong.",
            numbers[patient.pk],
        )
        % {
            "name": patient.first_name if isinstance(by, Holder) else patient,
            "count": numbers[patient.pk],
            "days": policy.misses_days,
        }
        for patient in patients
        if numbers.get(patient.pk, 0) >= most
    }


def would_be_missed(
    visit: Appointment, by: User | Holder, now: datetime, policy: BookingPolicy
) -> bool:
    """Whether it counts if `by` cancels the visit at `now`; reads the prefetched events."""
    if policy.misses_before_approval is None or is_clinic_for(by, visit):
        return False
    if now <= visit.start - timedelta(hours=policy.late_cancel_hours):
        return False
    kinds = [event.kind for event in visit.events.all()]
    return Kind.CONFIRMED in kinds and not is_question(visit.status, kinds)
