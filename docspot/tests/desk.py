"""The front desk in tests: how the admin's pages are asked, and what they say."""

from __future__ import annotations

from typing import Any

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
