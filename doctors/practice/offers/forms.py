"""The forms of what a doctor offers: the words and the shape; the services say what can be."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from doctors.forms import CHOOSE_ONE
from doctors.limits import (
    LONGEST_BUFFER_MINUTES,
    LONGEST_HORIZON_DAYS,
    LONGEST_NOTICE_MINUTES,
    LONGEST_VISIT_MINUTES,
    SHORTEST_MINUTES,
)
from doctors.models import Doctor, VisitType

MOST_VISITS = 32767  # SQLite would keep more, PostgreSQL could not


def number(label: Any, low: int, high: int, say: Any, help_text: Any = "", **more: Any) -> Any:
    """A whole number, with one text for all that can be wrong with it."""
    texts = dict.fromkeys(("required", "invalid", "min_value", "max_value"), say)
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        error_messages=texts,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        **more,
    )


class PlainForm(forms.Form):
    """A form that shows at its fields what the services refuse."""

    def refuse(self, error: ValidationError) -> None:
        for name, texts in error.message_dict.items():
            self.add_error(None if name == NON_FIELD_ERRORS else name, texts)


class VisitTypeForm(PlainForm):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("As patients read it, such as Consultation."),
        error_messages={
            "required": _("Enter a name"),
            "max_length": _("Use 80 characters or fewer"),
        },
    )
    duration_minutes = number(
        _("How long it takes, in minutes"),
        SHORTEST_MINUTES,
        LONGEST_VISIT_MINUTES,
        _("Enter how long it takes, from 5 to 720 minutes"),
        _("Booked visits keep their length."),
    )
    buffer_minutes = number(
        _("Minutes kept free after"),
        0,
        LONGEST_BUFFER_MINUTES,
        _("Enter from 0 to 240 minutes"),
        _("To write, to clean, to breathe."),
        initial=0,
    )
    notice_minutes = number(
        _("Booked at the latest, in minutes before"),
        0,
        LONGEST_NOTICE_MINUTES,
        _("Enter a whole number of minutes, at most 86,400 (60 days)"),
        _("Empty: as the clinic's rules say."),
        required=False,
    )
    horizon_days = number(
        _("Booked at the earliest, in days before"),
        1,
        LONGEST_HORIZON_DAYS,
        _("Enter from 1 to 730 days"),
        _("Empty: as the clinic's rules say."),
        required=False,
    )
    audience = forms.ChoiceField(
        label=_("Who may book it"),
        choices=[
            (VisitType.Audience.EVERYONE, _("Everyone")),
            (VisitType.Audience.NEW, _("Who has not been with you yet")),
            (VisitType.Audience.KNOWN, _("Who has been with you before")),
        ],
        initial=VisitType.Audience.EVERYONE,
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE_ONE, "invalid_choice": CHOOSE_ONE},
    )
    is_online = forms.BooleanField(
        label=_("Patients may book it online. Otherwise only the clinic's desk books it."),
        required=False,
        initial=True,
    )
    is_active = forms.BooleanField(label=_("You offer it"), required=False, initial=True)

    @classmethod
    def values_of(cls, kind: VisitType) -> dict[str, Any]:
        return {name: getattr(kind, name) for name in cls.base_fields}


class BookingSettingsForm(PlainForm):
    """How a doctor is booked."""

    confirms_bookings = forms.ChoiceField(
        label=_("When a patient books"),
        choices=[
            (Doctor.Confirmation.AUTOMATIC, _("The appointment is confirmed at once")),
            (Doctor.Confirmation.ON_APPROVAL, _("It is a request, until you approve it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": CHOOSE_ONE, "invalid_choice": CHOOSE_ONE},
    )
    step_minutes = number(
        _("Minutes from one start to the next"),
        SHORTEST_MINUTES,
        LONGEST_VISIT_MINUTES,
        _("Enter from 5 to 720 minutes, or leave this empty"),
        _("Empty: as long as a visit takes, with the time kept free after it."),
        required=False,
    )
    max_visits_per_day = number(
        _("Visits a day at most"),
        1,
        MOST_VISITS,
        _("Enter 1 or more, or leave this empty"),
        _("Empty: as many as there is time for."),
        required=False,
    )

    @classmethod
    def values_of(cls, doctor: Doctor) -> dict[str, Any]:
        return {name: getattr(doctor, name) for name in cls.base_fields}
