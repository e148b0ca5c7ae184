"""How an appointment comes to its time: booked, or moved."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import Patient, User
from appointments import rules, selectors
from appointments.exceptions import SlotUnavailable
from appointments.models import Appointment, BookingPolicy
from appointments.permissions import is_clinic_for
from appointments.services.writing import (
    all_or_refused,
    first_status,
    insert,
    lock,
    move,
    read_again,
)
from doctors.models import Doctor, VisitType

Status = Appointment.Status


def book(
    *,
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    start: datetime,
    by: User,
    now: datetime,
    reason: str = "",
    overrule: bool = False,
    walk_in: bool = False,
    kept: bool = False,
) -> Appointment:
    """Book the free time that begins at `start`.

    `overrule` (staff) ignores the rules for booking online: notice, horizon, how many visits a
    patient may hold. `walk_in` (staff) is for a patient who stands at the desk: it overrules these
    too, `start` may lie off the grid of starts, and nobody is asked to approve. A time that was
    `kept` for the patient counts as booked when it was offered: notice, horizon and the grid of
    starts were right then. Raises NotYourPatient, EmailNotConfirmedYet, NotAllowed,
    DoctorNotBookable, VisitTypeNotOffered, NotForThisPatient, OutsideBookingWindow, TooManyOpen,
    AlreadyBooked, PatientBusy or SlotUnavailable.
    """
    rules.check_booker(by, patient)
    overrule = overrule or walk_in
    rules.check_overrule(by, overrule)
    policy = BookingPolicy.current()
    with all_or_refused():
        doctor = lock(doctor, patient)
        visit_type = rules.check_offer(doctor, visit_type, by)
        held = selectors.held_by(patient, now)
        rules.refuse_repeat(
            visit for visit in held if (visit.doctor_id, visit.start) == (doctor.pk, start)
        )
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
        rules.check_patient(held, slot, policy, overrule=overrule)
        status = Status.CONFIRMED if walk_in else first_status(doctor)
        return insert(doctor, patient, visit_type, slot, by, now, reason, policy, status)


def book_first_free(
    *,
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    day: date,
    by: User,
    now: datetime,
    reason: str = "",
) -> Appointment:
    """Book the first free time of `day`, a date at the doctor's place; one a day for a patient.

    Raises what `book` raises.
    """
    rules.check_booker(by, patient)
    policy = BookingPolicy.current()
    with all_or_refused():
        doctor = lock(doctor, patient)
        visit_type = rules.check_offer(doctor, visit_type, by)
        rules.check_audience(patient, doctor, visit_type, now)
        rules.check_day(day, visit_type, policy, now)
        held = selectors.held_by(patient, now)
        rules.refuse_repeat(selectors.held_on(day, doctor, patient))
        times = selectors.FreeTimes([doctor], first_day=day, last_day=day, policy=policy, now=now)
        slot = next(times.of(doctor, visit_type), None)
        if slot is None:
            raise SlotUnavailable(_("There is no free time on this day. Choose another day."))
        rules.check_patient(held, slot, policy)
        return insert(doctor, patient, visit_type, slot, by, now, reason, policy)


def reschedule(
    *,
    appointment: Appointment,
    start: datetime,
    by: User,
    now: datetime,
    overrule: bool = False,
    kept: bool = False,
) -> Appointment:
    """Move an appointment to the free time that begins at `start`; its own time counts as free.

    Where the doctor approves bookings, a visit that its patient moves waits for approval again.
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
        status = appointment.status if is_clinic_for(by, appointment) else first_status(doctor)
        return move(appointment, slot, status, by, now, policy)
