"""Parts of pages that were drawn before and need not be drawn again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.core.cache import caches
from django.utils.safestring import SafeString
from django.utils.translation import get_language

Item = TypeVar("Item")


def draw_each(
    kind: str, items: Iterable[tuple[str | None, Item]], draw: Callable[[Item], str]
) -> SafeString:
    """Each item as HTML, one after the other; `draw` is called only for those not drawn yet.

    With each comes a key that changes with all that is shown of it, or None if there is none.
    """
    drawn = caches["drawn"]
    kind = f"{kind}-{get_language()}"
    items = list(items)
    found = drawn.get_many([f"{kind}-{key}" for key, _ in items if key])
    parts = []
    for key, item in items:
        part = found.get(f"{kind}-{key}")
        if part is None:
            part = draw(item)
            if key:
                drawn.set(f"{kind}-{key}", part)
        parts.append(part)
    return SafeString("".join(parts))
