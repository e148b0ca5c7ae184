"""What the pages of the front desk share."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.views.generic.base import ContextMixin, View

from accounts.models import User


class DeskPage(PermissionRequiredMixin, ContextMixin, View):
    """A page in the admin's frame, for staff who may do what it is for; 403 to others.

    `title` stands above it. docspot/admin.py lets only staff come this far.
    """

    title: Any
    permission_required: Any = "appointments.view_appointment"
    raise_exception = True

    @property
    def person(self) -> User:
        """Who is logged in."""
        return cast(User, self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = admin.site.each_context(self.request)
        return super().get_context_data(**kwargs) | frame | {"title": self.title}
