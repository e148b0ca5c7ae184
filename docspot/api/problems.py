"""Every error of the API as a problem (RFC 9457), and what it says: one handler for all.

A problem carries `type, title, status, detail`, and besides them `message` (the same as `detail`,
where older programs look for it), `code`, and `errors` by field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings

from accounts.api.answers import PROBLEM_TYPE
from accounts.exceptions import Refusal, TokenRefused, TooManyAttempts
from appointments.exceptions import AlreadyBooked, SimilarVisit

Words = str | Promise
RETRY_AFTER_SECONDS = "300"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its code, its status, and what to do about it."""

    code: str
    status: int
    message: Words


KINDS = [
    Kind("bad-request", 400, _("This could not be read. Check what was sent.")),
    Kind("wrong-fields", 400, _("Check the fields named in `errors`.")),
    Kind("not-json", 400, _("Send one JSON object.")),
    Kind("login-needed", 401, _("Log in first, and send the token: Authorization: Bearer …")),
    Kind("forbidden", 403, _("This is not yours to do.")),
    Kind("not-found", 404, _("There is nothing at this address. GET /api/ lists the calls.")),
    Kind("method-not-allowed", 405, _("This address does not answer to this method.")),
    Kind("not-acceptable", 406, _("The API answers in JSON. Accept application/json.")),
    Kind("too-large", 413, _("Send less: no call needs this much.")),
    Kind("not-json-type", 415, _("Send JSON, with the header Content-Type: application/json.")),
    Kind("server-error", 500, _("Something went wrong here. Try again later.")),
]
BY_CODE = {kind.code: kind for kind in KINDS}
BY_STATUS = {kind.status: kind for kind in reversed(KINDS)}


def all_kinds() -> list[Kind]:
    """Every kind of problem there is, each once, by its status."""
    found = {kind.code: kind for kind in [*refusals(), *KINDS]}
    return sorted(found.values(), key=lambda kind: kind.status)


def refusals(base: type[Refusal] = Refusal) -> Iterator[Kind]:
    """What the rules can refuse."""
    for refusal in base.__subclasses__():
        if refusal.code != base.code:
            yield kind_of(refusal)
        yield from refusals(refusal)


def problem(
    kind: Kind, message: Words | None = None, *, errors: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """The body of a problem."""
    text = str(message or kind.message)
    body = {
        "type": f"/api/docs/#{kind.code}",
        "title": HTTPStatus(kind.status).phrase,
        "status": kind.status,
        "detail": text,
        "message": text,
        "code": kind.code,
        **more,
    }
    return body | {"errors": errors} if errors else body


def problem_response(status: int, message: Words | None = None) -> JsonResponse:
    """A problem from outside the calls: an error page's counterpart for addresses below /api/."""
    kind = BY_STATUS.get(status, BY_STATUS[500])
    return JsonResponse(problem(kind, message), status=kind.status, content_type=PROBLEM_TYPE)


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler; what is no one's fault but ours stays a 500."""
    body = body_of(exc, context)
    if body is None:
        return None
    # Whatever the call would have rendered, and whatever was asked for, a problem is JSON.
    context["request"].accepted_renderer = JSONRenderer()
    context["request"].accepted_media_type = PROBLEM_TYPE
    response = Response(body, status=body["status"], content_type=PROBLEM_TYPE)
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    if response.status_code == 429:
        response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def body_of(exc: Exception, context: dict[str, Any]) -> dict[str, Any] | None:
    match exc:
        case AlreadyBooked():
            return problem(kind_of(exc), exc.message, id=str(exc.appointment.pk))
        case SimilarVisit():
            return problem(kind_of(exc), exc.message, appointment=str(exc.appointment.pk))
        case Refusal():
            return problem(kind_of(exc), exc.message)
        case exceptions.ValidationError():
            errors = field_errors(exc.detail)
            return problem(BY_CODE["wrong-fields"], all_texts(errors), errors=errors)
        case exceptions.ParseError():
            return problem(BY_CODE["not-json"], str(exc.detail))
        case exceptions.AuthenticationFailed():
            return problem(kind_of(TokenRefused))
        case exceptions.NotAuthenticated():
            return problem(BY_CODE["login-needed"])
        case exceptions.MethodNotAllowed():
            methods = ", ".join(context["view"].allowed_methods)
            text = _("This address answers to: %(methods)s.") % {"methods": methods}
            return problem(BY_CODE["method-not-allowed"], text)
        case exceptions.NotFound():
            return problem(BY_CODE["not-found"], str(exc.detail))
        case exceptions.Throttled():
            return problem(kind_of(TooManyAttempts))
        case exceptions.APIException():
            return problem(BY_STATUS.get(exc.status_code, BY_STATUS[500]))
        case Http404():
            return problem(BY_CODE["not-found"])
        case PermissionDenied():
            return problem(BY_CODE["forbidden"])
        case SuspiciousOperation():
            return problem(BY_CODE["bad-request"])
    return None


def kind_of(refusal: Refusal | type[Refusal]) -> Kind:
    return Kind(refusal.code, refusal.status, refusal.message)


def field_errors(detail: Any) -> dict[str, list[str]]:
    """Texts by field; those about no field in particular stand under `non_field_errors`."""
    if not isinstance(detail, dict):
        detail = {api_settings.NON_FIELD_ERRORS_KEY: detail}
    return {str(field): [str(text) for text in texts] for field, texts in detail.items()}


def all_texts(errors: dict[str, list[str]]) -> str:
    """All that is wrong in one text, each thing once."""
    return " ".join(dict.fromkeys(text for texts in errors.values() for text in texts))
