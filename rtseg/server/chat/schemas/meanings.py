"""What a field of a schema means, by its name and by what is said of it.

==============  ==================================================================================
`label`         what the object is
`class_id`      the number of its class; the pixel value of semantic maps
`id`            the number of the object; the pixel value of panoptic maps
`mask`          its mask: an address, an artifact, or the bytes of the file
`rle`           its mask as COCO's run lengths
`path`          its outline as SVG path data in [0, 1] of its box
`polygon`       its outline as polygons
`bbox`          its box
`centre`        the middle of its mask
`score`         how sure the model was
`area`          how large it is
`is_thing`      countable, or stuff
`count`         how many there are
`found`         whether there is any
`width`         of the picture; so `height`, and `size` for both
`model`         who found it
`mode`          instance, semantic or panoptic
`session`       under which artifacts are kept
==============  ==================================================================================
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias, get_args

from rtseg.server.chat import words
from rtseg.server.chat.schemas.tree import Node

Meaning: TypeAlias = Literal[
    "label",
    "class_id",
    "id",
    "mask",
    "rle",
    "path",
    "polygon",
    "bbox",
    "centre",
    "score",
    "area",
    "is_thing",
    "is_stuff",
    "count",
    "found",
    "width",
    "height",
    "size",
    "model",
    "mode",
    "session",
]

KNOWN = ", ".join(
    "is_thing (thing or stuff)" if name == "is_thing" else name
    for name in get_args(Meaning)
    if name not in {"is_stuff", "size", "session"}
)
"""What can be filled, for messages."""

_OF_WHAT = (
    r"(?:(?:object|instance|segment|segmentation|mask|item|detection|region|predicted|"
    r"prediction|detected|detector|model|semantic|panoptic|target|image|the|entity|overall)_)?"
)

_NAMES: tuple[tuple[Meaning, str], ...] = (
    ("session", r"session_id"),
    (
        "class_id",
        r"(?:class|category|label|semantic|cat|cls)_(?:id|index|idx|value|number)s?|"
        r"(?:pixel|gray|grey|mask)_?values?|value",
    ),
    (
        "rle",
        r"(?:.*_)?(?:rle|rles|run_lengths?(?:_encoding)?)(?:_.*)?|counts",
    ),
    ("path", _OF_WHAT + r"(?:svg|path|svg_path|path_data|path_d|svg_path_data|outline_path|d)s?"),
    (
        "polygon",
        _OF_WHAT + r"(?:polygons?|polys?|contours?|outlines?|vertices|points|boundary|boundaries)"
        r"(?:_(?:points|coordinates|coords|vertices|xy|px|norm|normalized))?|"
        r"segmentation_(?:polygons?|points)",
    ),
    ("count", r"counts?|quantity|total|(?:num|n|number_of|total|count_of)_\w+|\w+_count"),
    (
        "area",
        _OF_WHAT + r"(?:area|pixel_area|pixel_count|pixels|num_pixels|n_pixels|coverage|fraction|"
        r"area_\w+|\w+_area|coverage_\w+)",
    ),
    (
        "score",
        _OF_WHAT + r"(?:score|confidence|conf|probability|prob|certainty|"
        r"confidence_(?:score|level|value)|score_\w+)s?",
    ),
    ("is_thing", r"is_?thing|thing|is_countable|countable"),
    ("is_stuff", r"is_?stuff|stuff"),
    (
        "bbox",
        _OF_WHAT + r"(?:bbox(?:es)?|box(?:es)?|bounding_?box(?:es)?|bounds|rect(?:angle)?s?|roi|"
        r"extent|xyxy|xywh|ltrb|ltwh|cxcywh|b?box_2d|coordinates|coords|location)"
        r"(?:_\w+)?|xyxyn?|xywhn?",
    ),
    ("centre", _OF_WHAT + r"(?:center|centre|centroid|midpoint|middle)(?:_point|_xy|_px|_norm)?"),
    ("found", r"found|present|visible|exists?|is_(?:found|present|visible)|has_\w+|any_found"),
    ("width", r"(?:(?:image|img|picture|photo|frame|original)_)?(?:width|w)(?:_px)?"),
    ("height", r"(?:(?:image|img|picture|photo|frame|original)_)?(?:height|h)(?:_px)?"),
    ("size", r"(?:image|img|picture|photo|frame|original)?_?(?:size|shape|dimensions|resolution)"),
    ("mode", r"mode|task|task_type|(?:segmentation|mask)_(?:type|mode|kind)"),
    ("model", r"model|model_name|model_id|detector"),
    (
        "mask",
        r"(?!.*_(?:id|ids|index|idx|number|width|height|color|colour|format|name)$)"
        r"(?:(?:.*_)?masks?(?:_\w+)?)|"
        + _OF_WHAT
        + r"(?:segmentations?|segment|png|urls?|uris?|href|link|bitmap|alpha)"
        r"(?:_(?:url|uri|mask|image|png|link|ref|file|map))?s?|(?:semantic|panoptic)_?(?:map|png)",
    ),
    (
        "label",
        _OF_WHAT + r"(?:label|labels|name|names|class|classes|category|categories|cls|kind|tag|"
        r"tags|phrase|concept|type|title)(?:_(?:name|label|text|title))?s?|objects?|"
        r"(?:object|class|category|entity)_type|species|entity|text",
    ),
    (
        "id",
        r"(?:(?:instance|object|segment|track|mask|item|region|detection|annotation|entity)_)?"
        r"(?:id|ids|index|idx|number|no|num|key|ref)",
    ),
)
_BY_NAME = [(meaning, re.compile(pattern)) for meaning, pattern in _NAMES]

_WORDS: tuple[tuple[Meaning, str], ...] = (
    ("rle", r"\brun[- ]length|\brle\b"),
    ("polygon", r"\bpolygons?\b|\bcontour"),
    ("path", r"\bsvg\b"),
    ("bbox", r"\bbounding[- ]box|\bbbox\b"),
    ("mask", r"\bmask\b|\bpre-?signed url\b"),
    ("score", r"\bconfidence\b|\bprobability\b"),
    ("area", r"\barea\b|\bnumber of pixels\b"),
    ("class_id", r"\bclass id\b|\bpixel value\b"),
    ("label", r"\b(?:label|class|category|name) (?:name )?of\b|\bwhat the object is\b"),
    ("count", r"\bhow many\b|\bnumber of\b"),
)
_BY_WORDS = [(meaning, re.compile(pattern, re.IGNORECASE)) for meaning, pattern in _WORDS]


def meaning(node: Node) -> Meaning | None:
    """Return what a field means; None if nothing that rtseg has is meant."""
    name = snake(node.name)
    for found, pattern in _BY_NAME:
        if pattern.fullmatch(name):
            return _for_type(found, node)
    if name and (thing := _thing_or_stuff(node)):
        return thing
    for found, pattern in _BY_WORDS:
        if name not in _NEVER and pattern.search(node.says):
            return found
    return None


_NEVER = words.of(
    """
    description caption summary explanation reasoning notes note comment comments color colour
    message rationale attributes pose material
    """
)
"""Fields that want to be written, whatever they say that they write about."""


def _for_type(found: Meaning, node: Node) -> Meaning:
    some = node.some()
    if thing := _thing_or_stuff(some):
        return thing
    if {str(value) for value in some.enum or ()} & {"instance", "semantic", "panoptic"}:
        return "mode"
    if found == "mask" and some.kind == "array":
        leaf = some.items.some() if some.items else None
        if leaf is not None and leaf.kind in {"number", "integer", "array"}:
            return "polygon"  # COCO's `segmentation`
    if found == "mask" and {"counts", "size"} <= some.fields.keys():
        return "rle"
    if found in {"mask", "label"} and re.search(r"\brle\b|run[- ]length", some.says, re.I):
        return "rle"
    if found == "id" and some.kind == "string" and "img_" in some.pattern:
        return "mask"
    if found == "area" and some.kind == "string":
        return "area"
    return found


def _thing_or_stuff(node: Node) -> Meaning | None:
    some = node.some()
    values = {str(value).lower() for value in some.enum or ()}
    return "is_thing" if values and values <= {"thing", "stuff", "things"} else None


_CORNERS: dict[str, str] = {
    "x0": r"x_?min|x_?0|left|xmin|x_?start|x_?left|l|x_?tl|top_?left_?x|min_?x|bbox_x_?min",
    "y0": r"y_?min|y_?0|top|ymin|y_?start|y_?top|t|y_?tl|top_?left_?y|min_?y|bbox_y_?min",
    "x1": r"x_?max|x_?1|right|xmax|x_?end|x_?right|r|x_?br|bottom_?right_?x|max_?x|bbox_x_?max",
    "y1": r"y_?max|bottom|ymax|y_?end|y_?bottom|b|y_?br|bottom_?right_?y|max_?y|bbox_y_?max",
    "x": r"x|bbox_x",
    "y": r"y|bbox_y",
    "w": r"w|width|bbox_w|bbox_width|box_width",
    "h": r"h|height|bbox_h|bbox_height|box_height",
    "cx": r"c_?x|x_?c|x_?cent(?:er|re)|cent(?:er|re)_?x|cent(?:er|re)_?x",
    "cy": r"c_?y|y_?c|y_?cent(?:er|re)|cent(?:er|re)_?y",
}


def corners(node: Node) -> dict[str, str]:
    """Return which side of a box each of an object's fields is, by field name.

    `x0, y0, x1, y1` are the corners, `w, h` the size, `cx, cy` the middle; a lone `x` and `y` are
    the left upper corner beside a size, else the middle. Names of one to four count from 1 where
    there is a 2: `x1, y1, x2, y2`.
    """
    names = {name: snake(name) for name in node.fields}
    counts_from_1 = any(re.fullmatch(r"(?:bbox_)?[xy]_?2", name) for name in names.values())
    sides: dict[str, str] = {}
    for name, plain in names.items():
        if counts_from_1 and (match := re.fullmatch(r"(?:bbox_)?([xy])_?([12])", plain)):
            sides[name] = f"{match[1]}{int(match[2]) - 1}"
            continue
        if plain == "y1" or plain == "y_1":
            sides[name] = "y1"
            continue
        for side, pattern in _CORNERS.items():
            if re.fullmatch(pattern, plain):
                sides[name] = side
                break
    has_size = {"w", "h"} & set(sides.values())
    centre = {"x": "cx", "y": "cy"}
    corner = {"x": "x0", "y": "y0"}
    renamed = corner if has_size else centre
    return {name: renamed.get(side, side) for name, side in sides.items()}


def is_box(node: Node) -> bool:
    """Say whether an object is a box, by its fields."""
    sides = set(corners(node).values())
    return bool({"x0", "y0"} <= sides or {"cx", "cy", "w"} <= sides) and len(sides) >= 3


def snake(name: str) -> str:
    """Return a name in lower case with underscores: `"maskUrl"` is `"mask_url"`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
