"""The shape of what programs send: strict fields, each with one text for all that can be wrong.

Nothing here is guessed or bent into form: text is text, a number is a number, a day is written
2026-11-25. What a value may be is checked here, what may be done with it in the services.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from phonenumber_field.phonenumber import PhoneNumber, to_python
from rest_framework import serializers
from rest_framework.request import Request

from accounts.addresses import can_be_sent_to

NOT_TEXT = re.compile("[\x00\ud800-\udfff]")  # no database keeps NUL, no encoding half a character
DIGITS = re.compile(r"-?[0-9]{1,19}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
UUID_AS_USUAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
YEARS = range(1900, 2200)
LARGEST_ID = 2**63 - 1
# Ours are half as long. The parts of a longer one could be JSON nested too deeply to be read.
LONGEST_TOKEN = 600
ONCE = _("Write this once.")

SAID_BY_ALL = ("required", "null", "blank", "invalid", "invalid_choice", "min_value", "max_value")


class Says(serializers.Field):
    """A field with one text, `say`, for a value that is missing or of another shape."""

    def __init__(self, *args: Any, say: Any, **kwargs: Any) -> None:
        texts = dict.fromkeys(SAID_BY_ALL, say)
        super().__init__(*args, error_messages=texts, **kwargs)


class Text(Says, serializers.CharField):
    """Text, and no number or list that could be read as text."""

    default_error_messages = {
        "not_text": _("Remove the characters that cannot be shown."),
        "max_length": _("Use at most {max_length} characters."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if NOT_TEXT.search(data):
            self.fail("not_text")
        return super().to_internal_value(data)


class Email(Text, serializers.EmailField):
    """An e-mail address, in small letters."""

    def __init__(self, **kwargs: Any) -> None:
        say = _("Enter an email address in the correct format, like name@example.com.")
        super().__init__(say=say, max_length=254, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        address = super().to_internal_value(data).lower()
        if not can_be_sent_to(address):
            self.fail("invalid")
        return address


@extend_schema_field(OpenApiTypes.STR)
class Phone(Text):
    """A telephone number with its country code."""

    def __init__(self, **kwargs: Any) -> None:
        say = _("Enter a phone number with its country code, like +91 98765 43210.")
        super().__init__(say=say, max_length=40, **kwargs)

    def to_internal_value(self, data: Any) -> PhoneNumber | str:
        number = to_python(super().to_internal_value(data))
        if number and not number.is_valid():
            self.fail("invalid")
        return number


class Whole(Says, serializers.IntegerField):
    """A whole number, or the digits of one; not true, not 1.0."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | str):
            self.fail("invalid")
        if isinstance(data, str) and not DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)


class Id(Whole):
    """The number by which the API knows a row."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


class Key(Says, serializers.UUIDField):
    """The id of a row that has a UUID, written as usual."""

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not UUID_AS_USUAL.fullmatch(data):
            self.fail("invalid")
        return UUID(data)


class Flag(Says, serializers.BooleanField):
    """true or false, and no word or number that could be read so."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Choice(Says, serializers.ChoiceField):
    """One of a few words."""


class Day(Says, serializers.DateField):
    """A date of a calendar, written 2026-11-25."""

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not DAY.fullmatch(data):
            self.fail("invalid")
        try:
            day = date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if day.year not in YEARS:
            self.fail("invalid")
        return day


@extend_schema_field(
    {
        "anyOf": [
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date"},
        ]
    }
)
class When(Day):
    """An instant with its offset from UTC, or a day. Gives an aware datetime in UTC, or a date."""

    default_error_messages = {
        "no_offset": _("Add the offset from UTC to the time: 2026-11-25T04:00:00Z.")
    }

    def to_internal_value(self, data: Any) -> date:
        written = INSTANT.fullmatch(data) if isinstance(data, str) else None
        if written is None:
            return super().to_internal_value(data)
        if not written["offset"]:
            self.fail("no_offset")
        try:
            instant = datetime.fromisoformat(data.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")
        if instant.year not in YEARS:
            self.fail("invalid")
        return instant


class Instant(serializers.DateTimeField):
    """An instant in an answer: 2026-11-25T04:00:00Z."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


Shape = TypeVar("Shape", bound=serializers.Serializer)


def read(shape: type[Shape], data: Any) -> dict[str, Any]:
    """What was sent, in its shape, without what is null. Raises ValidationError."""
    sent = _maker(shape).run_validation(data)
    return {name: value for name, value in sent.items() if value is not None}


def show(shape: type[Shape], row: Any) -> dict[str, Any]:
    """An answer in its shape."""
    return cast(dict[str, Any], _maker(shape).to_representation(row))


def read_query(shape: type[Shape], request: Request) -> dict[str, Any]:
    """The filters in the address, in their shape; an empty one counts as left out."""
    given = {name: request.query_params.getlist(name) for name in names_in(shape)}
    repeated = {name: [ONCE] for name, values in given.items() if len(values) > 1}
    if repeated:
        raise serializers.ValidationError(repeated)
    return read(shape, {name: values[0] for name, values in given.items() if any(values)})


@lru_cache(maxsize=64)
def _maker(shape: type[Shape]) -> Shape:
    """One for all calls: it keeps nothing of what it reads, and is slow to make."""
    return shape()


def names_in(shape: type[Shape]) -> tuple[str, ...]:
    return tuple(map(str, _maker(shape).fields))


def checked(check: Any, value: Any, *args: Any) -> None:
    """Run one of Django's checks; raises the API's ValidationError for Django's."""
    try:
        check(value, *args)
    except DjangoValidationError as error:
        raise serializers.ValidationError(error.messages) from error
