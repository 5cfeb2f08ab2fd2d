"""How far a run of minutes is, on standard error."""

from __future__ import annotations

import sys
from typing import TextIO


class Progress:
    """Writes a line for each thing that is done.

    Parameters
    ----------
    out : by default standard error.
    """

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    def tell(self, what: str, done: int, total: int, name: str = "") -> None:
        """Say that so many of all are done, and which is begun or was."""
        self._out.write(f"rtseg bench track: {what}, {done} of {total}  {name}".rstrip() + "\n")
        self._out.flush()
