"""The form in which a doctor asks to join the clinic, with and without making a login."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.forms import SignupForm
from accounts.models import User
from accounts.services import sign_up
from doctors.joining import services
from doctors.joining.services import Application
from doctors.models import Doctor, Language, Location, Specialty
from doctors.photos.forms import PhotoField

CHOICES = ("specialty", "location", "languages")
LONGEST_WORDS = 1000


class AboutField(forms.CharField):
    """A word about oneself, for patients."""

    def __init__(self, **kwargs: Any) -> None:
        texts: dict[str, Any] = {
            "label": _("About you"),
            "help_text": _("Patients read this: your training, and whom you see most."),
        }
        widget = forms.Textarea(attrs={"rows": 5})
        super().__init__(**texts | {"required": False, "widget": widget} | kwargs)
        longest = Doctor._meta.get_field("bio").max_length
        self.validators.append(
            MaxLengthValidator(longest, _("Write at most 2,000 characters about yourself"))
        )


class ChosenField(forms.ModelChoiceField):
    """One from the list; a number that SQLite cannot even ask for is in no list."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except OverflowError as error:
            text = self.error_messages["invalid_choice"]
            raise ValidationError(text, code="invalid_choice", params={"value": value}) from error


class SpokenField(forms.ModelMultipleChoiceField):
    """The languages that one speaks with patients."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Language.objects.all(),
            label=_("Languages you speak with patients"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "invalid_choice": _("Choose languages from the list"),
                "invalid_pk_value": _("Choose languages from the list"),
                "invalid_list": _("Choose languages from the list"),
            },
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except OverflowError as error:  # as in ChosenField
            text = self.error_messages["invalid_choice"]
            raise ValidationError(text, code="invalid_choice") from error


class ApplicationForm(forms.Form):
    """What a doctor says of themselves. What a clinic has none of is not asked for."""

    name = forms.CharField(
        label=_("Your name, with title"),
        max_length=150,
        help_text=_("As patients will see it, like Dr. Asha Rao."),
        error_messages={
            "required": _("Enter your name"),
            "max_length": _("Enter your name in at most 150 characters"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    specialty = ChosenField(
        Specialty.objects.all(),
        label=_("Specialty"),
        empty_label=_("Choose one"),
        error_messages={
            "required": _("Choose your specialty"),
            "invalid_choice": _("Choose your specialty from the list"),
        },
    )
    location = ChosenField(
        Location.objects.all(),
        label=_("Where you want to work"),
        empty_label=_("Choose one"),
        error_messages={
            "required": _("Choose where you want to work"),
            "invalid_choice": _("Choose a place from the list"),
        },
    )
    licence_number = forms.CharField(
        label=_("Licence number"),
        max_length=60,
        help_text=_("As in the register of doctors. Patients do not see it."),
        error_messages={
            "required": _("Enter your licence number"),
            "max_length": _("Enter your licence number in at most 60 characters"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    languages = SpokenField()
    bio = AboutField()
    photo = PhotoField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leave_out_empty(self)

    @property
    def application(self) -> Application:
        return application_of(self.cleaned_data)

    @property
    def lost_photo(self) -> bool:
        """Whether a photo that was good came with something that was not: it must come again."""
        return lost_photo(self)


class JoinForm(SignupForm):
    """The same for who has no login yet, which is made along with it."""

    field_order = ("name", "email", "password1", *ApplicationForm.base_fields)  # type: ignore[assignment]

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for name in ("date_of_birth", "phone"):
            del self.fields[name]
        for name, field in ApplicationForm.base_fields.items():
            self.fields[name] = deepcopy(field)
        leave_out_empty(self)
        self.order_fields(self.field_order)

    @property
    def lost_photo(self) -> bool:
        return lost_photo(self)

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        """The login and the application, or neither."""
        data = self.cleaned_data
        user = sign_up(email=data["email"], password=data["password1"], name=data["name"])
        services.apply(user=user, application=application_of(data), now=self.now)
        return user


def leave_out_empty(form: forms.Form) -> None:
    for name in CHOICES:
        if not cast(Any, form.fields[name]).queryset.exists():
            del form.fields[name]


def application_of(data: dict[str, Any]) -> Application:
    return Application(
        name=data["name"],
        specialty=data.get("specialty"),
        location=data.get("location"),
        licence_number=data["licence_number"],
        languages=data.get("languages", ()),
        bio=data["bio"],
        photo=data["photo"],
    )


def lost_photo(form: forms.Form) -> bool:
    return bool(form.errors and getattr(form, "cleaned_data", {}).get("photo"))


def said_by(doctor: Doctor) -> dict[str, Any]:
    """What a doctor has said of themselves, to begin the form with."""
    return {
        "name": doctor.name,
        "specialty": doctor.specialty,
        "location": doctor.location,
        "licence_number": doctor.licence_number,
        "languages": doctor.languages.all(),
        "bio": doctor.bio,
    }


class DecisionForm(forms.Form):
    """The words to a doctor that go with a decision."""

    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5, "cols": 60, "class": "vLargeTextField"}),
        max_length=LONGEST_WORDS,
        error_messages={
            "required": _("Write this: the doctor reads it."),
            "max_length": _("Write at most 1,000 characters."),
        },
    )

    def __init__(self, *args: Any, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label
