"""Memory of the process: what is freed is kept for the next frame, and what stays is left alone.

A tracker makes and frees the same few megabytes on every frame. glibc gives them back to the system
each time, and fetching them again, page by page, was a fifth of a step (a third for an object that
fills a third of the picture).

Python's collector now and then goes through every object that there is. In a server that has begun
most are modules, models and routes, which stay until the end, and no outline leaves for 65 ms.
"""

from __future__ import annotations

import ctypes
import gc

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
"""Of `mallopt(3)`, from malloc.h."""

_KEEP_BYTES = 128 << 20
_LARGE_BYTES = 16 << 20
"""Larger than a frame of 1080p, smaller than 32 MiB, the most that glibc takes."""


def set_aside_what_stays() -> None:
    """Have the collector look at nothing again that there is by now, for the whole process."""
    gc.collect()
    gc.freeze()


def keep_freed_memory() -> bool:
    """Have the C library keep up to 128 MiB that is free, for the whole process.

    Returns
    -------
    False where the C library knows no such setting (macOS, Windows, musl): nothing is changed.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    kept = mallopt(_M_TRIM_THRESHOLD, _KEEP_BYTES) and mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
    return bool(kept)
