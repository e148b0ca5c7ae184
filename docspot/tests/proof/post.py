"""A post office that counts the mails it is given, and that can be out of order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Post(BaseEmailBackend):
    sent: ClassVar[int] = 0
    out_of_order: ClassVar[bool] = False

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if Post.out_of_order:
            raise ConnectionRefusedError("the post office is closed")
        Post.sent += len(email_messages)
        return len(email_messages)
