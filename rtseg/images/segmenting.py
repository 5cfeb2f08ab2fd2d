"""`rtseg.segment`: one call for one image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rtseg.errors import UsageError
from rtseg.formats import object_record
from rtseg.images.finding import find
from rtseg.images.reading import as_image
from rtseg.models import Store
from rtseg.types import Box, Point, Prompt


def segment(
    image: Any,
    object: str = "",
    *,
    spatial_refs: Sequence[Sequence[float]] = (),
    points: Sequence[Sequence[float]] = (),
    not_points: Sequence[Sequence[float]] = (),
    box: Sequence[float] | None = None,
    model: str | None = None,
    device: str = "auto",
    stream: bool = False,
    store: Store | None = None,
) -> dict[str, Any]:
    """Outline something in an image.

    >>> rtseg.segment("photo.jpg", "cat")["path"]
    'M 0.02 0.31 L …'
    >>> rtseg.segment("photo.jpg", spatial_refs=[[0.5, 0.3]])["bbox"]
    {'x_min': 0.31, 'y_min': 0.12, 'x_max': 0.68, 'y_max': 0.9}

    Parameters
    ----------
    image : a path, the bytes of an image file, an array (H, W, 3) uint8 BGR, a Pillow picture.
    object : what to outline, a word or a short phrase. Left out, the touches say it; with both, it
        is the one of these things that is touched.
    spatial_refs : touches: two numbers are a point on it, four a box around it (x_min, y_min,
        x_max, y_max); fractions of the image's width and height. One box at most.
    points, not_points, box : the same by name; `not_points` are not on it.
    model : of the catalogue, such as `"person"`; by default the best that is here.
    device : `"auto"`, `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`.
    stream : reserved for the path in parts; only False today.
    store : where models are; by default the user's.

    Returns
    -------
    `path` : SVG path data in [0, 1] of `bbox`, to be filled by the nonzero rule.
    `bbox` : `{"x_min", "y_min", "x_max", "y_max"}`, fractions of the image's width and height.
    `label`, `score`, `model`, `area_px`, `mask` : as of `instances`.
    `instances` : everything that was found, surest first, each with these keys and its `id`;
        `mask` is exact, COCO's run lengths (`rtseg.geometry.rle.decode`). The keys above are
        those of the first.

    Where it was looked for and is not there, `path` is empty, `bbox` and `mask` are None, and
    `instances` is empty.

    Raises
    ------
    UsageError
        The image cannot be read, nothing is asked for, or no model knows the words.
    ModelMissingError
        A model knows them and is not on this machine; the message names the command to get it.
    BackendError
        The model failed.
    """
    if stream:
        raise UsageError("stream=True is not there yet; leave it out and get the whole path")
    prompt = _prompt(object, spatial_refs, points, not_points, box, model)
    found = find(as_image(image), (prompt,), store=store, device=device)
    instances = [object_record(one) for one in found]
    if not instances:
        nothing = {"label": object, "score": 0.0, "model": "", "area_px": 0, "mask": None}
        return {"path": "", "bbox": None, **nothing, "instances": []}
    first = {key: value for key, value in instances[0].items() if key not in {"id", "prompt"}}
    return {"path": first.pop("path"), "bbox": first.pop("bbox"), **first, "instances": instances}


def _prompt(
    text: str,
    spatial_refs: Sequence[Sequence[float]],
    points: Sequence[Sequence[float]],
    not_points: Sequence[Sequence[float]],
    box: Sequence[float] | None,
    model: str | None,
) -> Prompt:
    for ref in spatial_refs:
        if not hasattr(ref, "__len__") or len(ref) not in {2, 4}:
            raise UsageError(
                "spatial_refs: expected [x, y] for a point or [x_min, y_min, x_max, y_max] for a "
                f"box, got {ref!r}"
            )
    boxes = [ref for ref in spatial_refs if len(ref) == 4] + ([] if box is None else [box])
    if len(boxes) > 1:
        raise UsageError(f"expected one box at most, got {len(boxes)}; call once for each object")
    on_it = [*(ref for ref in spatial_refs if len(ref) == 2), *points]
    return Prompt(
        text=text,
        points=(
            *(_point("points", point, is_positive=True) for point in on_it),
            *(_point("not_points", point, is_positive=False) for point in not_points),
        ),
        box=_box(boxes[0]) if boxes else None,
        model=model,
    )


def _point(name: str, values: Sequence[float], *, is_positive: bool) -> Point:
    x, y = _numbers(name, values, 2)
    return Point(x, y, is_positive)


def _box(values: Sequence[float]) -> Box:
    x_min, y_min, x_max, y_max = _numbers("box", values, 4)
    return Box(x_min, y_min, x_max, y_max)


def _numbers(name: str, values: Sequence[float], count: int) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != count:
        raise UsageError(
            f"{name}: expected {count} numbers, fractions of the image's width and height, "
            f"got {values!r}"
        )
    return numbers
