"""Who sees which people: the queryset is the permission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from accounts.models import User


class PatientQuerySet(models.QuerySet):
    def accessible_to(self, user: User) -> PatientQuerySet:
        """Those that `user` may act for, each with the `relation`; their own person first."""
        if not user.is_authenticated:
            return self.none()
        mine = self.filter(accesses__user=user, accesses__ended_at=None)
        return mine.annotate(relation=models.F("accesses__relation")).order_by(
            models.Case(models.When(accesses__relation="self", then=0), default=1), "name"
        )


class PatientAccessQuerySet(models.QuerySet):
    def active(self) -> PatientAccessQuerySet:
        return self.filter(ended_at=None)
