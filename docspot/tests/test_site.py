"""What holds for the whole site: home, health, headers, error pages."""

from __future__ import annotations

import logging

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from docspot import views
from docspot.tests.cast import make_doctor

POLICY = {
    "default-src 'none'",
    "base-uri 'none'",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "manifest-src 'self'",
    "script-src 'self'",
}


@pytest.mark.django_db
def test_home_shows_whom_to_see_soonest(client: Client, clock: None) -> None:
    make_doctor("Dr. Late", days=(4,))
    for number in range(3):
        make_doctor(f"Dr. Number {number}")
    response = client.get("/")
    names = [card.doctor.name for card in response.context["cards"]]
    assert names == ["Dr. Number 0", "Dr. Number 1", "Dr. Number 2"]
    assert [(found.name, found.doctor_count) for found in response.context["specialties"]] == [
        ("Cardiology", 4)
    ]


@pytest.mark.django_db
def test_home_of_a_new_clinic_says_so(client: Client) -> None:
    assert "No doctor has free times yet" in client.get("/").text


@pytest.mark.django_db
def test_health_is_ok_while_the_database_answers(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.text) == (200, "ok")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/doctors/", "/accounts/login/", "/nope", "/api/docs/"])
def test_page_has_a_strict_policy(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert policy == POLICY | {"style-src 'self'"}
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "geolocation=()" in headers["Permissions-Policy"]


@pytest.mark.django_db
def test_admin_may_add_inline_style_and_nothing_else(admin_client: Client) -> None:
    headers = admin_client.get("/admin/").headers
    policy = {part.strip() for part in headers["Content-Security-Policy"].split(";")}
    assert policy == POLICY | {"style-src 'self' 'unsafe-inline'"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "status"),
    [("/nope", 404), ("/doctors/nobody/", 404), ("/appointments/not-a-uuid/", 404)],
)
def test_missing_page_says_what_to_do(client: Client, path: str, status: int) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert reverse("doctors:directory") in response.text


@pytest.mark.django_db
def test_form_without_its_token_is_refused_in_words() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a@b.example"})
    assert response.status_code == 403
    assert "cookie" in response.text.lower()


@pytest.mark.django_db
def test_huge_form_is_refused(client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "x" * 5_000_000})
    assert response.status_code == 400


@pytest.mark.django_db
def test_unknown_host_is_refused(client: Client) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/api/book", "application/problem+json")]
)
def test_own_fault_is_said_calmly(rf: RequestFactory, path: str, kind: str) -> None:
    response = views.server_error(rf.get(path))
    assert response.status_code == 500
    assert response["Content-Type"].split(";")[0] == kind


def test_search_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    told = {"r": "GET /admin/accounts/patient/?a=1&q=asha+rao&p=2 HTTP/1.1", "q": "q=asha+rao"}
    with caplog.at_level(logging.INFO), caplog.at_level(logging.DEBUG, "django.template"):
        logging.getLogger("gunicorn.access").info("%(r)s %(q)s", told)
        logging.getLogger("django.template").debug("Asha Rao")
    assert [record.getMessage() for record in caplog.records] == [
        "GET /admin/accounts/patient/?a=1&q=...&p=2 HTTP/1.1 q=..."
    ]
