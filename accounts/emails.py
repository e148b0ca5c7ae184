"""Sending mail: every mail of DocSpot goes through `send_after_commit`."""

from __future__ import annotations

from collections.abc import Sequence
from email.mime.base import MIMEBase
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse


def absolute_url(name: str, *args: object) -> str:
    """A link for a mail. It comes from SITE_URL, never from a request that somebody may forge."""
    return settings.SITE_URL + reverse(name, args=args)


def send_after_commit(
    *, template: str, context: dict[str, Any], to: list[str], attachments: Sequence[MIMEBase] = ()
) -> None:
    """Write the mail `template` (a path without its ending) now; send it once all is committed.

    A mail that cannot be sent is logged and lost to its reader, but what was committed stands.
    """
    if not to:
        return
    context = {"site_url": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{template}_subject.txt", context).split()),
        body=render_to_string(f"{template}.txt", context).strip() + "\n",
        to=to,
        attachments=list(attachments),
    )
    mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    deliver_after_commit(mail)


def deliver_after_commit(mail: EmailMessage) -> None:
    transaction.on_commit(mail.send, robust=True)
