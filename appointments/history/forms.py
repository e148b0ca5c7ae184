"""What a person looks for among their visits: all in the address, so that a link keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django import forms
from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    ProhibitNullCharactersValidator,
)
from django.utils.translation import gettext_lazy as _

from appointments.history.selectors import Search, State, names_of
from doctors.forms import YEAR_IN_REACH

YEARS = [
    MinValueValidator(date(2000, 1, 1), YEAR_IN_REACH),
    MaxValueValidator(date(2199, 12, 31), YEAR_IN_REACH),
]
STATES = [
    ("", _("Any")),
    (State.TO_COME, _("To come")),
    (State.WAITING, _("Waiting for the clinic")),
    (State.OVER, _("Over or completed")),
    (State.MISSED, _("Did not come")),
    (State.CANCELLED, _("Cancelled")),
    (State.DECLINED, _("Declined or not answered")),
]


class DayField(forms.DateField):
    def __init__(self, label: Any, wrong: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y"],
            error_messages={"invalid": wrong},
            validators=YEARS,
        )


class HistoryForm(forms.Form):
    """All fields are optional; an empty form looks for nothing and finds all."""

    q = forms.CharField(
        label=_("Doctor or place"),
        max_length=100,
        required=False,
        error_messages={"max_length": _("Search for 100 characters or fewer")},
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    patient = forms.TypedChoiceField(
        label=_("Who it is for"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose one of the people you act for")},
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=STATES,
        error_messages={"invalid_choice": _("Choose a state from the list")},
    )
    since = DayField(_("From"), _("Enter the first day, like 27 3 2027"))
    until = DayField(_("Until"), _("Enter the last day, like 27 3 2027"))

    def __init__(self, data: Mapping[str, Any], *, patients: list[int]) -> None:
        """`patients` are those the reader acts for: of nobody else anything is found."""
        is_asked = any(name in data for name in self.base_fields)
        super().__init__(data if is_asked else None)
        self.asks_whom = len(patients) > 1
        whom = cast(forms.ChoiceField, self.fields["patient"])
        # A function: with one patient nothing is to be chosen, and most pages are not searched.
        whom.choices = lambda: [("", _("Everyone")), *names_of(patients)]
        for check in self.fields["q"].validators:
            if isinstance(check, ProhibitNullCharactersValidator):
                check.message = _("Search for letters and numbers")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("Enter a day that is not before the first"))
        return cleaned

    @property
    def search(self) -> Search:
        """What is looked for; of a form without errors."""
        return Search(**self.cleaned_data) if self.is_bound else Search()
