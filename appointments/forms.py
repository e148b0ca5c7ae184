"""The forms of booking and cancelling: the shape of what is sent, not whether it is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from accounts.ages import age_in_words
from accounts.family.words import for_whom
from accounts.models import Patient
from appointments.instead import InsteadField
from doctors.models import Doctor, VisitType

CHOOSE_A_TIME = _("Choose a time from the list")
YEARS = range(2000, 3000)  # beyond them, calculating with dates fails


class InstantField(forms.Field):
    """An instant in RFC 3339, with its offset: 2026-11-25T04:00:00Z. Gives it in UTC."""

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        try:
            instant = parse_datetime(str(value))
            if instant is not None and instant.tzinfo is not None and instant.year in YEARS:
                return instant.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError(CHOOSE_A_TIME, code="instant")


def new_key() -> str:
    return uuid4().hex


class KeyField(forms.CharField):
    """By this a form that is sent again is known: made when it is shown, hidden in it, sent back.

    What nobody can have got from us counts as no key: then each time sent is an act of its own.
    """

    widget = forms.HiddenInput
    shape = re.compile("[0-9a-f]{32}")

    def __init__(self) -> None:
        super().__init__(required=False, initial=new_key)

    def clean(self, value: Any) -> str:
        return value if value and self.shape.fullmatch(value) else ""


class NewTimeForm(forms.Form):
    """When an appointment is to be moved to."""

    start = InstantField(widget=forms.HiddenInput, error_messages={"required": CHOOSE_A_TIME})


class MoveForm(NewTimeForm):
    """The new time, confirmed."""

    idempotency_key = KeyField()


class VisitTypeField(forms.TypedChoiceField):
    """One of the kinds of visit that a doctor offers online, without asking the database again."""

    def offer(self, kinds: Iterable[VisitType]) -> None:
        offered = {str(kind.pk): kind for kind in kinds}
        self.choices = [(key, kind.name) for key, kind in offered.items()]
        self.coerce = offered.get

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, VisitType) else value


class ChosenTimeForm(NewTimeForm):
    """What was chosen on a doctor's page: what for, and when."""

    visit_type = VisitTypeField(
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Choose what the visit is for"),
            "invalid_choice": _("Choose what the visit is for"),
        },
    )

    def __init__(self, *args: Any, doctor: Doctor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(VisitTypeField, self.fields["visit_type"]).offer(doctor.offered_visit_types)


class PatientField(forms.ModelChoiceField):
    """One of the people whom one acts for, by name, age and relation."""

    today: date

    def label_from_instance(self, patient: Any) -> str:
        age = age_in_words(patient.date_of_birth, self.today)
        return for_whom(f"{patient.name}, {age}" if age else patient.name, patient.relation)


class WhoAndWhyForm(NewTimeForm):
    """Whom the visit is for, and why: what is still asked before a booking."""

    idempotency_key = KeyField()
    patient = PatientField(
        label=_("Who is it for?"),
        queryset=Patient.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose who the appointment is for"),
            "invalid_choice": _("Choose who the appointment is for"),
        },
    )
    reason = forms.CharField(
        label=_("What is it for?"),
        required=False,
        max_length=1000,
        error_messages={"max_length": _("Use 1,000 characters or fewer")},
        help_text=_("Only the clinic reads this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    instead = InsteadField()

    def __init__(self, *args: Any, patients: QuerySet[Patient], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        patient = cast(PatientField, self.fields["patient"])
        patient.queryset, patient.today = patients, today
        if len(patients) == 1:
            patient.widget = forms.HiddenInput()
            patient.initial = patients[0]


def chosen_patient(form: forms.Form) -> Patient | None:
    """Who was chosen, as far as the form was filled in and read."""
    return getattr(form, "cleaned_data", {}).get("patient")


class BookingForm(ChosenTimeForm, WhoAndWhyForm):
    """All of a booking with one doctor."""


class CancelForm(forms.Form):
    idempotency_key = KeyField()
    reason = forms.CharField(
        label=_("Why do you cancel?"),
        required=False,
        max_length=500,
        error_messages={"max_length": _("Use 500 characters or fewer")},
        help_text=_("Only the clinic reads this."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class WeekForm(forms.Form):
    """Which week of a doctor's page, and for what kind of visit."""

    week = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    visit_type = VisitTypeField(required=False, empty_value=None)

    def __init__(self, *args: Any, doctor: Doctor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(VisitTypeField, self.fields["visit_type"]).offer(doctor.offered_visit_types)

    def first_day(self, today: date, last_bookable: date) -> date:
        """The first day to show: the one asked for, but not before today nor past the horizon."""
        asked = self.cleaned_data.get("week") or today
        return min(max(asked, today), last_bookable)
