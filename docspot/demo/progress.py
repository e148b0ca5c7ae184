"""How far a long command is: a bar on a terminal, elsewhere one line for each stage."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from django.core.management.base import OutputWrapper

T = TypeVar("T")
LONGEST_BAR = 40
EVERY_SECONDS = 0.2
LOOK_EVERY = 256  # things: a look at the clock takes time too


class Progress:
    def __init__(self, out: OutputWrapper, *, is_quiet: bool) -> None:
        self.out = out
        self.is_quiet = is_quiet
        self.has_bar = not is_quiet and out.isatty()
        self.shown = 0.0

    def watch(
        self, stage: str, things: Iterable[T], total: int, size: Callable[[T], int] | None = None
    ) -> Iterator[T]:
        """The things, one by one; `total` is how many there will be, or how much in `size`."""
        begun = time.perf_counter()
        count = 0
        self._bar(stage, 0, total)
        for number, thing in enumerate(things, 1):
            yield thing
            count = count + size(thing) if size else number
            if self.has_bar and (size or number % LOOK_EVERY == 0):
                self._bar_now_and_then(stage, count, total)
        self._end(stage, count, time.perf_counter() - begun)

    def _bar_now_and_then(self, stage: str, count: int, total: int) -> None:
        now = time.perf_counter()
        if now - self.shown >= EVERY_SECONDS:
            self.shown = now
            self._bar(stage, count, total)

    def _bar(self, stage: str, count: int, total: int) -> None:
        if not self.has_bar:
            return
        columns = shutil.get_terminal_size().columns
        text = f"{stage:<13}{count:>11,} of {total:,} "
        width = min(columns - len(text) - 3, LONGEST_BAR)
        filled = width * count // max(total, 1)
        bar = f"[{'#' * filled}{'.' * (width - filled)}]" if width > 0 else ""
        self._write(f"\r{(text + bar)[: columns - 1]}")

    def _end(self, stage: str, count: int, seconds: float) -> None:
        if self.is_quiet:
            return
        columns = shutil.get_terminal_size().columns
        line = f"{stage:<13}{count:>11,} in {seconds:.1f} s"
        self._write(f"\r{line:<{columns - 1}}\n" if self.has_bar else f"{line}\n")

    def _write(self, text: str) -> None:
        self.out.write(text, style_func=str, ending="")
        self.out.flush()
