"""A claim on a folder that ends with the process, however that ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Claim what a file stands for, if nobody else has.

    Parameters
    ----------
    path : of the file, made if it is not there. Its folder is there.

    Yields
    ------
    Whether it is ours until the end of the block. Where the file system knows no locks (some
    network disks), it is not.
    """
    with path.open("ab") as stream:
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True  # closing the file ends the claim
