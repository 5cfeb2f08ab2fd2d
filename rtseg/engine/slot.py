"""A hand-over that holds one thing: the newest."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Latest-wins hand-over between two tasks of one event loop.

    `put` never waits; what was not taken in time is replaced, and counted by the caller through
    the return value.
    """

    def __init__(self) -> None:
        self._item: T | None = None
        self._filled = asyncio.Event()

    def put(self, item: T) -> bool:
        """Leave the newest item; True if an older one that nobody took had to go."""
        replaced = self._item is not None
        self._item = item
        self._filled.set()
        return replaced

    @property
    def is_empty(self) -> bool:
        """Nothing is waiting."""
        return self._item is None

    def take_nowait(self) -> T | None:
        """Empty the slot; None if nothing is in it."""
        item, self._item = self._item, None
        return item

    def wake(self) -> None:
        """Let `wait` end though nothing is left: there is something else to do."""
        self._filled.set()

    async def wait(self) -> None:
        """Wait until something is left, or there was a `wake` since this was last called."""
        if self._item is None:
            await self._filled.wait()
        self._filled.clear()
