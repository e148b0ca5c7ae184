"""The answers that all calls have in common: what happened in words, and problems (RFC 9457)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

PROBLEM_TYPE = "application/problem+json"

WHAT_HAPPENED = {
    400: _("What was sent has a mistake; `errors` says where."),
    401: _("No token was sent, or its login has ended."),
    403: _("This is not yours to do."),
    404: _("There is no such thing, or it is not yours to see."),
    409: _("A rule or another booking stands against it; `code` says which."),
    413: _("More was sent than any call needs."),
    415: _("Something other than JSON was sent."),
    429: _("Too many attempts; `Retry-After` says how many seconds to wait."),
}


class MessageSerializer(serializers.Serializer):
    message = serializers.CharField(help_text=_("What happened, in words to show."))


class ProblemSerializer(serializers.Serializer):
    """Why a call did nothing."""

    type = serializers.CharField(help_text=_("Where this kind of problem is described."))
    title = serializers.CharField(help_text=_("The kind of problem, in words."))
    status = serializers.IntegerField(help_text=_("The HTTP status once more."))
    detail = serializers.CharField(help_text=_("What happened and what to do, in words to show."))
    message = serializers.CharField(help_text=_("The same as `detail`."))
    code = serializers.CharField(help_text=_("The kind of problem, for programs."))
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=_("What is wrong with each field."),
    )
    id = serializers.UUIDField(
        required=False, help_text=_("With `already-booked`: the appointment that there is.")
    )
    appointment = serializers.UUIDField(
        required=False,
        help_text=_("With `similar-visit`: the appointment to keep as well, or to replace."),
    )


BODY_PROBLEMS = (400, 413, 415)
FROM_ONE = {"type": "integer", "minimum": 1}
PAGING = [
    OpenApiParameter(
        "page", FROM_ONE, description=_("Which page, from 1; the `Link` header names the others.")
    ),
    OpenApiParameter(
        "page_size",
        FROM_ONE | {"maximum": 100},
        description=_("How many in a page, from 1 to 100; 100 if left out."),
    ),
    OpenApiParameter(
        "Link",
        str,
        OpenApiParameter.HEADER,
        response=[200],
        description=_("The addresses of the other pages: first, prev, next, last (RFC 8288)."),
    ),
]


def problems(*statuses: int) -> dict[tuple[int, str], Any]:
    """The problems a call may answer with, for its `responses` in the schema."""
    return {
        (status, PROBLEM_TYPE): OpenApiResponse(ProblemSerializer, WHAT_HAPPENED[status])
        for status in sorted(statuses)
    }


def request_example(value: Any) -> OpenApiExample:
    return OpenApiExample("request", value, request_only=True)


def answer_example(value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample("answer", value, response_only=True, status_codes=[status])
