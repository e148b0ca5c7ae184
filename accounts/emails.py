"""Sending mail: every mail is a task (accounts.tasks), so that no answer waits for its server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPRecipientsRefused
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django_tasks import TaskContext, task

from accounts.exceptions import AddressRefused, NoMailServer

LONGEST_SEND = 60.0  # seconds, in all; EMAIL_TIMEOUT is for each answer of the server
REFUSED_FOR_GOOD = 500  # RFC 5321, 4.2.1


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
    """Send it as the message of this task: a second try is the same message, by its Message-ID.

    Raises NoMailServer, AddressRefused, or what the server or the network said.
    """
    host = urlsplit(settings.SITE_URL).hostname
    mail.extra_headers["Message-ID"] = f"<{context.task_result.id}@{host}>"
    connection = mail.connection = get_connection()
    try:
        with ends_in(LONGEST_SEND):
            _send(mail, connection)
    finally:
        connection.close()


def _send(mail: EmailMessage, connection: BaseEmailBackend) -> None:
    try:
        connection.open()
    except OSError as error:  # all of smtplib's errors are such too
        raise NoMailServer(str(error)) from error
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        if all(code >= REFUSED_FOR_GOOD for code, _ in error.recipients.values()):
            raise AddressRefused(str(error)) from error
        raise


@contextmanager
def ends_in(seconds: float) -> Iterator[None]:
    """Raise TimeoutError within, after so long: each answer may come in time, but not be enough.

    Only where signals arrive, in the main thread, which is where the worker does its tasks.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _time_is_up(number: int, frame: FrameType | None) -> None:
    raise TimeoutError("the mail server is too slow")


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
