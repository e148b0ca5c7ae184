"""Requests as the bytes that go over the wire, made once and sent many times."""

from __future__ import annotations

import json
from urllib.parse import urlencode

HOST = "127.0.0.1"
CSRF_SECRET = 32 * "b"  # a cookie and a form that agree are all that Django asks for


def get(path: str, **headers: str) -> str:
    return _request("GET", path, headers)


def post_json(path: str, body: object, *, token: str) -> str:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return _request("POST", path, headers, json.dumps(body))


def post_form(path: str, fields: dict[str, object], *, session: str) -> str:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"sessionid={session}; csrftoken={CSRF_SECRET}",
    }
    return _request("POST", path, headers, urlencode(fields | {"csrfmiddlewaretoken": CSRF_SECRET}))


def _request(method: str, path: str, headers: dict[str, str], body: str = "") -> str:
    lines = {"Host": HOST, "Accept": "*/*", "Connection": "close", **headers}
    if body:
        lines["Content-Length"] = str(len(body.encode()))
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n{body}"
