"""The calls about free times and appointments."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

DOCTORS = [gettext_lazy("Doctors")]
APPOINTMENTS = [gettext_lazy("Appointments")]
