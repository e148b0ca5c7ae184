"""What must hold for an appointment to be booked, moved, cancelled. Each check returns or raises.

Checks that others may spoil meanwhile are asked under the lock, by services.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Patient, User
from accounts.selectors import contacts_of, has_confirmed_email, may_act_for
from appointments.actors import Holder
from appointments.exceptions import (
    AlreadyBooked,
    AlreadyPast,
    BookingError,
    EmailNotConfirmedYet,
    NotAllowed,
    NotForThisPatient,
    NotYourPatient,
    OutsideBookingWindow,
    PatientBusy,
    RequestExpired,
    TooEarly,
    TooLateToCancel,
    TooLateToReschedule,
    TooManyOpen,
    VisitTypeNotOffered,
    WrongStatus,
)
from appointments.models import Appointment, BookingPolicy
from appointments.permissions import is_at_desk, is_clinic_for
from appointments.selectors import HeldVisit
from doctors.availability import DAY, Slot
from doctors.models import Doctor, VisitType
from doctors.wall_clock import day_and_clock

Status = Appointment.Status
MINUTE = timedelta(minutes=1)
ABOUT_TO_BEGIN = timedelta(minutes=15)

# What each status may become; the rest is refused.
FROM = {
    Status.CONFIRMED: [Status.PENDING],
    Status.DECLINED: [Status.PENDING],
    Status.CANCELLED: [Status.PENDING, Status.CONFIRMED],
    Status.CHECKED_IN: [Status.CONFIRMED],
    Status.NO_SHOW: [Status.CONFIRMED],
    Status.COMPLETED: [Status.CHECKED_IN],
}


def check_cancel(
    *, appointment: Appointment, by: User | Holder, now: datetime, policy: BookingPolicy
) -> None:
    """Raise what `cancel` would raise."""
    clinic = check_actor(by, appointment)
    check_status(appointment, FROM[Status.CANCELLED])
    # A visit whose patient was to choose another time, and did not, never took place.
    if appointment.end <= now and not (clinic and was_asked(appointment)):
        raise AlreadyPast
    if not clinic and now > policy.cancel_until(appointment.start):
        raise TooLateToCancel


def check_reschedule(
    *, appointment: Appointment, by: User | Holder, now: datetime, policy: BookingPolicy
) -> None:
    """Raise what `reschedule` would raise whatever the new time."""
    clinic = check_actor(by, appointment)
    check_status(appointment, [Status.PENDING, Status.CONFIRMED])
    if appointment.start <= now:
        raise AlreadyPast
    late = not clinic and now > policy.reschedule_until(appointment.start)
    if late and not was_asked(appointment):
        raise TooLateToReschedule


def check_attend(*, appointment: Appointment, by: User | Holder, now: datetime) -> None:
    """Raise what `attend` would raise."""
    check_actor(by, appointment)
    check_status(appointment, [Status.CONFIRMED])
    if appointment.end <= now:
        raise AlreadyPast
    if was_asked(appointment):
        raise WrongStatus(_("The clinic cannot see you at this time. Choose another time."))


def was_asked(appointment: Appointment) -> bool:
    """Whether the patient is asked to choose another time, as the database has it now."""
    return Appointment.objects.filter(pk=appointment.pk).asked().exists()


def check_booker(by: User | Holder, patient: Patient) -> None:
    if isinstance(by, Holder):
        if by.visit_id is not None or not is_told(by, patient):
            raise NotYourPatient
        return
    if is_at_desk(by):
        return
    if not may_act_for(by, patient):
        raise NotYourPatient
    if settings.REQUIRE_VERIFIED_EMAIL and not has_confirmed_email(by):
        raise EmailNotConfirmedYet


def check_actor(by: User | Holder, appointment: Appointment) -> bool:
    """Whether the clinic acts (True) or someone who may act for the patient (False)."""
    clinic = is_clinic_for(by, appointment)
    if not clinic and not may_act_on(by, appointment):
        raise NotYourPatient
    return clinic


def may_act_on(by: User | Holder, appointment: Appointment) -> bool:
    """Whether they act for the patient of this visit."""
    if not isinstance(by, Holder):
        return may_act_for(by, appointment.patient)
    return by.visit_id in (None, appointment.pk) and is_told(by, appointment.patient)


def is_told(holder: Holder, patient: Patient) -> bool:
    """Whether mails about this patient still go to the holder of the link."""
    whose = (holder.email.lower(), holder.user.pk if holder.user else None)
    told = [(contact.email.lower(), contact.user_id) for contact in contacts_of(patient)]
    return holder.patient_id == patient.pk and whose in told


def check_clinic(by: User, appointment: Appointment) -> None:
    if not is_clinic_for(by, appointment):
        raise NotAllowed


def check_offer(
    doctor: Doctor, visit_type: VisitType, by: User | Holder, *, moving: Appointment | None = None
) -> VisitType:
    """The kind of visit as the doctor offers it now.

    Patients book online kinds only; the clinic's staff every kind that is offered, and so does who
    is asked to choose another time for a visit of that kind.
    """
    every_kind = is_at_desk(by) or (
        moving is not None and not visit_type.is_online and was_asked(moving)
    )
    offered = doctor.visit_types.all() if every_kind else doctor.offered_visit_types
    for kind in offered:
        if kind == visit_type and kind.is_active:
            return kind
    raise VisitTypeNotOffered


def check_audience(patient: Patient, doctor: Doctor, visit_type: VisitType, now: datetime) -> None:
    """Some kinds are for who has been with this doctor before, some for who has not."""
    if visit_type.audience == VisitType.Audience.EVERYONE:
        return
    known = Appointment.objects.seen(now).filter(doctor=doctor, patient=patient).exists()
    if known and visit_type.audience == VisitType.Audience.NEW:
        raise NotForThisPatient(
            _("This kind of visit is for people who have not been with this doctor before.")
        )
    if not known and visit_type.audience == VisitType.Audience.KNOWN:
        raise NotForThisPatient(
            _("This kind of visit is for people who have been with this doctor before.")
        )


def check_overrule(by: User | Holder, overrule: bool) -> None:
    if overrule and not is_at_desk(by):
        raise NotAllowed(_("Only the clinic can overrule its rules for booking online."))


def check_window(
    start: datetime,
    visit_type: VisitType,
    policy: BookingPolicy,
    now: datetime,
    *,
    overrule: bool = False,
) -> None:
    if start <= now:
        raise OutsideBookingWindow(_("This time has passed. Choose a later time."))
    if overrule:
        return
    if start < policy.earliest(visit_type, now):
        raise OutsideBookingWindow(
            _("This time is too near to book online. Choose a later time or call the clinic.")
        )
    if start >= policy.latest(visit_type, now):
        raise OutsideBookingWindow(_too_far(visit_type, policy))


def check_day(day: date, visit_type: VisitType, policy: BookingPolicy, now: datetime) -> None:
    """A day's instants are not known before its place is: refuse what is wrong everywhere."""
    if day < (now - DAY).date():
        raise OutsideBookingWindow(_("This day has passed. Choose a later day."))
    if day > (policy.latest(visit_type, now) + DAY).date():
        raise OutsideBookingWindow(_too_far(visit_type, policy))


