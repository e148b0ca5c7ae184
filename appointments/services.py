"""What can happen to an appointment. The only writer: pages, API, admin and commands call these.

Each does all of it or raises a BookingError and changes nothing. `by` is the login that acts, `now`
the instant at which it acts.
"""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Patient, User
from accounts.selectors import has_confirmed_email, may_act_for
from appointments import emails, net, selectors
from appointments.exceptions import (
    AlreadyBooked,
    AlreadyPast,
    DoctorNotBookable,
    EmailNotConfirmedYet,
    NotAllowed,
    NotYourPatient,
    OutsideBookingWindow,
    PatientBusy,
    SlotUnavailable,
    TooEarly,
    TooLateToCancel,
    TooLateToReschedule,
    TooManyOpen,
    VisitTypeNotOffered,
    WrongStatus,
)
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.permissions import is_clinic_for
from doctors.availability import Slot
from doctors.models import Doctor, VisitType
from doctors.wall_clock import day_and_clock

Status = Appointment.Status
Kind = AppointmentEvent.Kind

# What each status may become; the rest is refused (DESIGN.md section 3).
FROM = {
    Status.CONFIRMED: [Status.PENDING],
    Status.DECLINED: [Status.PENDING],
    Status.CANCELLED: [Status.PENDING, Status.CONFIRMED],
    Status.CHECKED_IN: [Status.CONFIRMED],
    Status.NO_SHOW: [Status.CONFIRMED],
    Status.COMPLETED: [Status.CHECKED_IN],
}


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
) -> Appointment:
    """Book the free time that begins at `start`.

    Raises NotYourPatient, EmailNotConfirmedYet, DoctorNotBookable, VisitTypeNotOffered,
    OutsideBookingWindow, TooManyOpen, AlreadyBooked, PatientBusy or SlotUnavailable.
    """
    _check_booker(by, patient)
    policy = BookingPolicy.current()
    doctor = _lock(doctor, patient)
    _check_offer(doctor, visit_type)
    same = Appointment.objects.blocking().filter(doctor=doctor, patient=patient, start=start)
    _refuse_repeat(same.first())
    _check_window(start, policy, now)
    slot = selectors.slot_at(
        doctor=doctor, visit_type=visit_type, start=start, policy=policy, now=now
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
    _check_booker(by, patient)
    policy = BookingPolicy.current()
    doctor = _lock(doctor, patient)
    _check_offer(doctor, visit_type)
    _check_day(day, policy, now)
    theirs = Appointment.objects.blocking().filter(doctor=doctor, patient=patient)
    near = theirs.select_related("location").filter(
        start__date__range=(day - selectors.DAY, day + selectors.DAY)
    )
    _refuse_repeat(next((held for held in near if local_day(held) == day), None))
    times = selectors.FreeTimes([doctor], first_day=day, last_day=day, policy=policy, now=now)
    slot = next(times.of(doctor, visit_type), None)
    if slot is None:
        raise SlotUnavailable(_("There is no free time on this day. Choose another day."))
    return _insert(doctor, patient, visit_type, slot, by, now, reason, policy)


@transaction.atomic
def reschedule(
    *, appointment: Appointment, start: datetime, by: User, now: datetime
) -> Appointment:
    """Move an appointment to the free time that begins at `start`; its own time counts as free.

    Raises NotYourPatient, WrongStatus, AlreadyPast, TooLateToReschedule, OutsideBookingWindow,
    PatientBusy or SlotUnavailable; then the old time stands.
    """
    policy = BookingPolicy.current()
    doctor = _lock(appointment.doctor, appointment.patient)
    check_reschedule(appointment=appointment, by=by, now=now, policy=policy)
    _check_offer(doctor, appointment.visit_type)
    _check_window(start, policy, now)
    slot = selectors.slot_at(
        doctor=doctor,
        visit_type=appointment.visit_type,
        start=start,
        policy=policy,
        now=now,
        ignoring=appointment,
    )
    if slot is None:
        raise SlotUnavailable
    _check_patient_free(appointment.patient, slot, ignoring=appointment)
    _swap(
        appointment,
        start=slot.start,
        end=slot.end,
        location=slot.location,
        sequence=appointment.sequence + 1,
    )
    _record(appointment, Kind.MOVED, by, now)
    return appointment


@transaction.atomic
def cancel(*, appointment: Appointment, by: User, now: datetime, reason: str = "") -> Appointment:
    """Give the time back. The clinic may until the visit begins, patients until the cut-off.

    Raises NotYourPatient, WrongStatus, AlreadyPast or TooLateToCancel.
    """
    check_cancel(appointment=appointment, by=by, now=now, policy=BookingPolicy.current())
    return _become(appointment, Status.CANCELLED, by, now, reason)


def confirm(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Approve a request. Raises NotAllowed, WrongStatus or AlreadyPast."""
    _check_clinic(by, appointment)
    _check_status(appointment, FROM[Status.CONFIRMED])
    if appointment.start <= now:
        raise AlreadyPast
    return _become(appointment, Status.CONFIRMED, by, now)


def decline(*, appointment: Appointment, by: User, now: datetime, reason: str = "") -> Appointment:
    """Refuse a request and free its time. Raises NotAllowed or WrongStatus."""
    _check_clinic(by, appointment)
    return _become(appointment, Status.DECLINED, by, now, reason)


def check_in(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the patient has arrived. Raises NotAllowed, WrongStatus or TooEarly."""
    _check_clinic(by, appointment)
    _check_status(appointment, FROM[Status.CHECKED_IN])
    if now.astimezone(appointment.location.zone).date() < local_day(appointment):
        raise TooEarly(_("A patient can be checked in on the day of the visit."))
    return _become(appointment, Status.CHECKED_IN, by, now)


def complete(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the visit has taken place. Raises NotAllowed or WrongStatus."""
    _check_clinic(by, appointment)
    return _become(appointment, Status.COMPLETED, by, now)


def mark_no_show(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the patient did not come. Raises NotAllowed, WrongStatus or TooEarly."""
    _check_clinic(by, appointment)
    _check_status(appointment, FROM[Status.NO_SHOW])
    if now < appointment.start:
        raise TooEarly(_("This can be noted once the visit should have begun."))
    return _become(appointment, Status.NO_SHOW, by, now)


def local_day(appointment: Appointment) -> date:
    """The date of the visit on the calendar of its place."""
    return appointment.start.astimezone(appointment.location.zone).date()


# Checks: each returns or raises. Pages ask the first two to know what to offer.


def check_cancel(
    *, appointment: Appointment, by: User, now: datetime, policy: BookingPolicy
) -> None:
    """Raise what `cancel` would raise."""
    clinic = _check_actor(by, appointment)
    _check_status(appointment, FROM[Status.CANCELLED])
    if appointment.end <= now:
        raise AlreadyPast
    if not clinic and now > policy.cancel_until(appointment.start):
        raise TooLateToCancel


def check_reschedule(
    *, appointment: Appointment, by: User, now: datetime, policy: BookingPolicy
) -> None:
    """Raise what `reschedule` would raise whatever the new time."""
    clinic = _check_actor(by, appointment)
    _check_status(appointment, [Status.PENDING, Status.CONFIRMED])
    if appointment.start <= now:
        raise AlreadyPast
    if not clinic and now > policy.reschedule_until(appointment.start):
        raise TooLateToReschedule


def _check_booker(by: User, patient: Patient) -> None:
    if by.is_staff:
        return
    if not may_act_for(by, patient):
        raise NotYourPatient
    if settings.REQUIRE_VERIFIED_EMAIL and not has_confirmed_email(by):
        raise EmailNotConfirmedYet


def _check_actor(by: User, appointment: Appointment) -> bool:
    """Whether the clinic acts (True) or someone who may act for the patient (False)."""
    clinic = is_clinic_for(by, appointment)
    if not clinic and not may_act_for(by, appointment.patient):
        raise NotYourPatient
    return clinic


def _check_clinic(by: User, appointment: Appointment) -> None:
    if not is_clinic_for(by, appointment):
        raise NotAllowed


def _check_offer(doctor: Doctor, visit_type: VisitType) -> None:
    if doctor.status != Doctor.Status.APPROVED:
        raise DoctorNotBookable
    if visit_type not in doctor.offered_visit_types:
        raise VisitTypeNotOffered


def _check_window(start: datetime, policy: BookingPolicy, now: datetime) -> None:
    if start <= now:
        raise OutsideBookingWindow(_("This time has passed. Choose a later time."))
    if start < policy.earliest(now):
        raise OutsideBookingWindow(
            _("This time is too near to book online. Choose a later time or telephone the clinic.")
        )
    if start >= policy.latest(now):
        raise OutsideBookingWindow(_too_far(policy))


def _check_day(day: date, policy: BookingPolicy, now: datetime) -> None:
    """A day's instants are not known before its place is: refuse what is wrong everywhere."""
    if day < (now - selectors.DAY).date():
        raise OutsideBookingWindow(_("This day has passed. Choose a later day."))
    if day > (policy.latest(now) + selectors.DAY).date():
        raise OutsideBookingWindow(_too_far(policy))


def _too_far(policy: BookingPolicy) -> str:
    return _("Times are offered %(days)s days ahead. Choose an earlier time.") % {
        "days": policy.horizon_days
    }


def _check_open_visits(patient: Patient, policy: BookingPolicy, now: datetime) -> None:
    if Appointment.objects.filter(patient=patient).upcoming(now).count() >= policy.max_open_visits:
        raise TooManyOpen(
            _("You can hold %(count)s appointments at a time. Cancel one before you book another.")
            % {"count": policy.max_open_visits}
        )


def _check_patient_free(
    patient: Patient, slot: Slot, *, ignoring: Appointment | None = None
) -> None:
    held = Appointment.objects.filter(patient=patient).blocking().meeting(slot.start, slot.end)
    if held.exclude(pk=ignoring.pk if ignoring else None).exists():
        raise PatientBusy


def _check_status(appointment: Appointment, allowed: list[Status]) -> None:
    if appointment.status not in allowed:
        raise WrongStatus(
            _("This cannot be done: the appointment is “%(status)s”.")
            % {"status": appointment.get_status_display()}
        )


def _refuse_repeat(held: Appointment | None) -> None:
    if held is not None:
        when = day_and_clock(held.start, held.location.zone)
        raise AlreadyBooked(
            held,
            _("You already have an appointment with %(doctor)s on %(when)s.")
            % {"doctor": held.doctor, "when": when},
        )


# Writes: only inside a transaction.


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
    _check_patient_free(patient, slot)
    _check_open_visits(patient, policy, now)
    automatic = doctor.confirms_bookings == Doctor.Confirmation.AUTOMATIC
    appointment = Appointment(
        doctor=doctor,
        patient=patient,
        visit_type=visit_type,
        location=slot.location,
        start=slot.start,
        end=slot.end,
        status=Status.CONFIRMED if automatic else Status.PENDING,
        reason=reason,
        booked_by=by,
        booked_at=now,
    )
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError as error:
        raise _refusal_of_net(error) from error
    _record(appointment, Kind.CONFIRMED if automatic else Kind.REQUESTED, by, now)
    return appointment


@transaction.atomic
def _become(
    appointment: Appointment, status: Status, by: User, now: datetime, note: str = ""
) -> Appointment:
    _check_status(appointment, FROM[status])
    _swap(appointment, status=status)
    _record(appointment, Kind(status), by, now, note)
    return appointment


def _swap(appointment: Appointment, **changes: object) -> None:
    """Write the changes only if nobody has written since `appointment` was read."""
    unchanged = Appointment.objects.filter(
        pk=appointment.pk, status=appointment.status, version=appointment.version
    )
    changes["version"] = appointment.version + 1
    try:
        with transaction.atomic():
            written = unchanged.update(**changes)
    except IntegrityError as error:
        raise _refusal_of_net(error) from error
    if not written:
        raise WrongStatus(_("This appointment has just been changed. Look at it again."))
    for name, value in changes.items():
        setattr(appointment, name, value)


def _record(
    appointment: Appointment, kind: Kind, by: User, now: datetime, note: str = ""
) -> AppointmentEvent:
    event = AppointmentEvent.objects.create(
        appointment=appointment, kind=kind, by=by, at=now, start=appointment.start, note=note
    )
    emails.tell(event)
    return event


def _refusal_of_net(error: IntegrityError) -> Exception:
    """What to say when the database, not a check above, refused an overlap."""
    if net.DOCTOR in str(error):
        return SlotUnavailable()
    if net.PATIENT in str(error):
        return PatientBusy()
    return error
