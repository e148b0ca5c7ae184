"""Catalogues of translations for tests, without the programs of gettext."""

from __future__ import annotations

import struct
from pathlib import Path

MAGIC = 0x950412DE


def write_catalogue(path: Path, messages: dict[str, str]) -> None:
    """Write a .mo file, as in the manual of gettext, "The Format of GNU MO Files"."""
    head = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    pairs = sorted((key.encode(), said.encode()) for key, said in ({"": head} | messages).items())
    count = len(pairs)
    tables_end = 28 + 2 * 8 * count
    tables, texts = b"", b""
    for side in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[side]), tables_end + len(texts))
            texts += pair[side] + b"\0"
    start = struct.pack("<7I", MAGIC, 0, count, 28, 28 + 8 * count, 0, tables_end)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(start + tables + texts)
