"""What must not stand in a log: keys in addresses, which are as good as passwords, and searches.

Staff look for people by their names; on the lists of the admin an address says whom (?q=...). Nor
rows: what PostgreSQL refuses it tells with all its values, and of visits that is why they are held.
"""

from __future__ import annotations

import logging
import re

# However the key is written: a program may write its letters as %41.
KEY = re.compile(
    r"(/practice/calendar/|/appointments/feed/|/visit/|/offer/"
    r"|/family/invitation/|%2Ffamily%2Finvitation%2F"
    r"|/password/reset/key/|/accounts/confirm-email/)[^\s/?#&.\"']+"  # in `next`, slashes as %2F
)
SEARCH = re.compile(r"((?:^|[?&;])(?:q|_changelist_filters)=)[^&;\s\"']+")
# To the end of the error, or to the next one that is told with it: values may have lines in them.
ROW = re.compile(
    r"^DETAIL:.*?(?=\n\n(?:The above exception was|During handling of the above)|\Z)",
    re.DOTALL | re.MULTILINE,
)
LOGGERS = (
    "docspot.work",
    "django.request",
    "django.server",
    "django.security.csrf",
    "gunicorn.access",
    "gunicorn.error",
)


class WithoutKeys(logging.Filter):
    """Lets every record pass, with the keys and searches in the addresses it tells left out.

    Rows likewise, of errors.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _hidden(record.msg)
        if isinstance(record.args, dict):
            for name, value in record.args.items():  # in place: gunicorn's is no plain dict
                record.args[name] = _hidden(value)
        elif record.args:
            record.args = tuple(_hidden(value) for value in record.args)
        if record.exc_info:
            told = logging.Formatter().formatException(record.exc_info)
            record.exc_text = str(_hidden(told))
        return True


class WithoutDetails(logging.Filter):
    """Lets no record of DEBUG pass: `django.template` tells there all that a page was given."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG


def hide_keys() -> None:
    for name in LOGGERS:
        logging.getLogger(name).addFilter(WithoutKeys())
    logging.getLogger("django.template").addFilter(WithoutDetails())


def _hidden(value: object) -> object:
    if not isinstance(value, str):
        return value
    return ROW.sub("DETAIL: ...", SEARCH.sub(r"\1...", KEY.sub(r"\1...", value)))
