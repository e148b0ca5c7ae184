"""Sending mail: every mail is a task (accounts.tasks), so that no answer waits for its server."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import TaskContext, task


def absolute_url(name: str, *args: object) -> str:
    """A link for a mail. It comes from SITE_URL, never from a request that somebody may forge."""
    return settings.SITE_URL + reverse(name, args=args)


def write(template: str, context: dict[str, Any], to: str) -> EmailMultiAlternatives:
    """The mail, as text and as HTML; `template` is a path without its ending."""
    context = {"site_url": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{template}_subject.txt", context).split()),
        body=render_to_string(f"{template}.txt", context).strip() + "\n",
        to=[to],
    )
    mail.attach_alternative(render_to_string(f"{template}.html", context), "text/html")
    return mail


def send(mail: EmailMessage, context: TaskContext) -> None:
    """Send it as the message of this task: a second try is the same message, by its Message-ID."""
    host = urlsplit(settings.SITE_URL).hostname
    mail.extra_headers["Message-ID"] = f"<{context.task_result.id}@{host}>"
    mail.send()


def send_later(mail: EmailMessage) -> None:
    """Send a mail that is written already, once what it tells of is committed."""
    html = [str(content) for content, _ in getattr(mail, "alternatives", [])]
    for address in mail.to:  # each alone: none is told of the others
        send_written.enqueue(subject=str(mail.subject), body=str(mail.body), html=html, to=address)


@task(takes_context=True)
def send_written(
    context: TaskContext, *, subject: str, body: str, html: list[str], to: str
) -> None:
    mail = EmailMultiAlternatives(subject=subject, body=body, to=[to])
    for content in html:
        mail.attach_alternative(content, "text/html")
    send(mail, context)
