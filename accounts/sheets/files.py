"""CSV as bytes: read into lines, and written. Pure; knows nothing of what stands in the cells."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.exceptions import Refusal

MOST_ROWS = 20_000
MOST_MEGABYTES = 5
MOST_BYTES = MOST_MEGABYTES * 1024 * 1024
SEPARATORS = ",;\t"

# A spreadsheet takes what begins so for a formula (OWASP, "CSV Injection"); the last four are the
# wide ones of East Asian keyboards.
FORMULA = "[-=+@\t\r\n\uff1d\uff0b\uff0d\uff20]"
LIKE_A_FORMULA = re.compile(f"'*{FORMULA}")
NEUTRALISED = re.compile(f"'+{FORMULA}")

EXCEL_FILES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx (and others that are zipped), xls
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class FileRefused(Refusal):
    """The file as a whole cannot be read."""

    code = "file-refused"
    status = 400


class Line(NamedTuple):
    """A row of the file, numbered as a spreadsheet does: the one with the names is 1."""

    number: int
    cells: dict[str, str]
    wrong: str = ""


def neutralise(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run; see restore()."""
    return f"'{cell}" if LIKE_A_FORMULA.match(cell) else cell


def restore(cell: str) -> str:
    """What was there before neutralise(), to the letter."""
    return cell[1:] if NEUTRALISED.match(cell) else cell


def write_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV, part by part, with the mark by which Excel knows UTF-8.

    Every cell stands in quotes, or a semicolon in it would begin a new one where that is the
    separator.
    """
    part = StringIO()
    writer = csv.writer(part, quoting=csv.QUOTE_ALL)
    part.write("\ufeff")
    for row in rows:
        writer.writerow([neutralise(str(cell)) for cell in row])
        if part.tell() > 16_000:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    yield part.getvalue()


def read_lines(data: bytes, names: Sequence[str]) -> list[Line]:
    """All lines that are not empty. `names` are the columns, which may stand in any order.

    A line with too few or too many cells tells so in `wrong`. Raises FileRefused.
    """
    text = _decode(data)
    first = text.partition("\n")[0]
    reader = csv.reader(
        StringIO(text, newline=""), delimiter=max(SEPARATORS, key=first.count), strict=True
    )
    rows = _numbered(reader)
    number, header = next(rows, (1, []))
    columns = _columns(header, names)
    lines: list[Line] = []
    for number, row in rows:
        if len(lines) == MOST_ROWS:
            raise FileRefused(
                _("The file has more than %(most)s lines. Divide it, and import the parts.")
                % {"most": f"{MOST_ROWS:,}"}
            )
        lines.append(_line(number, row, columns))
    if not lines:
        raise FileRefused(_("There is no line below the names of the columns."))
    return lines


def _decode(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise FileRefused(
            _("The file is larger than %(most)s MB. Divide it, and import the parts.")
            % {"most": MOST_MEGABYTES}
        )
    if data.startswith(EXCEL_FILES):
        raise FileRefused(
            _(
                "This is an Excel file. Open it in Excel, choose “Save as” and “CSV UTF-8”, and "
                "choose the new file here."
            )
        )
    if data.startswith(UTF_16_MARKS) or _every_other_is_nul(data):
        raise FileRefused(_say_encoding(_("The file is written in UTF-16.")))
    if b"\0" in data:
        raise FileRefused(
            _("The file has NUL characters in it: it is no CSV file, or it is damaged.")
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileRefused(
            _say_encoding(
                _("The file is not written in UTF-8: see line %(line)s.") % {"line": line}
            )
        ) from error
    if not text.strip():
        raise FileRefused(_("The file is empty."))
    return text


def _every_other_is_nul(data: bytes) -> bool:
    """As in text in UTF-16 without its mark."""
    start = data[:1000]
    return any(half and half.count(0) > len(half) // 2 for half in (start[::2], start[1::2]))


def _say_encoding(what: str) -> str:
    how = _("Save it as CSV in UTF-8; in Excel, choose “Save as” and “CSV UTF-8”.")
    return f"{what} {how}"


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, with their numbers."""
    number = 0
    while True:
        number += 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise FileRefused(
                _("Line %(line)s cannot be read: look for a quotation mark that is not closed.")
                % {"line": number}
            ) from error
        if row is None:
            return
        while row and not row[-1].strip():  # a spreadsheet adds some at the end
            row.pop()
        if any(cell.strip() for cell in row):
            yield number, row


def _columns(header: list[str], names: Sequence[str]) -> list[str]:
    columns = [restore(cell).strip().lower().replace(" ", "_") for cell in header]
    missing = [name for name in names if name not in columns]
    unknown = [name for name in columns if name not in names]
    twice = sorted({name for name in columns if columns.count(name) > 1} - set(unknown))
    wrong = []
    if missing and len(missing) < len(names):
        wrong.append(_("Missing: %(names)s.") % {"names": ", ".join(missing)})
    if unknown:
        wrong.append(_("Not known here: %(names)s.") % {"names": ", ".join(unknown)[:200]})
    if twice:
        wrong.append(_("There twice: %(names)s.") % {"names": ", ".join(twice)})
    if missing or wrong:
        first = _("The first line must name the columns: %(names)s.") % {"names": ", ".join(names)}
        raise FileRefused(" ".join([first, *wrong]))
    return columns


def _line(number: int, row: list[str], columns: list[str]) -> Line:
    """Empty cells at its end may be left out."""
    wrong = ""
    if len(row) > len(columns):
        wrong = _("This line has %(cells)s cells for %(columns)s columns.") % {
            "cells": len(row),
            "columns": len(columns),
        }
    row += [""] * (len(columns) - len(row))
    return Line(
        number, {name: restore(cell) for name, cell in zip(columns, row, strict=False)}, wrong
    )
