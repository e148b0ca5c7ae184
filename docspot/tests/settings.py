"""Settings of the tests: the project's own, read from a fixed environment, and made quick.

Only `DATABASE_URL` is taken from outside, so that what a developer has set changes no result.
"""

import os

OUTSIDE = {"DATABASE_URL": os.environ.get("DATABASE_URL") or "sqlite://:memory:"}
FIXED = {
    "DEBUG": "false",
    "SECRET_KEY": "only-for-tests-" + 40 * "x",
    "BEHIND_TLS": "false",
    "SITE_URL": "http://docspot.example",
    "ALLOWED_HOSTS": "testserver,localhost",
    "CORS_ALLOWED_ORIGINS": "http://localhost:3000",
    "EMAIL_URL": "memorymail://",
    "REQUIRE_VERIFIED_EMAIL": "false",
}
for name in ("CSRF_TRUSTED_ORIGINS", "JWT_SIGNING_KEY", "JWT_ACCESS_MINUTES"):
    os.environ.pop(name, None)
os.environ.update(OUTSIDE | FIXED)

from docspot.settings import *  # noqa: E402, F403
from docspot.settings import CACHES, DATABASES, STORAGES  # noqa: E402

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, because threads cannot share a database in memory. It need not outlive a power cut.
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("TEST_SQLITE_FILE", "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"
    )

# Tasks run at once when what they belong to is committed; tests of the queue itself say so.
TASKS = {"default": {"BACKEND": "docspot.tests.tasks.AfterCommitBackend"}}

CACHES = {**CACHES, "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Static files straight from their sources: no collectstatic before the tests.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
