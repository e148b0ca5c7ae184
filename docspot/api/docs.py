"""The OpenAPI description, prepared for reading: what a template can show line by line."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

AN_ID = {"integer": "1", "string": "0b6469f4-7f80-4c58-9a37-5cc4c98ad9dd"}
FORMATS = {
    "date": gettext_lazy("date"),
    "date-time": gettext_lazy("time, like 2026-11-25T04:00:00Z"),
    "email": gettext_lazy("email address"),
    "uuid": gettext_lazy("id, a UUID"),
    "uri": gettext_lazy("address"),
}
JSONDict = dict[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    required: bool
    text: str


@dataclass(frozen=True)
class Answer:
    status: str
    text: str
    is_problem: bool
    is_list: bool
    fields: list[Field]
    example: str


@dataclass(frozen=True)
class Call:
    id: str
    method: str
    path: str
    title: str
    text: str
    is_private: bool
    filters: list[Field]
    fields: list[Field]
    answers: list[Answer]
    curl: str


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    calls: list[Call]


class Description:
    """One OpenAPI description; its references are followed."""

    def __init__(self, description: JSONDict) -> None:
        self.description = description

    def calls(self) -> Iterator[tuple[str, Call]]:
        for path, methods in self.description["paths"].items():
            for method, operation in methods.items():
                yield operation["tags"][0], self.call(path, method, operation)

    def call(self, path: str, method: str, operation: JSONDict) -> Call:
        parameters = operation.get("parameters", [])
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        return Call(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            title=operation.get("summary", ""),
            text=marked(operation.get("description", "")),
            is_private={} not in operation.get("security", [{}]),
            filters=[self.parameter(given) for given in parameters],
            fields=self.fields(body.get("schema", {})),
            answers=[
                self.answer(status, answer) for status, answer in operation["responses"].items()
            ],
            curl=curl(path, method, operation, example_of(body)),
        )

    def answer(self, status: str, answer: JSONDict) -> Answer:
        content = answer.get("content", {})
        body: JSONDict = next(iter(content.values()), {})
        schema = self.resolve(body.get("schema", {}))
        is_problem = any("problem" in media_type for media_type in content)
        is_list = schema.get("type") == "array"
        example = example_of(body)
        return Answer(
            status=status,
            text=marked(answer.get("description", "")),
            is_problem=is_problem,
            is_list=is_list,
            fields=[] if is_problem else self.fields(schema["items"] if is_list else schema),
            example="" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
        )

    def parameter(self, parameter: JSONDict) -> Field:
        return Field(
            name=parameter["name"],
            kind=self.kind(parameter["schema"]),
            required=parameter.get("required", False),
            text=marked(parameter.get("description", "")),
        )

    def fields(self, schema: JSONDict) -> list[Field]:
        schema = self.resolve(schema)
        return [
            Field(
                name=name,
                kind=self.kind(field),
                required=name in schema.get("required", []),
                text=marked(field.get("description", "")),
            )
            for name, field in schema.get("properties", {}).items()
        ]

    def kind(self, schema: JSONDict) -> str:
        """What a value is, in words: "whole number from 1 to 31"."""
        schema = self.resolve(schema)
        if "enum" in schema:
            return _("one of: %(values)s") % {"values": ", ".join(map(str, schema["enum"]))}
        if "anyOf" in schema:
            return _(" or ").join(self.kind(choice) for choice in schema["anyOf"])
        types = schema.get("type", "object")
        names = [name for name in ([types] if isinstance(types, str) else types) if name != "null"]
        words = " ".join(self.simple_kind(name, schema) for name in names)
        return _("%(kind)s, or null") % {"kind": words} if "null" in types else words

    def simple_kind(self, name: str, schema: JSONDict) -> str:
        if name == "array":
            fields = self.fields(schema["items"])
            inner = ", ".join(field.name for field in fields) or self.kind(schema["items"])
            return (
                _("list of {%(fields)s}") % {"fields": inner}
                if fields
                else (_("list of: %(kind)s") % {"kind": inner})
            )
        if name == "integer":
            low, high = schema.get("minimum"), schema.get("maximum")
            if low is not None and high is not None and high < 1000:
                return _("whole number from %(low)s to %(high)s") % {"low": low, "high": high}
            return _("whole number")
        if name == "object":
            inner = ", ".join(field.name for field in self.fields(schema))
            return f"{{{inner}}}" if inner else _("object")
        if schema.get("format") in FORMATS:
            return str(FORMATS[schema["format"]])
        if "maxLength" in schema:
            return _("text of at most %(most)s characters") % {"most": schema["maxLength"]}
        return _("text")

    def resolve(self, schema: JSONDict) -> JSONDict:
        """Follow a reference; what stands beside it counts too."""
        if "allOf" in schema:
            schema = schema["allOf"][0] | {k: v for k, v in schema.items() if k != "allOf"}
        if "$ref" not in schema:
            return schema
        name = schema["$ref"].rsplit("/", 1)[1]
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return self.resolve(self.description["components"]["schemas"][name]) | beside


def sections(description: JSONDict, *, order: list[str]) -> list[Section]:
    """The calls by their tag; `order` is that of their paths."""
    calls = sorted(Description(description).calls(), key=lambda found: order.index(found[1].path))
    by_title: dict[str, list[Call]] = {}
    for title, call in calls:
        by_title.setdefault(title, []).append(call)
    return [
        Section(f"about-{slugify(title)}", _(title), calls) for title, calls in by_title.items()
    ]


def marked(text: str) -> SafeString:
    """A description's text, ready for HTML: what stands between `backticks` is code."""
    text = text.split("\n\n* ")[0]  # the values follow as a list; `Description.kind` has them
    parts = [
        format_html("<code>{}</code>" if number % 2 else "{}", part)
        for number, part in enumerate(text.split("`"))
    ]
    return format_html_join("", "{}", ((part,) for part in parts))


def example_of(content: JSONDict) -> Any:
    examples = content.get("examples", {})
    return next((example["value"] for example in examples.values()), None)


def curl(path: str, method: str, operation: JSONDict, body: Any) -> str:
    """The call as a command line that can be copied."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", AN_ID[parameter["schema"]["type"]])
    lines = [f"curl {settings.SITE_URL}{path}"]
    if {} not in operation.get("security", [{}]):
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if method not in ("get", "post"):
        lines.append(f"-X {method.upper()}")
    if method in ("post", "put", "patch"):
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}")
    return " \\\n  ".join(lines)
