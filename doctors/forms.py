"""The form by which the directory is searched."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doctors.selectors import search_choices

CHOOSE_ONE = _("Choose one from the list")


class DoctorSearchForm(forms.Form):
    """All fields are optional; an empty form finds every doctor who can be booked."""

    q = forms.CharField(
        label=_("Name, specialty or place"),
        max_length=100,
        required=False,
        error_messages={"max_length": _("Search for 100 characters or fewer")},
    )
    specialty = forms.ChoiceField(label=_("Specialty"), required=False)
    place = forms.ChoiceField(label=_("Place"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)
    free_by = forms.DateField(
        label=_("Has a free time on or before"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
        error_messages={"invalid": _("Enter a date, like 27 3 2027")},
    )
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[("", _("Name")), ("soonest", _("Next free time"))],
        error_messages={"invalid_choice": CHOOSE_ONE},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = search_choices()
        self._offer("specialty", _("All specialties"), choices.specialties)
        self._offer("place", _("All places"), choices.places)
        self._offer("language", _("Any language"), choices.languages)

    def _offer(self, name: str, everything: object, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        field.choices = [("", everything), *choices]
        field.error_messages["invalid_choice"] = CHOOSE_ONE

    @property
    def narrows(self) -> bool:
        """Whether any filter is set; sorting is none."""
        return any(value for name, value in self.cleaned_data.items() if name != "sort")
