"""Which missed visits the clinic does not count."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.models.book import Appointment


class Waiver(models.Model):
    """The clinic does not hold it against the patient that they missed this visit."""

    appointment = models.OneToOneField(
        Appointment,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="waiver",
        verbose_name=_("appointment"),
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="waivers",
        verbose_name=_("who"),
    )
    at = models.DateTimeField(_("when"))
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")

    def __str__(self) -> str:
        return str(self.appointment)
