"""A place on the waiting list as programs see it, and what they send to take one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.shape import Day, Id, Instant, Key, Says, Text
from appointments.api.serializers import A_DAY, A_DOCTOR, A_SPECIALTY, A_TOWN
from appointments.models import WaitingEntry, WaitingOffer
from appointments.waiting.words import WEEK, bits_of, days_of
from doctors.api.schedule.serializers import WallClock
from doctors.api.serializers import VisitTypeSerializer

A_TIME_OF_DAY = _("Write a time of day as 09:30.")
WEEKDAYS = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0, "maximum": 6},
    "minItems": 1,
    "maxItems": 7,
    "uniqueItems": True,
}


@extend_schema_field(WEEKDAYS)
class Weekdays(Says, serializers.Field):
    """Days of the week, 0 for Monday; kept as bits."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, list) or not data:
            self.fail("invalid")
        for day in data:
            if isinstance(day, bool) or not isinstance(day, int) or day not in WEEK:
                self.fail("invalid")
        if len(set(data)) != len(data):
            self.fail("invalid")
        return bits_of(data)

    def to_representation(self, value: int) -> list[int]:
        return days_of(value)


class JoinSerializer(serializers.Serializer):
    doctor_id = Id(
        say=A_DOCTOR,
        required=False,
        allow_null=True,
        help_text=_("From the list of doctors. Or leave it out, and give `specialty` and `place`."),
    )
    visit_type = Id(
        say=_("Write the id of one of the doctor's visit types."),
        required=False,
        allow_null=True,
        help_text=_("What the visit is for; the doctor's first kind if left out."),
    )
    specialty = Text(
        say=A_SPECIALTY,
        max_length=80,
        required=False,
        allow_null=True,
        help_text=_("For any doctor of this specialty, such as cardiology."),
    )
    place = Text(
        say=A_TOWN,
        max_length=80,
        required=False,
        allow_null=True,
        help_text=_("The town in which any such doctor is to be."),
    )
    patient = Id(
        say=_("Write the id of one of the people you may book for."),
        required=False,
        allow_null=True,
        help_text=_("Whom the visit is for; yourself if left out."),
    )
    instead_of = Key(
        say=_("Write the id of an appointment."),
        required=False,
        allow_null=True,
        help_text=_("An appointment that is given back when an earlier time is taken."),
    )
    weekdays = Weekdays(
        say=_("Write the days of the week as a list, 0 for Monday: [0, 1, 4]."),
        required=False,
        allow_null=True,
        help_text=_("Days that suit, 0 for Monday; all if left out."),
    )
    from_time = WallClock(
        say=A_TIME_OF_DAY,
        required=False,
        allow_null=True,
        help_text=_("The visit begins then or later, on the clock of its place."),
    )
    to_time = WallClock(
        say=A_TIME_OF_DAY,
        required=False,
        allow_null=True,
        help_text=_("The visit begins before then."),
    )
    first_day = Day(
        say=A_DAY, required=False, allow_null=True, help_text=_("Today there if left out.")
    )
    last_day = Day(say=A_DAY, help_text=_("The last day that suits."))
    reason = Text(
        say=_("Write the reason as text."),
        max_length=1000,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("Why; only the clinic reads this."),
    )

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent.get("doctor_id") is None and not (sent.get("specialty") and sent.get("place")):
            raise serializers.ValidationError({"doctor_id": [A_DOCTOR]})
        return sent


class KeptTimeSerializer(serializers.Serializer):
    """A time that is kept for somebody who waits."""

    doctor_id = serializers.IntegerField()
    doctor_name = serializers.CharField(source="doctor.name")
    place = serializers.CharField(source="location.name")
    location = serializers.CharField(source="location.city", help_text=_("The town."))
    time_zone = serializers.CharField(source="location.time_zone")
    start = Instant()
    end = Instant()
    until = Instant(help_text=_("Until when it is kept."))


class EntrySerializer(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=WaitingEntry.Status.choices)
    number = serializers.SerializerMethodField(
        help_text=_("The number in line, from 1; null for who is not waiting.")
    )
    patient = serializers.IntegerField(source="patient_id")
    patient_name = serializers.CharField(source="patient.name")
    doctor_id = serializers.IntegerField(allow_null=True)
    visit_type = VisitTypeSerializer(allow_null=True)
    specialty = serializers.CharField(source="specialty.slug", default=None, allow_null=True)
    place = serializers.CharField(source="city", allow_blank=True, help_text=_("The town."))
    instead_of = serializers.UUIDField(source="instead_of_id", allow_null=True)
    weekdays = Weekdays(say="")
    from_time = WallClock(say="", allow_null=True)
    to_time = WallClock(say="", allow_null=True)
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    reason = serializers.CharField(allow_blank=True)
    offer = serializers.SerializerMethodField(help_text=_("What is kept for them now."))

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_number(self, entry: Any) -> int | None:
        return entry.place if entry.status == WaitingEntry.Status.WAITING else None

    @extend_schema_field(KeptTimeSerializer(allow_null=True))
    def get_offer(self, entry: Any) -> dict[str, Any] | None:
        offer = kept_for(entry, timezone.now())
        return KeptTimeSerializer(offer).data if offer else None


def kept_for(entry: Any, now: datetime) -> WaitingOffer | None:
    """The time that is kept for them, of an entry with its `open_offers`."""
    return next((offer for offer in entry.open_offers if offer.until > now), None)
