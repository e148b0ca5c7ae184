"""Which visits of a patient were missed, and until when each counts, if it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Patient
from appointments import fairness
from appointments.fair_use.models import Waiver
from appointments.models import Appointment, BookingPolicy


@dataclass(frozen=True)
class Miss:
    """A missed visit, with its waiver if there is one."""

    visit: Appointment
    counts_until: datetime
    waiver: Waiver | None

    @property
    def is_late_cancel(self) -> bool:
        """Whether it was cancelled late; else nobody came."""
        return self.visit.status == Appointment.Status.CANCELLED


@dataclass(frozen=True)
class Misses:
    """What was missed in the last days, the latest first; `most` is where approval begins."""

    all: list[Miss]
    most: int

    @property
    def count(self) -> int:
        return sum(miss.waiver is None for miss in self.all)

    @property
    def need_approval(self) -> bool:
        return self.count >= self.most


def misses_of(patient: Patient, now: datetime, policy: BookingPolicy) -> Misses | None:
    """None while the clinic counts nothing."""
    if policy.misses_before_approval is None:
        return None
    missed = fairness.missed(now, policy).filter(patient=patient).order_by("-start", "id")
    visits = missed.select_related("doctor", "visit_type", "location", "waiver__by")
    return Misses([_miss(visit, policy) for visit in visits], policy.misses_before_approval)


def miss(appointment: Appointment, now: datetime, policy: BookingPolicy) -> Miss | None:
    """None for a visit that does not count as missed, waived or not."""
    missed = fairness.missed(now, policy).filter(pk=appointment.pk)
    visit = missed.select_related("doctor", "visit_type", "location", "waiver__by").first()
    return _miss(visit, policy) if visit else None


def _miss(visit: Appointment, policy: BookingPolicy) -> Miss:
    return Miss(visit, fairness.counts_until(visit, policy), getattr(visit, "waiver", None))
