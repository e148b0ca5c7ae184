"""What programs send about visits to the doctor who sends it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.shape import Text


class NothingSerializer(serializers.Serializer):
    """No field is read: the address says it all."""


class DeclineSerializer(serializers.Serializer):
    reason = Text(
        say=_("Write the reason as text."),
        max_length=500,
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text=_("Why; the patient can read this."),
    )
