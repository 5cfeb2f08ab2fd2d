"""One range of bytes out of a file: RFC 9110, section 14. Pure.

Starlette's FileResponse reads ranges of files alone, and answers a header that it cannot read with
400, where the RFC says to ignore it.
"""

from __future__ import annotations

import re

_RANGE = re.compile(
    r"bytes[ \t]*=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.ASCII | re.IGNORECASE
)


class NotSatisfiable(Exception):  # noqa: N818 (named as the status that it ends in)
    """The range begins behind the file's end, or is of no bytes."""


def wanted(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Return which bytes a `Range` header asks for, as [start, stop).

    Parameters
    ----------
    header : as it came; None where there was none.
    size_bytes : of the file.

    Returns
    -------
    None for the whole file: no header, one that is not understood, or several ranges, which a
    server may ignore.

    Raises
    ------
    NotSatisfiable
        To be answered with 416.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, stop = max(0, size_bytes - int(match[2])), size_bytes
    else:
        start = int(match[1])
        stop = int(match[2]) + 1 if match[2] else size_bytes
        if stop <= start and match[2]:
            return None  # the last byte before the first: not a range
    if start >= size_bytes:
        raise NotSatisfiable
    return start, min(stop, size_bytes)
