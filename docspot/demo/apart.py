"""Things made by a second process, so that the one who writes them has a core to itself."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

import django

T = TypeVar("T")


class EndedEarly(RuntimeError):
    """The second process is gone, for a reason that it has told on standard error."""


@contextmanager
def made_apart(make: Callable[..., Iterable[T]], *given: Any) -> Iterator[Iterator[T]]:
    """What `make(*given)` makes, in its order, made by a process of its own while this one works.

    It is at most a thing or two ahead, and it is gone when the block is left, however that is. A
    ValueError that `make` raises is raised here too. `make`, `given` and the things are pickled.
    """
    spawn = get_context("spawn")  # a fork would share the connection to the database
    here, there = spawn.Pipe()
    child = spawn.Process(target=_child, args=(there,), daemon=True)
    with here:
        child.start()
        there.close()
        try:
            yield _received(here, make, given)
        finally:
            child.terminate()
            child.join()


def _received(pipe: Connection, make: Callable[..., Iterable[T]], given: Any) -> Iterator[T]:
    try:
        pipe.send((make, given))
        while True:
            thing, refusal, is_last = pipe.recv()
            if refusal is not None:
                raise refusal
            if is_last:
                return
            yield thing
    except (EOFError, ConnectionError):
        raise EndedEarly from None


def _child(pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both; the first ends this one
    django.setup()
    with suppress(EOFError, ConnectionError):  # nobody is there any more
        make, given = pipe.recv()
        gc.disable()  # there are no circles, and looking for them takes a fifth of the time
        try:
            for thing in make(*given):
                pipe.send((thing, None, False))
        except ValueError as refusal:
            pipe.send((None, refusal, False))
        pipe.send((None, None, True))
