"""Questions about applications."""

from __future__ import annotations

from accounts.models import User
from doctors.models import Doctor


def own_application(user: User) -> Doctor | None:
    """The doctor that `user` is or wants to be, with what they applied with and their steps."""
    return (
        Doctor.objects.select_related("specialty", "location")
        .prefetch_related("languages", "events")
        .filter(user=user)
        .first()
    )
