"""How an appointment comes to its time: booked, or moved."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Patient, User
from appointments import rules, selectors
from appointments.exceptions import SlotUnavailable
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.permissions import is_clinic_for
from appointments.services.writing import read_again, record, refusal_of_net, swap
from doctors.availability import Slot
from doctors.models import Doctor, VisitType

Status = Appointment.Status
Kind = AppointmentEvent.Kind


@transaction.atomic
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
) -> Appointment:
    """Book the free time that begins at `start`; `overrule` (staff) ignores notice and horizon.

    Raises NotYourPatient, EmailNotConfirmedYet, NotAllowed, DoctorNotBookable, VisitTypeNotOffered,
    NotForThisPatient, OutsideBookingWindow, TooManyOpen, AlreadyBooked, PatientBusy or
    SlotUnavailable.
    """
    rules.check_booker(by, patient)
    rules.check_overrule(by, overrule)
    policy = BookingPolicy.current()
    doctor = _lock(doctor, patient)
    rules.check_offer(doctor, visit_type, by)
    same = Appointment.objects.blocking().filter(doctor=doctor, patient=patient, start=start)
    rules.refuse_repeat(same.first())
    rules.check_audience(patient, doctor, visit_type, now)
    rules.check_window(start, visit_type, policy, now, overrule=overrule)
    slot = selectors.slot_at(
        doctor=doctor,
        visit_type=visit_type,
        start=start,
        policy=policy,
        now=now,
        overrule=overrule,
    )
    if slot is None:
        raise SlotUnavailable
    return _insert(doctor, patient, visit_type, slot, by, now, reason, policy)


@transaction.atomic
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
    doctor = _lock(doctor, patient)
    rules.check_offer(doctor, visit_type, by)
    rules.check_audience(patient, doctor, visit_type, now)
    rules.check_day(day, visit_type, policy, now)
    theirs = Appointment.objects.blocking().filter(doctor=doctor, patient=patient)
    near = theirs.select_related("location").filter(
        start__date__range=(day - selectors.DAY, day + selectors.DAY)
    )
    rules.refuse_repeat(next((held for held in near if held.local_day == day), None))
    times = selectors.FreeTimes([doctor], first_day=day, last_day=day, policy=policy, now=now)
    slot = next(times.of(doctor, visit_type), None)
    if slot is None:
        raise SlotUnavailable(_("There is no free time on this day. Choose another day."))
    return _insert(doctor, patient, visit_type, slot, by, now, reason, policy)


@transaction.atomic
def reschedule(
    *,
    appointment: Appointment,
    start: datetime,
    by: User,
    now: datetime,
    overrule: bool = False,
) -> Appointment:
    """Move an appointment to the free time that begins at `start`; its own time counts as free.

    Where the doctor approves bookings, a visit that its patient moves waits for approval again.
    `overrule` as in `book`. Raises NotYourPatient, NotAllowed, WrongStatus, AlreadyPast,
    TooLateToReschedule, OutsideBookingWindow, PatientBusy or SlotUnavailable; then the old time
    stands.
    """
    rules.check_overrule(by, overrule)
    policy = BookingPolicy.current()
    doctor = _lock(appointment.doctor, appointment.patient)
    read_again(appointment)
    rules.check_reschedule(appointment=appointment, by=by, now=now, policy=policy)
    rules.check_offer(doctor, appointment.visit_type, by)
    rules.check_window(start, appointment.visit_type, policy, now, overrule=overrule)
    slot = selectors.slot_at(
        doctor=doctor,
        visit_type=appointment.visit_type,
        start=start,
        policy=policy,
        now=now,
        ignoring=appointment,
        overrule=overrule,
    )
    if slot is None:
        raise SlotUnavailable
    rules.check_patient_free(appointment.patient, slot, ignoring=appointment)
    swap(
        appointment,
        start=slot.start,
        end=slot.end,
        location=slot.location,
        sequence=appointment.sequence + 1,
        status=appointment.status if is_clinic_for(by, appointment) else _first_status(doctor),
    )
    record(appointment, Kind.MOVED, by, now)
    return appointment


# Parts of the above


def _lock(doctor: Doctor, patient: Patient) -> Doctor:
    """Make rivals for this doctor's or this patient's time wait; always in this order."""
    doctor = (
        Doctor.objects.select_for_update(no_key=True, of=("self",)).with_card().get(pk=doctor.pk)
    )
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    return doctor


def _insert(
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    slot: Slot,
    by: User,
    now: datetime,
    reason: str,
    policy: BookingPolicy,
) -> Appointment:
    rules.check_patient_free(patient, slot)
    rules.check_open_visits(patient, policy, now)
    appointment = Appointment(
        doctor=doctor,
        patient=patient,
        visit_type=visit_type,
        location=slot.location,
        start=slot.start,
        end=slot.end,
        status=_first_status(doctor),
        reason=reason,
        booked_by=by,
        booked_at=now,
    )
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError as error:
        raise refusal_of_net(error) from error
    requested = appointment.status == Status.PENDING
    record(appointment, Kind.REQUESTED if requested else Kind.CONFIRMED, by, now)
    return appointment


def _first_status(doctor: Doctor) -> Status:
    automatic = doctor.confirms_bookings == Doctor.Confirmation.AUTOMATIC
    return Status.CONFIRMED if automatic else Status.PENDING
