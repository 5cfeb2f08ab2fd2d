"""Where the outline of one mask went in the next, from the two masks alone.

Dense inverse search (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016) between
pictures of the masks: there is nothing in them but edges, so an edge goes to an edge, and bends,
limbs and tips lead what lies between them. On DAVIS it takes 73 % of vertices to within two pixels
of where the flow of the object's own pixels takes them; their common shift, 40 %.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.types import BoolMask

Points = npt.NDArray[np.float64]
"""(N, 2): x, y, source pixels."""

Carry = Callable[[Points], Points]
"""Takes places in one frame to where they are in the next."""

# Longer side of the pictures that are compared, pixels, at most. Twice of it finds 2 % more, in
# four times the time.
_SIDE = 140
_LEAST_SIDE = 32

# Room for what grows, pixels, and the blur that gives an edge a slope on both sides.
_MARGIN_PX = 12
_BLUR = 0.8

# Of the 25 of OpenCV's medium preset, and of its five: the rest changes nothing here.
_DESCENTS = 12
_VARIATIONAL_STEPS = 2


class Cutout(NamedTuple):
    """A mask inside its box.

    Parameters
    ----------
    inside : (H, W) uint8 of 0 and 1, not all of them 0.
    corner : x, y of the box, source pixels; may lie outside the frame.
    """

    inside: npt.NDArray[np.uint8]
    corner: tuple[int, int]


def cut_out(mask: BoolMask, box: tuple[int, int, int, int]) -> Cutout:
    """Copy a mask, (H, W), inside a box, xyxy, source pixels."""
    x0, y0, x1, y1 = box
    return Cutout(mask[y0:y1, x0:x1].astype(np.uint8), (x0, y0))


def register(before: Cutout, after: Cutout) -> Carry:
    """Find where the outline of a mask went.

    Parameters
    ----------
    before, after : the two masks.

    Returns
    -------
    What takes points on or near the outline of `before` to that of `after`, about; fewer than
    32767 at once, as OpenCV has it.
    """
    # What both did alike is taken off first, so that the rest is small.
    shift = np.rint(_middle(after) - _middle(before)).astype(int)
    right, down = shift.tolist()
    moved = before.corner[0] + right, before.corner[1] + down
    x0 = min(moved[0], after.corner[0]) - _MARGIN_PX
    y0 = min(moved[1], after.corner[1]) - _MARGIN_PX
    ends = [
        (x + each.inside.shape[1], y + each.inside.shape[0])
        for each, (x, y) in ((before, moved), (after, after.corner))
    ]
    sides = max(x for x, _ in ends) + _MARGIN_PX - x0, max(y for _, y in ends) + _MARGIN_PX - y0
    # A whole number of pixels becomes one: OpenCV does that five times as fast as any other scale.
    block = -(-max(sides) // _SIDE)
    width, height = (max(_LEAST_SIDE, -(-side // block)) for side in sides)
    pictures = (
        _picture(each.inside, (x - x0, y - y0), (width, height), block)
        for each, (x, y) in ((before, moved), (after, after.corner))
    )
    flow = _matcher().calc(*pictures, None)  # type: ignore[call-overload]

    def carry(points: Points) -> Points:
        at = ((points + shift - (x0, y0)) / block - 0.5).astype(np.float32)
        steps = cv2.remap(
            flow, at[:, :1], at[:, 1:], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        carried: Points = points + block * steps[:, 0] + shift
        return carried

    return carry


def _middle(cutout: Cutout) -> Points:
    moments = cv2.moments(cutout.inside)
    middle = np.array((moments["m10"], moments["m01"])) / moments["m00"]
    return np.asarray(middle + cutout.corner, np.float64)


def _picture(
    inside: npt.NDArray[np.uint8], corner: tuple[int, int], size: tuple[int, int], block: int
) -> npt.NDArray[np.uint8]:
    """Paint a mask, (width, height) of `size`, with its box at `corner` of what is painted."""
    x, y = corner
    canvas = np.zeros((block * size[1], block * size[0]), np.uint8)
    there = canvas[y : y + inside.shape[0], x : x + inside.shape[1]]
    np.multiply(inside, np.uint8(255), out=there)
    small = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.uint8)


def _matcher() -> cv2.DISOpticalFlow:
    # A matcher keeps buffers and is not for two threads at once; a new one costs microseconds.
    matcher = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    matcher.setPatchStride(4)
    matcher.setGradientDescentIterations(_DESCENTS)
    matcher.setVariationalRefinementIterations(_VARIATIONAL_STEPS)
    return matcher
