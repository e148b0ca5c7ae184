"""What holds for every address below /api/: problems, no redirects, tokens, other origins."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from appointments.api import views
from docspot.api import problems
from docspot.tests.api import (
    CALLS,
    OPEN_CALLS,
    PRIVATE_CALLS,
    UNKNOWN,
    everything,
    problem,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

OLD_CLIENT = "http://localhost:3000"
STALE = [
    "Bearer null",
    "Bearer undefined",
    "Bearer banana",
    "Bearer " + ".".join(["W1tb" * 2000] * 3),  # JSON nested too deeply to be read
    "Bearer " + "x" * 8000,
    "Bearer eyJhbGciOiJub25lIn0.eyJzZXNzaW9uIjoiMSJ9.",
    "Bearer eyJhbGciOltdfQ.e30.e30",
    "Bearer é",
    "Bearer a b c",
    "Bearer",
    "Bearer ",
    "Basic YTpi",
    "Token 1",
    "",
]


@pytest.mark.parametrize("path", CALLS)
def test_other_methods_are_told_which_to_use(path: str) -> None:
    client = APIClient()
    other = "post" if CALLS[path] == "GET" else "get"
    private = path in PRIVATE_CALLS
    for method in (other, "put", "patch", "delete", "trace"):
        response = getattr(client, method)(path)
        body = problem(response, 401 if private else 405)
        if not private:
            assert CALLS[path] in response["Allow"]
            assert body["code"] == "method-not-allowed"


def test_method_not_allowed_names_those_that_are() -> None:
    body = problem(APIClient().get("/api/login"), 405)
    assert body["message"] == "This address answers to: POST, OPTIONS."


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "doctors/",
        "login/",
        "book/",
        "schema",
        "docs",
        "doctors/1/slots/",
        "doctors/banana/slots",
        "doctors/-1/slots",
        "doctors/" + "9" * 5000 + "/slots",
        "appointments/1",
        "appointments/banana/cancel",
        "appointments/%00/cancel",
        "appointments/00000000-0000-4000-8000-00000000000G",
        "../accounts/login/x",
        "%F0%28",
        "a" * 3000,
    ],
)
def test_other_addresses_are_not_found(path: str) -> None:
    for method in ("get", "post", "delete", "options"):
        assert problem(getattr(Client(), method)(f"/api/{path}"), 404)["code"] == "not-found"


@pytest.mark.parametrize("path", [path for path in CALLS if CALLS[path] == "GET"])
def test_head_is_get_without_a_body(path: str) -> None:
    expected = APIClient().get(path).status_code
    head = APIClient().head(path)
    assert (head.status_code, head.content) == (expected, b"")


@pytest.mark.parametrize("path", CALLS)
def test_options_tells_the_methods(path: str) -> None:
    response = APIClient().options(path)
    assert response.status_code in {401} if path in PRIVATE_CALLS else {200, 204}
    assert CALLS[path] in response["Allow"].split(", ")
    assert response.content == b"" or path in PRIVATE_CALLS


@pytest.mark.parametrize("path", OPEN_CALLS)
def test_open_calls_look_at_no_token(path: str) -> None:
    method = OPEN_CALLS[path].lower()
    plain = getattr(APIClient(), method)(path)
    slow = path in ("/api/docs/", "/api/schema/")
    for token in STALE[:2] if slow else STALE:
        response = getattr(APIClient(), method)(path, headers={"Authorization": token})
        assert (response.status_code, response.content) == (plain.status_code, plain.content)


@pytest.mark.parametrize("path", PRIVATE_CALLS)
def test_private_calls_refuse_tokens_that_are_none(path: str) -> None:
    method = PRIVATE_CALLS[path].lower()
    for token in STALE:
        response = getattr(APIClient(), method)(path, headers={"Authorization": token})
        code = "token-refused" if token.startswith("Bearer") else "login-needed"
        assert problem(response, 401)["code"] == code, token


@pytest.mark.parametrize("path", PRIVATE_CALLS)
def test_a_login_on_the_pages_is_none_for_programs(path: str, browser_as_staff: Client) -> None:
    response = getattr(browser_as_staff, PRIVATE_CALLS[path].lower())(path)
    problem(response, 401)


@pytest.fixture
def browser_as_staff(staff: object) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.mark.parametrize("path", list(CALLS)[1:])  # those below /api/
def test_preflight_of_the_old_client_is_answered(path: str) -> None:
    response = Client().options(
        path,
        headers={
            "Origin": OLD_CLIENT,
            "Access-Control-Request-Method": CALLS[path],
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (200, OLD_CLIENT)
    allowed = response["Access-Control-Allow-Headers"].split(", ")
    assert {"authorization", "content-type"} <= set(allowed)
    assert CALLS[path] in response["Access-Control-Allow-Methods"].split(", ")
    assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize("path", ["/api/doctors", "/api/appointments", "/api/nothing"])
def test_answers_are_for_allowed_origins_alone(path: str) -> None:
    own = Client().get(path, headers={"Origin": OLD_CLIENT})
    assert own["Access-Control-Allow-Origin"] == OLD_CLIENT
    assert own["Access-Control-Expose-Headers"] == "link, retry-after, idempotent-replayed"
    for origin in ("http://evil.example", "http://localhost:3001", "null"):
        assert "Access-Control-Allow-Origin" not in Client().get(path, headers={"Origin": origin})


def test_pages_are_for_no_other_origin() -> None:
    response = Client().get("/healthz", headers={"Origin": OLD_CLIENT})
    assert "Access-Control-Allow-Origin" not in response


def test_root_lists_the_calls() -> None:
    for address in ("/api", "/api/"):
        response = APIClient().get(address)
        assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    for address in response.json().values():
        for id in ("1", UNKNOWN):
            found = APIClient().options(re.sub(r"{\w+}", id, address))
            if found.status_code != 404:
                break
        assert found.status_code != 404, address


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"email=a&password=b"),
        ("multipart/form-data; boundary=x", b"--x--"),
        ("text/plain", b"{}"),
        ("application/xml", b"<a/>"),
        ("banana", b"{}"),
    ],
)
def test_only_json_is_read(content_type: str, body: bytes) -> None:
    response = Client().post("/api/login", body, content_type=content_type)
    assert problem(response, 415)["code"] == "not-json-type"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "application/json; charset=bz2_codec"],
)
def test_json_is_read_as_utf8_whatever_is_said_of_it(content_type: str) -> None:
    body = '{"email": "é"}'.encode()
    response = Client().generic("POST", "/api/login", body, content_type=content_type)
    assert problem(response, 400)["code"] == "wrong-fields"


def test_other_formats_are_not_to_be_had() -> None:
    response = APIClient().get("/api/doctors", headers={"Accept": "application/xml"})
    assert problem(response, 406)["code"] == "not-acceptable"
    problem(APIClient().get("/api/doctors?format=xml"), 404)


def test_a_problem_is_json_where_yaml_was_asked_for() -> None:
    problem(APIClient().post("/api/schema/", headers={"Accept": "application/yaml"}), 405)


def test_too_many_filters_are_refused() -> None:
    query = "&".join(f"a{number}=1" for number in range(1001))
    assert problem(Client().get(f"/api/doctors?{query}"), 400)["code"] == "bad-request"


def test_a_host_that_is_not_ours_is_refused() -> None:
    problem(Client().get("/api/doctors", headers={"Host": "evil.example"}), 400)


def test_a_fault_of_ours_is_a_problem_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**filters: str) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(views, "find_doctors", broken)
    response = Client(raise_request_exception=False).get("/api/doctors")
    body = problem(response, 500)
    assert body["code"] == "server-error"
    assert "secret" not in response.content.decode()


def test_problems_name_where_they_are_described() -> None:
    docs = Client().get("/api/docs/").content.decode()
    for kind in problems.all_kinds():
        assert f'id="{kind.code}"' in docs
    body = problem(APIClient().get("/api/nothing"), 404)
    assert body["type"] == "/api/docs/#not-found"


def test_asking_changes_nothing(doctor: object, person: object) -> None:
    before = everything()
    for path, method in CALLS.items():
        if method == "GET":
            APIClient().get(path)
    assert everything() == before
