"""Moondream's `spatial_refs` as prompts: two numbers are a point, four a box.

Points and one box say one object together. Several boxes say several objects of the same words, one
each; a point then belongs to the smallest box that holds it, and points in none of them are one
more object.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rtseg.errors import UsageError
from rtseg.types import Box, Point, Prompt

MAX_REFS = 64
"""Boxes and points of one request: what a person draws, with room; each box is an object to find
and costs its time."""


def prompts_of(
    text: str,
    refs: Sequence[Sequence[float]] = (),
    *,
    points: Sequence[Sequence[float]] = (),
    box: Sequence[float] | None = None,
    not_points: Sequence[Sequence[float]] = (),
    model: str | None = None,
) -> tuple[Prompt, ...]:
    """Return what words and references ask for, one prompt for each object.

    Parameters
    ----------
    text : what it is; may be empty where `refs` say which.
    refs : `[x, y]` or `[x_min, y_min, x_max, y_max]`, fractions of the picture's width and height.
    points, box : the same, by what they are.
    not_points : `[x, y]` of places that are not on any of them.
    model : of the catalogue; None lets the router choose.

    Raises
    ------
    UsageError
        A reference is not of these forms, lies outside the picture or is a box of no area; there
        are too many of them; or nothing is asked for.
    """
    touches = [
        *((f"spatial_refs[{i}]", ref, (2, 4)) for i, ref in enumerate(refs)),
        *((f"points[{i}]", point, (2,)) for i, point in enumerate(points)),
        *([] if box is None else [("box", box, (4,))]),
    ]
    if len(touches) > MAX_REFS:
        raise UsageError(f"spatial_refs: expected at most {MAX_REFS}, got {len(touches)}")
    on_it: list[Point] = []
    boxes: list[Box] = []
    for name, values, counts in touches:
        numbers = _numbers(name, values, counts)
        if len(numbers) == 2:
            on_it.append(Point(numbers[0], numbers[1]))
        else:
            boxes.append(_box(name, numbers))
    off = []
    for position, ref in enumerate(not_points):
        x, y = _numbers(f"not_points[{position}]", ref, (2,))
        off.append(Point(x, y, is_positive=False))
    if not (text.strip() or on_it or boxes):
        raise UsageError(
            "object: expected words that say what to outline, such as 'cat', or spatial_refs that "
            "touch it; got neither"
        )
    if len(boxes) < 2:
        return (Prompt(text, (*on_it, *off), boxes[0] if boxes else None, model),)
    owned: dict[Box | None, list[Point]] = {each: [] for each in boxes}
    for point in on_it:
        holding = [each for each in owned if each is not None and _holds(each, point)]
        owned.setdefault(min(holding, key=_area, default=None), []).append(point)
    return tuple(Prompt(text, (*own, *off), each, model) for each, own in owned.items())


_FORMS = {2: "[x, y] for a point", 4: "[x_min, y_min, x_max, y_max] for a box"}


def _numbers(name: str, values: Sequence[float], counts: tuple[int, ...]) -> list[float]:
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) not in counts:
        forms = " or ".join(_FORMS[count] for count in counts)
        raise UsageError(
            f"{name}: expected {forms}, fractions of the image's width and height, got {values!r}"
        )
    if not all(math.isfinite(number) and 0 <= number <= 1 for number in numbers):
        raise UsageError(
            f"{name}: expected numbers in [0, 1], fractions of the image's width and height and "
            f"not pixels, got {list(values)!r}"
        )
    return numbers


def _box(name: str, numbers: list[float]) -> Box:
    x_min, y_min, x_max, y_max = numbers
    if x_min > x_max or y_min > y_max:
        raise UsageError(
            f"{name}: expected the left upper and then the right lower corner, [x_min, y_min, "
            f"x_max, y_max] with min ≤ max, got {numbers!r}"
        )
    if x_min == x_max or y_min == y_max:
        raise UsageError(
            f"{name}: expected a box with an area, got {numbers!r}; a single place is a point: "
            f"{[x_min, y_min]!r}"
        )
    return Box(x_min, y_min, x_max, y_max)


def _holds(box: Box, point: Point) -> bool:
    return box.x_min <= point.x <= box.x_max and box.y_min <= point.y <= box.y_max


def _area(box: Box | None) -> float:
    return 0.0 if box is None else (box.x_max - box.x_min) * (box.y_max - box.y_min)
