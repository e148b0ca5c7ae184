"""What must not stand in a log: keys in addresses, which are as good as passwords."""

from __future__ import annotations

import logging
import re

# However the key is written: a program may write its letters as %41.
KEY = re.compile(
    r"(/practice/calendar/|/appointments/feed/|/visit/|/offer/|/family/invitation/)[^\s/?#\"']+"
)
LOGGERS = (
    "django.request",
    "django.server",
    "django.security.csrf",
    "gunicorn.access",
    "gunicorn.error",
)


class WithoutKeys(logging.Filter):
    """Lets every record pass, with the keys in the addresses it tells made unreadable."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hidden(record.msg)
        if isinstance(record.args, dict):
            for name, value in record.args.items():  # in place: gunicorn's is no plain dict
                record.args[name] = _hidden(value)
        elif record.args:
            record.args = tuple(_hidden(value) for value in record.args)
        if record.exc_info:
            told = logging.Formatter().formatException(record.exc_info)
            record.exc_text = KEY.sub(r"\1...", told)
        return True


def hide_keys() -> None:
    for name in LOGGERS:
        logging.getLogger(name).addFilter(WithoutKeys())


def _hidden(value: object) -> object:
    return KEY.sub(r"\1...", value) if isinstance(value, str) else value
