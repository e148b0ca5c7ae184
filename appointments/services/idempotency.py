"""Acts that are done once, however often they are sent: each with a key, and its answer kept.

The key is written in the same transaction as what the act does, and before it: a repeat that comes
meanwhile waits for the first (PostgreSQL at the unique index, SQLite at the start of the
transaction), and a crash leaves either both or neither. The key is locked first, then whatever the
act locks, so the order is key, doctor, patient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from appointments.exceptions import IdempotencyKeyReused
from appointments.models import KeptAnswer

KEPT_FOR = timedelta(hours=24)
SWEPT_AT_ONCE = 100


@dataclass(frozen=True)
class Answer:
    """What was answered to an act; `body` is JSON."""

    status: int
    body: str
    content_type: str = "application/json"
    is_repeat: bool = False


@transaction.atomic
def act_once(*, key: str, asked: str, by: User, now: datetime, act: Callable[[], Answer]) -> Answer:
    """Act and keep the answer; who sends the same key again within 24 hours gets that answer.

    `asked` is a hash of what is asked for. Raises IdempotencyKeyReused if the key came with
    something else before, and what `act` raises: then nothing is kept.
    """
    kept = _hold(key, asked, by, now)
    is_new = kept.status is None or kept.created_at <= now - KEPT_FOR
    if not is_new:
        if kept.asked != asked:
            raise IdempotencyKeyReused
        return Answer(kept.status or 0, kept.body, kept.content_type, is_repeat=True)
    answer = act()
    KeptAnswer.objects.filter(pk=kept.pk).update(
        asked=asked,
        status=answer.status,
        body=answer.body,
        content_type=answer.content_type,
        created_at=now,
    )
    _sweep(now)
    return answer


def _hold(key: str, asked: str, by: User, now: datetime) -> KeptAnswer:
    """Insert the key or lock the one there is, in one statement: none can vanish in between."""
    row = KeptAnswer(by=by, key=key, asked=asked, created_at=now)
    KeptAnswer.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["by", "key"], update_fields=["key"]
    )
    return KeptAnswer.objects.get(by=by, key=key)


def _sweep(now: datetime) -> None:
    """Delete some of the old answers; those that somebody else holds at this moment stay."""
    old = KeptAnswer.objects.filter(created_at__lte=now - KEPT_FOR).order_by("created_at")
    free = old.select_for_update(skip_locked=True).values_list("pk", flat=True)
    if some := list(free[:SWEPT_AT_ONCE]):
        KeptAnswer.objects.filter(pk__in=some).delete()
