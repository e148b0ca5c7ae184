"""The page on which one ends one's own access to a patient."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.family import views
from appointments.leaving import services
from appointments.models import Appointment


class EndView(views.EndView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        to_come = Appointment.objects.upcoming(timezone.now()).filter(patient=self.patient)
        return super().get_context_data(**kwargs) | {"holds_visits": to_come.exists()}

    def leave(self) -> None:
        services.leave(access=self.mine, by=self.person, now=timezone.now())
