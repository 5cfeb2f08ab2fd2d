"""Several objects in one packet: what the frame around them costs is shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rtseg.bench.masks import Sequence as Clip
from rtseg.bench.wire.streams import sizes_together

_MIN_IOU = 0.97
_COUNTS = (2, 5, 10)


def measure_together(clips: Sequence[Clip]) -> dict[str, Any]:
    """Send the objects of several clips as those of one, over the frames that all of them have.

    Returns
    -------
    JSON-ready: for each number of objects the mean bytes of an object and frame, in packets of
    their own and in one. The objects are the same, so the difference is what sharing saves.
    """
    shape = clips[0].masks[0].shape
    same = [clip for clip in clips if clip.masks[0].shape == shape]
    frames = min(len(clip.masks) for clip in same)
    rows = []
    for count in sorted({min(count, len(same)) for count in _COUNTS}):
        chosen = same[:count]
        alone = [
            size
            for clip in chosen
            for size in sizes_together([{1: mask} for mask in clip.masks[:frames]], _MIN_IOU)
        ]
        masks = zip(*(clip.masks[:frames] for clip in chosen), strict=True)
        joint = sizes_together([dict(enumerate(each, start=1)) for each in masks], _MIN_IOU)
        rows.append(
            {
                "objects": count,
                "bytes_alone": float(np.mean(alone)),
                "bytes_together": float(np.mean(joint)) / count,
                "packet_p95": float(np.percentile(joint, 95)),
            }
        )
    return {"min_iou": _MIN_IOU, "frames": frames, "rows": rows}
