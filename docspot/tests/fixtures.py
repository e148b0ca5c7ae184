"""Fixtures of every app's tests, loaded as a plugin (see pyproject.toml)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import open_api_session
from docspot.settings import TASKS
from docspot.tests import cast
from doctors.models import Doctor


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests make their own doctors and groups: the migrations' would vanish at the first flush."""
    first_doctors = import_module("doctors.migrations.0002_first_doctors")
    with django_db_blocker.unblock():
        first_doctors.remove_first_doctors(apps, None)
        Group.objects.all().delete()


@pytest.fixture(autouse=True)
def _forget_limits(request: pytest.FixtureRequest) -> Iterator[None]:
    """The limits on log-in live in the cache, in the database."""
    yield
    if {"db", "transactional_db"} & set(request.fixturenames):
        cache.clear()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock stands still at cast.NOW; `clock.move_to(...)` moves it."""
    with time_machine.travel(cast.NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def queue(settings: Settings) -> None:
    """The task queue is the clinic's own: kept in the database until `manage.py work` runs."""
    settings.TASKS = TASKS


@pytest.fixture
def person(db: None) -> User:
    return cast.make_person("Asha Rao", "asha@example.com")


@pytest.fixture
def stranger(db: None) -> User:
    return cast.make_person("Sam Stranger", "sam@example.com")


@pytest.fixture
def staff(db: None) -> User:
    return cast.make_user("desk@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def receptionist(db: None) -> User:
    """Staff of the group that does the day's work: reception@example.com."""
    return cast.make_receptionist("reception@example.com")


@pytest.fixture
def manager(db: None) -> User:
    """Staff of the group that runs the clinic: manager@example.com."""
    return cast.make_manager("manager@example.com")


@pytest.fixture
def doctor(db: None) -> Doctor:
    """Dr. Smith, with a login: smith@example.com."""
    return cast.make_doctor("Dr. Smith", user=cast.make_user("smith@example.com"))


def browser_of(user: User) -> Client:
    """A browser in which `user` is logged in."""
    client = Client()
    client.force_login(user)
    return client


def program_of(user: User) -> APIClient:
    """A program that has logged in as `user` over the API."""
    client = APIClient()
    pair = open_api_session(user=user, now=cast.NOW)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {pair.access}")
    return client
