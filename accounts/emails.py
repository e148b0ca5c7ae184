"""Sending mail: every mail is a task (accounts.tasks), so that no answer waits for its server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from smtplib import SMTPRecipientsRefused
from types import FrameType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from django_tasks import TaskContext, TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from accounts.addresses import can_be_sent_to
from accounts.exceptions import AddressRefused, NoMailServer

AnyTask = TypeVar("AnyTask", bound=Task[..., Any])

# A machine wrote it (RFC 3834): no other machine is to answer, Exchange's by its own header.
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}

# What a mail that was written already is about, by its `kind`; other apps add theirs.
KINDS: dict[str, Any] = {
    "account_already_exists": _("Somebody tried to create the account again"),
    "email_confirmation": _("Confirm the email address"),
    "family": _("Acting for somebody"),
    "email_confirmation_signup": _("Confirm the email address"),
    "password_reset_key": _("Choose a new password"),
    "unknown_account": _("There is no account with this address"),
}
_WHAT: dict[str, tuple[Any, dict[str, Any]]] = {}  # by the path of the task

# What a task returns that decided not to send its mail; staff read it in the list of mails.
NOT_NEEDED = "not needed"  # what it would tell of is over
PUT_OFF = "put off"  # until the morning, by another task

LONGEST_SEND = 60.0  # seconds, in all; EMAIL_TIMEOUT is for each answer of the server
REFUSED_FOR_GOOD = 500  # RFC 5321, 4.2.1


def absolute_url(name: str, *args: object) -> str:
    """A link for a mail. It comes from SITE_URL, never from a request that somebody may forge."""
    return settings.SITE_URL + reverse(name, args=args)


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Write in the language of who gets the mail; in the clinic's own if they have chosen none."""
    known = language in dict(settings.LANGUAGES)
    with translation.override(language if known else settings.LANGUAGE_CODE):
        yield


def write(template: str, context: dict[str, Any], to: str) -> EmailMultiAlternatives:
    """The mail, as text and as HTML; `template` is a path without its ending."""
    context = {"site_url": settings.SITE_URL, **context}
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"{template}_subject.txt", context).split()),
        body=render_to_string(f"{template}.txt", context).strip() + "\n",
        to=[to],
    )
    html = render_to_string(f"{template}.html", context).strip() + "\n"
    mail.attach_alternative(html, "text/html")
    return mail


def send(mail: EmailMessage, context: TaskContext) -> None:
    """Send it as the message of this task: a second try is the same message, by its Message-ID.

    Raises NoMailServer, AddressRefused, or what the server or the network said.
    """
    if not all(can_be_sent_to(address) for address in mail.to):
        raise AddressRefused
    host = urlsplit(settings.SITE_URL).hostname
    mail.extra_headers |= HEADERS | {"Message-ID": f"<{context.task_result.id}@{host}>"}
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


def about(what: Any, kinds: Iterable[tuple[str, Any]] = ()) -> Callable[[AnyTask], AnyTask]:
    """Above a task: what its mails are about, for staff; of several kinds, which (its `kind`)."""

    def name(task: AnyTask) -> AnyTask:
        _WHAT[task.module_path] = what, dict(kinds)
        return task

    return name


def what_about(path: str, kind: str) -> str:
    """What a mail is about, by the path of its task; nothing of what it says."""
    try:
        import_string(path)  # its module may not have been needed yet
    except ImportError:
        return ""
    what, kinds = _WHAT.get(path, ("", KINDS))
    parts = (str(part) for part in (what, kinds.get(kind, "")))
    return ": ".join(filter(None, parts))


def send_later(mail: EmailMessage, *, kind: str = "") -> None:
    """Send a mail that is written already, once what it tells of is committed.

    `kind`, one of KINDS, says to staff what it is about.
    """
    html = [str(content) for content, _ in getattr(mail, "alternatives", [])]
    for address in mail.to:  # each alone: none is told of the others
        send_written.enqueue(
            subject=str(mail.subject), body=str(mail.body), html=html, to=address, kind=kind
        )


def forget_text(sent: DBTaskResult) -> None:
    """What a mail said that was written already, now that it is sent; the rest is kept for staff.

    It may have a link in it that sets a password, and the row stays for a day.
    """
    if sent.task_path != send_written.module_path:
        return
    sent.args_kwargs["kwargs"] |= {"body": "", "html": []}
    rows = DBTaskResult.objects.filter(pk=sent.pk, status=TaskResultStatus.SUCCESSFUL)
    rows.update(args_kwargs=sent.args_kwargs)


@task(takes_context=True)
def send_written(
    context: TaskContext, *, subject: str, body: str, html: list[str], to: str, kind: str = ""
) -> None:
    if not body and not html:  # another worker has sent it: see `forget_text`
        return
    mail = EmailMultiAlternatives(subject=subject, body=body, to=[to])
    for content in html:
        mail.attach_alternative(content, "text/html")
    send(mail, context)
