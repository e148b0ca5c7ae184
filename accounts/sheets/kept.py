"""A file between its preview and its import: what is imported is what was looked at.

Kept for an hour in the cache, which all server processes share, for the one login that chose it.
"""

from __future__ import annotations

import re
from secrets import token_urlsafe
from typing import NamedTuple
from zlib import compress, decompress

from django.core.cache import cache

SECONDS = 60 * 60
TOKEN = re.compile(r"[\w-]{32}", re.ASCII)


class Kept(NamedTuple):
    data: bytes
    name: str
    seen: str  # the digest of the plan that was shown


def keep(owner: str, file: Kept) -> str:
    """Keep the file; returns the token by which its owner finds it."""
    token = token_urlsafe(24)
    cache.set(_key(owner, token), file._replace(data=compress(file.data, 3)), SECONDS)
    return token


def find(owner: str, token: str) -> Kept | None:
    file = cache.get(_key(owner, token)) if TOKEN.fullmatch(token) else None
    return file and Kept(decompress(file[0]), *file[1:])


def take(owner: str, token: str) -> bool:
    """Give the file up; whether it was still there. True for one of several who ask at once."""
    return bool(TOKEN.fullmatch(token)) and cache.delete(_key(owner, token))


def _key(owner: str, token: str) -> str:
    return f"sheet:{owner}:{token}"
