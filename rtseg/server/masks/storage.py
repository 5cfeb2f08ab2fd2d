"""What masks need of the place where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Held:
    """What a storage holds.

    Parameters
    ----------
    count, size_bytes : masks, and the sum of their sizes.
    dropped : masks that had to go before their time, since the start, for newer ones.
    """

    count: int
    size_bytes: int
    dropped: int


class Storage(Protocol):
    """Keeps small files by name until they expire; used from the event loop, never blocks it.

    Names are our own (`[0-9a-f]{32}.png`); each is put once and its bytes never change.
    A mask is handed over whole: they are some kilobytes, and a storage that fails half way then
    fails before the answer has begun. Every method but `held` and `address` raises StorageError
    where the place fails.
    """

    async def put(self, name: str, content: bytes, *, expires_ns: int, now_ns: int) -> None:
        """Keep `content` until `expires_ns` (since the epoch) or until it has to make room."""

    async def get(self, name: str, *, now_ns: int) -> bytes | None:
        """Return what is kept; None where there is nothing, or nothing any more."""

    async def sweep(self, *, now_ns: int) -> None:
        """Let what expired go. Called at the start and then every `masks.sweep_interval_s`."""

    def held(self) -> Held | None:
        """Tell what is held; None where that is not known."""

    async def address(self, name: str, *, method: str, lifetime_s: int) -> str | None:
        """Return an address of the storage's own for GET or HEAD; None: it is served by us."""

    async def close(self) -> None:
        """Let go of threads and connections; may be called twice. What is kept stays."""
