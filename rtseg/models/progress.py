"""A progress bar for a terminal; a line at each quarter where there is none."""

from __future__ import annotations

import shutil
import sys
from types import TracebackType
from typing import TextIO

_BAR_WIDTH = 24


class ProgressBar:
    """Draws on one line of a terminal; `update` is a `Progress` for `Store.pull`.

    Nothing is drawn until the first `update`. Leaving the `with` block ends the line.

    Parameters
    ----------
    title : what is fetched.
    out : by default standard error.
    """

    def __init__(self, title: str, out: TextIO | None = None) -> None:
        self._title = title
        self._out = out or sys.stderr
        self._on_terminal = self._out.isatty()
        self._drawn = ""
        self._next_quarter = 0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn and self._on_terminal:
            self._out.write("\n")
            self._out.flush()

    def update(self, done_bytes: int, total_bytes: int) -> None:
        """Show how far it is."""
        share = done_bytes / total_bytes if total_bytes else 1.0
        sizes = f"{size_text(done_bytes)} of {size_text(total_bytes)}"
        if self._on_terminal:
            self._draw(share, sizes)
        elif int(share * 4) >= self._next_quarter:
            self._next_quarter = int(share * 4) + 1
            self._out.write(f"{self._title}: {share:.0%}, {sizes}\n")
            self._out.flush()

    def _draw(self, share: float, sizes: str) -> None:
        filled = int(share * _BAR_WIDTH)
        blocks = "█" if "utf" in (getattr(self._out, "encoding", None) or "").lower() else "#"
        bar = blocks * filled + " " * (_BAR_WIDTH - filled)
        tail = f" [{bar}] {share:4.0%} {sizes}"
        room = shutil.get_terminal_size().columns - len(tail) - 1
        title = self._title if len(self._title) <= room else self._title[: max(0, room - 1)] + "~"
        line = f"{title}{tail}"
        self._out.write("\r" + line.ljust(len(self._drawn)))
        self._out.flush()
        self._drawn = line


def size_text(size_bytes: int) -> str:
    """Return a size for people: `12 kB`, `35.6 MB`, decimal as on the package index's pages."""
    if size_bytes < 1_000_000:
        return f"{size_bytes / 1e3:.0f} kB"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:.2f} GB"
