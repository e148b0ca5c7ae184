"""CSV files as such: what is read, what is refused, and formulas that are none."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.sheets.files import (
    MOST_BYTES,
    MOST_ROWS,
    FileRefused,
    neutralise,
    read_lines,
    restore,
    write_lines,
)

NAMES = ("id", "name")
HOW = "Save it as CSV in UTF-8; in Excel, choose “Save as” and “CSV UTF-8”."


def read(data: str | bytes) -> list[tuple[int, str, str]]:
    lines = read_lines(data.encode() if isinstance(data, str) else data, NAMES)
    return [(line.number, line.cells["id"], line.cells["name"]) for line in lines]


@pytest.mark.parametrize(
    "data",
    [
        "id,name\n7,Asha\n",
        "id,name\r\n7,Asha\r\n",
        "id,name\r7,Asha\r",
        "id,name\n7,Asha",
        "\ufeffid,name\n7,Asha\n",
        "id;name\n7;Asha\n",
        "id\tname\n7\tAsha\n",
        "name,id\nAsha,7\n",
        '"ID", "Name"\n7,"Asha"\n'.replace(", ", ","),
        "id,name,,\n7,Asha,,\n,,,\n",
    ],
)
def test_file_is_read(data: str) -> None:
    assert read(data) == [(2, "7", "Asha")]


def test_lines_are_numbered_as_a_spreadsheet_does() -> None:
    data = 'id,name\n1,"Asha\nRao"\n\n,\n2,Ravi\n3\n'
    assert read(data) == [(2, "1", "Asha\nRao"), (5, "2", "Ravi"), (6, "3", "")]


def test_line_with_too_many_cells_says_so() -> None:
    (line,) = read_lines(b"id,name\n1,Asha,Rao\n", NAMES)
    assert line.wrong == "This line has 3 cells for 2 columns."


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf \n", "The file is empty."),
        (b"id,name\n", "There is no line below the names of the columns."),
        (b"id,name\n,\n", "There is no line below the names of the columns."),
        (b"a,b\n1,2\n", "The first line must name the columns: id, name. Not known here: a, b."),
        (b"id\n1\n", "The first line must name the columns: id, name. Missing: name."),
        (
            b"id,name,is_staff\n1,x,1\n",
            "The first line must name the columns: id, name. Not known here: is_staff.",
        ),
        (
            b"id,name,name\n1,x,y\n",
            "The first line must name the columns: id, name. There twice: name.",
        ),
        (
            "id,name\n1,José".encode("latin-1"),
            f"The file is not written in UTF-8: see line 2. {HOW}",
        ),
        ("id,name\n1,x\n".encode("utf-16"), f"The file is written in UTF-16. {HOW}"),
        ("id,name\n1,x\n".encode("utf-16-le"), f"The file is written in UTF-16. {HOW}"),
        ("id,name\n1,x\n".encode("utf-16-be"), f"The file is written in UTF-16. {HOW}"),
        (
            b"id,name\n1,x\0y\n",
            "The file has NUL characters in it: it is no CSV file, or it is damaged.",
        ),
        (
            b'id,name\n1,"x\n2,y\n',
            "Line 2 cannot be read: look for a quotation mark that is not closed.",
        ),
        (
            b"id,name\n1,x\n2," + b"y" * 200_000,
            "Line 3 cannot be read: look for a quotation mark that is not closed.",
        ),
        (
            b"id,name\n" + b"1,x\n" * 100_000,
            "The file has more than 20,000 lines. Divide it, and import the parts.",
        ),
        (b"x" * (MOST_BYTES + 1), "The file is larger than 5 MB. Divide it, and import the parts."),
    ],
    ids=range(17),
)
def test_file_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read(data)
    assert str(caught.value) == text


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_excel_file_is_told_from_csv(start: bytes) -> None:
    with pytest.raises(FileRefused, match=r"This is an Excel file\."):
        read(start + b"\0" * 600)


def test_as_many_lines_as_are_promised_are_read() -> None:
    assert len(read("id,name\n" + "1,x\n" * MOST_ROWS)) == 20_000


# Formulas


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])  # noqa: RUF001
def test_formula_is_neutralised(sign: str) -> None:
    assert neutralise(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("cell", ["", "Asha", "'Asha", "2026-03-31", "a=b", "O'Hara"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert (neutralise(cell), restore(cell)) == (cell, cell)


def test_phone_number_is_read_with_and_without_the_apostrophe() -> None:
    assert [restore(cell) for cell in ("'+919876543210", "+919876543210")] == ["+919876543210"] * 2


@given(cell=st.text(alphabet="'=+-@\t\r\n;,\"aé ", max_size=8))
def test_cell_comes_back_to_the_letter(cell: str) -> None:
    assert restore(neutralise(cell)) == cell
    written = "".join(write_lines([["name"], [cell]]))
    assert list(csv.reader(StringIO(written[1:], newline="")))[1] == [neutralise(cell)]


def test_every_cell_stands_in_quotes() -> None:
    """Or what comes after a semicolon would be a cell of its own where that is the separator."""
    assert "".join(write_lines([["id", "name"], [1, "x;=1+1"]])) == (
        '\ufeff"id","name"\r\n"1","x;=1+1"\r\n'
    )
