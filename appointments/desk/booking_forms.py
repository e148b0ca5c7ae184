"""What the desk chooses and types on its way to a booking: the shape, not whether it is allowed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from accounts.forms import WRONG_ADDRESS, NameField, validate_address
from accounts.models import Patient, validate_date_of_birth
from accounts.searching import read_search
from appointments.forms import YEARS, InstantField, KeyField
from appointments.instead import InsteadField
from doctors.models import Doctor, Location, Specialty, VisitType

DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y", "%d.%m.%Y", "%d-%m-%Y"]
LONGEST_SEARCH = 200


class SearchForm(forms.Form):
    """Who is it?"""

    q = forms.CharField(
        label=_("Name, telephone, email or date of birth"),
        required=False,
        max_length=LONGEST_SEARCH,
        error_messages={"max_length": _("Use fewer words")},
        help_text=_("Parts are enough: “rao 3210”, “asha 31 3 1980”."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "autofocus": True}),
    )


class NewPatientForm(forms.Form):
    """A patient without a login. `although_alike`: the desk has looked at who is alike."""

    name = NameField(
        label=_("Full name"),
        max_length=150,
        error_messages={"required": _("Enter the patient's full name")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        error_messages={
            "required": _("Enter the date of birth"),
            "invalid": _("Enter a date of birth, like 31 3 1980"),
        },
        validators=[validate_date_of_birth],
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"}),
    )
    phone = PhoneNumberField(
        label=_("Telephone (optional)"),
        required=False,
        help_text=_("With the country code, like +91 98765 43210."),
        error_messages={
            "invalid": _("Enter a phone number with its country code, like +91 98765 43210")
        },
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("Email address (optional)"),
        required=False,
        help_text=_("Without one, the patient is told of nothing in writing."),
        error_messages={"invalid": WRONG_ADDRESS},
        validators=[validate_address],
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    although_alike = forms.BooleanField(required=False, widget=forms.HiddenInput)
    idempotency_key = KeyField()

    @classmethod
    def begun_with(cls, words: str) -> NewPatientForm:
        """What was searched for and not found need not be typed again."""
        asked = read_search(words)
        return cls(
            initial={
                "name": " ".join(asked.names),
                "date_of_birth": next(iter(asked.days), None),
                "email": next(iter(asked.emails), ""),
                "phone": "+" + asked.phones[0] if asked.phones and "+" in words else "",
            }
        )


class DoctorField(forms.ModelChoiceField):
    """Doctors by name, with what they are."""

    def label_from_instance(self, doctor: Doctor) -> str:
        return f"{doctor.name}, {doctor.specialty.title}" if doctor.specialty else doctor.name


class WhereForm(forms.Form):
    """With whom, or at least where: what narrows the doctors down."""

    doctor = DoctorField(
        label=_("Doctor"),
        queryset=Doctor.objects.bookable().select_related("specialty"),
        required=False,
        empty_label=_("Any doctor"),
    )
    specialty = forms.ModelChoiceField(
        label=_("Specialty"),
        queryset=Specialty.objects.all(),
        required=False,
        empty_label=_("Any specialty"),
    )
    place = forms.ModelChoiceField(
        label=_("Place"),
        queryset=Location.objects.all(),
        required=False,
        empty_label=_("Any place"),
    )


class PatientForm(forms.Form):
    """Who it is for, once they are found."""

    patient = forms.ModelChoiceField(
        queryset=Patient.objects.all(), required=False, widget=forms.HiddenInput
    )


class BookingForm(WhereForm, PatientForm):
    """How far a booking has come: what the address of each of its pages says."""

    visit_type = forms.ModelChoiceField(
        label=_("What for"), queryset=VisitType.objects.none(), required=False, empty_label=None
    )
    overrule = forms.BooleanField(
        label=_("Also times that are too near or too far ahead to book online"), required=False
    )
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"], widget=forms.HiddenInput)
    start = InstantField(required=False, widget=forms.HiddenInput)

    field_order = ("patient", "doctor", "specialty", "place", "visit_type", "overrule")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["visit_type"]
        kinds.queryset = VisitType.objects.filter(is_active=True)


class ReasonForm(forms.Form):
    """What is still asked before a visit is booked."""

    reason = forms.CharField(
        label=_("Reason (optional)"),
        required=False,
        max_length=1000,
        error_messages={"max_length": _("Use 1,000 characters or fewer")},
        help_text=_("In the patient's words. Only the clinic reads this."),
        widget=forms.Textarea(attrs={"rows": 2, "autofocus": True}),
    )
    idempotency_key = KeyField()


class ConfirmForm(ReasonForm):
    """The last step. `start` is another than in the address when another was chosen meanwhile."""

    start = InstantField(widget=forms.HiddenInput)
    overrule = forms.BooleanField(label=_("Book it all the same"), required=False)
    instead = InsteadField()


class WalkInForm(WhereForm, PatientForm):
    """Whom a patient who is here can see."""


class TakeForm(ReasonForm):
    """Which of the times was taken: a kind of visit, and its start; without one it is now."""

    visit_type = forms.ModelChoiceField(queryset=VisitType.objects.filter(is_active=True))
    start = InstantField(required=False)


class WhyForm(PatientForm):
    """Which time is asked about: on the wall clock of the doctor's place."""

    doctor = DoctorField(
        label=_("Doctor"),
        queryset=Doctor.objects.select_related("specialty"),
        empty_label=_("Choose a doctor"),
        error_messages={"required": _("Choose a doctor")},
    )
    visit_type = forms.ModelChoiceField(
        label=_("What for"), queryset=VisitType.objects.none(), required=False, empty_label=None
    )
    place = forms.ModelChoiceField(
        label=_("Place"),
        queryset=Location.objects.all(),
        required=False,
        empty_label=_("Where the doctor works"),
    )
    day = forms.DateField(
        label=_("Day"),
        input_formats=DATE_FORMATS,
        error_messages={
            "required": _("Enter the day"),
            "invalid": _("Enter a day, like 31 3 2026"),
        },
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    time = forms.TimeField(
        label=_("Time"),
        error_messages={
            "required": _("Enter the time"),
            "invalid": _("Enter a time, like 9:30 or 17:30"),
        },
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    field_order = ("patient", "doctor", "visit_type", "place", "day", "time")

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day.year not in YEARS:
            raise forms.ValidationError(_("Check the year of the day"))
        return day
