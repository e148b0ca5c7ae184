"""Keys in links that need no login: as good as passwords, and so never kept as they are.

A key is derived from the secret key, so that a mail which is sent twice says the same link; kept is
only its SHA-256, by which it is found. 256 bits, in the letters of RFC 4648 section 5 (base64url).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

from django.utils.crypto import salted_hmac

KEY_PATTERN = "[A-Za-z0-9_-]{43}"  # how a key looks, for addresses


def derived_key(purpose: str, *parts: object) -> str:
    """The key of one thing, named by `parts`; another `purpose` makes another key."""
    message = ":".join(str(part) for part in parts)
    digest = salted_hmac(f"docspot.{purpose}", message, algorithm="sha256").digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def digest_of(key: str) -> str:
    """What is kept of a key."""
    return sha256(key.encode()).hexdigest()
