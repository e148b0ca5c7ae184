"""What the pages of a doctor's practice share."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.views import PrivatePage
from doctors.models import Doctor


class PracticePage(PrivatePage):
    """A page for the doctor that one is, once approved; for all others it does not exist."""

    @cached_property
    def doctor(self) -> Doctor:
        own = Doctor.objects.bookable().with_card().filter(user=self.person)
        doctor = own.first()
        if doctor is None:
            raise Http404(_("There is no such page."))
        return doctor

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {"doctor": self.doctor}
