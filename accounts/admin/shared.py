"""What the admin pages of all apps share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.exceptions import Refusal

# The browser's own inputs for dates and times. Those of the admin tell everyone outside UTC that
# they are so many hours ahead of the server, beside times that are meant on the clinic's clock.
PLAIN_INPUTS: dict[type[models.Field], dict[str, Any]] = {
    models.DateField: {"widget": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})},
    models.TimeField: {"widget": forms.TimeInput(format="%H:%M", attrs={"type": "time"})},
}


class ViewOnly:
    """Rows that are looked at and searched here, and written elsewhere."""

    def has_add_permission(self, *args: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


class MayAct:
    """`permissions=["act"]` on an action: for staff who may change such rows, by actions alone."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        opts = self.opts  # type: ignore[attr-defined]
        return request.user.has_perm(f"{opts.app_label}.change_{opts.model_name}")


def do_each(
    request: HttpRequest,
    rows: QuerySet,
    act: Callable[[Any], object],
    *,
    done: Any,
    name: Callable[[Any], str] = str,
) -> None:
    """Call `act` with each row by itself; tell how many were done, and each refusal with its row.

    `done` is a text with %(count)s.
    """
    count = 0
    for row in rows:
        try:
            act(row)
        except Refusal as refusal:
            messages.error(request, f"{name(row)}: {refusal}")
        else:
            count += 1
    if count:
        messages.success(request, done % {"count": count})
