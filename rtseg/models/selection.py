"""Which of the things that words name is the touched one; pure functions.

A prompt of words alone means every such thing. With points or a box beside the words it means one,
and models that know the words but no touch find all of them: the choice is made here, alike for
images and for live streams.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rtseg.geometry import box_of
from rtseg.models.protocol import Instance
from rtseg.types import BoolMask, Box, Point, Prompt

_NEAR = 0.05
"""How far from a thing a point may be and still mean it, in picture diagonals: a fingertip on a
telephone's screen, or a thing that moved by the time it was touched."""

_MIN_IOU = 0.25
"""Of a drawn box with that of a thing. People draw loosely, or round the upper half of a person."""

_MIN_WITHIN = 0.5
"""Share of a connected part that a box round it must hold."""

_MIN_INSIDE = 0.8
"""Share of a thing that a box must hold which is drawn round more than the thing: the face of the
person in the box."""


def select(
    instances: Iterable[Instance], prompt: Prompt, shape: tuple[int, int], *, merges: bool = False
) -> tuple[Instance, ...]:
    """Return the instances that a prompt means.

    Points mean the thing that most of the positive ones are on; of several such things the
    smallest, since a thing in front lies within the outline of the one behind; where no point is
    on any, the nearest within a twentieth of the picture's diagonal. A thing with a negative point
    on it is never meant; of what negative points alone leave, the surest is. A box means the thing
    whose own box agrees best with it (IoU of 0.25 at least), else the only one that lies in it.
    With both, what the points say is chosen from first.

    Parameters
    ----------
    instances : that answer this one prompt.
    prompt : with its points and box in these masks' picture.
    shape : (H, W) of the masks, source pixels.
    merges : the instances are of a model that gives all things as one (`ModelInfo.merges`): the
        connected parts that the positive points are on, or that the box holds, are returned as
        one instance.

    Returns
    -------
    All of them for words alone; else one, or none if nothing fits.
    """
    found = tuple(instances)
    if not prompt.is_touch:
        return found
    if merges:
        return _touched_parts(found, prompt, shape)
    positive, negative = _pixels(prompt.points, shape)
    left = [each for each in found if not _hits(each.mask, negative)]
    if positive:
        left = _nearest(left, positive, shape)
    if prompt.box is not None and left:
        agreement = [_agreement(each.mask, prompt.box) for each in left]
        best = int(np.argmax(agreement))
        # Points have said which one; a box beside them need not be exact.
        if positive or agreement[best] >= _MIN_IOU:
            return (left[best],)
        window = _window(prompt.box, shape)
        inside = [each for each in left if _share(each.mask, window) >= _MIN_INSIDE]
        return tuple(inside) if len(inside) == 1 else ()
    if positive and left:
        return (min(left, key=lambda each: np.count_nonzero(each.mask)),)
    return (max(left, key=lambda each: each.score),) if left else ()


def _touched_parts(
    instances: Sequence[Instance], prompt: Prompt, shape: tuple[int, int]
) -> tuple[Instance, ...]:
    parts = [part for each in instances for part in _parts(each)]
    positive, negative = _pixels(prompt.points, shape)
    left = [part for part in parts if not _hits(part.mask, negative)]
    if positive:
        touched = [part for part in left if _hits(part.mask, positive)]
        left = touched or _nearest(left, positive, shape)[:1]
    if prompt.box is not None:
        window = _window(prompt.box, shape)
        left = [part for part in left if _share(part.mask, window) >= _MIN_WITHIN]
    if not left:
        return ()
    mask = np.logical_or.reduce([part.mask for part in left])
    return (Instance(left[0].prompt, left[0].label, max(part.score for part in left), mask),)


def _nearest(
    instances: Sequence[Instance], points: Sequence[tuple[int, int]], shape: tuple[int, int]
) -> list[Instance]:
    """Return those that most of the points are on; if none is hit, the nearest within reach."""
    hits = [_hits(each.mask, points) for each in instances]
    if most := max(hits, default=0):
        return [each for each, count in zip(instances, hits, strict=True) if count == most]
    reach_px = _NEAR * float(np.hypot(*shape))
    far = [min(_distance_px(each.mask, point) for point in points) for each in instances]
    nearest = min(far, default=np.inf)
    if nearest > reach_px:
        return []
    return [each for each, distance in zip(instances, far, strict=True) if distance == nearest]


def _parts(instance: Instance) -> list[Instance]:
    """Split an instance into its connected parts."""
    import cv2

    count, numbers = cv2.connectedComponents(instance.mask.astype(np.uint8))
    return [
        Instance(instance.prompt, instance.label, instance.score, numbers == number)
        for number in range(1, count)
    ]


def _pixels(
    points: Iterable[Point], shape: tuple[int, int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return (row, column) of the positive points, and of the negative ones."""
    sides: tuple[list[tuple[int, int]], list[tuple[int, int]]] = [], []
    for point in points:
        x, y = point.to_px(shape[1], shape[0])
        sides[not point.is_positive].append((int(y), int(x)))
    return sides


def _hits(mask: BoolMask, pixels: Iterable[tuple[int, int]]) -> int:
    return sum(bool(mask[pixel]) for pixel in pixels)


def _distance_px(mask: BoolMask, pixel: tuple[int, int]) -> float:
    """Return the distance from a pixel to the nearest one of a mask, source pixels."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return float("inf")
    return float(np.sqrt(((rows - pixel[0]) ** 2 + (columns - pixel[1]) ** 2).min()))


def _agreement(mask: BoolMask, box: Box) -> float:
    """Return the IoU of a drawn box with the box around a mask."""
    left, top, right, bottom = box_of(mask)
    x0, y0, x1, y1 = box.to_px(mask.shape[1], mask.shape[0])
    width, height = min(x1, right) - max(x0, left), min(y1, bottom) - max(y0, top)
    shared = max(width, 0) * max(height, 0)
    return float(shared / ((x1 - x0) * (y1 - y0) + (right - left) * (bottom - top) - shared))


def _share(mask: BoolMask, window: tuple[slice, slice]) -> float:
    """Return how much of a mask lies in a window, [0, 1]."""
    return int(np.count_nonzero(mask[window])) / (int(np.count_nonzero(mask)) or 1)


def _window(box: Box, shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return the rows and columns that a box holds, at least one of each."""
    x0, y0, x1, y1 = box.to_px(shape[1], shape[0])
    top, left = int(y0), int(x0)
    return slice(top, max(top + 1, round(y1))), slice(left, max(left + 1, round(x1)))
