"""Dense backward optical flow and its composition, at one small working size.

A *backward map* is an (h, w, 2) float32 array of (x, y) in working pixels: for each pixel of a
newer frame, the place in an older frame where that surface was. Maps of consecutive frames compose
as coordinates, and the composed map is applied to the old mask once: moving the mask itself step
by step blurs it a little every time.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

BackwardMap: TypeAlias = npt.NDArray[np.float32]
Gray: TypeAlias = npt.NDArray[np.uint8]

_Array = TypeVar("_Array", npt.NDArray[np.float32], npt.NDArray[np.uint8])
_Picture = TypeVar("_Picture", bound=npt.NDArray[np.uint8])

WorkingBox: TypeAlias = tuple[int, int, int, int]
"""Part of a working picture, xyxy, ends exclusive."""


class FlowEstimator(Protocol):
    """Finds where each pixel of `newer` was in `older`."""

    def __call__(self, newer: Gray, older: Gray, focus: WorkingBox | None) -> BackwardMap:
        """Take two (h, w) uint8 frames, give the (h, w, 2) float32 displacement, working pixels.

        `focus` is where motion matters most, None where nothing is known to be followed.
        """
        ...


FINE_AREA_PX = 20_000
"""Larger than a third of a wide picture at 320 pixels: full scale would cost 5 ms and more, and
what is large moves by many pixels, of which half scale sees every second."""


def area(box: WorkingBox) -> int:
    """Count the pixels of a box."""
    x0, y0, x1, y1 = box
    return (x1 - x0) * (y1 - y0)


class DisFlow:
    """Dense Inverse Search (Kroeger et al., ECCV 2016) without variational refinement.

    Refinement smooths motion across the object's edge, and the edge is what is drawn. Measured
    with a late oracle on ten DAVIS sequences at 320 pixels wide, chained flow alone, J at 1 / 6
    frames late: finest scale one half .887 / .617; full scale .908 / .653; starting from the flow
    of the frame before .913 / .659. At 427 wide .915 / .660 for more than twice the time.
    Half scale compares patches as they are, not less their mean, which in blur and on smooth
    surfaces is much of what they have to say: at 3 / 12 frames late .769 / .508 instead of
    .766 / .487. The full scale takes the mean away: it is there for the last half pixel, and that
    must not depend on the light. Twice the default iterations bring .001 / .004 for a twentieth of
    the time.

    The full scale costs four times the half (7 against 1.9 ms at 320 x 180), so it is computed in
    the focus only, starting from the half. One estimator follows one stream: it remembers the last
    flow.
    """

    def __init__(self) -> None:
        self._coarse = inverse_search(finest_scale=1, without_mean=False)
        self._fine = inverse_search(finest_scale=0, without_mean=True)
        self._fine.setCoarsestScale(0)  # the half is there; again and coarser costs a third more
        self._last: BackwardMap | None = None

    def __call__(self, newer: Gray, older: Gray, focus: WorkingBox | None) -> BackwardMap:
        start = self._last
        if start is not None and start.shape[:2] != newer.shape:
            start = None
        flow = np.asarray(self._coarse.calc(newer, older, start), np.float32)  # type: ignore[arg-type]
        if focus is not None and area(focus) <= FINE_AREA_PX:
            x0, y0, x1, y1 = focus
            part = np.s_[y0:y1, x0:x1]
            flow[part] = self._fine.calc(
                np.ascontiguousarray(newer[part]),
                np.ascontiguousarray(older[part]),
                np.ascontiguousarray(flow[part]),
            )
        # A copy to give away: OpenCV writes the next flow over the one it starts from.
        self._last = flow.copy()
        return flow


def inverse_search(*, finest_scale: int, without_mean: bool) -> cv2.DISOpticalFlow:
    """Set up DIS without refinement; see `DisFlow`.

    Parameters
    ----------
    finest_scale : the last one computed: 0 for full size, 1 for half.
    without_mean : compare patches less their mean, so that light may change.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    dis.setFinestScale(finest_scale)
    dis.setPatchStride(4)
    dis.setGradientDescentIterations(25)
    dis.setVariationalRefinementIterations(0)
    dis.setUseMeanNormalization(without_mean)
    return dis


def working_size(width_px: int, height_px: int, longest_px: int) -> tuple[int, int]:
    """Give the (width, height) at which flow is computed: the longer side is `longest_px` at most.

    DIS needs a few patches in each direction, so neither side is under 16.
    """
    scale = min(1.0, longest_px / max(width_px, height_px))
    return max(16, round(width_px * scale)), max(16, round(height_px * scale))


def to_working(image: _Picture, size: tuple[int, int]) -> _Picture:
    """Shrink a (H, W) or (H, W, 3) uint8 image to (h, w) of `size` = (width, height).

    By halves first, then the rest: averaging over 2.67 pixels at once takes eight times as long.
    """
    width, height = size
    while image.shape[1] >= 2 * width and image.shape[0] >= 2 * height:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = cast(_Picture, cv2.resize(image, half, interpolation=cv2.INTER_AREA))
    return cast(_Picture, cv2.resize(image, size, interpolation=cv2.INTER_LINEAR))


def identity_map(size: tuple[int, int]) -> BackwardMap:
    """Give the map that leaves every pixel where it is."""
    width, height = size
    grid = np.empty((height, width, 2), np.float32)
    grid[..., 0] = np.arange(width, dtype=np.float32)
    grid[..., 1] = np.arange(height, dtype=np.float32)[:, None]
    return grid


def compose(newer_to_mid: BackwardMap, mid_to_older: BackwardMap) -> BackwardMap:
    """Chain two backward maps: where was each pixel of the newest frame in the oldest."""
    return sample(mid_to_older, newer_to_mid, cv2.BORDER_REPLICATE)


def sample(values: _Array, coordinates: npt.NDArray[Any], border: int) -> _Array:
    """Sample `values` at (x, y) `coordinates`, linearly; a constant border is 0."""
    # The second map must be None: OpenCV 5.0 gives zeros for an empty array in its place.
    sampled = cv2.remap(values, coordinates, None, cv2.INTER_LINEAR, borderMode=border)  # type: ignore[call-overload]
    return cast(_Array, sampled)
