"""Wrong, missing, huge or hostile values for every field of every call: a 4xx, and no change."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from appointments.models import Appointment
from docspot.tests.api import everything, problem
from docspot.tests.cast import (
    PASSWORD,
    at,
    make_appointment,
    make_doctor,
    make_person,
    patient_of,
)
from docspot.tests.fixtures import program_of
from doctors.models import Doctor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

START = "2026-03-05T03:30:00Z"
MISSING = object()
MEGABYTE = 1024 * 1024


class Raw(str):
    """A value as it stands in the body: what `json.dumps` would not write."""


# For a field of any kind: no value of its shape, or one of no sensible size.
OF_NO_SHAPE: list[Any] = [
    [],
    ["banana"],
    {},
    {"a": {"b": []}},
    True,
    False,
    1.5,
    -0.0,
    10**30,
    -(10**30),
    "\x00",
    "a\x00b",
    "x" * 100_000,
    Raw('"\\ud800"'),
    Raw('"a\\udfffb"'),
    Raw("1e400"),
    Raw("-1e400"),
    Raw("9" * 4000),
    Raw("9" * 5000),
    Raw("NaN"),
    Raw("Infinity"),
    Raw('{"x": 1, "x": 2}'),
    Raw("[" * 900 + "]" * 900),
    Raw("[" * 100_000),
    Raw('{"a":' * 50_000),
]
EMAILS = [
    MISSING,
    None,
    "",
    " ",
    "banana",
    "@",
    "a@",
    "@example.com",
    "a@b",
    "a@\u202eexample.com",
    "a@\xad.com",
    "a b@example.com",
    "a@example.com\nBcc: b@example.com",
    "a@example.com,b@example.com",
    "a" * 250 + "@example.com",
    "<script>@example.com",
    5,
]
TOKENS = [
    MISSING,
    None,
    "",
    "null",
    "undefined",
    "a.b.c",
    "eyJhbGciOiJub25lIn0.eyJzZXNzaW9uIjoiMSJ9.",
    "W1tb" * 140 + ".e30.e30",
    5,
]
TIMES = [
    MISSING,
    None,
    "",
    "banana",
    "now",
    "2026-02-30",
    "2026-13-01",
    "2026-3-5",
    "05/03/2026",
    "2026-03-05T03:30:00",
    "2026-03-05 03:30",
    "2026-03-05T24:30:00Z",
    "2026-03-05T03:30:00+25:00",
    "0000-00-00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "2026-03-01",  # past
    "2020-01-01",
    "2026-03-07",  # a day off
    "2199-12-31",
    "2026-03-05T03:17:00Z",
    "2026-03-05T07:30:00Z",  # lunch
    "2026-03-05T22:30:00Z",  # at night
    "' OR 1=1 --",
    5,
]
IDS = [
    0,
    -1,
    999_999,
    2**63 - 1,
    2**63,
    2**64,
    "",
    "banana",
    "0",
    "-1",
    "1.0",
    "1 OR 1=1",
    "\uff11",
]
LONG = ["x" * 1001, 5, "\ufdfd" * 1001]
PASSWORDS = [MISSING, None, "", "short", "password", "12345678", "x" * 129, 12345678]


@dataclass
class World:
    person: User
    doctor: Doctor
    visit: Appointment
    other_doctor: Doctor
    other_patient: int


@pytest.fixture
def world(person: User, stranger: User, doctor: Doctor) -> World:
    return World(
        person=person,
        doctor=doctor,
        visit=make_appointment(doctor, person, at(4, 9)),
        other_doctor=make_doctor("Dr. Priya", status=Doctor.Status.PENDING),
        other_patient=patient_of(stranger).pk,
    )


# The calls: where, with what that would be right, and what is wrong for each field besides.
CALLS: dict[str, tuple[Callable[[World], str], Callable[[World], dict[str, Any]]]] = {
    "register": (
        lambda world: "/api/register",
        lambda world: {"email": "new@example.com", "password": PASSWORD, "role": "doctor"},
    ),
    "login": (
        lambda world: "/api/login",
        lambda world: {"email": world.person.email, "password": PASSWORD},
    ),
    "refresh": (lambda world: "/api/token/refresh", lambda world: {"refresh": "a.b.c"}),
    "logout": (lambda world: "/api/logout", lambda world: {"refresh": "a.b.c"}),
    "book": (
        lambda world: "/api/book",
        lambda world: {"doctor_id": world.doctor.pk, "date": START},
    ),
    "cancel": (lambda world: f"/api/appointments/{world.visit.pk}/cancel", lambda world: {}),
    "reschedule": (
        lambda world: f"/api/appointments/{world.visit.pk}/reschedule",
        lambda world: {"date": START},
    ),
}
FIELDS: dict[tuple[str, str], Callable[[World], list[Any]]] = {
    ("register", "email"): lambda world: [*EMAILS, world.person.email, "SAM@Example.com"],
    ("register", "password"): lambda world: [*PASSWORDS, "new@example.com"],
    ("register", "role"): lambda world: ["admin", "staff", "", "DOCTOR", None, 5],
    ("register", "name"): lambda world: ["x" * 151, 5],
    ("register", "date_of_birth"): lambda world: [
        "",
        "banana",
        "2026-02-30",
        "31/03/1980",
        "1066-10-14",
        "0001-01-01",
        "2030-01-01",
        "9999-12-31",
        5,
    ],
    ("register", "phone"): lambda world: ["banana", "+91", "98765 43210", "+1" * 30, "++", 5],
    ("register", "specialty"): lambda world: [
        "",
        "banana",
        "Cardiology",
        "x" * 81,
        5,
        ["cardiology"],
    ],
    ("register", "location"): lambda world: [*IDS, 2**63, "banana"],
    ("register", "licence_number"): lambda world: ["x" * 61, 5, []],
    ("register", "languages"): lambda world: [
        "en",
        {},
        5,
        ["xx"],
        [5],
        [None],
        [["en"]],
        ["en"] * 51,
    ],
    ("register", "bio"): lambda world: ["x" * 2001, 5, []],
    ("login", "email"): lambda world: [*EMAILS, "nobody@example.com"],
    ("login", "password"): lambda world: [MISSING, None, "", "x" * 129, PASSWORD + " ", 5],
    ("refresh", "refresh"): lambda world: TOKENS,
    ("logout", "refresh"): lambda world: TOKENS,
    ("book", "doctor_id"): lambda world: [MISSING, None, *IDS, world.other_doctor.pk],
    ("book", "date"): lambda world: TIMES,
    ("book", "visit_type"): lambda world: [*IDS, world.other_doctor.visit_types.get().pk],
    ("book", "patient"): lambda world: [*IDS, world.other_patient],
    ("book", "reason"): lambda world: LONG,
    ("cancel", "reason"): lambda world: [*LONG, "x" * 501],
    ("reschedule", "date"): lambda world: TIMES,
}
BODIES: list[bytes] = [
    b"[]",
    b"[{}]",
    b"null",
    b"true",
    b"5",
    b'"text"',
    b"{",
    b"}",
    b"{'a': 1}",
    b'{"a": 1,}',
    b'{"a": 1} {"b": 2}',
    b"a=1&b=2",
    b"<a/>",
    b"\x00",
    b"\xff\xfe{\x00}\x00",
    b'{"reason": "\xff"}',
    b'{"reason": "\xed\xa0\x80"}',
    b'{"reason": "a", "reason": "b"}',
    b'{"reason": "tab\there"}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"9" * 5000,
    b" " * 2000,
    b'{"reason": "' + b"x" * MEGABYTE + b'"}',
]


def send(client: Any, url: str, body: bytes) -> Any:
    return client.generic("POST", url, body, content_type="application/json")


def written(body: dict[str, Any]) -> bytes:
    """The body as JSON; a Raw value stands in it as it is."""
    parts = [
        f"{json.dumps(name)}: {value if isinstance(value, Raw) else json.dumps(value)}"
        for name, value in body.items()
        if value is not MISSING
    ]
    return ("{" + ", ".join(parts) + "}").encode()


def refused(response: Any) -> None:
    assert 400 <= response.status_code < 500
    problem(response, response.status_code)


@pytest.mark.parametrize(("call", "field"), FIELDS)
def test_hostile_field_changes_nothing(world: World, call: str, field: str) -> None:
    where, right = CALLS[call]
    client = program_of(world.person)
    before = everything()
    for value in [*OF_NO_SHAPE, *FIELDS[call, field](world)]:
        if (field, value) == ("languages", []):
            continue  # who speaks none may say so
        response = send(client, where(world), written(right(world) | {field: value}))
        assert 400 <= response.status_code < 500, (value, response.content)
        refused(response)
    assert everything() == before


@pytest.mark.parametrize("call", CALLS)
def test_hostile_body_changes_nothing(world: World, call: str) -> None:
    where, _ = CALLS[call]
    client = program_of(world.person)
    before = everything()
    for body in BODIES:
        refused(send(client, where(world), body))
    assert everything() == before


@pytest.mark.parametrize("call", CALLS)
def test_huge_body_is_refused_by_its_size(world: World, call: str) -> None:
    where, _ = CALLS[call]
    for field, size in (("password", 12 * MEGABYTE), ("reason", 5 * MEGABYTE)):
        body = json.dumps({field: "x" * size}).encode()
        response = send(program_of(world.person), where(world), body)
        assert problem(response, 413)["message"] == "Send less: no call needs this much."


def test_huge_body_is_refused_whatever_is_said_of_its_size(world: World) -> None:
    body = b'{"email": "' + b"x" * 2 * MEGABYTE + b'"}'
    client: Any = APIClient()
    for length in ("2", "0", "-1", "banana", ""):
        response = client.generic(
            "POST", "/api/login", body, content_type="application/json", CONTENT_LENGTH=length
        )
        refused(response)


@pytest.mark.parametrize("call", CALLS)
def test_right_body_is_right(world: World, call: str) -> None:
    """So that what is refused above is refused for the field that is wrong."""
    where, right = CALLS[call]
    response = send(program_of(world.person), where(world), written(right(world)))
    expected = {"register": 201, "book": 201, "refresh": 401, "logout": 401}.get(call, 200)
    assert response.status_code == expected


def test_hostile_file_is_no_json(world: World) -> None:
    for call in CALLS:
        where, right = CALLS[call]
        client = program_of(world.person)
        for form in ("multipart", "application/x-www-form-urlencoded"):
            refused(client.post(where(world), right(world), content_type=form))


QUERIES = [
    "%00",
    "%ED%A0%80",
    "%FF",
    "'%20OR%201=1--",
    "%25",
    "x" * 5000,
    str(10**30),
    "-1",
    "1e400",
    "[]",
    "{}",
    "NaN",
    "true",
]
LISTS = {
    "/api/doctors": ["q", "specialty", "place", "language", "free_by", "page", "page_size"],
    "/api/doctors/{doctor}/slots": ["from", "days", "visit_type"],
    "/api/appointments": ["status", "from", "until", "doctor", "page", "page_size"],
}


@pytest.mark.parametrize("path", LISTS)
def test_hostile_filters_are_refused_or_find_nothing(world: World, path: str) -> None:
    client = program_of(make_person())
    for name in LISTS[path]:
        for value in QUERIES:
            url = f"{path.format(doctor=world.doctor.pk)}?{name}={value}"
            response = client.get(url)
            if response.status_code == 200:
                assert response.json() == [], url
            else:
                refused(response)
