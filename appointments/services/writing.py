"""How an appointment is written: with a line of its story, and only if nobody was quicker.

For the services alone, inside their transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import emails, net, rules
from appointments.exceptions import PatientBusy, SlotUnavailable, WrongStatus
from appointments.models import Appointment, AppointmentEvent

Status = Appointment.Status
Kind = AppointmentEvent.Kind


def read_again(appointment: Appointment) -> None:
    """Lock the row and see how it stands now: others may have written since it was read."""
    appointment.refresh_from_db(from_queryset=Appointment.objects.select_for_update(no_key=True))


def become(
    appointment: Appointment, status: Status, by: User, now: datetime, note: str = ""
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
        raise WrongStatus(_("This appointment has just been changed. Look at it again."))
    for name, value in changes.items():
        setattr(appointment, name, value)


def record(
    appointment: Appointment, kind: Kind, by: User, now: datetime, note: str = ""
) -> AppointmentEvent:
    event = AppointmentEvent.objects.create(
        appointment=appointment, kind=kind, by=by, at=now, start=appointment.start, note=note
    )
    emails.tell(event)
    return event


def refusal_of_net(error: IntegrityError) -> Exception:
    """What to say when the database, not a check above, refused an overlap."""
    if net.DOCTOR in str(error):
        return SlotUnavailable()
    if net.PATIENT in str(error):
        return PatientBusy()
    return error
