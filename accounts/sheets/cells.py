"""How a cell is read: one function for each kind. All raise a ValidationError that says how."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.phonenumber import PhoneNumber
from phonenumbers import NumberParseException

from accounts.services import tidy

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y")
LONGEST_NUMBER = 18  # digits: what every database keeps
YES, NO = "yes", "no"
WORDS = {
    YES: True,
    "y": True,
    "true": True,
    "1": True,
    NO: False,
    "n": False,
    "false": False,
    "0": False,
}

line = tidy


def text(cell: str) -> str:
    """On several lines."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def whole(cell: str) -> int:
    cell = cell.strip()
    if not (cell.isascii() and cell.isdigit()) or len(cell) > LONGEST_NUMBER:
        raise ValidationError(_("Write a whole number."))
    return int(cell)


def day(cell: str) -> date:
    cell = cell.strip()
    try:
        if ISO_DAY.fullmatch(cell):
            return date.fromisoformat(cell)
        return _by_formats(cell, DAYS).date()
    except ValueError as error:
        raise ValidationError(_("Write a date like 2026-03-31 or 31/3/2026.")) from error


def _by_formats(cell: str, formats: Sequence[str]) -> datetime:
    for pattern in formats:
        try:
            return datetime.strptime(cell, pattern)  # noqa: DTZ007 (its date alone is used)
        except ValueError:
            continue
    raise ValueError(cell)


def yes_no(cell: str) -> bool:
    try:
        return WORDS[cell.strip().lower()]
    except KeyError as error:
        raise ValidationError(_("Write yes or no.")) from error


def say_yes_no(value: bool) -> str:
    return YES if value else NO


def phone(cell: str) -> str:
    """As it is kept: +919876543210."""
    try:
        number = PhoneNumber.from_string(cell.strip())
    except NumberParseException:
        number = None
    if number is None or not number.is_valid():
        raise ValidationError(
            _("Write a phone number with its country code, like +91 98765 43210.")
        )
    return str(number.as_e164)


def one_of(choices: Sequence[str]) -> Callable[[str], str]:
    def read(cell: str) -> str:
        cell = cell.strip().lower()
        if cell not in choices:
            raise ValidationError(
                _("Write one of: %(choices)s."), params={"choices": ", ".join(choices)}
            )
        return cell

    return read


class Names:
    """Rows by the names that people write. Two rows of one name cannot be told by it."""

    def __init__(self, named: Sequence[tuple[str, Any]]) -> None:
        self.exact: dict[str, Any] = {}
        self.folded: dict[str, Any] = {}
        for names, key in ((self.exact, line), (self.folded, _fold)):
            for name, row in named:
                same = names.get(key(name), row) == row
                names[key(name)] = row if same else None

    def find(self, cell: str) -> Any:
        """The row, or None."""
        return self.exact.get(line(cell)) or self.folded.get(_fold(cell))


def _fold(name: str) -> str:
    return line(name).casefold()
