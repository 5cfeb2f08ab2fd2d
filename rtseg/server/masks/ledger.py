"""What a bounded place holds, and what has to go for something new. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterator


class Ledger:
    """Names with sizes and the moments at which they expire, within two bounds.

    What expires first goes first: as everything lives equally long, that is the oldest.

    Parameters
    ----------
    max_bytes, max_count : never passed, >= 1.
    """

    def __init__(self, *, max_bytes: int, max_count: int) -> None:
        self._max_bytes = max_bytes
        self._max_count = max_count
        self._entries: dict[str, tuple[int, int]] = {}  # name: (expires_ns, size_bytes)
        # Oldest first. Entries that were removed stay until they come up: see `_oldest`.
        self._queue: list[tuple[int, str]] = []
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def add(self, name: str, size_bytes: int, expires_ns: int) -> None:
        """Write down something that is there; the bounds are `overdue`'s and `excess`'s matter."""
        self.remove(name)
        self._entries[name] = expires_ns, size_bytes
        self.size_bytes += size_bytes
        heapq.heappush(self._queue, (expires_ns, name))

    def remove(self, name: str) -> None:
        """Strike out a name, known or not."""
        _, size_bytes = self._entries.pop(name, (0, 0))
        self.size_bytes -= size_bytes

    def fits(self, size_bytes: int) -> bool:
        """Tell whether something could lie here if all else went."""
        return size_bytes <= self._max_bytes

    def overdue(self, now_ns: int) -> Iterator[str]:
        """Strike out and yield what has expired, oldest first."""
        while (oldest := self._oldest()) is not None and oldest[0] <= now_ns:
            self.remove(oldest[1])
            yield oldest[1]

    def excess(self, extra_bytes: int = 0, extra_count: int = 0) -> Iterator[str]:
        """Strike out and yield, oldest first, what must go for so much more to fit."""
        while (
            self.size_bytes + extra_bytes > self._max_bytes
            or len(self._entries) + extra_count > self._max_count
        ) and (oldest := self._oldest()) is not None:
            self.remove(oldest[1])
            yield oldest[1]

    def _oldest(self) -> tuple[int, str] | None:
        while self._queue:
            expires_ns, name = self._queue[0]
            if self._entries.get(name, (None, 0))[0] == expires_ns:
                return expires_ns, name
            heapq.heappop(self._queue)
        return None
