"""The ways in which others send masks, each frame on its own, to measure beside ours."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path, box_of, trace
from rtseg.geometry.simplification import Reference
from rtseg.types import BoolMask
from rtseg.wire.varint import pack_uints, zigzag
from rtseg.wire.walks import walk

_TOLERANCES_PX = np.geomspace(0.5, 40, 45)


class SimplePolygons:
    """What one reaches for first: Douglas-Peucker, at the largest tolerance that will do.

    Parameters
    ----------
    mask : (H, W) bool.
    """

    def __init__(self, mask: BoolMask) -> None:
        self._exact = trace(mask)
        self._reference = Reference(self._exact, mask, margin_px=0)
        # From the finest on, as far as was asked for: the path and its IoU.
        self._tried: list[tuple[Path, float]] = []

    def at(self, min_iou: float) -> Path:
        """Give the path of the largest tolerance up to which every one keeps a fidelity."""
        best = self._exact
        if min_iou == 1 or best.is_empty:
            return best
        for index, tolerance_px in enumerate(_TOLERANCES_PX.tolist()):
            if index == len(self._tried):
                path = self._simplified(tolerance_px)
                self._tried.append((path, self._reference.iou(path.rings)))
            path, score = self._tried[index]
            if score < min_iou:
                break
            best = path
        return best

    def _simplified(self, tolerance_px: float) -> Path:
        every = (
            cv2.approxPolyDP(ring, tolerance_px, closed=True)[:, 0] for ring in self._exact.rings
        )
        return Path(tuple(ring.astype(np.int32) for ring in every if len(ring) >= 3))


def simple_polygon(mask: BoolMask, min_iou: float) -> Path:
    """Give the path of `SimplePolygons` at one fidelity."""
    return SimplePolygons(mask).at(min_iou)


def varint_zlib(path: Path) -> int:
    """Bytes of vertex steps as varints, deflated."""
    data = b""
    for ring in path.rings:
        vertices = ring.astype(np.int64)
        steps = zigzag(vertices - np.roll(vertices, 1, axis=0))
        steps[0] = zigzag(vertices[0])
        data += pack_uints(np.insert(steps.ravel(), 0, len(ring)))
    return len(zlib.compress(data, 9))


def path_text(path: Path, mask: BoolMask) -> int:
    """Bytes of an SVG path in units of the picture, three decimals, as image APIs answer."""
    height, width = mask.shape
    return len(path.svg(scale=(1 / width, 1 / height)))


def coco_rle_zlib(mask: BoolMask) -> int:
    """Bytes of COCO's compressed run lengths, deflated."""
    return len(zlib.compress(coco_rle(mask), 9))


def coco_rle(mask: BoolMask) -> bytes:
    """Write COCO's compressed run lengths: columns first, from the third run on differences."""
    flat = np.concatenate(([False], mask.ravel(order="F"), [not mask[-1, -1]]))
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    runs = np.diff(edges, prepend=0)
    runs[3:] -= np.diff(edges, prepend=0)[1:-2]
    text = bytearray()
    for run in runs.tolist():
        is_more = True
        while is_more:
            low = run & 0x1F
            run >>= 5
            is_more = run != -1 if low & 0x10 else run != 0
            text.append((low | 0x20 if is_more else low) + 48)
    return bytes(text)


def png_box(mask: BoolMask) -> int:
    """Bytes of a PNG of 1 bit a pixel, of the mask's box alone."""
    x0, y0, x1, y1 = box_of(mask)
    crop = mask[y0:y1, x0:x1].view(np.uint8) * np.uint8(255)
    if not crop.size:
        return 0
    flags = [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 9]
    return len(cv2.imencode(".png", crop, flags)[1])


def chain_turns(path: Path) -> npt.NDArray[np.int64]:
    """Count the moves of a chain code along pixel edges, each after the two before it.

    Parameters
    ----------
    path : of `trace`.

    Returns
    -------
    (3, 3, 3) int64: the move before the last one, the last one, and this one; 0 straight, 1 left, 2
    right.
    """
    counts = np.zeros(27, np.int64)
    for each in walk(path) or ():
        moves = np.concatenate(([0, 0], each.moves))
        counts += np.bincount(9 * moves[:-2] + 3 * moves[1:-1] + moves[2:], minlength=27)
    return counts.reshape(3, 3, 3)


def chain_bits(turns: npt.NDArray[np.int64]) -> float:
    """Bits of chain codes, were each move to cost what its share among its like makes it worth.

    No coder can do better in contexts of two moves, and none is told the shares for nothing: this
    is a bound, the start of each ring not counted.
    """
    totals = turns.sum(axis=2, keepdims=True)
    shares = np.where(turns > 0, turns, 1) / np.maximum(totals, 1)
    return float(-(turns * np.log2(shares)).sum())
