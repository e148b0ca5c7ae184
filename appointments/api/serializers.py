"""Free times and appointments as programs see them, and what they send to book."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.api.shape import Choice, Day, Flag, Id, Instant, Key, Text, When, Whole
from appointments.models import Appointment
from doctors.api.serializers import DoctorFilters as PlainDoctorFilters
from doctors.api.serializers import DoctorSerializer as PlainDoctorSerializer
from doctors.api.serializers import VisitTypeSerializer
from doctors.models import Doctor

A_DAY = _("Write a date as 2026-11-25.")
A_TIME = _("Write the start of a free time, like 2026-11-25T04:00:00Z, or a date, like 2026-11-25.")
LONGEST_RANGE_DAYS = 31
A_DOCTOR = _("Write the id of a doctor.")
A_SPECIALTY = _("Write a specialty, such as cardiology.")
A_TOWN = _("Write a town.")


class DoctorSerializer(PlainDoctorSerializer):
    # From `nearest` in the context: the nearest free times by doctor id.
    next_free = serializers.SerializerMethodField(
        help_text=_("The start of the next free time for the first kind of visit.")
    )

    @extend_schema_field(Instant(allow_null=True))
    def get_next_free(self, doctor: Doctor) -> str | None:
        slots = self.context["nearest"][doctor.pk]
        return Instant().to_representation(slots[0].start) if slots else None


class DoctorFilters(PlainDoctorFilters):
    free_by = Day(
        say=A_DAY, required=False, help_text=_("Only who has a free time on this date or before.")
    )
    days = Choice(
        say=_("Write week or weekend."),
        choices=[("week", _("in the next 7 days")), ("weekend", _("on a Saturday or Sunday"))],
        required=False,
        help_text=_("Only who has a free time then; next_free is such a time."),
    )
    time = Choice(
        say=_("Write early or late."),
        choices=[("early", _("before 10:00")), ("late", _("at 17:00 or later"))],
        required=False,
        help_text=_("Only who has a free time then, on the clock of the place."),
    )
    sort = Choice(
        say=_("Write name or soonest."),
        choices=[("name", _("by name")), ("soonest", _("by next free time"))],
        required=False,
        help_text=_("By name if left out."),
    )


class DaysFilters(serializers.Serializer):
    """On which days free times are listed."""

    days = Whole(
        say=_("Write a number of days from 1 to 31."),
        min_value=1,
        max_value=LONGEST_RANGE_DAYS,
        default=7,
        help_text=_("How many days, from the first on."),
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        first = Day(
            say=A_DAY,
            required=False,
            source="first_day",
            help_text=_("The first day; today at the doctor's place if left out."),
        )
        return {"from": first, **super().get_fields()}


class SlotFilters(DaysFilters):
    """Which free times of a doctor to list."""

    visit_type = Id(
        say=_("Write the id of one of the doctor's visit types."),
        required=False,
        help_text=_("What the visit is for; the doctor's first kind if left out."),
    )


class AnySlotFilters(DaysFilters):
    """Which free times of any doctor to list."""

    specialty = Text(say=A_SPECIALTY, max_length=80, help_text=_("Such as cardiology."))
    place = Text(say=A_TOWN, max_length=80, help_text=_("The town."))


class SlotSerializer(serializers.Serializer):
    start = Instant()
    end = Instant()


class WhenSerializer(serializers.Serializer):
    date = When(
        say=A_TIME,
        help_text=_("The start of a free time; or a date, for its first free time."),
    )


class OverruleSerializer(WhenSerializer):
    overrule = Flag(
        say=_("Write true or false."),
        required=False,
        allow_null=True,
        help_text=_("Whatever the clinic's rules for booking online say; only its staff may."),
    )


class BookSerializer(OverruleSerializer):
    doctor_id = Id(
        say=A_DOCTOR,
        required=False,
        help_text=_("From the list of doctors. Or leave it out, and give `specialty` and `place`."),
    )
    specialty = Text(
        say=A_SPECIALTY,
        max_length=80,
        required=False,
        allow_null=True,
        help_text=_("For any doctor of this specialty, such as cardiology, who is free then."),
    )
    place = Text(
        say=A_TOWN,
        max_length=80,
        required=False,
        allow_null=True,
        help_text=_("The town in which any such doctor is to be."),
    )
    visit_type = Id(
        say=_("Write the id of one of the doctor's visit types."),
        required=False,
        allow_null=True,
        help_text=_("What the visit is for; the doctor's first kind if left out."),
    )
    patient = Id(
        say=_("Write the id of one of the people you may book for."),
        required=False,
        allow_null=True,
        help_text=_("Whom the visit is for; yourself if left out."),
    )
    reason = Text(
        say=_("Write the reason as text."),
        max_length=1000,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("Why; only the clinic reads this."),
    )

    keep_both = Flag(
        say=_("Write true or false."),
        required=False,
        allow_null=True,
        help_text=_("After `similar-visit`: book it all the same."),
    )
    replace = Key(
        say=_("Write the id of an appointment."),
        required=False,
        allow_null=True,
        help_text=_("After `similar-visit`: the id of the appointment that is cancelled for it."),
    )

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent.get("keep_both") and sent.get("replace"):
            raise serializers.ValidationError({"replace": [_("Keep both, or replace one.")]})
        if sent.get("doctor_id") is None and not (sent.get("specialty") and sent.get("place")):
            raise serializers.ValidationError({"doctor_id": [A_DOCTOR]})
        return sent


class CancelSerializer(serializers.Serializer):
    reason = Text(
        say=_("Write the reason as text."),
        max_length=500,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("Why; only the clinic reads this."),
    )


class BookedSerializer(serializers.Serializer):
    message = serializers.CharField(help_text=_("What happened, in words to show."))
    id = serializers.UUIDField()
    start = Instant()
    end = Instant()
    status = serializers.ChoiceField(choices=Appointment.Status.choices)


class AppointmentSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    doctor_id = serializers.IntegerField()
    doctor_name = serializers.CharField(source="doctor.name")
    specialty = serializers.CharField(source="doctor.specialty.title", default="")
    location = serializers.CharField(source="location.city", help_text=_("The town."))
    place = serializers.CharField(source="location.name", help_text=_("The place in the town."))
    time_zone = serializers.CharField(source="location.time_zone")
    date = serializers.SerializerMethodField(help_text=_("The date at the place."))
    start = Instant()
    end = Instant()
    status = serializers.ChoiceField(choices=Appointment.Status.choices)
    patient = serializers.IntegerField(source="patient_id")
    patient_name = serializers.CharField(source="patient.name")
    visit_type = VisitTypeSerializer()
    reason = serializers.CharField(allow_blank=True)
    answer_by = Instant(
        allow_null=True, help_text=_("Until when the clinic answers, if it is a request.")
    )

    @extend_schema_field(OpenApiTypes.DATE)
    def get_date(self, appointment: Appointment) -> Any:
        return appointment.local_day


class VisitFilters(serializers.Serializer):
    """What a list of appointments with one doctor can be narrowed by."""

    status = Choice(
        say=_("Choose one of: %(choices)s.") % {"choices": ", ".join(Appointment.Status.values)},
        choices=Appointment.Status.choices,
        required=False,
    )
    until = Day(say=A_DAY, required=False, source="last_day", help_text=_("The last date."))

    def get_fields(self) -> dict[str, serializers.Field]:
        first = Day(say=A_DAY, required=False, source="first_day", help_text=_("The first date."))
        return {"from": first, **super().get_fields()}


class AppointmentFilters(VisitFilters):
    """What a list of appointments can be narrowed by."""

    doctor = Id(
        say=_("Write the id of a doctor."), required=False, help_text=_("The id of a doctor.")
    )
