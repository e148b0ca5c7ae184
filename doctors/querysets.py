"""Which doctors are seen by whom, and how they are searched."""

from __future__ import annotations

from django.apps import apps
from django.db import models
from django.db.models import Q


class DoctorQuerySet(models.QuerySet):
    def bookable(self) -> DoctorQuerySet:
        """Those whom patients may see and book."""
        return self.filter(status="approved")

    def search(self, words: str) -> DoctorQuerySet:
        """Those of whom every word stands in the name, the specialty or a place."""
        found = self
        for word in words.split():
            places = Q(working_hours__location__name__icontains=word) | Q(
                working_hours__location__city__icontains=word
            )
            specialties = Q(specialty__name__icontains=word) | Q(specialty__title__icontains=word)
            found = found.filter(
                pk__in=self.model._default_manager.filter(
                    Q(name__icontains=word) | specialties | places
                ).values("pk")
            )
        return found

    def at_place(self, city: str) -> DoctorQuerySet:
        return self.filter(
            pk__in=self.model._default_manager.filter(
                working_hours__location__city__iexact=city
            ).values("pk")
        )

    def with_schedule(self) -> DoctorQuerySet:
        """When they work and what for, in two more queries."""
        hours = apps.get_model("doctors", "WorkingHours")._default_manager
        return self.prefetch_related(
            "visit_types", models.Prefetch("working_hours", hours.select_related("location"))
        )

    def with_summary(self) -> DoctorQuerySet:
        """What a list tells of them."""
        return self.select_related("specialty").prefetch_related("languages")

    def with_card(self) -> DoctorQuerySet:
        """All that a doctor's own page tells, in a fixed number of queries."""
        return self.with_summary().with_schedule()
