"""Masks in a folder of this machine, bounded.

The folder is its own index: a file's name is the mask's, and its modification time is set to the
moment at which it expires. So a server that starts finds what an earlier one left, and several may
share a folder: each writes whole files of names that no other makes, and a file that another took
away is simply gone. Each holds to the bounds by what it knows, and looks at the folder anew at
every sweep: between two of them, n servers may come to n times the bounds.

Files of other names are never touched.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from rtseg.errors import StorageError, UsageError
from rtseg.formats.whole import whole_file
from rtseg.server.masks import names
from rtseg.server.masks.ledger import Ledger
from rtseg.server.masks.storage import Held

logger = logging.getLogger(__name__)

R = TypeVar("R")

_ABANDONED_AFTER_NS = 600 * 1_000_000_000
"""A file that is half written for so long has lost its writer."""


class FolderStorage:
    """A bounded folder; made when the first mask comes.

    Parameters
    ----------
    folder : may be shared with other servers.
    max_bytes, max_count : of masks; the oldest go for new ones.
    """

    def __init__(self, folder: Path, *, max_bytes: int, max_count: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._max_count = max_count
        self._ledger: Ledger | None = None  # None: not looked at yet
        self._dropped = 0
        self._held = Held(0, 0, 0)
        # One writer: room is made, taken and filled without anybody in between.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="rtseg-mask-writer")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="rtseg-mask-reader")

    async def put(self, name: str, content: bytes, *, expires_ns: int, now_ns: int) -> None:
        await self._run(self._writer, lambda: self._put(name, content, expires_ns, now_ns))

    async def get(self, name: str, *, now_ns: int) -> bytes | None:
        return await self._run(self._readers, lambda: self._get(name, now_ns))

    async def sweep(self, *, now_ns: int) -> None:
        await self._run(self._writer, lambda: self._sweep(now_ns))

    def held(self) -> Held:
        return self._held

    async def address(self, name: str, *, method: str, lifetime_s: int) -> None:
        return None

    async def close(self) -> None:
        self._writer.shutdown(wait=False)
        self._readers.shutdown(wait=False)

    async def _run(self, threads: ThreadPoolExecutor, function: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, function)
        except OSError as error:
            # The caller of a route is told what, and not where: paths are the operator's matter.
            logger.error("masks.folder %s: %s", self.folder, error)
            raise StorageError(
                f"the place where masks lie failed ({error.strerror or type(error).__name__}); "
                "the server's log says which"
            ) from None

    def _put(self, name: str, content: bytes, expires_ns: int, now_ns: int) -> None:
        ledger = self._known(now_ns)
        if not ledger.fits(len(content)):
            raise StorageError(
                f"expected a mask of at most masks.max_bytes={self._max_bytes} bytes, got one of "
                f"{len(content)}"
            )
        self._remove(ledger.overdue(now_ns))
        self._dropped += self._remove(ledger.excess(len(content), 1))
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with whole_file(self.folder / name) as partial:
                partial.write_bytes(content)
                os.utime(partial, ns=(expires_ns, expires_ns))
            ledger.add(name, len(content), expires_ns)
        except UsageError as error:  # whole_file's: of files that a person named
            cause = error.__context__
            raise cause if isinstance(cause, OSError) else StorageError(str(error)) from None
        finally:
            self._tell(ledger)

    def _get(self, name: str, now_ns: int) -> bytes | None:
        try:
            with (self.folder / name).open("rb") as stream:
                expires_ns = os.fstat(stream.fileno()).st_mtime_ns
                return stream.read() if now_ns < expires_ns else None
        except FileNotFoundError:
            return None

    def _sweep(self, now_ns: int) -> None:
        self._ledger = ledger = self._look(now_ns)
        self._remove(ledger.overdue(now_ns))
        self._dropped += self._remove(ledger.excess())
        self._tell(ledger)

    def _known(self, now_ns: int) -> Ledger:
        if self._ledger is None:
            self._ledger = self._look(now_ns)
        return self._ledger

    def _look(self, now_ns: int) -> Ledger:
        """Read the folder; on the way, take away what a writer that died left half written."""
        ledger = Ledger(max_bytes=self._max_bytes, max_count=self._max_count)
        try:
            entries = os.scandir(self.folder)
        except FileNotFoundError:
            return ledger
        with entries:
            for entry in entries:
                is_partial = names.is_partial(entry.name)
                if not (is_partial or names.is_name(entry.name)):
                    continue
                try:
                    if not entry.is_file(follow_symlinks=False):
                        continue
                    facts = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # another server took it away just now
                if not is_partial:
                    ledger.add(entry.name, facts.st_size, facts.st_mtime_ns)
                # The time of its last change is the system's, also where the others were set.
                elif now_ns - facts.st_ctime_ns > _ABANDONED_AFTER_NS:
                    self._remove([entry.name])
        return ledger

    def _remove(self, doomed: Iterable[str]) -> int:
        count = 0
        for name in doomed:
            (self.folder / name).unlink(missing_ok=True)
            count += 1
        return count

    def _tell(self, ledger: Ledger) -> None:
        self._held = Held(len(ledger), ledger.size_bytes, self._dropped)
