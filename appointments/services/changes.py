"""What becomes of an appointment after it was booked, other than a new time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import rules
from appointments.exceptions import AlreadyPast, TooEarly
from appointments.models import Appointment, BookingPolicy
from appointments.services.writing import become, read_again

Status = Appointment.Status


@transaction.atomic
def cancel(*, appointment: Appointment, by: User, now: datetime, reason: str = "") -> Appointment:
    """Give the time back. The clinic may until the visit begins, patients until the cut-off.

    Raises NotYourPatient, WrongStatus, AlreadyPast or TooLateToCancel.
    """
    read_again(appointment)
    rules.check_cancel(appointment=appointment, by=by, now=now, policy=BookingPolicy.current())
    return become(appointment, Status.CANCELLED, by, now, reason)


@transaction.atomic
def confirm(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Approve a request. Raises NotAllowed, WrongStatus or AlreadyPast."""
    rules.check_clinic(by, appointment)
    read_again(appointment)
    rules.check_status(appointment, rules.FROM[Status.CONFIRMED])
    if appointment.start <= now:
        raise AlreadyPast
    return become(appointment, Status.CONFIRMED, by, now)


@transaction.atomic
def decline(*, appointment: Appointment, by: User, now: datetime, reason: str = "") -> Appointment:
    """Refuse a request and free its time. Raises NotAllowed or WrongStatus."""
    rules.check_clinic(by, appointment)
    read_again(appointment)
    return become(appointment, Status.DECLINED, by, now, reason)


@transaction.atomic
def check_in(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the patient has arrived. Raises NotAllowed, WrongStatus or TooEarly."""
    rules.check_clinic(by, appointment)
    read_again(appointment)
    rules.check_status(appointment, rules.FROM[Status.CHECKED_IN])
    if now.astimezone(appointment.location.zone).date() < appointment.local_day:
        raise TooEarly(_("A patient can be checked in on the day of the visit."))
    return become(appointment, Status.CHECKED_IN, by, now)


@transaction.atomic
def complete(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the visit has taken place. Raises NotAllowed or WrongStatus."""
    rules.check_clinic(by, appointment)
    read_again(appointment)
    return become(appointment, Status.COMPLETED, by, now)


@transaction.atomic
def mark_no_show(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the patient did not come. Raises NotAllowed, WrongStatus or TooEarly."""
    rules.check_clinic(by, appointment)
    read_again(appointment)
    rules.check_status(appointment, rules.FROM[Status.NO_SHOW])
    if now < appointment.start:
        raise TooEarly(_("This can be noted once the visit should have begun."))
    return become(appointment, Status.NO_SHOW, by, now)
