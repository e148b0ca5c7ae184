"""The photograph of a doctor, as it is sent to browsers."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from doctors.models.people import Doctor


class DoctorPhoto(models.Model):
    """A small JPEG. In the database, so that one backup has all and every server can show it.

    `Doctor.photo_digest` names what is in it; both are written by photos/services.py alone.
    """

    doctor = models.OneToOneField(
        Doctor, on_delete=models.CASCADE, primary_key=True, related_name="photo"
    )
    jpeg = models.BinaryField()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return str(self.doctor)
