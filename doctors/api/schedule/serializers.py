"""Hours, time off, settings and visit types as programs see and send them.

Only their shape is looked at here; what a value may be is said by the models, through the services.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.shape import Choice, Day, Flag, Id, Instant, Says, Shape, Text, When, Whole
from doctors.forms import YEAR_IN_REACH, WallClockField
from doctors.models import Doctor, TimeOff, VisitType

TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?")
MOST_HOURS = 200
A_NUMBER = _("Write a whole number.")
A_NUMBER_OR_NULL = _("Write a whole number, or null.")
A_DAY = _("Write a date as 2026-11-25, or null.")


@extend_schema_field({"type": "string", "pattern": f"^{TIME_OF_DAY.pattern}$"})
class WallClock(Says, serializers.Field):
    """A time of day: 09:30. Seconds are told only where there are any."""

    def to_internal_value(self, data: Any) -> time:
        if not isinstance(data, str) or not TIME_OF_DAY.fullmatch(data):
            self.fail("invalid")
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        return value.isoformat("seconds" if value.second else "minutes")


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(When):
    """An instant with its offset from UTC, in a year that can be told in every zone."""

    default_error_messages = {"year": YEAR_IN_REACH}

    def to_internal_value(self, data: Any) -> datetime:
        value = super().to_internal_value(data)
        if not isinstance(value, datetime):
            self.fail("invalid")
        if not WallClockField.earliest <= value <= WallClockField.latest:
            self.fail("year")
        return value

    def to_representation(self, value: Any) -> Any:
        return Instant().to_representation(value)


class HoursSerializer(serializers.Serializer):
    """A window of working hours; with the same first and last day, extra hours on that date."""

    default_error_messages = {
        "invalid": _("Write each of the hours as an object."),
        "not_a_list": _("Send the hours as a list, which may be empty."),
        "required": _("Send the hours as a list, which may be empty."),
        "null": _("Send the hours as a list, which may be empty."),
        "max_length": _("Send 200 rows or fewer."),
    }

    weekday = Whole(
        say=_("Write a day of the week: 0 is Monday, 6 is Sunday."),
        min_value=0,
        max_value=6,
        help_text=_("0 is Monday, 6 is Sunday."),
    )
    opens = WallClock(say=_("Write a time of day as 09:30."), help_text=_("Like 09:30."))
    closes = WallClock(say=_("Write a time of day as 09:30."), help_text=_("00:00 is midnight."))
    closes_next_day = Flag(
        say=_("Write true or false."),
        required=False,
        help_text=_("For hours to midnight or across it; false if left out."),
    )
    location = Id(
        say=_("Write the id of a place."), source="location_id", help_text=_("The id of a place.")
    )
    every_weeks = Whole(
        say=A_NUMBER,
        required=False,
        help_text=_("2: every other week, counted from the first day; 1 if left out."),
    )
    valid_from = Day(
        say=A_DAY, required=False, allow_null=True, help_text=_("The first day, if any.")
    )
    valid_until = Day(
        say=A_DAY, required=False, allow_null=True, help_text=_("The last day, if any.")
    )


class WeekSerializer(serializers.Serializer):
    hours = HoursSerializer(  # type: ignore[call-arg]
        many=True,
        max_length=MOST_HOURS,
        error_messages=HoursSerializer.default_error_messages,
        help_text=_("All of the doctor's hours, extra ones too; they replace those there are."),
    )


class NewTimeOffSerializer(serializers.Serializer):
    start = Moment(say=_("Write a time like 2026-11-25T04:00:00Z."), help_text=_("From when."))
    end = Moment(
        say=_("Write a time like 2026-11-25T04:00:00Z."),
        help_text=_("Until when; this instant is no longer part of it."),
    )
    reason = Text(
        say=_("Write the reason as text."),
        max_length=TimeOff._meta.get_field("reason").max_length,
        required=False,
        allow_blank=True,
        help_text=_("Why; only the clinic reads this."),
    )


class TimeOffSerializer(NewTimeOffSerializer):
    id = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {"id": fields.pop("id"), **fields}


class SettingsSerializer(serializers.Serializer):
    step_minutes = Whole(
        say=A_NUMBER_OR_NULL,
        required=False,
        allow_null=True,
        help_text=_("From one start to the next; null: as long as a visit and its buffer take."),
    )
    max_visits_per_day = Whole(
        say=_("Write a whole number up to 32767, or null."),
        max_value=32767,  # SQLite would keep more, PostgreSQL could not
        required=False,
        allow_null=True,
        help_text=_("Visits a day at most; null: as many as there is time for."),
    )
    confirms_bookings = Choice(
        say=_("Write automatic or on_approval."),
        choices=Doctor.Confirmation.choices,
        required=False,
        help_text=_("Whether a booking holds at once, or when the doctor or the clinic approves."),
    )


class NewVisitTypeSerializer(serializers.Serializer):
    name = Text(say=_("Enter a name."), max_length=80, help_text=_("What the visit is for."))
    duration_minutes = Whole(say=A_NUMBER, help_text=_("From 5 to 720 minutes."))
    buffer_minutes = Whole(
        say=A_NUMBER, required=False, help_text=_("Minutes kept free after; 0 if left out.")
    )
    notice_minutes = Whole(
        say=A_NUMBER_OR_NULL,
        required=False,
        allow_null=True,
        help_text=_("Bookable until this long before; null: as the clinic's rules say."),
    )
    horizon_days = Whole(
        say=A_NUMBER_OR_NULL,
        required=False,
        allow_null=True,
        help_text=_("How far ahead it is offered; null: as the clinic's rules say."),
    )
    audience = Choice(
        say=_("Choose one of: %(choices)s.") % {"choices": ", ".join(VisitType.Audience.values)},
        choices=VisitType.Audience.choices,
        required=False,
        help_text=_("Who may book it: everyone, who is new to the doctor, or who is known."),
    )
    is_online = Flag(
        say=_("Write true or false."), required=False, help_text=_("Patients may book it.")
    )
    is_active = Flag(say=_("Write true or false."), required=False, help_text=_("It is offered."))


class OfferedSerializer(NewVisitTypeSerializer):
    """A visit type with all its settings."""

    id = serializers.IntegerField()

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {"id": fields.pop("id"), **fields}


def read_whole(shape: type[Shape], data: Any, *, partial: bool = False) -> dict[str, Any]:
    """What was sent, in its shape, null too. Raises ValidationError with a text list a field.

    A field of a row in a list is named as in `hours.0.opens`.
    """
    reader = shape(data=data, partial=partial)
    if not reader.is_valid():
        raise serializers.ValidationError(dict(flat(reader.errors)))
    return dict(reader.validated_data)


def flat(errors: Any, name: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(errors, dict):
        for key, inner in errors.items():
            own = name if name and key == "non_field_errors" else f"{name}.{key}".lstrip(".")
            yield from flat(inner, own)
    elif any(isinstance(inner, dict) for inner in errors):
        for number, inner in enumerate(errors):
            yield from flat(inner, f"{name}.{number}")
    else:
        yield name, errors
