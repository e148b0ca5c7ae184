"""What must hold for an appointment to be booked, moved, cancelled. Each check returns or raises.

Checks that others may spoil meanwhile are asked under the lock, by services.py.
"""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Patient, User
from accounts.selectors import has_confirmed_email, may_act_for
from appointments.exceptions import (
    AlreadyBooked,
    AlreadyPast,
    DoctorNotBookable,
    EmailNotConfirmedYet,
    NotAllowed,
    NotYourPatient,
    OutsideBookingWindow,
    PatientBusy,
    TooLateToCancel,
    TooLateToReschedule,
    TooManyOpen,
    VisitTypeNotOffered,
    WrongStatus,
)
from appointments.models import Appointment, BookingPolicy
from appointments.permissions import is_clinic_for
from doctors.availability import DAY, Slot
from doctors.models import Doctor, VisitType
from doctors.wall_clock import day_and_clock

Status = Appointment.Status

# What each status may become; the rest is refused (DESIGN.md section 3).
FROM = {
    Status.CONFIRMED: [Status.PENDING],
    Status.DECLINED: [Status.PENDING],
    Status.CANCELLED: [Status.PENDING, Status.CONFIRMED],
    Status.CHECKED_IN: [Status.CONFIRMED],
    Status.NO_SHOW: [Status.CONFIRMED],
    Status.COMPLETED: [Status.CHECKED_IN],
}


def check_cancel(
    *, appointment: Appointment, by: User, now: datetime, policy: BookingPolicy
) -> None:
    """Raise what `cancel` would raise."""
    clinic = check_actor(by, appointment)
    check_status(appointment, FROM[Status.CANCELLED])
    if appointment.end <= now:
        raise AlreadyPast
    if not clinic and now > policy.cancel_until(appointment.start):
        raise TooLateToCancel


def check_reschedule(
    *, appointment: Appointment, by: User, now: datetime, policy: BookingPolicy
) -> None:
    """Raise what `reschedule` would raise whatever the new time."""
    clinic = check_actor(by, appointment)
    check_status(appointment, [Status.PENDING, Status.CONFIRMED])
    if appointment.start <= now:
        raise AlreadyPast
    if not clinic and now > policy.reschedule_until(appointment.start):
        raise TooLateToReschedule


def check_booker(by: User, patient: Patient) -> None:
    if by.is_staff:
        return
    if not may_act_for(by, patient):
        raise NotYourPatient
    if settings.REQUIRE_VERIFIED_EMAIL and not has_confirmed_email(by):
        raise EmailNotConfirmedYet


def check_actor(by: User, appointment: Appointment) -> bool:
    """Whether the clinic acts (True) or someone who may act for the patient (False)."""
    clinic = is_clinic_for(by, appointment)
    if not clinic and not may_act_for(by, appointment.patient):
        raise NotYourPatient
    return clinic


def check_clinic(by: User, appointment: Appointment) -> None:
    if not is_clinic_for(by, appointment):
        raise NotAllowed


def check_offer(doctor: Doctor, visit_type: VisitType) -> None:
    if doctor.status != Doctor.Status.APPROVED:
        raise DoctorNotBookable
    if visit_type not in doctor.offered_visit_types:
        raise VisitTypeNotOffered


def check_window(start: datetime, policy: BookingPolicy, now: datetime) -> None:
    if start <= now:
        raise OutsideBookingWindow(_("This time has passed. Choose a later time."))
    if start < policy.earliest(now):
        raise OutsideBookingWindow(
            _("This time is too near to book online. Choose a later time or telephone the clinic.")
        )
    if start >= policy.latest(now):
        raise OutsideBookingWindow(_too_far(policy))


def check_day(day: date, policy: BookingPolicy, now: datetime) -> None:
    """A day's instants are not known before its place is: refuse what is wrong everywhere."""
    if day < (now - DAY).date():
        raise OutsideBookingWindow(_("This day has passed. Choose a later day."))
    if day > (policy.latest(now) + DAY).date():
        raise OutsideBookingWindow(_too_far(policy))


def _too_far(policy: BookingPolicy) -> str:
    return _("Times are offered %(days)s days ahead. Choose an earlier time.") % {
        "days": policy.horizon_days
    }


def check_open_visits(patient: Patient, policy: BookingPolicy, now: datetime) -> None:
    if Appointment.objects.filter(patient=patient).upcoming(now).count() >= policy.max_open_visits:
        raise TooManyOpen(
            ngettext(
                "You can hold %(count)s appointment at a time. Cancel it to book another.",
                "You can hold %(count)s appointments at a time. Cancel one to book another.",
                policy.max_open_visits,
            )
            % {"count": policy.max_open_visits}
        )


def check_patient_free(
    patient: Patient, slot: Slot, *, ignoring: Appointment | None = None
) -> None:
    held = Appointment.objects.filter(patient=patient).blocking().meeting(slot.start, slot.end)
    if held.exclude(pk=ignoring.pk if ignoring else None).exists():
        raise PatientBusy


def check_status(appointment: Appointment, allowed: list[Status]) -> None:
    if appointment.status not in allowed:
        raise WrongStatus(
            _("This cannot be done: the appointment is “%(status)s”.")
            % {"status": appointment.get_status_display()}
        )


def refuse_repeat(held: Appointment | None) -> None:
    if held is not None:
        when = day_and_clock(held.start, held.location.zone)
        raise AlreadyBooked(
            held,
            _("You already have an appointment with %(doctor)s on %(when)s.")
            % {"doctor": held.doctor, "when": when},
        )
