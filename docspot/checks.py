"""What `manage.py check --deploy` warns of before a clinic's patients would notice it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def links_lead_to_the_clinic(**kwargs: Any) -> list[CheckMessage]:
    if urlsplit(settings.SITE_URL).hostname not in {"localhost", "127.0.0.1", "::1"}:
        return []
    return [
        Warning(
            f"Links in mails lead to {settings.SITE_URL}.",
            hint="Set SITE_URL to the address at which patients reach the clinic.",
            id="docspot.W001",
        )
    ]


@register(Tags.security, deploy=True)
def mails_are_sent(**kwargs: Any) -> list[CheckMessage]:
    if not settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
        return []
    return [
        Warning(
            "Mails are printed to the console and reach nobody.",
            hint="Set EMAIL_URL, for example smtp+tls://name:password@mail.example:587.",
            id="docspot.W002",
        )
    ]
