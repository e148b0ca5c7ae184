"""How an appointment comes to its time: booked, or moved."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import Patient, User
from appointments import fairness, rules, selectors
from appointments.actors import Holder
from appointments.exceptions import SlotUnavailable
from appointments.models import Appointment, BookingPolicy
from appointments.permissions import is_clinic_for
from appointments.services.writing import (
    all_or_refused,
    insert,
    insert_instead,
    lock,
    move,
    read_again,
    status_at_first,
)
from doctors.models import Doctor, VisitType

Status = Appointment.Status


def book(
    *,
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    start: datetime,
    by: User | Holder,
    now: datetime,
    reason: str = "",
    overrule: bool = False,
    walk_in: bool = False,
    keep_both: bool = False,
    replace: Appointment | None = None,
    kept: bool = False,
) -> Appointment:
    """Book the free time that begins at `start`.

    `overrule` (staff) ignores the rules for booking online: notice, horizon, how many visits a
    patient may hold. `walk_in` (staff) is for a patient who stands at the desk: it overrules these
    too, `start` may lie off the grid of starts, and nobody is asked to approve. A time that was
    `kept` for the patient counts as booked when it was offered: notice, horizon and the grid of
    starts were right then.
    Where there is a visit in the same specialty at about this time, one of `keep_both` and
    `replace` must be given: `replace` is cancelled in the same act. Raises NotYourPatient,
    EmailNotConfirmedYet, NotAllowed, DoctorNotBookable, VisitTypeNotOffered, NotForThisPatient,
    OutsideBookingWindow, SimilarVisit, CannotReplace, TooManyOpen, AlreadyBooked, PatientBusy or
    SlotUnavailable, and where a visit is replaced what `cancel` raises.
    """
    rules.check_booker(by, patient)
    overrule = overrule or walk_in
    rules.check_overrule(by, overrule)
    policy = BookingPolicy.current()
    with all_or_refused():
        doctor = lock(doctor, patient, replace=replace)
        visit_type = rules.check_offer(doctor, visit_type, by)
        held = selectors.held_by(patient, now)
        rules.refuse_repeat(
            visit for visit in held if (visit.doctor_id, visit.start) == (doctor.pk, start)
        )
        held = fairness.without(replace, held, doctor)
        rules.check_audience(patient, doctor, visit_type, now)
        rules.check_window(start, visit_type, policy, now, overrule=overrule or kept)
        slot = selectors.slot_at(
            doctor=doctor,
            visit_type=visit_type,
            start=start,
            policy=policy,
            now=now,
            overrule=overrule or kept,
            off_grid=walk_in or kept,
        )
        if slot is None:
            raise SlotUnavailable
        if not (keep_both or replace or walk_in):
            fairness.check_similar(held, doctor, slot, policy, now)
        rules.check_patient(held, slot, policy, overrule=overrule)
        fairness.check_specialty(held, doctor, policy, overrule=overrule)
        what = (doctor, patient, visit_type, slot, by, now, reason, policy)
        if replace is not None:
            return insert_instead(replace, *what)
        return insert(*what, Status.CONFIRMED if walk_in else None)


def book_first_free(
    *,
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    day: date,
    by: User,
    now: datetime,
    reason: str = "",
    keep_both: bool = False,
    replace: Appointment | None = None,
) -> Appointment:
    """Book the first free time of `day`, a date at the doctor's place; one a day for a patient.

    Raises what `book` raises.
    """
    rules.check_booker(by, patient)
    policy = BookingPolicy.current()
    with all_or_refused():
        doctor = lock(doctor, patient, replace=replace)
        visit_type = rules.check_offer(doctor, visit_type, by)
        rules.check_audience(patient, doctor, visit_type, now)
        rules.check_day(day, visit_type, policy, now)
        rules.refuse_repeat(selectors.held_on(day, doctor, patient))
        held = fairness.without(replace, selectors.held_by(patient, now), doctor)
        times = selectors.FreeTimes([doctor], first_day=day, last_day=day, policy=policy, now=now)
        slot = next(times.of(doctor, visit_type), None)
        if slot is None:
            raise SlotUnavailable(_("There is no free time on this day. Choose another day."))
        if not (keep_both or replace):
            fairness.check_similar(held, doctor, slot, policy, now)
        rules.check_patient(held, slot, policy)
        fairness.check_specialty(held, doctor, policy)
        what = (doctor, patient, visit_type, slot, by, now, reason, policy)
        return insert(*what) if replace is None else insert_instead(replace, *what)


def reschedule(
    *,
    appointment: Appointment,
    start: datetime,
    by: User | Holder,
    now: datetime,
    overrule: bool = False,
    kept: bool = False,
) -> Appointment:
    """Move an appointment to the free time that begins at `start`; its own time counts as free.

    Where the doctor approves bookings, or the clinic those of this patient, a visit that its
    patient moves waits for approval again.
    Who was asked to choose another time may move the visit until it would have begun.
    `overrule` and `kept` as in `book`. Raises NotYourPatient, NotAllowed, WrongStatus, AlreadyPast,
    TooLateToReschedule, OutsideBookingWindow, PatientBusy or SlotUnavailable; then the old time
    stands.
    """
    rules.check_overrule(by, overrule)
    policy = BookingPolicy.current()
    with all_or_refused():
        doctor = lock(appointment.doctor, appointment.patient)
        read_again(appointment)
        rules.check_reschedule(appointment=appointment, by=by, now=now, policy=policy)
        visit_type = rules.check_offer(doctor, appointment.visit_type, by, moving=appointment)
        rules.check_window(start, visit_type, policy, now, overrule=overrule or kept)
        slot = selectors.slot_at(
            doctor=doctor,
            visit_type=visit_type,
            start=start,
            policy=policy,
            now=now,
            ignoring=appointment,
            overrule=overrule or kept,
            off_grid=kept,
        )
        if slot is None:
            raise SlotUnavailable
        held = selectors.held_by(appointment.patient, now)
        rules.check_patient_free([visit for visit in held if visit.id != appointment.pk], slot)
        status: str = appointment.status
        if not is_clinic_for(by, appointment):
            status = status_at_first(doctor, appointment.patient, by, now, policy)
        return move(appointment, slot, status, by, now, policy)
