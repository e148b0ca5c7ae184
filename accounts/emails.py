"""Sending mail: every mail of DocSpot goes through `send_after_commit`."""

from __future__ import annotations

from collections.abc import Callable
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
    *, template: str, context: dict[str, Any], to: Callable[[], list[str]]
) -> None:
    """Once all is committed, write the mail `template` (a path without its ending) and send it.

    A mail that cannot be sent is logged and lost to its reader, but what was committed stands.
    """

    def send() -> None:
        for address in to():  # each alone: none is told of the others
            write(template, context, address).send()

    transaction.on_commit(send, robust=True)


def write(template: str, context: dict[str, Any], to: str) -> EmailMultiAlternatives:
    """The mail, as text and as HTML."""
    context = {"site_url": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{template}_subject.txt", context).split()),
        body=render_to_string(f"{template}.txt", context).strip() + "\n",
        to=[to],
    )
    mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return mail


def deliver_after_commit(mail: EmailMessage) -> None:
    transaction.on_commit(mail.send, robust=True)
