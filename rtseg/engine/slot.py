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

    async def take(self) -> T:
        """Wait for an item and empty the slot."""
        while self._item is None:
            self._filled.clear()
            await self._filled.wait()
        item, self._item = self._item, None
        return item
