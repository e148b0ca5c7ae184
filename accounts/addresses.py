"""Which email addresses mail can be sent to at all."""

from __future__ import annotations

from django.utils.encoding import punycode


def can_be_sent_to(address: str) -> bool:
    """Whether the name of its host can be written as mail servers know it (RFC 3490)."""
    try:
        punycode(address.rpartition("@")[2])
    except UnicodeError:
        return False
    return True
