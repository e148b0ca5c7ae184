"""Which day of which place is asked for, and of whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from appointments.desk.day.selectors import doctors_at
from appointments.forms import YEARS
from doctors.models import Location


class DayForm(forms.Form):
    """The place, the day, and a doctor or a specialty; each may be left out."""

    place = forms.TypedChoiceField(label=_("Place"), required=False)
    day = forms.DateField(
        label=_("Day"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    specialty = forms.TypedChoiceField(
        label=_("Specialty"), required=False, coerce=int, empty_value=None
    )
    doctor = forms.TypedChoiceField(label=_("Doctor"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Any, *, places: list[Location], now: datetime) -> None:
        asked = data.get("place") or ""
        self.chosen = next((one for one in places if str(one.pk) == asked), places[0])
        today = now.astimezone(self.chosen.zone).date()
        given = {name: data[name] for name in self.base_fields if data.get(name)}
        doctors = list(doctors_at(self.chosen))
        specialties = {one.specialty_id: str(one.specialty) for one in doctors if one.specialty}
        # Who chooses another place has still the doctor of the one before in the form.
        known = {"doctor": {str(one.pk) for one in doctors}, "specialty": {*map(str, specialties)}}
        for name, here in known.items():
            if str(given.get(name, "")).isdecimal() and given[name] not in here:
                del given[name]
        super().__init__({"place": str(self.chosen.pk), "day": today.isoformat()} | given)
        by_name = sorted(specialties.items(), key=lambda pair: pair[1])
        self.offer("place", [(str(one.pk), str(one)) for one in places])
        self.offer("specialty", [("", _("All")), *by_name])
        self.offer("doctor", [("", _("All")), *((one.pk, one.name) for one in doctors)])

    def offer(self, name: str, choices: list[Any]) -> None:
        cast(forms.TypedChoiceField, self.fields[name]).choices = choices

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day.year not in YEARS:
            raise ValidationError(_("Choose a day from 2000 to 2999"))
        return cast(date, day)
