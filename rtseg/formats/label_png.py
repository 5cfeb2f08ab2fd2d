"""Maps of numbers as PNG files: one number a pixel, and a table of what the numbers are."""

from __future__ import annotations

import json
import struct
import zlib

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError

MAX_NUMBER = 65535
"""The greatest that a pixel of 16 bits holds."""

_AFTER_HEADER = 8 + 25
"""Bytes of a PNG's signature and of its first chunk, IHDR (PNG specification, 5.2 and 11.2.2)."""


def label_png(numbers: npt.NDArray[np.uint16], table: object, *, keyword: str) -> bytes:
    """Write a map as a grey PNG of 8 bits, or of 16 where a number is above 255.

    Grey and not indexed: OpenCV turns the indices of a palette into its colours.

    Parameters
    ----------
    numbers : (H, W) uint16, H and W >= 1.
    table : what the numbers are; as JSON in a `tEXt` chunk, so that it is not lost from the file.
    keyword : of that chunk: 1 to 79 characters of Latin-1.
    """
    pixels = numbers if numbers.max() > 255 else numbers.astype(np.uint8)
    # The strategy for masks: see `encode_png`.
    strategy = [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    done, data = cv2.imencode(".png", pixels, strategy)
    assert done  # a grey picture of at least one pixel can be written
    content = data.tobytes()
    # JSON's escapes keep the text within ASCII, which tEXt can hold.
    body = b"tEXt" + keyword.encode("latin-1") + b"\0" + json.dumps(table).encode("ascii")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return content[:_AFTER_HEADER] + chunk + content[_AFTER_HEADER:]


def blank(shape: tuple[int, int]) -> npt.NDArray[np.uint16]:
    """Return a map of (H, W) in which nothing is anything.

    Raises
    ------
    UsageError
        H or W is below 1.
    """
    if min(shape) < 1:
        raise UsageError(f"expected a shape (H, W) of at least one pixel, got {shape}")
    return np.zeros(shape, np.uint16)
