"""Which links of mails are good."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.keys import derived_key
from appointments.models.book import Appointment

PURPOSE = "visit"


class VisitLink(models.Model):
    """The link about one visit in all mails to one address.

    Its key is derived from the secret key, this row's id and `generation`, so that a mail which is
    sent twice says the same; only its SHA-256 is kept, by which it is found. A new generation ends
    the links in mails that are sent already, and so does another secret key. `made_at` is since
    when there is this generation. The address stands in small letters.
    """

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="links", verbose_name=_("appointment")
    )
    email = models.EmailField(_("email address"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="visit_links",
        verbose_name=_("login"),
        null=True,
        help_text=_("Whose address it is; empty for a patient without a login."),
    )
    generation = models.PositiveIntegerField(default=1, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False, null=True)  # noqa: DJ001
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("link of a mail")
        verbose_name_plural = _("links of mails")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "email"], name="appointments_one_link_an_address"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.appointment_id}"

    @property
    def key(self) -> str:
        """The key as it is now; for mails alone, never to be kept."""
        return derived_key(PURPOSE, self.pk, self.generation)
