"""A real browser: the system's Chromium, driven by Playwright. All tests in this folder use it."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

HERE = Path(__file__).parent
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ADD_CHROMIUM = "no Chromium on this machine. To add it: apt-get install chromium"

# Playwright keeps an event loop running in the thread of the tests, where Django would otherwise
# refuse the database, for all tests that come after the first in a browser.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason=ADD_CHROMIUM))


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Every test here has the site running: `page.goto("/doctors/")`."""
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
