"""A real browser: the system's Chromium, driven by Playwright. All tests in this folder use it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from docspot.tests import cast
from docspot.tests.e2e.watching import watch
from docspot.tests.fixtures import browser_of

HERE = Path(__file__).parent
# The first that there is. The shell draws no windows, which takes little more than half the time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
ADD_CHROMIUM = "no Chromium on this machine. To add it: apt-get install chromium-headless-shell"

# Playwright keeps an event loop running in the thread of the tests, where Django would otherwise
# refuse the database, for all tests that come after the first in a browser.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

expect.set_options(timeout=15_000)  # ms; a slow machine that does much else


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=ADD_CHROMIUM))


@pytest.fixture(scope="session")
def base_url(django_db_setup: None, live_server: LiveServer) -> str:
    """Every test here has the site running: `page.goto("/doctors/")`.

    The server starts after the tests' database is there. Before that, it would take the database
    for one in memory and share the tests' own connection among its threads, which crashes SQLite.
    """
    return str(live_server.url)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium as Debian packs it, fit for root and small machines, calling nobody by itself."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The server's clock starts at cast.NOW and runs; the browser keeps its own."""
    with time_machine.travel(cast.NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What browsers complain of in this test, on any page: it must be nothing."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], faults: list[str]
) -> Callable[..., BrowserContext]:
    def open_watched(**options: Any) -> BrowserContext:
        context = new_context(**options)
        watch(context, faults)
        return context

    return open_watched


@pytest.fixture
def page_of(new_context: Callable[..., BrowserContext], base_url: str) -> Callable[..., Page]:
    """`page_of(person)`: a page in a browser of their own, in which they are logged in."""

    def open_page(user: User | None = None, **options: Any) -> Page:
        context = new_context(**options)
        if user is not None:
            session = browser_of(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": base_url}])
        return context.new_page()

    return open_page
