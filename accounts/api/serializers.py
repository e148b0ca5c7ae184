"""What programs send and get when they sign up, log in and log out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.shape import LONGEST_TOKEN, Day, Email, Phone, Text, checked
from accounts.forms import LONGEST_PASSWORD
from accounts.models import PatientAccess, User, validate_date_of_birth

LONGEST_NAME = 150


class PasswordText(Text):
    """A password, spaces and all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, max_length=LONGEST_PASSWORD, **kwargs)


class RefreshText(Text):
    def __init__(self, **kwargs: Any) -> None:
        say = _("Send the refresh token that log-in gave you.")
        super().__init__(say=say, max_length=LONGEST_TOKEN, **kwargs)


class RegisterSerializer(serializers.Serializer):
    email = Email(help_text=_("The login name; capital letters make no difference."))
    password = PasswordText(
        say=_("Enter a password."),
        help_text=_("At least 8 characters. Not a common word or only numbers."),
    )
    name = Text(
        say=_("Enter the full name."),
        max_length=LONGEST_NAME,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("The full name, as the clinic shall know it; without it, the email address."),
    )
    date_of_birth = Day(
        say=_("Enter a date of birth, like 1980-03-31."),
        required=False,
        allow_null=True,
        help_text=_("Like 1980-03-31."),
    )
    phone = Phone(
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("With the country code, like +91 98765 43210."),
    )

    def validate_date_of_birth(self, value: Any) -> Any:
        if value is not None:
            checked(validate_date_of_birth, value)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            checked(validate_password, attrs["password"], User(email=attrs["email"]))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"password": error.detail}) from error
        return attrs


class LoginSerializer(serializers.Serializer):
    email = Email()
    password = PasswordText(say=_("Enter your password."))


class RefreshSerializer(serializers.Serializer):
    refresh = RefreshText(help_text=_("The newest refresh token of this login; it is good once."))


class TokensSerializer(serializers.Serializer):
    token = serializers.CharField(
        help_text=_("Goes with every private call: `Authorization: Bearer …`.")
    )
    refresh = serializers.CharField(help_text=_("Good for one new pair of tokens, for 14 days."))


class PatientSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    relation = serializers.ChoiceField(
        choices=PatientAccess.Relation.choices,
        help_text=_("As what you act for them; `self` is you."),
    )
