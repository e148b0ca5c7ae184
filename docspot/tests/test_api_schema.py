"""The description of the API: complete, right, and readable; and the API does what it says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rest_framework.test import APIClient

from docspot.tests.api import described_calls
from docspot.tests.fixtures import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    described: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return described


def operations(description: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        operation | {"path": path, "method": method.upper()}
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def test_description_is_valid_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", format="openapi-json")
    assert json.loads(capsys.readouterr().out)["openapi"] == "3.1.0"


def test_description_has_every_call(description: dict[str, Any]) -> None:
    described = {(operation["path"], operation["method"]) for operation in operations(description)}
    assert described == set(described_calls()) - {
        ("/api", "GET"),
        ("/api/schema/", "GET"),
        ("/api/docs/", "GET"),
    }


def test_every_call_is_described_in_full(description: dict[str, Any]) -> None:
    for operation in operations(description):
        name = operation["operationId"]
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["tags"], name
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (name, parameter)
        if operation["method"] in {"POST", "PUT", "PATCH"}:
            content = operation["requestBody"]["content"]
            assert list(content) == ["application/json"]
            assert content["application/json"]["examples"], name
            assert {"400", "413", "415"} <= set(operation["responses"])
        for status, answer in operation["responses"].items():
            if status < "300" and status != "204":
                assert answer["content"]["application/json"]["examples"], name
            if status >= "400":
                (content,) = answer["content"].items()
                assert content == (
                    "application/problem+json",
                    {"schema": {"$ref": "#/components/schemas/Problem"}},
                )


def test_private_calls_need_the_bearer_token(description: dict[str, Any]) -> None:
    assert description["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    private = {
        operation["operationId"] for operation in operations(description) if "security" in operation
    }
    assert private == {
        "patients",
        "book",
        "appointments",
        "appointment",
        "cancel",
        "reschedule",
        "hours",
        "set_hours",
        "time_off",
        "add_time_off",
        "remove_time_off",
        "visit_types",
        "add_visit_type",
        "change_visit_type",
        "schedule_settings",
        "change_schedule_settings",
        "practice_appointments",
        "practice_appointment",
        "approve",
        "decline",
        "check_in",
        "complete",
        "no_show",
        "practice_hours",
        "set_practice_hours",
        "practice_time_off",
        "add_practice_time_off",
        "remove_practice_time_off",
        "waiting",
        "join_waiting",
        "leave_waiting",
        "accept_offer",
        "decline_offer",
    }
    for operation in operations(description):
        assert ("401" in operation["responses"]) == (
            operation["operationId"] in private | {"login", "logout", "refresh"}
        )


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("application/yaml", "application/yaml"),
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
    ],
)
def test_description_comes_as_json_or_yaml(accept: str, content_type: str) -> None:
    headers = {"Accept": accept} if accept else {}
    response = APIClient().get("/api/schema/", headers=headers)
    assert (response.status_code, response["Content-Type"].split(";")[0]) == (200, content_type)
    assert yaml.safe_load(response.content)["info"]["title"] == "DocSpot API"


def test_docs_are_a_page_with_every_call(description: dict[str, Any]) -> None:
    response = Client().get("/api/docs/")
    page = response.content.decode()
    assert (response.status_code, response["Content-Type"]) == (200, "text/html; charset=utf-8")
    for operation in operations(description):
        assert f'id="{operation["operationId"]}"' in page
        assert f"{operation['method']} {operation['path']}" in page
        assert operation["summary"].replace("'", "&#x27;") in page
    assert page.count("curl http://docspot.example/api/") == len(operations(description))
    assert "Authorization: Bearer $TOKEN&quot; \\\n  -H &#x27;Content-Type" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_docs_need_nothing_but_the_page() -> None:
    page = Client().get("/api/docs/").content.decode()
    assert not re.search(r"<script|<style|style=|onclick=|https?://(?!docspot\.example)", page)


def test_docs_greet_who_has_logged_in(person: Any) -> None:
    assert "Log out" in browser_of(person).get("/api/docs/").content.decode()


def test_docs_say_what_may_be_sent() -> None:
    page = " ".join(Client().get("/api/docs/").content.decode().split())
    for words in (
        "<code>days</code>: whole number from 1 to 31 <span",
        "<code>role</code>: one of: user, doctor <span",
        "<code>visit_types</code>: list of {id, name, minutes}. What can be booked.",
        "<code>languages</code>: list of: text",
        "<code>next_free</code>: time, like 2026-11-25T04:00:00Z, or null.",
        "<code>date</code>: time, like 2026-11-25T04:00:00Z or date. The start of a free time;",
        "<code>email</code>: email address. The login name;",
    ):
        assert words in page, words


# The API does what its description says: every answer is one that is described, and has its form.


def test_examples_are_as_described(description: dict[str, Any]) -> None:
    """A few real answers against the schema, example by example (the wild ones: schemathesis)."""
    for operation in operations(description):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    validate(example["value"], content["schema"], description, status)


def validate(value: Any, schema: dict[str, Any], description: dict[str, Any], where: str) -> None:
    Draft202012Validator({**schema, "components": description["components"]}).validate(value)
