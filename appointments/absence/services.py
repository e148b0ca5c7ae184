"""Time off and closures over booked visits: entered, and each visit dealt with, in one act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Patient, User
from accounts.rows import lock_rows
from appointments import rules, selectors
from appointments.absence.plan import Absence, Ask, Cancel, Decision, Leave, Move
from appointments.absence.selectors import (
    doctors_at,
    kind_like,
    needs_decision,
    touched_by,
)
from appointments.exceptions import (
    AlternativeGone,
    NotAllowed,
    PatientBusy,
    SlotUnavailable,
    VisitsChanged,
)
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.outside_hours.selectors import stray_visits
from appointments.permissions import is_at_desk
from appointments.services.writing import (
    all_or_refused,
    become,
    first_status,
    move,
    record,
    swap,
)
from doctors import services as doctor_services
from doctors.availability import Slot
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, TimeOff, VisitType

Status = Appointment.Status
Kind = AppointmentEvent.Kind


@dataclass
class Outcome:
    """What was done: the time off, and the visits as they are now."""

    time_off: list[TimeOff]
    moved: list[Appointment] = field(default_factory=list)
    asked: list[Appointment] = field(default_factory=list)
    cancelled: list[Appointment] = field(default_factory=list)
    left: list[Appointment] = field(default_factory=list)


def take_time_off(
    *, absence: Absence, decisions: Mapping[UUID, Decision], by: User, now: datetime
) -> Outcome:
    """Enter the absence, unless it is entered already, and do what was decided about each visit.

    All or nothing. Raises NotAllowed; VisitsChanged where a visit that is touched now has no
    decision, or a decision is about one that is not; AlternativeGone where a chosen time is not
    free any more; a ValidationError for an absence that cannot be.
    """
    entered = absence.time_off is not None
    _check_may(by, absence, "appointments.change_appointment" if entered else "doctors.add_timeoff")
    policy = BookingPolicy.current()
    with all_or_refused():
        _lock(absence, decisions)
        visits = _touched_now(absence, decisions, by, now)
        outcome = Outcome(_enter(absence, now, repeatable=not decisions))
        # What is given back first is free for those who move.
        for kind in (Cancel, Ask, Leave, Move):
            for visit in visits:
                decision = decisions[visit.pk]
                if isinstance(decision, kind):
                    _act(visit, decision, outcome, by, now, policy)
        return outcome


def take_back_time_off(*, time_off: TimeOff, by: User, now: datetime) -> list[Appointment]:
    """The doctor works, or the place is open, after all; visits that were moved stay moved.

    Whose patients were asked to choose another time, and have not, take place: they are told, and
    returned. Raises NotAllowed.
    """
    absence = Absence.of(time_off)
    _check_may(by, absence, "doctors.delete_timeoff")
    with all_or_refused():
        _lock(absence, {})
        rows = touched_by(absence, now).asked().filter(start__gt=now)
        visits = _read_locked([visit.pk for visit in rows])
        for visit in visits:
            _check_clinic(by, visit)
        doctor_services.remove_time_off(time_off=time_off)
        strays = stray_visits({visit.doctor for visit in visits}, now=now)
        still = {stray.visit.pk for stray in strays}
        kept = [visit for visit in visits if visit.pk not in still]
        for visit in kept:
            swap(visit)
            confirmed = visit.status == Status.CONFIRMED
            record(visit, Kind.CONFIRMED if confirmed else Kind.REQUESTED, by, now)
        return kept


def _lock(absence: Absence, decisions: Mapping[UUID, Decision]) -> None:
    """Nobody books or moves with these doctors or for these patients until it is done."""
    if not connection.features.has_select_for_update:
        return  # SQLite took the only lock there is when the transaction began
    doctors = {choice.doctor for choice in decisions.values() if isinstance(choice, Move)}
    if absence.doctor is not None:
        doctors.add(absence.doctor.pk)
    if absence.location is not None:
        doctors.update(doctors_at(absence.location))
    patients = Appointment.objects.filter(pk__in=decisions).values_list("patient_id", flat=True)
    lock_rows(Doctor, sorted(doctors))
    lock_rows(Patient, sorted(set(patients)))


def _touched_now(
    absence: Absence, decisions: Mapping[UUID, Decision], by: User, now: datetime
) -> list[Appointment]:
    """The visits to decide about, locked; exactly those about which was decided."""
    touched = {visit.pk for visit in touched_by(absence, now) if needs_decision(visit, now)}
    visits = _read_locked([*touched, *(pk for pk in decisions if pk not in touched)])
    found = {
        visit.pk: visit
        for visit in visits
        if needs_decision(visit, now) and _is_touched(absence, visit)
    }
    for visit in visits:
        if visit.pk in found and visit.pk not in decisions:
            raise VisitsChanged(
                _("%(visit)s has been booked meanwhile. Choose what becomes of this visit too.")
                % {"visit": visit.who_and_when}
            )
        if visit.pk not in found and visit.pk in decisions:
            raise VisitsChanged(
                _("%(visit)s has been moved or cancelled meanwhile. Look at the list again.")
                % {"visit": visit.who_and_when}
            )
    if decisions.keys() != found.keys():  # about a visit that never was
        raise VisitsChanged(_("The visits have changed meanwhile. Look at the list again."))
    for visit in found.values():
        _check_clinic(by, visit)
    return list(found.values())


def _is_touched(absence: Absence, visit: Appointment) -> bool:
    whose = (
        visit.doctor_id == absence.doctor.pk
        if absence.doctor is not None
        else absence.location is not None and visit.location_id == absence.location.pk
    )
    return whose and absence.meets(visit.start, visit.end)


def _read_locked(ids: list[UUID]) -> list[Appointment]:
    """As they stand now, by time: their patients may cancel until this moment."""
    rows = Appointment.objects.filter(pk__in=ids).order_by("start", "id")
    return list(
        rows.select_related("doctor", "patient", "visit_type", "location").select_for_update(
            no_key=True, of=("self",)
        )
    )


def _check_may(by: User, absence: Absence, permission: str) -> None:
    """Doctors say when they are away themselves; for all, staff with the admin's permission."""
    own = absence.doctor is not None and absence.doctor.user_id == by.pk
    if not own and not (by.is_staff and by.has_perm(permission)):
        raise NotAllowed


