"""The old browser client, end to end: only its base URL has changed, to `.../api`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from docspot.tests.cast import make_doctor, make_location, make_specialty

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

ORIGIN = "http://localhost:3000"


class OldClient:
    """Sends what it has stored as its token on every call, and asks the browser's way first."""

    def __init__(self, stored: str) -> None:
        self.stored = stored

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        self.ask_first(method, path)
        response = Client().generic(
            method,
            f"/api{path}",
            b"" if body is None else self.written(body),
            content_type="application/json",
            headers={"Origin": ORIGIN, "Authorization": f"Bearer {self.stored}"},
        )
        assert response["Access-Control-Allow-Origin"] == ORIGIN
        return response

    def ask_first(self, method: str, path: str) -> None:
        """The pre-flight: without the right answer a browser does not send the call."""
        response = Client().options(
            f"/api{path}",
            headers={
                "Origin": ORIGIN,
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
        assert response.status_code == 200
        assert response["Access-Control-Allow-Origin"] == ORIGIN
        allowed = response["Access-Control-Allow-Headers"].split(", ")
        assert {"authorization", "content-type"} <= set(allowed)

    @staticmethod
    def written(body: dict[str, Any]) -> bytes:
        import json

        return json.dumps(body).encode()


@pytest.mark.parametrize("stored", ["null", "undefined", "eyJhbGciOiJIUzI1NiJ9.e30.stale"])
def test_old_client_still_works(stored: str) -> None:
    smith = make_doctor("Dr. Smith")
    make_doctor(
        "Dr. Priya",
        location=make_location("Vijayawada", name="Krishna Skin Clinic"),
        specialty=make_specialty("Dermatology", "Dermatologist"),
    )
    browser = OldClient(stored)
    person = {"email": "asha@example.com", "password": "correct horse battery"}

    signed_up = browser.call("POST", "/register", {**person, "role": "user"})
    assert (signed_up.status_code, list(signed_up.json())) == (201, ["message"])
    again = browser.call("POST", "/register", {**person, "role": "user"})
    assert (again.status_code, again.json()["message"]) == (
        400,
        "There is already an account with this email address. Log in instead.",
    )

    refused = browser.call("POST", "/login", {**person, "password": "wrong horse battery"})
    assert (refused.status_code, refused.json()["message"]) == (
        401,
        "The email address or the password is not right. Check both and try again.",
    )
    logged_in = browser.call("POST", "/login", person)
    assert (logged_in.status_code, logged_in.json()["role"]) == (200, "user")

    doctors = browser.call("GET", "/doctors").json()
    assert [(one["name"], one["specialty"], one["location"]) for one in doctors] == [
        ("Dr. Priya", "Dermatologist", "Vijayawada"),
        ("Dr. Smith", "Cardiologist", "Hyderabad"),
    ]

    stale = browser.call("GET", "/appointments")
    assert (stale.status_code, "Log in" in stale.json()["message"]) == (401, True)
    browser.stored = logged_in.json()["token"]
    assert browser.call("GET", "/appointments").json() == []

    booked = browser.call("POST", "/book", {"doctor_id": smith.pk, "date": "2026-03-03"})
    assert (booked.status_code, booked.json()["message"]) == (
        201,
        "Appointment booked with Dr. Smith on Tuesday 3 March 2026, 9:00am.",
    )
    past = browser.call("POST", "/book", {"doctor_id": smith.pk, "date": "2026-01-05"})
    assert (past.status_code, bool(past.json()["message"])) == (409, True)

    (visit,) = browser.call("GET", "/appointments").json()
    assert {name: visit[name] for name in ("doctor_name", "specialty", "location", "date")} == {
        "doctor_name": "Dr. Smith",
        "specialty": "Cardiologist",
        "location": "Hyderabad",
        "date": "2026-03-03",
    }
    assert browser.call("GET", "/doctors").status_code == 200
    assert browser.call("POST", "/login", person).status_code == 200
