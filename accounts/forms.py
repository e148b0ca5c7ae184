"""The account pages' forms: the shape of what people type, and the words for what is missing."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, cast

from allauth.account import forms as allauth_forms
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from accounts import services
from accounts.addresses import can_be_sent_to
from accounts.models import Patient, User, validate_date_of_birth

LONGEST_EMAIL = User._meta.get_field("email").max_length
LONGEST_PASSWORD = 128
WRONG_ADDRESS = _("Enter an email address in the correct format, like name@example.com")
TOO_LONG = _("Use a password of at most 128 characters")


def word_field(field: forms.Field, label: Any, required: Any, **attrs: Any) -> None:
    """Give a field its label, its text when left empty, and the widget's attributes."""
    field.label = label
    field.error_messages["required"] = required
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs.update(attrs)


def validate_address(value: str) -> None:
    """Refuse an address that no mail can be sent to."""
    if not can_be_sent_to(value):
        raise ValidationError(WRONG_ADDRESS)


def word_email(field: forms.Field) -> None:
    word_field(field, _("Email address"), _("Enter your email address"), autocomplete="email")
    field.error_messages["invalid"] = WRONG_ADDRESS
    field.validators += [MaxLengthValidator(LONGEST_EMAIL, WRONG_ADDRESS), validate_address]


def word_new_password(field: forms.Field, label: Any) -> None:
    word_field(field, label, _("Enter a password"), autocomplete="new-password")
    field.help_text = _("At least 8 characters. Not a common word or only numbers.")
    field.validators.append(MaxLengthValidator(LONGEST_PASSWORD, TOO_LONG))


class NameField(forms.CharField):
    """A name as it is kept; of what nobody would see nothing is left."""

    def to_python(self, value: Any) -> str:
        return services.tidy(super().to_python(value) or "")


class DetailsForm(forms.ModelForm):
    """A person's own details, as a patient."""

    name = NameField(
        label=_("Full name"),
        max_length=150,
        error_messages={"required": _("Enter your full name")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    date_of_birth = forms.DateField(
        label=_("Date of birth"),
        error_messages={
            "required": _("Enter your date of birth"),
            "invalid": _("Enter a date of birth, like 31 3 1980"),
        },
        validators=[validate_date_of_birth],
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %m %Y", "%d.%m.%Y", "%d-%m-%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
    )
    phone = PhoneNumberField(
        label=_("Phone number"),
        required=False,
        help_text=_("With the country code, like +91 98765 43210."),
        error_messages={
            "invalid": _("Enter a phone number with its country code, like +91 98765 43210")
        },
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    class Meta:
        model = Patient
        fields = ("name", "date_of_birth", "phone")


class ProfileForm(DetailsForm):
    """A person's own details, and the language of their mails where the site has several."""

    language = forms.ChoiceField(
        label=_("Language of your emails"),
        required=False,
        error_messages={"invalid_choice": _("Choose one of the languages")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(settings.LANGUAGES) < 2:
            del self.fields["language"]
            return
        own = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
        field = cast(forms.ChoiceField, self.fields["language"])
        field.choices = [("", _("The clinic's own")), *own]


class SignupForm(allauth_forms.SignupForm):
    field_order = ("name", "email", "date_of_birth", "phone", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in DetailsForm.base_fields.items():
            self.fields[name] = deepcopy(field)
        word_email(self.fields["email"])
        word_new_password(self.fields["password1"], _("Password"))
        self.order_fields(self.field_order)

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])  # takes as long as for a new address
        return super().try_save(request)

    def save(self, request: HttpRequest) -> User:
        data = self.cleaned_data
        return services.sign_up(
            email=data["email"],
            password=data["password1"],
            name=data["name"],
            date_of_birth=data["date_of_birth"],
            phone=data["phone"],
        )


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word_email(self.fields["login"])
        password = self.fields["password"]
        word_field(password, _("Password"), _("Enter your password"))
        password.help_text = ""
        password.validators.append(MaxLengthValidator(LONGEST_PASSWORD, TOO_LONG))


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        word_email(self.fields["email"])


class ResetPasswordKeyForm(allauth_forms.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        word_new_password(self.fields["password1"], _("New password"))


class ChangePasswordForm(allauth_forms.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        old = self.fields["oldpassword"]
        word_field(old, _("Current password"), _("Enter your current password"))
        old.validators.append(MaxLengthValidator(LONGEST_PASSWORD, TOO_LONG))
        word_new_password(self.fields["password1"], _("New password"))