def _check_clinic(by: User, visit: Appointment) -> None:
    try:
        rules.check_clinic(by, visit)
    except NotAllowed as refusal:
        raise NotAllowed(
            _("Only who may change appointments can decide about the visits that this touches.")
        ) from refusal


def _enter(absence: Absence, now: datetime, *, repeatable: bool) -> list[TimeOff]:
    """Entered twice it is one; but what was decided with it is done once only."""
    if absence.time_off is not None:
        return [_entered_before(absence, absence.time_off)]
    rows = []
    for span in absence.spans:
        times = {"start": span.start, "end": span.end}
        whose = {"doctor": absence.doctor, "location": absence.location}
        same = TimeOff.objects.filter(**whose, **times).first()
        if same is not None and not repeatable:
            raise VisitsChanged(
                _("This time off is entered already. Open it to deal with the visits in it.")
            )
        rows.append(
            same
            or doctor_services.add_time_off(
                doctor=absence.doctor,
                location=absence.location,
                start=span.start,
                end=span.end,
                reason=span.reason,
                now=now,
            )
        )
    return rows


def _entered_before(absence: Absence, time_off: TimeOff) -> TimeOff:
    [span] = absence.spans
    same = TimeOff.objects.filter(pk=time_off.pk, start=span.start, end=span.end).first()
    if same is None:
        raise VisitsChanged(_("This time off has been changed or taken back meanwhile."))
    return same


def _act(
    visit: Appointment,
    decision: Decision,
    outcome: Outcome,
    by: User,
    now: datetime,
    policy: BookingPolicy,
) -> None:
    match decision:
        case Move():
            outcome.moved.append(_move(visit, decision, by, now, policy))
        case Ask():
            outcome.asked.append(_ask(visit, by, now))
        case Cancel():
            outcome.cancelled.append(become(visit, Status.CANCELLED, by, now, decision.note))
        case Leave():
            if not rules.was_asked(visit):
                raise VisitsChanged(
                    _("%(visit)s cannot stay as it is. Choose what becomes of this visit.")
                    % {"visit": visit.who_and_when}
                )
            outcome.left.append(visit)


def _ask(visit: Appointment, by: User, now: datetime) -> Appointment:
    """The visit keeps its time until the patient has chosen; a request does not end before it."""
    swap(visit, answer_by=visit.start if visit.status == Status.PENDING else None)
    record(visit, Kind.OFFERED, by, now)
    return visit


def _status_with(colleague: Doctor, visit: Appointment) -> str:
    """What a visit is that a doctor hands to a colleague, who may want to be asked."""
    asked = first_status(colleague) == Status.PENDING
    return Status.PENDING if asked else visit.status


def _move(
    visit: Appointment, to: Move, by: User, now: datetime, policy: BookingPolicy
) -> Appointment:
    name = visit.who_and_when
    try:
        doctor, kind, slot = _place(visit, to, now, policy)
        if doctor.pk == visit.doctor_id:
            return move(visit, slot, visit.status, by, now, policy)
        status = visit.status if is_at_desk(by) else _status_with(doctor, visit)
        return move(visit, slot, status, by, now, policy, doctor=doctor, visit_type=kind)
    except (PatientBusy, SlotUnavailable) as refusal:
        raise AlternativeGone(
            _("The time that was chosen for %(visit)s is not free any more. Choose again.")
            % {"visit": name}
        ) from refusal


def _place(
    visit: Appointment, to: Move, now: datetime, policy: BookingPolicy
) -> tuple[Doctor, VisitType, Slot]:
    """Where the visit moves to: in its town, with its doctor or one of the same specialty."""
    doctor = doctor_to_book(pk=to.doctor)
    same = to.doctor == visit.doctor_id
    if doctor is None or not (same or doctor.specialty_id == visit.doctor.specialty_id):
        raise SlotUnavailable
    kind = kind_like(visit, doctor)
    if kind is None:
        raise SlotUnavailable
    slot = selectors.slot_at(
        doctor=doctor,
        visit_type=kind,
        start=to.start,
        policy=policy,
        now=now,
        ignoring=visit,
        overrule=True,
    )
    if slot is None or slot.location.city != visit.location.city:  # as Search.fits offers
        raise SlotUnavailable
    held = selectors.held_by(visit.patient, now)
    rules.check_patient_free([other for other in held if other.id != visit.pk], slot)
    return doctor, kind, slot
