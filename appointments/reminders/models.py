"""Which reminders have been written."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from appointments.models.book import Appointment


class Reminder(models.Model):
    """Those who act for the patient are reminded of the visit at `start`; once for each `hours`."""

    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.CASCADE,
        related_name="reminders",
        verbose_name=_("appointment"),
        db_index=False,  # the key below begins with it
    )
    start = models.DateTimeField(_("start then"))
    hours = models.PositiveIntegerField(_("hours before"))
    at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "start", "hours"], name="appointments_reminded_once"
            )
        ]

    def __str__(self) -> str:
        """7 days before, or 36 hours before"""
        days, hours = divmod(self.hours, 24)
        if hours:
            words = ngettext("%(count)s hour before", "%(count)s hours before", self.hours)
            return words % {"count": self.hours}
        return ngettext("%(count)s day before", "%(count)s days before", days) % {"count": days}
