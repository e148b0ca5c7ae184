"""Forms that are sent again, by a double click or the back button: done once, and led on again."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from appointments.models import Appointment
from appointments.services.idempotency import Answer, act_once


def lead_to_visit(
    *, key: str, asked: tuple[object, ...], by: User, now: datetime, act: Callable[[], Appointment]
) -> HttpResponse:
    """Act, and lead to the appointment; a form sent again with its key only leads there."""

    def address() -> str:
        return reverse("appointments:detail", args=[act().pk])

    return lead_on(key=key, asked=asked, by=by, now=now, act=address)


def lead_on(
    *, key: str, asked: tuple[object, ...], by: User, now: datetime, act: Callable[[], str]
) -> HttpResponse:
    """Act, and lead to the address that comes of it; a form sent again with its key only leads.

    What was changed in the form (`asked`) makes it another act. What `act` refuses is not kept.
    """

    def answer() -> Answer:
        return Answer(status=302, body=json.dumps(act()))

    if not key:
        return redirect(json.loads(answer().body))
    asked_for = sha256(repr((key, *map(str, asked))).encode()).hexdigest()
    # The space keeps it apart from the keys of programs, which have none.
    kept = act_once(key=f"form {asked_for}", asked=asked_for, by=by, now=now, act=answer)
    return redirect(json.loads(kept.body))
