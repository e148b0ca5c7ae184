"""What the pages of a doctor's practice share."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.views import PrivatePage
from doctors.exceptions import NotApprovedYet
from doctors.models import Doctor


class PracticePage(PrivatePage):
    """A page for the doctor that one is, once approved.

    A doctor who is not is led to their application; for all others the page does not exist.
    """

    @cached_property
    def doctor(self) -> Doctor:
        own = Doctor.objects.bookable().with_card().filter(user=self.person)
        doctor = own.first()
        if doctor is None:
            if Doctor.objects.filter(user=self.person).exists():
                raise NotApprovedYet
            raise Http404(_("There is no such page."))
        return doctor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except NotApprovedYet:
            response = redirect("practice:application")
            add_never_cache_headers(response)
            return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return context | {"doctor": self.doctor}
