"""Who decides about doctors; who may see and change when they work and what they offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from doctors.models import Doctor

if TYPE_CHECKING:
    from accounts.models import User


def doctors_scheduled_by(user: User) -> QuerySet[Doctor]:
    """Whose schedule `user` sees: all for staff, else the one they are, once approved."""
    if user.is_staff:
        return Doctor.objects.all()
    return Doctor.objects.bookable().filter(user=user)


def may_change(user: User, doctor: Doctor, *permissions: str) -> bool:
    """Doctors their own schedule; staff with the same permissions as in the admin."""
    own = doctor.user_id == user.pk and doctor.status == Doctor.Status.APPROVED
    return own or user.has_perms(permissions)


def may_decide(user: User) -> bool:
    """Whether `user` decides which doctors the clinic has. About themselves nobody does."""
    return user.is_staff and user.has_perm("doctors.change_doctor")
