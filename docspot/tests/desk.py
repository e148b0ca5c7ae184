"""The front desk in tests: how the admin's pages are asked, and what they say."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse


def list_url(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add_url(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def change_url(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def delete_url(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_delete", args=[row.pk])


def act(client: Client, action: str, *rows: Any) -> list[str]:
    """Choose an action for rows of their list; returns what the page says then."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    response = client.post(list_url(rows[0]), data, follow=True)
    return [str(message) for message in response.context["messages"]]


def errors_of(response: Any) -> list[str]:
    """What a form of the admin says is wrong, below its title; that something is."""
    assert response.status_code == 200
    parts = response.context["errors"]
    return [text for part in parts for text in ([part] if isinstance(part, str) else part)]


# CSV files


def page_url(model: Any, page: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def export(client: Client, model: Any, query: str = "") -> str:
    response: Any = client.get(page_url(model, "export") + query)
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return b"".join(response.streaming_content).decode("utf-8")


def choose_file(client: Client, model: Any, data: str | bytes, name: str = "list.csv") -> Any:
    """The page that shows what the file would do, or why not."""
    content = data.encode() if isinstance(data, str) else data
    file = SimpleUploadedFile(name, content, "text/csv")
    return client.post(page_url(model, "import"), {"file": file})


def confirm_file(client: Client, model: Any, page: Any) -> Any:
    """Press the button on such a page."""
    assert page.context["token"]
    return client.post(page_url(model, "import"), {"token": page.context["token"]})


def import_file(client: Client, model: Any, data: str | bytes) -> str:
    """Both steps; returns what is said then."""
    response = confirm_file(client, model, choose_file(client, model, data))
    assert response.status_code == 302
    (message,) = client.get(response["Location"]).context["messages"]
    return str(message)


def counts_of(page: Any) -> tuple[int, int, int, int]:
    """How many rows would be added, changed, removed, and left as they are."""
    plan = page.context["plan"]
    return len(plan.added), len(plan.changed), len(plan.gone), plan.same


def refusals_of(page: Any) -> list[tuple[int, str, str]]:
    """Line, column and text of each; that nothing can be imported then."""
    assert (page.status_code, page.context["token"]) == (400, "")
    return [(one.line, one.column, one.text) for one in page.context["plan"].refused]
