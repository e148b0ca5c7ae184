"""What approved doctors change about themselves. Name, specialty and licence are the clinic's."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from doctors.models import Doctor, Language
from doctors.photos.services import set_photo


@transaction.atomic
def change_profile(
    *, doctor: Doctor, languages: Iterable[Language], bio: str, photo: bytes | None = None
) -> Doctor:
    """Change what patients read and see of the doctor; without a `photo` that stays."""
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor.pk)
    doctor.bio = bio
    doctor.save(update_fields=["bio"])
    doctor.languages.set(languages)
    return doctor if photo is None else set_photo(doctor=doctor, jpeg=photo)
