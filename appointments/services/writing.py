"""How an appointment is written: with a line of its story, and only if nobody was quicker.

For the services alone, inside their transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Patient, User
from accounts.rows import insert_row, lock_rows
from appointments import fairness, net, rules
from appointments.actors import Holder, booker_of, login_of
from appointments.exceptions import (
    DoctorNotBookable,
    PatientBusy,
    SlotUnavailable,
    WrongStatus,
)
from appointments.models import Appointment, AppointmentEvent, BookingPolicy
from appointments.reactions import react
from doctors.availability import Slot
from doctors.catalogue.selectors import doctor_to_book
from doctors.models import Doctor, VisitType
from doctors.wall_clock import day_and_clock

Status = Appointment.Status
Kind = AppointmentEvent.Kind
JUST_CHANGED = gettext_lazy("This appointment has just been changed. Look at it again.")


@contextmanager
def all_or_refused() -> Iterator[None]:
    """One transaction; what the database's net refuses is refused in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise refusal_of_net(error) from error


def lock(doctor: Doctor, patient: Patient, *, replace: Appointment | None = None) -> Doctor:
    """Make rivals for this doctor's or this patient's time wait; then see how the doctor stands.

    Whose visit is to be replaced is locked as well, as its time is given back. Doctors before
    patients, always. Raises DoctorNotBookable.
    """
    lock_rows(Doctor, [doctor.pk] if replace is None else [doctor.pk, replace.doctor_id])
    lock_rows(Patient, [patient.pk])
    found = doctor_to_book(pk=doctor.pk)
    if found is None:
        raise DoctorNotBookable
    return found


def insert(
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    slot: Slot,
    by: User | Holder,
    now: datetime,
    reason: str,
    policy: BookingPolicy,
    status: Status | None = None,
    *,
    note: str = "",
) -> Appointment:
    status = status or status_at_first(doctor, patient, by, now, policy)
    appointment = Appointment(
        doctor=doctor,
        patient=patient,
        visit_type=visit_type,
        location=slot.location,
        start=slot.start,
        end=slot.end,
        status=status,
        reason=reason,
        booked_by=booker_of(by),
        booked_at=now,
        answer_by=policy.answer_by(slot.start, now) if status == Status.PENDING else None,
    )
    insert_row(appointment)
    requested = status == Status.PENDING
    record(appointment, Kind.REQUESTED if requested else Kind.CONFIRMED, by, now, note)
    return appointment


def insert_instead(
    replace: Appointment,
    doctor: Doctor,
    patient: Patient,
    visit_type: VisitType,
    slot: Slot,
    by: User | Holder,
    now: datetime,
    reason: str,
    policy: BookingPolicy,
) -> Appointment:
    """Insert a visit and cancel the one that it replaces; the story of each tells of the other.

    What follows from the cancelling comes last: until then the old time is nobody else's.
    """
    read_again(replace)
    rules.check_cancel(appointment=replace, by=by, now=now, policy=policy)
    swap(replace, status=Status.CANCELLED)
    before = _("Instead of %(doctor)s, %(when)s") % words_of(replace)
    booked = insert(doctor, patient, visit_type, slot, by, now, reason, policy, note=before)
    after = _("Replaced by %(doctor)s, %(when)s") % words_of(booked)
    record(replace, Kind.CANCELLED, by, now, after)
    return booked


def words_of(appointment: Appointment) -> dict[str, object]:
    when = day_and_clock(appointment.start, appointment.location.zone)
    return {"doctor": appointment.doctor.name, "when": when}


def status_at_first(
    doctor: Doctor, patient: Patient, by: User | Holder, now: datetime, policy: BookingPolicy
) -> Status:
    """As the doctor wants it; but the clinic approves what is booked for who missed many visits."""
    if fairness.needs_approval(patient, by, now, policy):
        return Status.PENDING
    return first_status(doctor)


def first_status(doctor: Doctor) -> Status:
    automatic = doctor.confirms_bookings == Doctor.Confirmation.AUTOMATIC
    return Status.CONFIRMED if automatic else Status.PENDING


def read_again(appointment: Appointment) -> None:
    """Lock the row and see how it stands now: others may have written since it was read."""
    appointment.refresh_from_db(from_queryset=Appointment.objects.select_for_update(no_key=True))


def lock_and_read_again(appointment: Appointment) -> None:
    """As `read_again`, where the time may be given back: the doctor's lock comes first.

    Raises WrongStatus where the visit has just been handed to another doctor.
    """
    doctor = appointment.doctor_id
    lock_rows(Doctor, [doctor])
    read_again(appointment)
    if appointment.doctor_id != doctor:
        raise WrongStatus(str(JUST_CHANGED))


def become(
    appointment: Appointment, status: Status, by: User | Holder, now: datetime, note: str = ""
) -> Appointment:
    rules.check_status(appointment, rules.FROM[status])
    swap(appointment, status=status)
    record(appointment, Kind(status), by, now, note)
    return appointment


def swap(appointment: Appointment, **changes: object) -> None:
    """Write the changes only if nobody has written since `appointment` was read."""
    unchanged = Appointment.objects.filter(
        pk=appointment.pk, status=appointment.status, version=appointment.version
    )
    changes["version"] = appointment.version + 1
    try:
        with transaction.atomic():
            written = unchanged.update(**changes)
    except IntegrityError as error:
        raise refusal_of_net(error) from error
    if not written:
        raise WrongStatus(str(JUST_CHANGED))
    for name, value in changes.items():
        setattr(appointment, name, value)


def move(
    appointment: Appointment,
    slot: Slot,
    status: str,
    by: User | Holder,
    now: datetime,
    policy: BookingPolicy,
    **changes: object,
) -> Appointment:
    """Write the new time; `changes` are the doctor and the kind of visit, if they are others."""
    doctor_before = appointment.doctor.name if "doctor" in changes else ""
    before = Slot(appointment.start, appointment.end, appointment.location)
    swap(
        appointment,
        start=slot.start,
        end=slot.end,
        location=slot.location,
        sequence=appointment.sequence + 1,
        status=status,
        answer_by=policy.answer_by(slot.start, now) if status == Status.PENDING else None,
        **changes,
    )
    record(appointment, Kind.MOVED, by, now, instead_of=doctor_before, before=before)
    return appointment


def record(
    appointment: Appointment,
    kind: Kind,
    by: User | Holder | None,
    now: datetime,
    note: str = "",
    *,
    instead_of: str = "",
    before: Slot | None = None,
) -> None:
    """Write a line of the story, and what follows.

    `instead_of` is whom it was with before, `before` when and where.
    """
    if instead_of:
        note = _("%(doctor)s instead of %(before)s") % {
            "doctor": appointment.doctor.name,
            "before": instead_of,
        }
    event = AppointmentEvent(
        appointment=appointment,
        kind=kind,
        by=login_of(by),
        by_link=isinstance(by, Holder),
        at=now,
        start=appointment.start,
        note=note,
    )
    insert_row(event)
    react(event, instead_of=instead_of, before=before)


def refusal_of_net(error: IntegrityError) -> Exception:
    """What to say when the database, not a check above, refused an overlap."""
    if net.DOCTOR in str(error) or net.HELD in str(error):
        return SlotUnavailable()
    if net.PATIENT in str(error):
        return PatientBusy()
    return error
