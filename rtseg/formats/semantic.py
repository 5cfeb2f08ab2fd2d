"""Semantic maps: a picture in which each pixel is the number of what is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rtseg.errors import UsageError
from rtseg.formats.label_png import MAX_NUMBER, blank, label_png
from rtseg.formats.outlined import Outlined

BACKGROUND = "background"
"""What class 0 is called: everything that was not looked for or not found."""

NAMELESS = "object"
"""The class of what has no label: something that was clicked."""


@dataclass(frozen=True, slots=True, eq=False)
class SemanticMap:
    """A semantic map as a file.

    Parameters
    ----------
    png : grey, 8 bits, or 16 where there are more than 255 classes; a pixel is the id of its
        class. The table stands in it too, as JSON under the keyword `rtseg-classes`.
    classes : label by id; 0 is the background.
    """

    png: bytes
    classes: Mapping[int, str]

    def as_json(self) -> dict[str, Any]:
        """Return the table: `{"classes": [{"id": 0, "label": "background"}, …]}`."""
        return _table(self.classes)


def semantic_png(
    objects: Sequence[Outlined], shape: tuple[int, int], *, labels: Iterable[str] = ()
) -> SemanticMap:
    """Write which class each pixel is of.

    Where objects of several classes overlap, the pixel is of the surest.

    Parameters
    ----------
    objects : what was found, with masks of this shape.
    shape : (H, W) of the picture.
    labels : those of the classes 1, 2 …, found or not, so that many pictures have one table.
        Others follow, as they come.

    Raises
    ------
    UsageError
        A mask is of another shape, or there are more than 65535 classes.
    """
    numbers = blank(shape)
    names = dict.fromkeys([*labels, *(one.label or NAMELESS for one in objects)])
    ids = {label: number for number, label in enumerate(names, 1)}
    if len(ids) > MAX_NUMBER:
        raise UsageError(f"a map holds {MAX_NUMBER} classes, and there are {len(ids)}")
    for one in sorted(objects, key=lambda one: one.score):  # the surest last, over the others
        check_shape(one, shape)
        numbers[one.mask] = ids[one.label or NAMELESS]
    classes = {0: BACKGROUND} | {number: label for label, number in ids.items()}
    return SemanticMap(label_png(numbers, _table(classes), keyword="rtseg-classes"), classes)


def check_shape(one: Outlined, shape: tuple[int, int]) -> None:
    """Raise `UsageError` where an object is not of a picture of this shape."""
    if one.mask.shape != shape:
        raise UsageError(
            f"object {one.id}: expected a mask of the picture's (height, width) {shape}, got "
            f"{one.mask.shape}"
        )


def _table(classes: Mapping[int, str]) -> dict[str, Any]:
    return {"classes": [{"id": number, "label": label} for number, label in classes.items()]}
