"""What is good about the masks that were shown: where they are, and how they live.

=============  ==================================================================================
``J F JF``     IoU, contour score, and their mean, as DAVIS has them; mean over frames
``T``          DAVIS's: how much the outline changes in shape from frame to frame; lower is calmer
``jitter_px``  how far an outline is from where the picture's flow takes the one before it
``restless``   how much more a mask changes from frame to frame (1 - IoU) than the truth does;
               below 0 it sleeps
``lag_frames`` how far the mask is behind the true one along the way that it goes, in frames of
               that motion; below 0 it is ahead
=============  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Items
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.geometry import Flow, boundary_f, instability, iou, jitter_px, trace
from rtseg.types import BoolMask

Scores = dict[str, float | None]
"""By the names above; None where there is nothing to measure."""

MEASURES = ("J", "F", "JF", "T", "jitter_px", "restless", "lag_frames")

_T_SCALE = 5.0  # as `temporal_instability` has it
_T_SHARE = 10
"""T is measured on a tenth of the pairs of frames: each takes as long as five steps."""

_T_SEED = 2016
_MOVES_PX = 1.0
"""Slower than this from frame to frame, an object goes nowhere."""


def score(shown: Items[BoolMask], truth: Items[BoolMask], flows: Items[Flow]) -> Scores:
    """Score masks against the true ones of the same frames.

    Parameters
    ----------
    shown, truth : (H, W) bool, a mask a frame each.
    flows : (H, W, 2), pixels, from each frame to the next one; one that is over is not read.
    """
    pairs = list(zip(shown, truth, strict=True))
    j = [iou(*pair) for pair in pairs]
    f = [boundary_f(*pair) for pair in pairs]
    return {
        "J": _mean(j),
        "F": _mean(f),
        "JF": _mean([*j, *f]),
        **liveliness(shown, flows),
        "restless": _mean(
            [
                iou(*true) - iou(*seen)
                for true, seen in zip(pairwise(truth), pairwise(shown), strict=True)
            ]
        ),
        "lag_frames": lag_frames(shown, truth),
    }


def liveliness(masks: Items[BoolMask], flows: Items[Flow]) -> Scores:
    """Measure what needs no truth: T and jitter."""
    pairs = list(pairwise(masks))
    # Not each tenth: what a late model corrects comes in steps as well.
    order = np.random.default_rng(_T_SEED).permutation(len(pairs))
    some = [pairs[n] for n in order[: -(-len(pairs) // _T_SHARE)]]
    change = _mean([instability(*pair) for pair in some])
    paths = [trace(mask) for mask in masks]
    steps = zip(paths, paths[1:], flows, strict=False)
    return {
        "T": None if change is None else _T_SCALE * change,
        "jitter_px": _mean([jitter_px(*step) for step in steps]),
    }


def lag_frames(shown: Items[BoolMask], truth: Items[BoolMask]) -> float | None:
    """Measure how far masks are behind, along the motion of the true ones.

    The centre of the mask against that of the truth, along the way the true centre has come since
    the frame before, over the length of that way. The median of the frames: a mask of something
    else says nothing of lag.

    Returns
    -------
    In frames; None where the object does not move, or nothing was shown while it did.
    """
    lags = []
    for n in range(1, len(truth)):
        before, now, here = _centre(truth[n - 1]), _centre(truth[n]), _centre(shown[n])
        if before is None or now is None or here is None:
            continue
        way = now - before
        if way @ way >= _MOVES_PX**2:
            lags.append(float((now - here) @ way / (way @ way)))
    return float(np.median(lags)) if lags else None


def _centre(mask: BoolMask) -> npt.NDArray[np.float64] | None:
    """(x, y) of its centre of gravity, or None of an empty mask."""
    moments = cv2.moments(mask.view(np.uint8), binaryImage=True)
    area = moments["m00"]
    return np.array((moments["m10"], moments["m01"])) / area if area else None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
