"""Numbers, boxes and outlines in the form that a schema wants.

Coordinates are fractions of the picture's width and height, and boxes are corners (xyxy), unless
the schema says otherwise: whole numbers, or the words "pixel", "px" or "absolute", are pixels;
"0 to 1000" is thousandths; "xywh", or a width and a height among the words, is a corner and a size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.formats import Outlined
from rtseg.formats.coco import polygons
from rtseg.geometry import rle
from rtseg.server.chat.schemas.meanings import corners, snake
from rtseg.server.chat.schemas.tree import Node

Unit: TypeAlias = Literal["fraction", "px", "thousandth", "percent"]
Ring: TypeAlias = npt.NDArray[np.float64]
"""(N, 2) x, y, source pixels."""


class UnfillableError(Exception):
    """Nothing that rtseg has may stand at a place.

    Parameters
    ----------
    path : of the place.
    why : what is wanted there.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


_FRACTION = re.compile(
    r"normali[sz]ed|\bnorm\b|_norm\b|fraction|relative|ratio|coverage|share|"
    r"[\[(]?\b0(?:\.0)?\s*(?:,|to|-|–|and|\.\.)\s*1(?:\.0)?\b(?!\d|000)",
    re.IGNORECASE,
)
_PX = re.compile(r"pixels?\b|px\b|\babsolute\b", re.IGNORECASE)
_THOUSAND = re.compile(r"\b1000\b|\bbox_2d\b|thousandth", re.IGNORECASE)
_PERCENT = re.compile(r"percent|%|_pct\b|\b0\s*(?:,|to|-|–)\s*100\b", re.IGNORECASE)


def unit(says: str, leaf: Node | None) -> Unit:
    """Return the unit of coordinates.

    Parameters
    ----------
    says : names, titles and descriptions around them.
    leaf : the number itself; None if its type is open.
    """
    most = leaf.maximum if leaf else None
    if _THOUSAND.search(says) or most == 1000:
        return "thousandth"
    if most == 1 or (_FRACTION.search(says) and most != 100):
        return "fraction"
    if _PERCENT.search(says) or most == 100:
        return "percent"
    if _PX.search(says) or (leaf is not None and leaf.kind == "integer"):
        return "px"
    return "fraction"


def scale(kind: Unit, shape: tuple[int, int]) -> tuple[float, float]:
    """Return factors from pixels of a picture of shape (H, W), for x and y."""
    factor = {"fraction": 1.0, "px": 0.0, "thousandth": 1000.0, "percent": 100.0}[kind]
    return (factor / shape[1], factor / shape[0]) if factor else (1.0, 1.0)


def number(value: float, node: Node) -> Any:
    """Return a number in the type of a leaf.

    Raises
    ------
    UnfillableError
        It is not in the range that the schema allows.
    """
    if node.kind == "string":
        return f"{value:.6g}"
    written: float | int = round(value) if node.kind == "integer" else round(float(value), 6)
    if node.minimum is not None and written < node.minimum:
        raise UnfillableError(node.path, f"wants at least {node.minimum:g}, and it is {written:g}")
    if node.maximum is not None and written > node.maximum:
        raise UnfillableError(node.path, f"wants at most {node.maximum:g}, and it is {written:g}")
    return written


def area(one: Outlined, node: Node) -> Any:
    """Return how much of the picture an object covers."""
    says = f"{snake(node.name)} {node.says}"
    if node.maximum == 100 or _PERCENT.search(says):
        return number(100 * one.area_px / one.mask.size, node)
    if node.maximum == 1 or (_FRACTION.search(says) and not _PX.search(says)):
        return number(one.area_px / one.mask.size, node)
    return number(one.area_px, node)


def score(one: Outlined, node: Node) -> Any:
    """Return how sure the model was: [0, 1], or percent."""
    is_percent = node.maximum == 100 or _PERCENT.search(f"{node.name} {node.says}")
    if node.kind == "integer" and not is_percent:
        raise UnfillableError(node.path, "a score is a number in [0, 1], not a whole one")
    return number(one.score * (100 if is_percent else 1), node)


def box_sides(box: Sequence[float]) -> dict[str, float]:
    """Return every side of a box, xyxy, by the names of `meanings.corners`."""
    x0, y0, x1, y1 = box
    return {
        "x0": x0,
        "y0": y0,
        "x1": x1,
        "y1": y1,
        "w": x1 - x0,
        "h": y1 - y0,
        "cx": (x0 + x1) / 2,
        "cy": (y0 + y1) / 2,
    }


def box_order(says: str) -> tuple[str, ...]:
    """Return the sides of a box in the order in which a list of four has them."""
    text = says.lower()
    if re.search(r"\bbox_2d\b|y_?min,? x_?min|y_?0,? x_?0|y_?1,? x_?1|yxyx", text):
        return "y0", "x0", "y1", "x1"
    if re.search(r"cxcywh|cent(?:er|re)[ _]?x|\bcx\b|x_?cent(?:er|re)", text):
        return "cx", "cy", "w", "h"
    if re.search(
        r"xywh|ltwh|\bx,? ?y,? ?w(?:idth)?,? ?h|\bwidth\b.*\bheight\b|\bcoco\b|top,? width", text
    ):
        return "x0", "y0", "w", "h"
    return "x0", "y0", "x1", "y1"


