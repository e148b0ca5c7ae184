"""Strict readers of the environment: every setting that a clinic may change, and nothing else.

A wrong value stops the start with one line that names the variable (see `read`).
"""

import hashlib
import hmac
import re
import sys
from collections.abc import Callable, Iterable
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from environs import Env, EnvValidationError, ValidationError

HOST = re.compile(r"\*|\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\]")
ORIGIN = re.compile(r"https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
OLD_BROWSER_CLIENT = ["http://localhost:3000", "http://127.0.0.1:3000"]
# How mail may leave, and the name of it in dj-email-url.
MAIL_SCHEMES = {
    "console": "console",
    "consolemail": "console",
    "dummymail": "dummy",
    "file": "file",
    "filemail": "file",
    "memorymail": "memory",
    "smtp": "smtp",
    "smtp+ssl": "smtp",
    "smtp+tls": "submission",
    "smtps": "smtp",
    "submission": "submission",
}
DATABASE_SCHEMES = {"sqlite", "postgres", "postgresql"}
LONGEST_ACCESS_MINUTES = 14 * 24 * 60  # as long as a refresh token is good


def read(base_dir: Path) -> dict[str, Any]:
    """Read all variables; on a wrong one name it on standard error and end with status 1."""
    env = Env(eager=False)
    values = _values(env, base_dir)
    try:
        env.seal()
    except EnvValidationError as error:
        wrong = "; ".join(
            f"{name}: {' '.join(map(str, messages))}"
            for name, messages in error.error_messages.items()  # type: ignore[union-attr]
        )
        print(f"DocSpot cannot start. {wrong}", file=sys.stderr)
        raise SystemExit(1) from None
    values["JWT_SIGNING_KEY"] = values["JWT_SIGNING_KEY"] or derive_key(
        values["SECRET_KEY"], "docspot.api.tokens"
    )
    values["DATABASE"] = parse_database(values["DATABASE_URL"])
    values["EMAIL"] = parse_mail(values["EMAIL_URL"])
    values["ALLOWED_HOSTS"] = values["ALLOWED_HOSTS"] or _default_hosts(values)
    values["MAIL_FROM"] = values["MAIL_FROM"] or _default_sender(values)
    return values


def _values(env: Env, base_dir: Path) -> dict[str, Any]:
    debug = bool(env.bool("DEBUG", False))
    own_secret = {"default": "only-for-development"} if debug else {}
    secret = env.str("SECRET_KEY", validate=is_filled, **own_secret)
    return {
        "DEBUG": debug,
        "SECRET_KEY": secret,
        "SITE_URL": env.str("SITE_URL", "http://127.0.0.1:8000", validate=is_origin),
        "ALLOWED_HOSTS": env.list("ALLOWED_HOSTS", [], validate=each(is_host)),
        "CSRF_TRUSTED_ORIGINS": env.list("CSRF_TRUSTED_ORIGINS", [], validate=each(is_origin)),
        "CORS_ALLOWED_ORIGINS": env.list(
            "CORS_ALLOWED_ORIGINS", OLD_BROWSER_CLIENT if debug else [], validate=each(is_origin)
        ),
        "DATABASE_URL": env.str(
            "DATABASE_URL",
            f"sqlite:///{base_dir}/db.sqlite3",
            validate=is_url(DATABASE_SCHEMES, parse_database),
        ),
        "EMAIL_URL": env.str(
            "EMAIL_URL", "consolemail://", validate=is_url(MAIL_SCHEMES, parse_mail)
        ),
        "MAIL_FROM": env.str("MAIL_FROM", None, validate=is_sender),
        "BEHIND_TLS": env.bool("BEHIND_TLS", not debug),
        "REQUIRE_VERIFIED_EMAIL": env.bool("REQUIRE_VERIFIED_EMAIL", False),
        "JWT_SIGNING_KEY": env.str("JWT_SIGNING_KEY", None, validate=is_signing_key(secret)),
        "JWT_ACCESS_MINUTES": env.int(
            "JWT_ACCESS_MINUTES", 60, validate=is_between(1, LONGEST_ACCESS_MINUTES)
        ),
    }


def _default_hosts(values: dict[str, Any]) -> list[str]:
    if values["DEBUG"]:
        return ["localhost", "127.0.0.1", "[::1]"]
    host = urlsplit(values["SITE_URL"]).hostname
    return [f"[{host}]" if ":" in host else host]


def _default_sender(values: dict[str, Any]) -> str:
    """At the host of the site, if it has a name: many mail servers take no other."""
    host = urlsplit(values["SITE_URL"]).hostname
    return f"DocSpot <no-reply@{host if is_name(host) else 'localhost'}>"


def is_name(host: str) -> bool:
    """Whether it is a name of the internet rather than an address or a machine of the house."""
    return "." in host and not host.rpartition(".")[2].isdigit()


def parse_database(url: str) -> dict[str, Any]:
    """Django's settings of a database from an address."""
    if not urlsplit(url).path.strip("/") and url != "sqlite://:memory:":
        raise ValidationError("Name the database at its end.")
    return dict(dj_database_url.parse(url))


def parse_mail(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings from an address; smtps speaks TLS from the first byte."""
    scheme, separator, rest = url.partition("://")
    values: dict[str, Any] = dj_email_url.parse(MAIL_SCHEMES[scheme] + separator + rest)
    if scheme in {"smtps", "smtp+ssl"}:
        values |= {"EMAIL_USE_SSL": True, "EMAIL_PORT": urlsplit(url).port or 465}
    if values["EMAIL_BACKEND"].endswith("smtp.EmailBackend") and not urlsplit(url).hostname:
        raise ValidationError("Name the host that takes the mail.")
    return values


def derive_key(secret: str, purpose: str) -> str:
    """A key for one purpose: 64 hexadecimal characters, of no use for learning `secret`."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


# What a value must be. Each raises ValidationError with what to write instead.


def is_filled(value: str) -> None:
    if not value.strip():
        raise ValidationError("Set it to a long random text.")


def is_sender(value: str) -> None:
    """A mailbox as in RFC 5322: an address, with a name before it or not."""
    address = parseaddr(value)[1]
    name, _, host = address.rpartition("@")
    is_whole = address in value and value.isprintable()
    if not (is_whole and name and HOST.fullmatch(host)):
        raise ValidationError("Write it like Clinic <desk@clinic.example>.")


def is_between(least: int, most: int) -> Callable[[int], None]:
    def check(value: int) -> None:
        if not least <= value <= most:
            raise ValidationError(f"Must be from {least} to {most}.")

    return check


def is_host(value: str) -> None:
    if not HOST.fullmatch(value):
        raise ValidationError(f"{value!r} is not a host name: write no http:// and no port.")


def is_origin(value: str) -> None:
    """An origin is scheme, host and port, with nothing beside them (RFC 6454)."""
    try:
        fits = ORIGIN.fullmatch(value) and urlsplit(value).port != 0
    except ValueError:  # there is no such port, or no such IPv6 address
        fits = False
    if not fits:
        raise ValidationError(f"{value!r} is not an address such as https://clinic.example.")


def is_signing_key(secret: str | None) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value == secret:
            raise ValidationError("Must differ from SECRET_KEY.")
        if len(value.encode()) < 32:  # RFC 7518 section 3.2: 256 bits for HS256
            raise ValidationError("Must be 32 characters or more.")

    return check


def is_url(schemes: Iterable[str], parse: Callable[[str], Any]) -> Callable[[str], None]:
    def check(value: str) -> None:
        if value.partition("://")[0] not in schemes:
            raise ValidationError(f"Begin it with one of: {', '.join(sorted(schemes))}.")
        try:
            parse(value)
        except (ValueError, KeyError) as error:
            raise ValidationError("Cannot be read as an address.") from error

    return check


def each(check: Callable[[str], None]) -> Callable[[list[str]], None]:
    def check_all(values: list[str]) -> None:
        for value in values:
            check(value)

    return check_all
