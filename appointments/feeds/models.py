"""Who has an address to subscribe to, and what it tells."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from doctors.models import Doctor


class Feed(models.Model):
    """The one address of a calendar. Whoever knows `key` reads it; a new key ends the old.

    The key is kept as it is, not as a hash, so that its owner can look the address up again.
    """

    key = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        abstract = True


class CalendarFeed(Feed):
    """The address of a doctor's calendar."""

    doctor = models.OneToOneField(
        Doctor, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed"
    )
    shows_names = models.BooleanField(
        _("with the names of patients"),
        default=False,
        help_text=_("Calendar programs may keep what they read on other companies' servers."),
    )

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return str(self.doctor)


class PersonFeed(Feed):
    """The address at which a person subscribes to the visits of all they act for."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed"
    )

    class Meta:
        verbose_name = _("person's calendar address")
        verbose_name_plural = _("persons' calendar addresses")

    def __str__(self) -> str:
        return str(self.user)
