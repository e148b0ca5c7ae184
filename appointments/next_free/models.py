"""What is kept of each doctor's next free times, and whether it still holds."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from doctors.models import Doctor, Location, VisitType

NEVER = 0
SHOWN = 3  # so many of a doctor's times are always at hand


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970, rounded up: what is kept is compared and sorted as a number."""
    return -int(-instant.timestamp() // 1)


class Part(IntEnum):
    """A part of the day in which a visit begins, on the wall clock of its place."""

    ANY = 0
    EARLY = 1  # before 10:00
    LATE = 2  # at 17:00 or after


def question(part: Part, *, weekend: bool) -> int:
    """What is kept separately: the next times in this part of the day, or of weekends only."""
    return part + len(Part) * weekend


class NextFreeState(models.Model):
    """What is kept of a doctor holds for an instant in [known_from, good_until].

    `version` counts what has changed the doctor's free times; the database's triggers write it.
    All instants here and below are in seconds since 1970.
    """

    doctor = models.OneToOneField(
        Doctor, on_delete=models.CASCADE, primary_key=True, related_name="next_free_state"
    )
    version = models.PositiveBigIntegerField(default=0)
    known_from = models.BigIntegerField(default=NEVER, db_index=True)
    good_until = models.BigIntegerField(default=NEVER, db_index=True)

    class Meta:
        verbose_name = _("state of the next free times")
        verbose_name_plural = _("states of the next free times")

    def __str__(self) -> str:
        return f"{self.doctor_id}: {self.version}"


class NextFree(models.Model):
    """One of the next free times of a doctor that answer a question, for their first visit type.

    It can be booked at an instant in (on_offer_from, on_offer_until], by horizon and notice. It is
    the very next one from `after` on, when the one before it is on offer no more.
    """

    doctor = models.ForeignKey(
        Doctor, on_delete=models.CASCADE, related_name="next_free", db_index=False
    )
    question = models.PositiveSmallIntegerField()
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    location = models.ForeignKey(
        Location, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.IntegerField(help_text=_("On the calendar of the place, as an ordinal."))
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    on_offer_from = models.BigIntegerField()
    on_offer_until = models.BigIntegerField()
    after = models.BigIntegerField()
    # The start of the last of those that are shown with this one, if there are so many.
    last_shown = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("next free time")
        verbose_name_plural = _("next free times")
        indexes = [
            models.Index(fields=["question", "start", "doctor"], name="appointments_next_by_start"),
            models.Index(
                fields=["doctor", "question", "start"], name="appointments_next_by_doctor"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.doctor_id}: {self.start}"
