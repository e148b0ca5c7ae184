"""What the tests of the API share: the calls, what a problem must be, and what must not change."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.models import EmailAddress
from django.apps import apps

from appointments.models import NextFree, NextFreeState
from doctors.models import Catalogue

# Words that no page and no answer uses.
NEVER_SAID = re.compile(r"\b(invalid|oops|please|sorry|submit|null character)", re.IGNORECASE)
UNKNOWN = "00000000-0000-4000-8000-000000000000"
OPEN_CALLS = {
    "/api": "GET",
    "/api/": "GET",
    "/api/register": "POST",
    "/api/login": "POST",
    "/api/token/refresh": "POST",
    "/api/logout": "POST",
    "/api/doctors": "GET",
    "/api/doctors/1/slots": "GET",
    "/api/slots": "GET",
    "/api/schema/": "GET",
    "/api/docs/": "GET",
}
PRIVATE_CALLS = {
    "/api/patients": "GET",
    "/api/book": "POST",
    "/api/appointments": "GET",
    f"/api/appointments/{UNKNOWN}": "GET",
    f"/api/appointments/{UNKNOWN}/cancel": "POST",
    f"/api/appointments/{UNKNOWN}/reschedule": "POST",
    "/api/doctors/1/hours": "GET",
    "/api/doctors/1/time-off": "GET",
    "/api/doctors/1/time-off/2": "DELETE",
    "/api/doctors/1/visit-types": "GET",
    "/api/doctors/1/visit-types/2": "PATCH",
    "/api/doctors/1/schedule-settings": "GET",
    "/api/practice/appointments": "GET",
    f"/api/practice/appointments/{UNKNOWN}": "GET",
    f"/api/practice/appointments/{UNKNOWN}/approve": "POST",
    f"/api/practice/appointments/{UNKNOWN}/decline": "POST",
    f"/api/practice/appointments/{UNKNOWN}/check-in": "POST",
    f"/api/practice/appointments/{UNKNOWN}/complete": "POST",
    f"/api/practice/appointments/{UNKNOWN}/no-show": "POST",
    "/api/practice/hours": "GET",
    "/api/practice/time-off": "GET",
    "/api/practice/time-off/2": "DELETE",
    "/api/waiting": "GET",
    "/api/waiting/3": "DELETE",
    "/api/waiting/3/accept": "POST",
    "/api/waiting/3/decline": "POST",
}
CALLS = OPEN_CALLS | PRIVATE_CALLS
# Addresses that answer to one more method.
MORE_CALLS = {
    "/api/doctors/1/hours": "PUT",
    "/api/doctors/1/time-off": "POST",
    "/api/doctors/1/visit-types": "POST",
    "/api/doctors/1/schedule-settings": "PATCH",
    "/api/practice/hours": "PUT",
    "/api/practice/time-off": "POST",
    "/api/waiting": "POST",
}
PARTS = {"type", "title", "status", "detail", "message", "code"}


def described_calls() -> list[tuple[str, str]]:
    """All calls, each with its address as the description writes it."""
    names = {UNKNOWN: "{id}", "/1/": "/{id}/", "off/2": "off/{time_off}"}
    names |= {"types/2": "types/{visit_type}", "waiting/3": "waiting/{id}"}
    calls = []
    for path, method in [*CALLS.items(), *MORE_CALLS.items()]:
        for value, name in names.items():
            path = path.replace(value, name)
        calls.append((path, method))
    return calls


def problem(response: Any, status: int) -> dict[str, Any]:
    """The body of a problem with this status, after a look at its form and its words."""
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    body: dict[str, Any] = response.json()
    assert set(body) - {"errors", "id"} == PARTS
    assert (body["status"], body["message"]) == (status, body["detail"])
    texts = [
        body["message"],
        *(text for texts in body.get("errors", {}).values() for text in texts),
    ]
    for text in texts:
        assert text
        assert not NEVER_SAID.search(text), text
    if status == 401:
        assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    if status == 429:
        assert response["Retry-After"] == "300"
    return body


COMPUTED = {NextFree, NextFreeState, Catalogue}  # from the rest, and could be at any time again


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of our apps, to see that nothing has changed."""
    models = [
        model
        for app in ("accounts", "doctors", "appointments")
        for model in apps.get_app_config(app).get_models()
        if model not in COMPUTED
    ]
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in [*models, EmailAddress]
    }
