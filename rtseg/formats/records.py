"""Objects as JSON.

One object, wherever it is written:

============  ====================================================================================
`id`          1, 2 … in a picture; the track id in a video
`label`       what it is
`score`       [0, 1]
`model`       who found it
`prompt`      position of the prompt that it answers, from 0
`bbox`        `{"x_min", "y_min", "x_max", "y_max"}` of its mask, in [0, 1] of the picture
`path`        smooth SVG path data (M L C Z) in [0, 1] of that box; filled by the nonzero rule
`area_px`     pixels of its mask
`mask`        the exact mask as COCO's run lengths, `{"size": [height, width], "counts": "…"}`
`age_ms`      in a video: how long ago a model last saw it
`state`       in a video: `found`, `followed`, `uncertain` or `found again`
`confidence`  in a video: how much of the mask is right, an estimate of its IoU with the true one;
              null where it is a model's own for this frame
============  ====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rtseg.formats.outlined import Outlined
from rtseg.geometry import rle


def bbox_record(box: tuple[float, float, float, float], size: tuple[int, int]) -> dict[str, float]:
    """Write a box, xyxy in source pixels, in fractions of a picture of (width, height)."""
    names = ("x_min", "y_min", "x_max", "y_max")
    return {
        name: round(value / size[i % 2], 6)
        for i, (name, value) in enumerate(zip(names, box, strict=True))
    }


def object_record(
    one: Outlined, *, with_mask: bool = True, with_age: bool = False
) -> dict[str, Any]:
    """Write an object; the head of this module says what each key is."""
    height, width = one.mask.shape
    record: dict[str, Any] = {
        "id": one.id,
        "label": one.label,
        "score": round(one.score, 4),
        "model": one.model,
        "prompt": one.prompt,
        "bbox": bbox_record(one.bbox, (width, height)),
        "path": one.curves.in_box(),
        "area_px": one.area_px,
    }
    if with_age:
        confidence = None if one.confidence is None else round(one.confidence, 2)
        record |= {"age_ms": one.age_ms, "state": one.state, "confidence": confidence}
    if with_mask:
        record["mask"] = rle.encode(one.mask).as_json()
    return record


def picture_record(
    objects: Iterable[Outlined], size: tuple[int, int], *, with_mask: bool = True, **more: Any
) -> dict[str, Any]:
    """Write all objects of a picture of (width, height), with `more` before them."""
    return {
        **more,
        "width": size[0],
        "height": size[1],
        "objects": [object_record(one, with_mask=with_mask) for one in objects],
    }
