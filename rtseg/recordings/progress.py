"""How far a run is: one line of a terminal, or a line at each tenth where there is none."""

from __future__ import annotations

import sys
from typing import TextIO


class FrameProgress:
    """Tells frames, rate and the time that is left.

    Parameters
    ----------
    total : frames to expect; None where nobody knows.
    out : by default standard error.
    """

    def __init__(self, total: int | None, out: TextIO | None = None) -> None:
        self._total = total
        self._out = out or sys.stderr
        self._on_terminal = self._out.isatty()
        self._drawn = 0
        self._next_tenth = 1

    def update(self, done: int, elapsed_s: float) -> None:
        """Show that so many frames are done, so long after the first was begun."""
        fps = done / elapsed_s if elapsed_s > 0 else 0.0
        line = f"frame {done}"
        if self._total:
            line += f" of {max(self._total, done)}"
        line += f", {fps:.1f} frames/s"
        if self._total and fps and done < self._total:
            line += f", {_time_text((self._total - done) / fps)} left"
        if self._on_terminal:
            self._out.write("\r" + line.ljust(self._drawn))
            self._out.flush()
            self._drawn = len(line)
        elif self._total and done * 10 >= self._next_tenth * self._total:
            self._next_tenth = done * 10 // self._total + 1
            self._out.write(line + "\n")

    def close(self) -> None:
        """End the line."""
        if self._drawn:
            self._out.write("\n")
            self._drawn = 0


def _time_text(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
