"""Objects as JSON.

One object, wherever it is written:

============  ====================================================================================
`id`          1, 2 … in a picture; the track id in a video
`label`       what it is
`score`       [0, 1]
`model`       who found it
`prompt`      position of the prompt that it answers, from 0
`bbox`        `{"x_min", "y_min", "x_max", "y_max"}` of its path, in [0, 1] of the picture
`path`        SVG path data in [0, 1] of that box; filled by the nonzero rule
`area_px`     pixels of its mask
`mask`        the exact mask as COCO's run lengths, `{"size": [height, width], "counts": "…"}`
`age_ms`      in a video: how long ago a model last saw it
============  ====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rtseg.formats.outlined import Outlined
from rtseg.geometry import Path, rle


def bbox_record(box: tuple[float, float, float, float], size: tuple[int, int]) -> dict[str, float]:
    """Write a box, xyxy in source pixels, in fractions of a picture of (width, height)."""
    names = ("x_min", "y_min", "x_max", "y_max")
    return {
        name: round(value / size[i % 2], 6)
        for i, (name, value) in enumerate(zip(names, box, strict=True))
    }


def path_in_box(path: Path) -> str:
    """Write a path as SVG path data in [0, 1] of its own box; empty for an empty path."""
    if path.is_empty:
        return ""
    x0, y0, x1, y1 = path.bbox
    width, height = max(x1 - x0, 1), max(y1 - y0, 1)
    # A tenth of a pixel, whatever the size of the box.
    decimals = len(str(max(width, height))) + 1
    return path.svg(origin=(x0, y0), scale=(1 / width, 1 / height), decimals=decimals)


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
        "bbox": bbox_record(one.path.bbox, (width, height)),
        "path": path_in_box(one.path),
        "area_px": one.area_px,
    }
    if with_age:
        record["age_ms"] = one.age_ms
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
