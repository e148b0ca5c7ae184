"""Who may do what with an appointment one can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctors.models import Doctor

if TYPE_CHECKING:
    from accounts.models import User
    from appointments.models import Appointment


def is_clinic_for(user: User, appointment: Appointment) -> bool:
    """Whether `user` acts for the clinic here: as its staff, or as the doctor of this visit."""
    if user.is_staff:
        return True
    doctor = appointment.doctor
    return doctor.user_id == user.pk and doctor.status == Doctor.Status.APPROVED
