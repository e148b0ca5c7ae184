"""What becomes of an appointment after it was booked, other than a new time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.rows import lock_rows
from appointments import rules
from appointments.actors import Holder
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.services.writing import become, lock_and_read_again, read_again, record, swap
from doctors.models import Doctor

Status = Appointment.Status


@transaction.atomic
def cancel(
    *, appointment: Appointment, by: User | Holder, now: datetime, reason: str = ""
) -> Appointment:
    """Give the time back. The clinic may until the visit begins, patients until the cut-off.

    Raises NotYourPatient, WrongStatus, AlreadyPast or TooLateToCancel.
    """
    lock_and_read_again(appointment)
    rules.check_cancel(appointment=appointment, by=by, now=now, policy=BookingPolicy.current())
    return become(appointment, Status.CANCELLED, by, now, reason)


@transaction.atomic
def attend(*, appointment: Appointment, by: User | Holder, now: datetime) -> Appointment:
    """Note that the patient has said that they will come; said again, it changes nothing.

    It is about the time that the visit has now: when it moves, it is to be said anew. Raises
    NotYourPatient, WrongStatus or AlreadyPast.
    """
    read_again(appointment)
    rules.check_attend(appointment=appointment, by=by, now=now)
    if not Appointment.objects.promised().filter(pk=appointment.pk).exists():
        record(appointment, AppointmentEvent.Kind.ATTENDS, by, now)
    return appointment


@transaction.atomic
def confirm(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Approve a request. Raises NotAllowed, WrongStatus, AlreadyPast or RequestExpired."""
    rules.check_clinic(by, appointment)
    read_again(appointment)
    rules.check_change(appointment, Status.CONFIRMED, now)
    return become(appointment, Status.CONFIRMED, by, now)


@transaction.atomic
def decline(*, appointment: Appointment, by: User, now: datetime, reason: str = "") -> Appointment:
    """Refuse a request and free its time. Raises NotAllowed or WrongStatus."""
    rules.check_clinic(by, appointment)
    lock_and_read_again(appointment)
    return become(appointment, Status.DECLINED, by, now, reason)


def expire_requests(*, now: datetime) -> int:
    """End the requests that nobody answered in time, and tell their patients; returns how many."""
    due = Appointment.objects.waiting_too_long(now).values_list("pk", "doctor_id")
    return sum(_expire(pk, doctor, now) for pk, doctor in list(due))


@transaction.atomic
def _expire(pk: UUID, doctor: int, now: datetime) -> bool:
    """One by one: none of them waits for the others, and an answer just given stands."""
    lock_rows(Doctor, [doctor])
    waiting = Appointment.objects.waiting_too_long(now).select_for_update(no_key=True, of=["self"])
    appointment = (
        waiting.select_related("doctor", "patient", "location").filter(pk=pk, doctor=doctor).first()
    )
    if appointment is None:
        return False
    swap(appointment, status=Status.DECLINED)
    record(appointment, AppointmentEvent.Kind.EXPIRED, None, now)
    return True


@transaction.atomic
def check_in(*, appointment: Appointment, by: User, now: datetime) -> Appointment:
    """Note that the patient has arrived. Raises NotAllowed, WrongStatus or TooEarly."""
    rules.check_clinic(by, appointment)
    read_again(appointment)
    rules.check_change(appointment, Status.CHECKED_IN, now)
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
    rules.check_change(appointment, Status.NO_SHOW, now)
    return become(appointment, Status.NO_SHOW, by, now)
