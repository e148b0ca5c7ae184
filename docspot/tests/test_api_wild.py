"""The API tried against its own description: made-up calls, right ones and wrong ones.

Whatever comes, the answer is one that the description names, in the form it gives; never a 500.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import User
from accounts.services import open_api_session
from docspot.tests.api import described_calls
from docspot.tests.cast import NOW, at, make_appointment
from docspot.wsgi import application
from doctors.models import Doctor

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
WITHOUT_A_QUESTION = {"/api", "/api/", "/api/schema/", "/api/docs/"}
OPERATIONS = [
    (path, method) for path, method in described_calls() if path not in WITHOUT_A_QUESTION
]


@pytest.fixture(scope="module")
def api() -> Any:
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
    schema.app = from_somewhere
    return schema


def from_somewhere(environ: dict[str, Any], start_response: Any) -> Any:
    """A server knows where a call comes from; the limits on log-in need it."""
    return application(environ | {"REMOTE_ADDR": "192.0.2.1"}, start_response)


@pytest.fixture
def one_connection(db: None) -> Iterator[None]:
    """The calls run in the test's own transaction, so its connection must stay open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("clock", "one_connection")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_are_as_described(
    api: Any, path: str, method: str, mode: GenerationMode, person: User, doctor: Doctor
) -> None:
    visit = make_appointment(doctor, person, at(4, 9))
    assert doctor.user is not None
    who = doctor.user if "practice" in path else person
    token = open_api_session(user=who, now=NOW).access
    stand_in = visit.pk if "appointments" in path else doctor.pk

    @given(case=api[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=5,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case) -> None:
        if "id" in case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters["id"] = str(stand_in)
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    ask()
