"""How a body is read: one JSON object of a sensible size, each key once."""

from __future__ import annotations

import json
from typing import IO, Any, NoReturn

from django.conf import settings
from django.http import UnreadablePostError
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

NOT_JSON = _("Send one JSON object, such as {}.")
NOT_UTF8 = _("Send the JSON in UTF-8.")
TOO_DEEP = _("Send a JSON object without so many levels.")
REPEATED = _("Write each field once.")
CUT_OFF = _("The request ended before all of it had come. Send it again.")
DRAINED_AT_MOST = 64 * 1024 * 1024


class TooLarge(APIException):
    status_code = 413
    default_code = "too-large"
    default_detail = _("Send less: no call needs this much.")


class LimitedJSONParser(BaseParser):
    """Reads no more than DATA_UPLOAD_MAX_MEMORY_SIZE into memory, whatever is said of the length.

    Raises TooLarge, or ParseError for all that is not one JSON object in UTF-8.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> dict[str, Any]:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        try:
            body = stream.read(limit + 1)
            if len(body) > limit:
                drain(stream)
                raise TooLarge
        except UnreadablePostError as error:
            raise ParseError(CUT_OFF) from error
        return parse_object(body)


def parse_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(
            body.decode("utf-8-sig"), parse_constant=no_number, object_pairs_hook=each_once
        )
    except UnicodeDecodeError as error:
        raise ParseError(NOT_UTF8) from error
    except RecursionError as error:
        raise ParseError(TOO_DEEP) from error
    except ValueError as error:  # not JSON, or a number of thousands of digits
        raise ParseError(NOT_JSON) from error
    if not isinstance(value, dict):
        raise ParseError(NOT_JSON)
    return value


def no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values for one key: which one counts is anybody's guess (RFC 8259 section 4)."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ParseError(REPEATED)
    return values


def drain(stream: IO[bytes]) -> None:
    """Read on into nothing: a server that hangs up on an upload is not heard by most clients."""
    left = DRAINED_AT_MOST
    while left > 0 and (chunk := stream.read(64 * 1024)):
        left -= len(chunk)
