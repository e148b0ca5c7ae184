"""The strict readers of the environment: of every variable the default, good values, wrong ones."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docspot import environment

PROJECT = Path(environment.__file__).parent.parent
SECRET = "s3cret-" + 43 * "x"
KEY = 32 * "k"
VARIABLES = [
    "DEBUG",
    "SECRET_KEY",
    "SITE_URL",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "CORS_ALLOWED_ORIGINS",
    "DATABASE_URL",
    "EMAIL_URL",
    "MAIL_FROM",
    "BEHIND_TLS",
    "REQUIRE_VERIFIED_EMAIL",
    "JWT_SIGNING_KEY",
    "JWT_ACCESS_MINUTES",
]
Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Read an environment in which only these variables are set (SECRET_KEY too, unless None)."""

    def read_only(**variables: str | None) -> dict[str, Any]:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"SECRET_KEY": SECRET} | variables).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return environment.read(Path("/clinic"))

    return read_only


@pytest.fixture
def refusal(read: Read, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What is said when these variables stop the start: one line, after its usual beginning."""

    def refuse(**variables: str | None) -> str:
        with pytest.raises(SystemExit) as stop:
            read(**variables)
        said = capsys.readouterr()
        assert (stop.value.code, said.out) == (1, "")
        beginning, _, rest = said.err.partition("DocSpot cannot start. ")
        assert (beginning, rest.count("\n"), rest[-1]) == ("", 1, "\n")
        return rest.strip()

    return refuse


# Defaults


def test_defaults_are_those_of_a_clinic(read: Read) -> None:
    values = read()
    assert {name: values[name] for name in VARIABLES if name != "JWT_SIGNING_KEY"} == {
        "DEBUG": False,
        "SECRET_KEY": SECRET,
        "SITE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": ["127.0.0.1"],
        "CSRF_TRUSTED_ORIGINS": [],
        "CORS_ALLOWED_ORIGINS": [],
        "DATABASE_URL": "sqlite:////clinic/db.sqlite3",
        "EMAIL_URL": "consolemail://",
        "MAIL_FROM": "DocSpot <no-reply@localhost>",
        "BEHIND_TLS": True,
        "REQUIRE_VERIFIED_EMAIL": False,
        "JWT_ACCESS_MINUTES": 60,
    }


def test_defaults_are_easy_in_development(read: Read) -> None:
    values = read(DEBUG="true", SECRET_KEY=None)
    assert values["SECRET_KEY"] == "only-for-development"
    assert values["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert values["CORS_ALLOWED_ORIGINS"] == ["http://localhost:3000", "http://127.0.0.1:3000"]
    assert values["BEHIND_TLS"] is False


def test_every_variable_is_in_the_example_and_no_other() -> None:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    named = [line.lstrip("#").partition("=")[0] for line in lines if "=" in line.split(" ")[0]]
    assert sorted(named) == sorted(VARIABLES)


def test_the_example_is_read_by_a_shell() -> None:
    """As its first line says; each line may be switched on as it stands."""
    example = (PROJECT / ".env.example").read_text()
    switched_on = re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE)
    told = subprocess.run(
        ["/bin/sh", "-euc", f'{switched_on}\nprintf %s "$MAIL_FROM"'],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.stderr, told.stdout) == ("", "Clinic <desk@clinic.example>")


# Good values


@pytest.mark.parametrize("name", ["DEBUG", "BEHIND_TLS", "REQUIRE_VERIFIED_EMAIL"])
@pytest.mark.parametrize(
    ("written", "meant"),
    [("true", True), ("True", True), ("1", True), ("on", True), ("false", False), ("0", False)],
)
def test_a_switch_is_read(read: Read, name: str, written: str, meant: bool) -> None:
    assert read(**{name: written})[name] is meant


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [
        ("SECRET_KEY", "other", "other"),
        ("SITE_URL", "https://clinic.example", "https://clinic.example"),
        ("SITE_URL", "http://localhost:8080", "http://localhost:8080"),
        ("SITE_URL", "https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("ALLOWED_HOSTS", "clinic.example", ["clinic.example"]),
        (
            "ALLOWED_HOSTS",
            "clinic.example,.clinic.example,10.0.0.1,[::1],*",
            ["clinic.example", ".clinic.example", "10.0.0.1", "[::1]", "*"],
        ),
        ("CSRF_TRUSTED_ORIGINS", "", []),
        ("CSRF_TRUSTED_ORIGINS", "https://a.example", ["https://a.example"]),
        (
            "CORS_ALLOWED_ORIGINS",
            "http://localhost:3000,https://b.example",
            ["http://localhost:3000", "https://b.example"],
        ),
        ("MAIL_FROM", "desk@clinic.example", "desk@clinic.example"),
        ("MAIL_FROM", "Clinic <desk@clinic.example>", "Clinic <desk@clinic.example>"),
        ("JWT_SIGNING_KEY", KEY, KEY),
        ("JWT_ACCESS_MINUTES", "1", 1),
        ("JWT_ACCESS_MINUTES", "20160", 20160),
    ],
)
def test_a_value_is_read(read: Read, name: str, written: str, meant: object) -> None:
    assert read(**{name: written})[name] == meant


@pytest.mark.parametrize(
    ("site", "sender"),
    [
        ("https://clinic.example", "no-reply@clinic.example"),
        ("https://clinic.example:8443", "no-reply@clinic.example"),
        ("https://10.0.0.1", "no-reply@localhost"),
        ("https://[2001:db8::1]", "no-reply@localhost"),
    ],
)
def test_mails_are_from_the_site_by_default(read: Read, site: str, sender: str) -> None:
    assert read(SITE_URL=site)["MAIL_FROM"] == f"DocSpot <{sender}>"


@pytest.mark.parametrize(
    ("site", "hosts"),
    [
        ("https://clinic.example", ["clinic.example"]),
        ("https://clinic.example:8443", ["clinic.example"]),
        ("https://[2001:db8::1]:8443", ["[2001:db8::1]"]),
    ],
)
def test_the_site_answers_to_its_own_name(read: Read, site: str, hosts: list[str]) -> None:
    assert read(SITE_URL=site)["ALLOWED_HOSTS"] == hosts


@pytest.mark.parametrize(
    ("url", "engine", "name", "host", "port"),
    [
        ("sqlite:////var/lib/docspot.sqlite3", "sqlite3", "/var/lib/docspot.sqlite3", "", ""),
        ("sqlite://:memory:", "sqlite3", ":memory:", "", ""),
        ("postgres://u:p@db.example:5433/book", "postgresql", "book", "db.example", 5433),
        ("postgresql://u:p@db.example/book", "postgresql", "book", "db.example", ""),
        ("postgres:///book", "postgresql", "book", "", ""),
        ("postgres://u@%2Fvar%2Frun/book", "postgresql", "book", "/var/run", ""),
    ],
)
def test_a_database_is_read(
    read: Read, url: str, engine: str, name: str, host: str, port: object
) -> None:
    database = read(DATABASE_URL=url)["DATABASE"]
    assert database["ENGINE"] == f"django.db.backends.{engine}"
    address = (database["NAME"], database.get("HOST", ""), database.get("PORT", ""))
    assert address == (name, host, port)


@pytest.mark.parametrize(
    ("url", "backend", "host", "port", "tls", "ssl"),
    [
        (None, "console", None, None, False, False),
        ("consolemail://", "console", None, None, False, False),
        ("memorymail://", "locmem", None, None, False, False),
        ("dummymail://", "dummy", None, None, False, False),
        ("filemail:////var/mail", "filebased", None, None, False, False),
        ("smtp://mail.example", "smtp", "mail.example", 25, False, False),
        ("smtp://u:p@mail.example:2525", "smtp", "mail.example", 2525, False, False),
        ("smtp+tls://u:p@mail.example", "smtp", "mail.example", 587, True, False),
        ("smtp+tls://u:p@mail.example:2587", "smtp", "mail.example", 2587, True, False),
        ("submission://u:p@mail.example", "smtp", "mail.example", 587, True, False),
        ("smtp+ssl://u:p@mail.example", "smtp", "mail.example", 465, False, True),
        ("smtp+ssl://u:p@mail.example:2465", "smtp", "mail.example", 2465, False, True),
        ("smtps://u:p@mail.example", "smtp", "mail.example", 465, False, True),
    ],
)
def test_the_way_of_the_mail_is_read(
    read: Read,
    url: str | None,
    backend: str,
    host: str | None,
    port: int | None,
    tls: bool,
    ssl: bool,
) -> None:
    mail = read(EMAIL_URL=url)["EMAIL"]
    assert mail["EMAIL_BACKEND"] == f"django.core.mail.backends.{backend}.EmailBackend"
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"]) == (host, port)
    assert (mail["EMAIL_USE_TLS"], mail["EMAIL_USE_SSL"]) == (tls, ssl)


def test_the_password_of_the_mail_may_have_any_character(read: Read) -> None:
    mail = read(EMAIL_URL="smtp+tls://desk%40clinic.example:p%2Fw%3A@mail.example")["EMAIL"]
    assert mail["EMAIL_HOST_USER"] == "desk@clinic.example"
    assert mail["EMAIL_HOST_PASSWORD"] == "p/w:"


# Keys


def test_the_key_of_tokens_is_derived_from_the_secret(read: Read) -> None:
    key, again, of_another = (
        read(SECRET_KEY=secret)["JWT_SIGNING_KEY"] for secret in (SECRET, SECRET, "other")
    )
    assert key == again
    assert key not in {SECRET, of_another}
    assert len(key) == 64


def test_the_key_of_tokens_is_never_the_secret(refusal: Callable[..., str]) -> None:
    said = refusal(SECRET_KEY=KEY, JWT_SIGNING_KEY=KEY)
    assert said == "JWT_SIGNING_KEY: Must differ from SECRET_KEY."


def test_the_key_of_tokens_is_never_the_secret_of_development(read: Read) -> None:
    values = read(DEBUG="true", SECRET_KEY=None)
    assert values["JWT_SIGNING_KEY"] != values["SECRET_KEY"]


# Wrong values

NO_ORIGIN = "{!r} is not an address such as https://clinic.example."
NO_HOST = "{!r} is not a host name: write no http:// and no port."
SENDER = "Write it like Clinic <desk@clinic.example>."
NO_DATABASE = "Begin it with one of: postgres, postgresql, sqlite."
ORIGINS = ["SITE_URL", "CSRF_TRUSTED_ORIGINS", "CORS_ALLOWED_ORIGINS"]


@pytest.mark.parametrize("name", ["DEBUG", "BEHIND_TLS", "REQUIRE_VERIFIED_EMAIL"])
@pytest.mark.parametrize("written", ["", "banana", "2", "tru e"])
def test_a_wrong_switch_stops_the_start(
    refusal: Callable[..., str], name: str, written: str
) -> None:
    assert refusal(**{name: written}) == f"{name}: Not a valid boolean."


@pytest.mark.parametrize("name", ORIGINS)
@pytest.mark.parametrize(
    "written",
    [
        "banana",
        "clinic.example",
        "//clinic.example",
        "ftp://clinic.example",
        "https://",
        "https:///path",
        "https://clinic.example/",
        "https://clinic.example/book",
        "https://clinic.example?",
        "https://clinic.example#",
        "https://someone@clinic.example",
        "https://clinic example",
        " https://clinic.example",
        "https://clinic.example\n",
        "https://Clinic.example",
        "https://*.clinic.example",
        "https://clinic..example",
        "https://clinic.example:",
        "https://clinic.example:0",
        "https://clinic.example:65536",
        "https://clinic.example:port",
        "https://[::1",
        "https://[:::]",
        "javascript:alert(1)",
        "null",
        "*",
    ],
)
def test_a_wrong_address_stops_the_start(
    refusal: Callable[..., str], name: str, written: str
) -> None:
    assert refusal(**{name: written}) == f"{name}: {NO_ORIGIN.format(written)}"


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("SECRET_KEY", None, "Environment variable not set."),
        ("SECRET_KEY", "", "Set it to a long random text."),
        ("SECRET_KEY", "   ", "Set it to a long random text."),
        ("SITE_URL", "", NO_ORIGIN.format("")),
        ("CORS_ALLOWED_ORIGINS", "https://a.example,", NO_ORIGIN.format("")),
        ("ALLOWED_HOSTS", "https://clinic.example", NO_HOST.format("https://clinic.example")),
        ("ALLOWED_HOSTS", "clinic.example:8000", NO_HOST.format("clinic.example:8000")),
        ("ALLOWED_HOSTS", "a.example, b.example", NO_HOST.format(" b.example")),
        ("ALLOWED_HOSTS", "a.example,,b.example", NO_HOST.format("")),
        ("ALLOWED_HOSTS", "*.clinic.example", NO_HOST.format("*.clinic.example")),
        ("ALLOWED_HOSTS", "a\nb", NO_HOST.format("a\nb")),
        ("DATABASE_URL", "", NO_DATABASE),
        ("DATABASE_URL", "banana", NO_DATABASE),
        ("DATABASE_URL", "mysql://u:p@db.example/book", NO_DATABASE),
        ("DATABASE_URL", "sqlite:book", NO_DATABASE),
        ("DATABASE_URL", "sqlite://", "Name the database at its end."),
        ("DATABASE_URL", "sqlite:///", "Name the database at its end."),
        ("DATABASE_URL", "postgres://db.example", "Name the database at its end."),
        ("DATABASE_URL", "postgres://db.example/", "Name the database at its end."),
        ("DATABASE_URL", "postgres://db.example:x/book", "Cannot be read as an address."),
        ("DATABASE_URL", "postgres://db.example:65536/book", "Cannot be read as an address."),
        ("DATABASE_URL", "postgres://[db/book", "Cannot be read as an address."),
        ("EMAIL_URL", "smtp+tls://", "Name the host that takes the mail."),
        ("EMAIL_URL", "smtp://", "Name the host that takes the mail."),
        ("EMAIL_URL", "smtp://u:p@", "Name the host that takes the mail."),
        ("EMAIL_URL", "smtp://mail.example:port", "Cannot be read as an address."),
        ("EMAIL_URL", "smtp+ssl://mail.example:65536", "Cannot be read as an address."),
        ("EMAIL_URL", "smtp://[mail", "Cannot be read as an address."),
        ("MAIL_FROM", "", SENDER),
        ("MAIL_FROM", "Clinic", SENDER),
        ("MAIL_FROM", "desk@", SENDER),
        ("MAIL_FROM", "Clinic <desk@clinic example>", SENDER),
        ("MAIL_FROM", "Clinic\nBcc: <desk@clinic.example>", SENDER),
        ("JWT_SIGNING_KEY", "", "Must be 32 characters or more."),
        ("JWT_SIGNING_KEY", 31 * "k", "Must be 32 characters or more."),
        ("JWT_ACCESS_MINUTES", "", "Not a valid integer."),
        ("JWT_ACCESS_MINUTES", "an hour", "Not a valid integer."),
        ("JWT_ACCESS_MINUTES", "1.5", "Not a valid integer."),
        ("JWT_ACCESS_MINUTES", "0", "Must be from 1 to 20160."),
        ("JWT_ACCESS_MINUTES", "-5", "Must be from 1 to 20160."),
        ("JWT_ACCESS_MINUTES", "20161", "Must be from 1 to 20160."),
        ("JWT_ACCESS_MINUTES", 30 * "9", "Must be from 1 to 20160."),
    ],
)
def test_a_wrong_value_stops_the_start(
    refusal: Callable[..., str], name: str, written: str | None, said: str
) -> None:
    assert refusal(**{name: written}) == f"{name}: {said}"


@pytest.mark.parametrize("written", ["", "banana", "mail.example", "imap://mail.example", "smtp:x"])
def test_a_wrong_way_of_the_mail_stops_the_start(refusal: Callable[..., str], written: str) -> None:
    ways = ", ".join(sorted(environment.MAIL_SCHEMES))
    assert refusal(EMAIL_URL=written) == f"EMAIL_URL: Begin it with one of: {ways}."


def test_a_refusal_tells_no_password(refusal: Callable[..., str]) -> None:
    said = refusal(
        DATABASE_URL="postgres://u:hush-hush@db.example:x/book",
        EMAIL_URL="smtp://u:hush-hush@mail.example:x",
        JWT_SIGNING_KEY="hush-hush",
    )
    assert "hush" not in said


def test_all_wrong_variables_are_named_at_once(refusal: Callable[..., str]) -> None:
    assert refusal(DEBUG="banana", SECRET_KEY=None, JWT_ACCESS_MINUTES="0") == (
        "DEBUG: Not a valid boolean.; "
        "SECRET_KEY: Environment variable not set.; "
        "JWT_ACCESS_MINUTES: Must be from 1 to 20160."
    )


def test_the_command_line_says_one_line_and_ends() -> None:
    outside = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    outside.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=outside | {"DEBUG": "true", "SITE_URL": "banana"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"DocSpot cannot start. SITE_URL: {NO_ORIGIN.format('banana')}\n",
    )
