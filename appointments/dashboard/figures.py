"""The figures of a period, and what follows from them. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from appointments.dashboard.periods import Period

TIME_KEPT = ("pending", "confirmed", "checked_in", "completed", "no_show")
CAME = ("checked_in", "completed")

# Days from booking to the visit: the first and the last of each band.
BANDS: tuple[tuple[int, int | None], ...] = ((0, 0), (1, 2), (3, 7), (8, 30), (31, None))


@dataclass(frozen=True)
class Statuses:
    """How many visits there are of each status."""

    counts: Counter[str]

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def no_show_rate(self) -> float | None:
        """Of the visits at which somebody was awaited, those to which nobody came."""
        missed = self.counts["no_show"]
        return share(missed, missed + sum(self.counts[status] for status in CAME))

    @property
    def cancellation_rate(self) -> float | None:
        """Of all visits but those that the clinic declined."""
        return share(self.counts["cancelled"], self.total - self.counts["declined"])


class Use(NamedTuple):
    """Seconds that are booked, of those that a doctor works, or all doctors on a weekday."""

    booked: int
    worked: int

    @property
    def rate(self) -> float | None:
        return share(self.booked, self.worked)


class DoctorUse(NamedTuple):
    doctor: int
    use: Use


@dataclass(frozen=True)
class Figures:
    """What the first page tells of a period; `before` is of the period before it."""

    period: Period
    now: Statuses  # of today's visits
    waiting: int  # requests
    doctors_waiting: int
    statuses: Statuses
    before: Statuses
    new_patients: int
    new_patients_before: int
    weekdays: list[Use]  # from Monday on
    doctors: list[DoctorUse]  # who has working hours; the busiest first
    lead_days: Counter[int] = field(default_factory=Counter)

    @property
    def use(self) -> Use:
        return Use(
            sum(one.booked for one in self.weekdays), sum(one.worked for one in self.weekdays)
        )

    @property
    def lead_bands(self) -> list[int]:
        """How many visits there are in each of BANDS."""
        return [
            sum(
                count
                for days, count in self.lead_days.items()
                if first <= days and (last is None or days <= last)
            )
            for first, last in BANDS
        ]

    @property
    def lead_median(self) -> int | None:
        """Days from booking to the visit: half of the visits were booked no longer ahead."""
        half = self.lead_days.total() / 2
        seen = 0
        for days, count in sorted(self.lead_days.items()):
            seen += count
            if seen >= half:
                return days
        return None


def share(part: int, whole: int) -> float | None:
    """None where there is nothing to have a share in."""
    return part / whole if whole else None


def by_use(booked: dict[int, int], worked: dict[int, list[int]]) -> list[DoctorUse]:
    """Who works in the period, by how much of it is booked; the busiest first."""
    uses = sorted(
        (-booked.get(doctor, 0) / total, doctor, total)
        for doctor, seconds in worked.items()
        if (total := sum(seconds))
    )
    return [DoctorUse(doctor, Use(booked.get(doctor, 0), total)) for _, doctor, total in uses]
