"""What the desk types to find a patient, and what is understood by it."""

from __future__ import annotations

from datetime import date

import pytest

from accounts.searching import Search, read_search

BIRTHDAY = (date(1980, 3, 31),)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("", Search()),
        ("  , ", Search()),
        ("asha rao", Search(names=("asha", "rao"))),
        ("Rao, Asha", Search(names=("Rao", "Asha"))),
        ("O'Brien-Shah 3", Search(names=("O'Brien-Shah", "3"))),
        ("31/3/1980", Search(days=BIRTHDAY)),
        ("31.03.1980", Search(days=BIRTHDAY)),
        ("31 3 1980", Search(days=BIRTHDAY)),
        ("1980-03-31 rao", Search(names=("rao",), days=BIRTHDAY)),
        ("rao 31-3-1980", Search(names=("rao",), days=BIRTHDAY)),
        ("31/13/1980", Search(phones=("31131980",))),  # no day of any year
        ("+91 98765 43210", Search(phones=("919876543210",))),
        ("098765-43210", Search(phones=("9876543210",))),
        ("0091 (98765) 43210", Search(phones=("919876543210",))),
        ("+44 (0)20 7946 0958", Search(phones=("442079460958",))),
        ("43210", Search(phones=("43210",))),
        ("432", Search(names=("432",))),
        ("rao 98765 43210", Search(names=("rao",), phones=("9876543210",))),
        ("asha@example", Search(emails=("asha@example",))),
        ("asha1234@example.com", Search(emails=("asha1234@example.com",))),
        ("\x00rao", Search(names=("rao",))),
    ],
)
def test_search_is_taken_apart(words: str, asked: Search) -> None:
    assert read_search(words) == asked