def _too_far(visit_type: VisitType, policy: BookingPolicy) -> str:
    return _("Times are offered %(days)s days ahead. Choose an earlier time.") % {
        "days": policy.horizon(visit_type).days
    }


def check_patient(
    held: list[HeldVisit], slot: Slot, policy: BookingPolicy, *, overrule: bool = False
) -> None:
    """Whether the patient, who holds these visits, may hold one more at this time."""
    check_patient_free(held, slot)
    if holds_most(held, policy) and not overrule:
        raise TooManyOpen(
            ngettext(
                "You can hold %(count)s appointment at a time. Cancel it to book another.",
                "You can hold %(count)s appointments at a time. Cancel one to book another.",
                policy.max_open_visits,
            )
            % {"count": policy.max_open_visits}
        )


def holds_most(held: list[HeldVisit], policy: BookingPolicy) -> bool:
    """Whether who holds these visits may hold no more."""
    return len(held) >= policy.max_open_visits


def check_patient_free(held: list[HeldVisit], slot: Slot) -> None:
    if any(visit.start < slot.end and slot.start < visit.end for visit in held):
        raise PatientBusy


def next_minute(now: datetime) -> datetime:
    """The first whole minute after `now`: when somebody who is there can be seen at the soonest."""
    return now.replace(second=0, microsecond=0) + MINUTE


def is_about_to_begin(start: datetime, now: datetime) -> bool:
    """Whether who is there for a visit at `start` has come for it now."""
    return start <= now + ABOUT_TO_BEGIN


def check_change(appointment: Appointment, status: Status, now: datetime) -> None:
    """Whether the clinic may note at `now` that the appointment is `status`, as it stands.

    Raises WrongStatus, AlreadyPast, RequestExpired or TooEarly.
    """
    check_status(appointment, FROM[status])
    if status == Status.CONFIRMED and appointment.start <= now:
        raise AlreadyPast
    if status == Status.CONFIRMED and has_run_out(appointment, now):
        raise RequestExpired
    today = now.astimezone(appointment.location.zone).date()
    if status == Status.CHECKED_IN and today < appointment.local_day:
        raise TooEarly(_("A patient can be checked in on the day of the visit."))
    if status == Status.NO_SHOW and now < appointment.start:
        raise TooEarly(_("This can be noted once the visit should have begun."))
    if status == Status.CANCELLED and appointment.end <= now:
        raise AlreadyPast


def may_become(appointment: Appointment, status: Status, now: datetime) -> bool:
    """Whether `check_change` lets it: what pages offer is what the services do."""
    try:
        check_change(appointment, status, now)
    except BookingError:
        return False
    return True


def has_run_out(appointment: Appointment, now: datetime) -> bool:
    """Whether nobody answered the request in the time in which it was to be answered."""
    # Requests from before there was such a time, or taken over, wait until they would begin.
    return (appointment.answer_by or appointment.start) <= now


def check_status(appointment: Appointment, allowed: list[Status]) -> None:
    if appointment.status not in allowed:
        raise WrongStatus(
            _("This cannot be done: the appointment is “%(status)s”.")
            % {"status": appointment.get_status_display()}
        )


def refuse_repeat(same: Iterable[HeldVisit]) -> None:
    """Refuse what the patient holds already: `same` are such visits."""
    held = next(iter(same), None)
    if held is None:
        return
    appointment = Appointment.objects.select_related("doctor", "location").get(pk=held.id)
    when = day_and_clock(appointment.start, appointment.location.zone)
    raise AlreadyBooked(
        appointment,
        _("You already have an appointment with %(doctor)s on %(when)s.")
        % {"doctor": appointment.doctor, "when": when},
    )
