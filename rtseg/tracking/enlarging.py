"""From a belief at the working size to a mask of the frame, with the detail of the evidence."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Soft
from rtseg.tracking.flow import BackwardMap, sample
from rtseg.types import BoolMask

_MARGIN_PX = 3


def enlarge(
    belief: Soft,
    evidence: npt.NDArray[np.uint8],
    evidence_soft: Soft,
    to_evidence: BackwardMap,
    width_px: int,
    height_px: int,
) -> BoolMask:
    """Draw a belief at the frame's size.

    The evidence is fetched at full detail, and the belief adds what it knows beyond it: the
    difference of the two at the working size. Where both agree, the model's own edge is kept to
    the pixel.

    Parameters
    ----------
    belief : (h, w) float32 in [0, 1], of the newest frame.
    evidence : (H0, W0) uint8, 0 or 255: the model's mask, source pixels of its frame.
    evidence_soft : (h, w) float32, the same at the working size.
    to_evidence : (h, w, 2) float32 backward map from the newest frame.
    width_px, height_px : size of the newest frame; its aspect must be that of the evidence's.

    Returns
    -------
    (height_px, width_px) bool.
    """
    mask = np.zeros((height_px, width_px), np.bool_)
    height, width = belief.shape
    x, y, box_width, box_height = cv2.boundingRect((belief > 0.1).astype(np.uint8))
    if box_width == 0:
        return mask
    x0, y0 = max(0, x - _MARGIN_PX), max(0, y - _MARGIN_PX)
    x1 = min(width, x + box_width + _MARGIN_PX)
    y1 = min(height, y + box_height + _MARGIN_PX)
    # Whole frame pixels of that part, and each one's place at the working size (pixel centres).
    left, right = x0 * width_px // width, -(-x1 * width_px // width)
    top, bottom = y0 * height_px // height, -(-y1 * height_px // height)
    columns = (np.arange(left, right, dtype=np.float32) + 0.5) * (width / width_px) - 0.5
    rows = (np.arange(top, bottom, dtype=np.float32) + 0.5) * (height / height_px) - 0.5
    move = np.array(
        [[width / width_px, 0, columns[0]], [0, height / height_px, rows[0]]], np.float32
    )
    size = (right - left, bottom - top)
    moved = sample(evidence_soft, to_evidence, cv2.BORDER_CONSTANT)
    scale = np.array((evidence.shape[1] / width, evidence.shape[0] / height), np.float32)
    to_source = to_evidence * scale + (0.5 * scale - 0.5)

    def upsampled(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(values, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        )

    detail = sample(evidence, upsampled(to_source), cv2.BORDER_CONSTANT)
    more = upsampled((belief - moved) * np.float32(255))
    mask[top:bottom, left:right] = cv2.add(detail, more, dtype=cv2.CV_32F) > 127.5
    return mask
