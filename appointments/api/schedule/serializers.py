"""The answers to changes of hours and time off: what there is now, and which visits do not fit."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.shape import Instant
from appointments.outside_hours.selectors import Stray
from doctors.api.schedule.serializers import HoursSerializer, TimeOffSerializer


class Why(TextChoices):
    OUTSIDE_HOURS = "outside_hours", _("outside the hours")
    TIME_OFF = "time_off", _("in time off")


class VisitToMoveSerializer(serializers.Serializer):
    id = serializers.UUIDField(source="visit.pk", help_text=_("The id of the appointment."))
    start = Instant(source="visit.start")
    end = Instant(source="visit.end")
    why = serializers.SerializerMethodField()

    def get_why(self, stray: Stray) -> Why:
        return Why.TIME_OFF if stray.in_time_off else Why.OUTSIDE_HOURS


class WeekSetSerializer(serializers.Serializer):
    hours = HoursSerializer(many=True, help_text=_("All of the doctor's hours now."))
    visits_to_move = VisitToMoveSerializer(
        many=True, help_text=_("Booked visits that do not fit; they stay until you move them.")
    )


class TimeOffAddedSerializer(TimeOffSerializer):
    visits_to_move = VisitToMoveSerializer(
        many=True, help_text=_("Booked visits that do not fit; they stay until you move them.")
    )
