"""The field for a photo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from doctors.exceptions import PhotoRefused
from doctors.photos import services
from doctors.photos.limits import LARGEST_FILE


class PhotoField(forms.FileField):
    """Takes a file with a photo and gives the JPEG to keep, or None if there is no file."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"})
    default_error_messages = {
        "invalid": _("Choose a photo in JPEG, PNG or WebP format"),
        "empty": _("Choose another photo: this file is empty"),
        "max_length": _("Give the file a shorter name"),
        "contradiction": _("Choose a photo in JPEG, PNG or WebP format"),
    }

    def __init__(self, **kwargs: Any) -> None:
        texts = {
            "label": _("Photo"),
            "help_text": _("Of your face. JPEG, PNG or WebP, at most 5 MB."),
        }
        super().__init__(**texts | {"required": False} | kwargs)

    def clean(self, data: Any, initial: Any = None) -> bytes | None:
        upload = super().clean(data, initial)
        if not upload:
            return None
        try:
            if upload.size > LARGEST_FILE:
                raise PhotoRefused(str(_("Choose a photo of at most 5 MB")))
            return services.prepare(upload=upload)
        except PhotoRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
