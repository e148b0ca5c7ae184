"""The header Idempotency-Key: a call that is sent again is answered again, but done once.

As draft-ietf-httpapi-idempotency-key-header has it; the key may also come without quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.answers import PROBLEM_TYPE, ProblemSerializer
from accounts.api.views import PrivateCall
from accounts.exceptions import Refusal
from appointments.services.idempotency import Answer, act_once

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
# A string of RFC 8941 without spaces, or the same without its quotes.
KEY = re.compile(r'"(?P<quoted>(?:[!#-\[\]-~]|\\["\\]){1,255})"|(?P<bare>[!#-~]{1,255})')
NEVER_KEPT = {401, 429}

# For the schema of a call that is `once_per_key`.
KEY_PARAMETERS = [
    OpenApiParameter(
        HEADER,
        {"type": "string", "pattern": "^[!-~]+$"},
        OpenApiParameter.HEADER,
        description=gettext_lazy(
            "A header. Any text of your own for this one act, such as a new UUID, of at most 255 "
            "letters, digits and signs. Whoever sends the same again with the same key within 24 "
            "hours, not knowing whether the first came through, gets the same answer, and nothing "
            "is done twice."
        ),
    ),
    OpenApiParameter(
        REPLAYED,
        {"type": "string", "enum": ["true"]},
        OpenApiParameter.HEADER,
        response=[200, 201, 403, 409],
        description=gettext_lazy("Only with an answer that was given before to the same key."),
    ),
]
KEY_PROBLEMS = {
    (422, PROBLEM_TYPE): OpenApiResponse(
        ProblemSerializer, gettext_lazy("The same key came with something else before.")
    )
}

Call = Callable[..., Response]


def once_per_key(call: Call) -> Call:
    """Make a call that acts one that may be sent again with the same key.

    Kept is what it answers, and what its rules refuse. What could not be read (400) or found (404)
    was not done: with that mended, the same key is as good as new.
    """

    @wraps(call)
    def post(view: PrivateCall, request: Request, **found: Any) -> Response:
        key = key_of(request)
        if key is None:
            return call(view, request, **found)

        def act() -> Answer:
            return answer_of(view, call, request, **found)

        asked = hash_of(request)
        return response_of(
            act_once(key=key, asked=asked, by=view.person, now=timezone.now(), act=act)
        )

    return post


def key_of(request: Request) -> str | None:
    """The key that came with a call, if one did; raises ValidationError for what can be none."""
    written = request.headers.get(HEADER)
    if written is None:
        return None
    found = KEY.fullmatch(written.strip(" \t"))
    if found is None:
        text = _("Send 1 to 255 letters, digits and signs without spaces as the key.")
        raise ValidationError({HEADER: [text]})
    return found["bare"] or re.sub(r"\\(.)", r"\1", found["quoted"])


def hash_of(request: Request) -> str:
    """What a call asks for: two that differ only in how their JSON is written ask for the same."""
    body = json.dumps(request.data, sort_keys=True)
    return sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()


def answer_of(view: PrivateCall, call: Call, request: Request, **found: Any) -> Answer:
    """Answer the call, or say what its rules refuse."""
    try:
        response = call(view, request, **found)
    except Refusal as refusal:
        if refusal.status in NEVER_KEPT:
            raise
        response = view.handle_exception(refusal)
    body = JSONRenderer().render(response.data).decode()
    return Answer(response.status_code, body, response.content_type or JSONRenderer.media_type)


def response_of(answer: Answer) -> Response:
    headers = {REPLAYED: "true"} if answer.is_repeat else {}
    return Response(
        json.loads(answer.body),
        status=answer.status,
        content_type=answer.content_type,
        headers=headers,
    )