def box_list(one: Outlined, node: Node, says: str) -> list[Any]:
    """Return a box as a list of four numbers.

    Raises
    ------
    UnfillableError
        The schema wants another number of them.
    """
    leaves = node.prefix or ((node.items,) if node.items else ())
    wants_4 = not node.prefix or len(node.prefix) == 4
    if not wants_4 or node.least > 4 or (node.most is not None and node.most < 4):
        raise UnfillableError(node.path, "a box is four numbers")
    leaf = leaves[0].some() if leaves and leaves[0] else None
    if leaf is not None and leaf.kind not in {"number", "integer", "string", "any"}:
        raise UnfillableError(node.path, "a box is four numbers")
    per_x, per_y = scale(unit(says, leaf), one.mask.shape)
    sides = box_sides([side * (per_x, per_y)[i % 2] for i, side in enumerate(one.bbox)])
    order = box_order(f"{says} {' '.join(each.says for each in node.prefix)}")
    shown = leaf or Node(node.path, node.name, "number")
    return [number(sides[side], shown) for side in order]


def box_fields(one: Outlined, node: Node, says: str) -> dict[str, Any]:
    """Return a box as an object; fields that are none of its sides are left to the caller."""
    sides_of = corners(node)
    filled: dict[str, Any] = {}
    for name, side in sides_of.items():
        leaf = node.fields[name].some()
        kind = unit(f"{says} {snake(name)} {leaf.says}", leaf)
        per_x, per_y = scale(kind, one.mask.shape)
        sides = box_sides([edge * (per_x, per_y)[i % 2] for i, edge in enumerate(one.bbox)])
        filled[name] = number(sides[side], leaf)
    return filled


def centre(one: Outlined) -> tuple[float, float]:
    """Return the middle of a mask's pixels, x and y, source pixels."""
    rows, columns = np.nonzero(one.mask)
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


def rings_of(one: Outlined) -> list[Ring]:
    """Return the outer rings of an object, the largest first."""
    found = [np.asarray(ring, np.float64).reshape(-1, 2) for ring in polygons(one.path)]
    return sorted(found, key=lambda ring: -_extent(ring))


def _extent(ring: Ring) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def polygon(rings: Sequence[Ring], node: Node, says: str, shape: tuple[int, int]) -> Any:
    """Write rings in whatever depth of lists a schema has.

    Where it has room for one ring, that is the largest.

    Raises
    ------
    UnfillableError
        It has no room for points.
    """
    node = node.some()
    says = f"{says} {snake(node.name)} {node.says}"
    if node.kind == "string":
        per = scale(unit(says, None), shape)
        return " ".join(f"{x:.6g},{y:.6g}" for x, y in (rings[0] * per).tolist())
    if node.kind == "object":
        lists = [each for each in node.fields.values() if each.some().kind == "array"]
        if not lists or node.required - {lists[0].name}:
            raise UnfillableError(node.path, "an outline is points x, y")
        return {lists[0].name: polygon(rings, lists[0], says, shape)}
    if node.kind != "array":
        raise UnfillableError(node.path, "an outline is points x, y")
    items = node.items.some() if node.items else None
    if items is None or items.kind in {"number", "integer", "any"}:
        return [value for point in _points(rings[0], items, says, shape) for value in point]
    if items.kind == "object" and {"cx", "cy"} <= set(corners(items).values()):
        axis = {name: side for name, side in corners(items).items() if side in {"cx", "cy"}}
        coordinate = items.fields[next(iter(axis))].some()
        return [
            {name: point[side == "cy"] for name, side in axis.items()}
            for point in _points(rings[0], coordinate, f"{says} {items.says}", shape)
        ]
    if items.kind == "array" and _is_pair(items, node):
        leaves = items.prefix or ((items.items,) if items.items else ())
        leaf = leaves[0].some() if leaves and leaves[0] else None
        return [list(point) for point in _points(rings[0], leaf, f"{says} {items.says}", shape)]
    if items.kind in {"array", "object"}:
        room = rings if node.most is None else rings[: node.most]
        return [polygon([ring], items, says, shape) for ring in room]
    raise UnfillableError(node.path, "an outline is points x, y")


def _is_pair(items: Node, node: Node) -> bool:
    """Say whether a list in a list is a point, not a whole ring."""
    if items.prefix:
        return len(items.prefix) == 2
    inner = items.items.some() if items.items else None
    if inner is not None and inner.kind not in {"number", "integer"}:
        return False
    if items.most == 2 or items.least == 2:
        return True
    is_plural = re.search(r"(?:polygons|contours|outlines|segmentations?|polys)$", snake(node.name))
    return not is_plural


def _points(
    ring: Ring, leaf: Node | None, says: str, shape: tuple[int, int]
) -> list[tuple[Any, Any]]:
    # COCO's `segmentation` is in pixels, always.
    is_coco = re.search(r"\bsegmentation\b|\bcoco\b", says.lower()) and "normal" not in says.lower()
    kind = "px" if is_coco else unit(says, leaf)
    shown = leaf or Node("", "", "number")
    return [(number(x, shown), number(y, shown)) for x, y in (ring * scale(kind, shape)).tolist()]


def run_lengths(one: Outlined, node: Node) -> Any:
    """Write a mask as COCO's run lengths: an object, or its `counts` alone.

    Raises
    ------
    UnfillableError
        The schema wants something else.
    """
    coded = rle.encode(one.mask).as_json()
    if node.kind == "string":
        return coded["counts"]
    if node.kind in {"any"}:
        return coded
    if node.kind == "array":
        return rle.run_lengths(one.mask).tolist()
    if node.kind == "object" and not node.fields and not node.is_closed:
        return coded
    filled: dict[str, Any] = {}
    for name, below in node.fields.items():
        leaf = below.some()
        if name == "counts":
            filled[name] = (
                rle.run_lengths(one.mask).tolist() if leaf.kind == "array" else coded["counts"]
            )
        elif name == "size":
            filled[name] = list(one.mask.shape)
        elif name in {"width", "w", "height", "h"}:
            filled[name] = one.mask.shape[name[0] == "w"]
        elif name in node.required:
            raise UnfillableError(below.path, "run lengths are COCO's, size and counts")
    return filled
