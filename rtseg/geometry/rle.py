"""Run lengths, as COCO writes masks: the exact mask in a short text.

The form is that of the COCO API (`maskApi.c`, Lin et al., "Microsoft COCO", ECCV 2014): pixels in
column-major order, lengths of runs of 0 and 1 in turn, the first of 0. In the compressed form each
length from the fourth on is the difference to the length before the last, in groups of five bits,
the lowest first; 32 marks that a group follows, and 48 makes it a printable character.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.geometry.tracing import check_mask
from rtseg.types import BoolMask

_GROUP_BITS = 5
_MOST_GROUPS = 12
"""Enough for any int64 difference that occurs: 60 bits."""

_FIRST_DIFFERENCE = 3
_ZERO = 48  # "0"


@dataclass(frozen=True, slots=True)
class Rle:
    """A mask in COCO's compressed form.

    Parameters
    ----------
    size : (height, width), pixels.
    counts : the run lengths, compressed.
    """

    size: tuple[int, int]
    counts: str

    def as_json(self) -> dict[str, object]:
        """The form that COCO files and pycocotools take."""
        return {"size": list(self.size), "counts": self.counts}


def encode(mask: BoolMask) -> Rle:
    """Write a mask as run lengths.

    Parameters
    ----------
    mask : (H, W) bool.

    Raises
    ------
    UsageError
        If `mask` is not (H, W) bool.
    """
    check_mask(mask)
    height, width = mask.shape
    return Rle((height, width), _compressed(run_lengths(mask)))


def decode(rle: Rle) -> BoolMask:
    """Read a mask back; ``decode(encode(mask))`` is `mask`.

    Returns
    -------
    (H, W) bool.

    Raises
    ------
    UsageError
        The text is not of this form, or its runs do not add up to the size.
    """
    height, width = rle.size
    if height < 0 or width < 0:
        raise UsageError(f"RLE: expected a size of 0 or more, got {height}×{width}")
    lengths = _lengths(rle.counts)
    total = height * width
    # Each is compared by itself first: the sum of many huge ones could wrap around.
    if (lengths < 0).any() or (lengths > total).any() or int(lengths.sum()) != total:
        raise UsageError(
            f"RLE: expected runs that add up to {height}×{width} = {total} pixels, got others; "
            "is the size [height, width]?"
        )
    values = np.arange(len(lengths)) % 2 == 1
    columns = np.repeat(values, lengths).reshape(width, height)
    return np.ascontiguousarray(columns.T)


def run_lengths(mask: BoolMask) -> npt.NDArray[np.int64]:
    """Return the lengths of the runs of 0 and 1 in turn, column by column, the first of 0.

    COCO's uncompressed form.

    Parameters
    ----------
    mask : (H, W) bool.
    """
    flat = mask.ravel(order="F")
    starts = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    edges = np.concatenate(([0], starts, [flat.size]))
    lengths = np.diff(edges)
    if flat.size and flat[0]:
        lengths = np.concatenate(([0], lengths))
    return lengths.astype(np.int64)


def _compressed(lengths: npt.NDArray[np.int64]) -> str:
    rest = lengths.copy()
    rest[_FIRST_DIFFERENCE:] -= lengths[1:-2]
    groups: list[npt.NDArray[np.int64]] = []
    is_written: list[npt.NDArray[np.bool_]] = []
    is_open = np.ones(len(rest), np.bool_)
    while is_open.any():
        bits = rest & 31
        rest = rest >> _GROUP_BITS
        # The number ends when all that is left is its sign, and the group's top bit says the same.
        goes_on = np.where(bits & 16, rest != -1, rest != 0)
        groups.append(bits + np.where(goes_on, 32, 0) + _ZERO)
        is_written.append(is_open)
        is_open = is_open & goes_on
    if not groups:
        return ""
    characters = np.stack(groups, axis=1)[np.stack(is_written, axis=1)]
    return characters.astype(np.uint8).tobytes().decode("ascii")


def _lengths(counts: str) -> npt.NDArray[np.int64]:
    try:
        raw = np.frombuffer(counts.encode("ascii"), np.uint8).astype(np.int64) - _ZERO
    except UnicodeEncodeError:
        raise _not_rle(counts) from None
    if not raw.size:
        return np.zeros(0, np.int64)
    if (raw < 0).any() or (raw > 63).any() or raw[-1] & 32:
        raise _not_rle(counts)
    ends = np.flatnonzero((raw & 32) == 0)
    starts = np.concatenate(([0], ends[:-1] + 1))
    sizes = ends - starts + 1
    if sizes.max() > _MOST_GROUPS:
        raise _not_rle(counts)
    places = np.arange(raw.size) - np.repeat(starts, sizes)
    values = np.add.reduceat((raw & 31) << (_GROUP_BITS * places), starts)
    is_negative = (raw[ends] & 16) != 0
    values -= np.where(is_negative, np.int64(1) << (_GROUP_BITS * sizes), 0)
    for first in (1, 2):
        values[first::2] = np.cumsum(values[first::2])
    return values


def _not_rle(counts: str) -> UsageError:
    shown = counts if len(counts) <= 40 else counts[:39] + "…"
    return UsageError(f"expected COCO's compressed run lengths, got {shown!r}")
