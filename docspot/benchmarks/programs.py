"""Other processes of a run: in which environment they start, and how they are asked.

Only what was started here is ended here, by its process id.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from docspot.benchmarks.wire import HOST

ROOT = Path(__file__).resolve().parent.parent.parent
STARTED = time.monotonic()
SECRET = secrets.token_urlsafe(50)
# What a developer has set changes no result.
LEFT_OUT = {"CSRF_TRUSTED_ORIGINS", "CORS_ALLOWED_ORIGINS", "JWT_SIGNING_KEY", "JWT_ACCESS_MINUTES"}


class Failed(Exception):
    """The run cannot go on; the text says why."""


def say(text: str) -> None:
    sys.stdout.write(f"[{time.monotonic() - STARTED:6.1f} s] {text}\n")
    sys.stdout.flush()


def environment(database_url: str, static_root: Path, **more: str) -> dict[str, str]:
    """Of a clinic on the internet, but that no TLS stands before it and its mails go nowhere."""
    outside = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return outside | {
        "DJANGO_SETTINGS_MODULE": "docspot.benchmarks.settings",
        "BENCH_STATIC_ROOT": str(static_root),
        "DATABASE_URL": database_url,
        "DEBUG": "false",
        "BEHIND_TLS": "false",
        "SECRET_KEY": SECRET,
        "SITE_URL": f"http://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "EMAIL_URL": "dummymail://",
        "REQUIRE_VERIFIED_EMAIL": "false",
        **more,
    }


def run(arguments: list[str], env: dict[str, str], *, text: str = "", show: bool = False) -> str:
    """Run a Python program to its end and return what it wrote. Raises Failed."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        cwd=ROOT,
        env=env,
        input=text,
        stdout=None if show else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        told = done.stdout or ""
        raise Failed(f"{' '.join(arguments)} ended with status {done.returncode}. {told}")
    return done.stdout or ""


def ask(module: str, question: Any, env: dict[str, str]) -> Any:
    """What a module of this package answers in a process with Django (see answer.py)."""
    return _json_of(["docspot.benchmarks.answer", module], question, env)


def load(plan: Any) -> Any:
    """What the clients saw (see load.py)."""
    return _json_of(["docspot.benchmarks.load"], plan, dict(os.environ))


def _json_of(module: list[str], question: Any, env: dict[str, str]) -> Any:
    return json.loads(run(["-m", *module], env, text=json.dumps(question)))
