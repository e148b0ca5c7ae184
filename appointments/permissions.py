"""Who may do what with an appointment one can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appointments.actors import Holder
from doctors.models import Doctor

if TYPE_CHECKING:
    from accounts.models import User
    from appointments.models import Appointment


def is_at_desk(user: User | Holder) -> bool:
    """Whether `user` does the clinic's daily work: books, moves, cancels for any patient."""
    if isinstance(user, Holder):
        return False
    return user.is_staff and user.has_perm("appointments.change_appointment")


def sees_all(user: User) -> bool:
    """Whether `user` may look at the whole book."""
    return user.is_staff and user.has_perm("appointments.view_appointment")


def is_clinic_for(user: User | Holder, appointment: Appointment) -> bool:
    """Whether `user` acts for the clinic here: at its desk, or as the doctor of this visit."""
    if isinstance(user, Holder):
        return False
    if is_at_desk(user):
        return True
    doctor = appointment.doctor
    return doctor.user_id == user.pk and doctor.status == Doctor.Status.APPROVED
