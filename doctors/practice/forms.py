"""The forms on a doctor's pages about themselves."""

from __future__ import annotations

from django import forms

from doctors.joining.forms import AboutField, SpokenField, lost_photo
from doctors.photos.forms import PhotoField


class ProfileForm(forms.Form):
    """What doctors change about themselves without asking the clinic."""

    languages = SpokenField()
    bio = AboutField()
    photo = PhotoField()

    @property
    def lost_photo(self) -> bool:
        return lost_photo(self)
