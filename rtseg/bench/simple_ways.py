"""The ways in which others send masks, each frame on its own, to measure beside ours."""

from __future__ import annotations

import zlib

import cv2
import numpy as np

from rtseg.geometry import Path, fill, iou, trace
from rtseg.types import BoolMask
from rtseg.wire.varint import pack_uints, zigzag

_TOLERANCES_PX = np.geomspace(0.5, 40, 45)


def simple_polygon(mask: BoolMask, min_iou: float) -> Path:
    """Give what one reaches for first: Douglas-Peucker, at the largest tolerance that will do."""
    exact = trace(mask)
    best = exact
    for tolerance in _TOLERANCES_PX if min_iou < 1 else ():
        every = (cv2.approxPolyDP(ring, float(tolerance), closed=True) for ring in exact.rings)
        rings = [ring[:, 0] for ring in every]
        path = Path(tuple(ring.astype(np.int32) for ring in rings if len(ring) >= 3))
        if iou(fill(path, mask.shape), mask) < min_iou:
            break
        best = path
    return best


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
