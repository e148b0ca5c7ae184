"""The clinic does not hold a missed visit against the patient, or does so after all."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from appointments import fairness
from appointments.exceptions import NotAllowed, WrongStatus
from appointments.fair_use.models import Waiver
from appointments.models import Appointment, BookingPolicy


@transaction.atomic
def waive(*, appointment: Appointment, by: User, now: datetime, note: str = "") -> Waiver:
    """Do not count this missed visit. Who waives it again changes nothing.

    Raises NotAllowed, or WrongStatus for a visit that does not count as missed.
    """
    _check_may(by, "appointments.add_waiver")
    missed = fairness.missed(now, BookingPolicy.current())
    if not missed.filter(pk=appointment.pk).exists():
        raise WrongStatus(_("This visit does not count as missed."))
    given = {"by": by, "at": now, "note": note}
    return Waiver.objects.get_or_create(appointment=appointment, defaults=given)[0]


def take_back(*, appointment: Appointment, by: User) -> None:
    """Count the missed visit again. Raises NotAllowed."""
    _check_may(by, "appointments.delete_waiver")
    Waiver.objects.filter(appointment=appointment).delete()


def _check_may(by: User, permission: str) -> None:
    if not (by.is_staff and by.has_perm(permission)):
        raise NotAllowed
