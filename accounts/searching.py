"""What the desk types to find a patient, taken apart: names, dates, telephones, e-mails. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

DAY_FIRST = re.compile(r"\b(\d{1,2})\s*[./\- ]\s*(\d{1,2})\s*[./\- ]\s*(\d{4})\b")
YEAR_FIRST = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
# Digits in groups, however they are kept apart; a zero in brackets is not dialled from abroad.
PHONE = re.compile(r"(?<!\w)(\+?\s?\(?\d[\d\s()./-]{2,}\d)(?!\w)")
NOT_DIALLED = re.compile(r"\(\s*0\s*\)")
FEWEST_DIGITS = 4


@dataclass(frozen=True)
class Search:
    """All of it must hold. `phones` are digits as they stand in a number with its country code."""

    names: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.names or self.days or self.phones or self.emails)


def read_search(words: str) -> Search:
    """Take apart what was typed: each part is what it looks like."""
    words = words.replace("\x00", " ")
    days: list[date] = []
    phones: list[str] = []

    def keep_day(found: re.Match[str], order: tuple[int, int, int]) -> str:
        year, month, day = (int(found[part]) for part in order)
        try:
            days.append(date(year, month, day))
        except ValueError:
            return found[0]
        return " "

    def keep_phone(found: re.Match[str]) -> str:
        digits = digits_of(found[0])
        if len(digits) < FEWEST_DIGITS:
            return found[0]
        phones.append(digits)
        return " "

    words = YEAR_FIRST.sub(lambda found: keep_day(found, (1, 2, 3)), words)
    words = DAY_FIRST.sub(lambda found: keep_day(found, (3, 2, 1)), words)
    words = PHONE.sub(keep_phone, words)
    rest = words.replace(",", " ").split()
    return Search(
        names=tuple(word for word in rest if "@" not in word),
        days=tuple(days),
        phones=tuple(phones),
        emails=tuple(word for word in rest if "@" in word),
    )


def digits_of(phone: str) -> str:
    """The digits of a number, without the zeros that are dialled before it."""
    return re.sub(r"\D", "", NOT_DIALLED.sub("", phone)).lstrip("0")
