"""From a thread to the event loop: the newest only, in one hop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Hands what a thread made to a callback on the loop; what is not taken yet is replaced.

    aiortc makes a task for each picture, which puts it into an unbounded queue, which wakes another
    task: three turns of the loop, and no bound. This takes one turn.

    Parameters
    ----------
    loop : the callback's.
    take : called with what is newest when its turn comes.
    replaced : called, on the thread, when something was not taken.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        take: Callable[[T], None],
        replaced: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._take = take
        self._replaced = replaced
        self._lock = threading.Lock()
        self._item: T | None = None

    def put(self, item: T) -> None:
        """Leave something, on any thread. Nothing happens once the loop is closed."""
        with self._lock:
            is_waiting, self._item = self._item is not None, item
        if is_waiting:
            self._replaced()
        else:
            with contextlib.suppress(RuntimeError):  # closed
                self._loop.call_soon_threadsafe(self._turn)

    def _turn(self) -> None:
        with self._lock:
            item, self._item = self._item, None
        if item is not None:
            self._take(item)
