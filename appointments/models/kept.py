"""Answers that are kept for when the same is sent again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptAnswer(models.Model):
    """What was answered to an act that came with a key, for when the same is sent again.

    Written with the act itself, in one transaction, by services/idempotency.py alone. `asked` is a
    hash of what was asked for; `status` is empty only while the act is under way.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="kept_answers",
        db_index=False,  # the key below begins with it
    )
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField()  # JSON
    content_type = models.CharField(max_length=100)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("kept answer")
        verbose_name_plural = _("kept answers")
        constraints = [
            models.UniqueConstraint(fields=["by", "key"], name="appointments_key_once_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.by_id}: {self.key}"
