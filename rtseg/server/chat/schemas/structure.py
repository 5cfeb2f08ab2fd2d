"""What the objects and lists of a schema are: one entry, many, a class of them, or the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rtseg.server.chat import words
from rtseg.server.chat.reading import phrases_of
from rtseg.server.chat.scene import MaskForm
from rtseg.server.chat.schemas.meanings import is_box, meaning, snake
from rtseg.server.chat.schemas.tree import Node

CONTAINERS = words.of(
    """
    object mask detected predicted instance detection prediction bbox bboxes labels
    results result data items detections instances annotations predictions output outputs answer
    response entries found image metadata info segments segmentation segmentations objects masks
    all list regions
    """
)
"""Names of fields that say nothing of what is in them."""

_NO_LABEL = {"other", "unknown", "none", "background", "everything", "misc", "n/a"}
"""Values for what is none of the others."""


def labels_in(node: Node) -> tuple[str, ...]:
    """Return what a schema itself says is to be outlined: the values that a label may have, or
    the words of its description, or fields that are named for things."""
    listed: dict[str, None] = {}
    for each in node.walk():
        if meaning(each) != "label" or each.kind != "string":
            continue
        if each.enum:
            listed |= {word: None for word in each.enum if isinstance(word, str) and word.strip()}
        elif described := _described(each.says):
            listed |= dict.fromkeys(described)
    if listed:
        return tuple(word for word in listed if word.lower() not in _NO_LABEL)
    fields = node.fields.values()
    if any(meaning(each) in {"mask", "label", "bbox"} for each in fields):
        return ()
    return tuple(snake(each.name).replace("_", " ") for each in fields if is_named(each))


def is_named(node: Node) -> bool:
    """Say whether a field of the whole picture is named for a kind of thing."""
    return (
        meaning(node) is None
        and not CONTAINERS & set(snake(node.name).split("_"))
        and (is_entry(node.some()) or is_list_of_entries(node))
    )


def _described(says: str) -> tuple[str, ...]:
    match = re.search(
        r"(?:\bone of|\beither|\bamong|\be\.g\.,?|\bsuch as|\bvalues?:|\blabels?:|\bcategor\w+:|"
        r"\bclasses:|\boptions?:|:)\s*(.+)$",
        says,
        re.IGNORECASE | re.DOTALL,
    )
    phrases = phrases_of(match[1]) if match else ()
    return phrases if len(phrases) > 1 else ()


def is_entry(node: Node) -> bool:
    """Say whether an object is one entry: it tells of a label, a mask or a box, not of many."""
    if node.kind != "object" or is_box(node):
        return False
    tells = {meaning(each) for each in node.fields.values() if each.some().kind != "array"}
    tells |= {
        "bbox"
        for each in node.fields.values()
        if meaning(each) == "bbox" and not is_list_of_boxes(each.some())
    }
    has_many = any(is_list_of_entries(each) for each in node.fields.values())
    return bool(tells & {"label", "bbox", "score", "rle", "path"}) and not has_many


def is_list_of_boxes(node: Node) -> bool:
    items = node.items.some() if node.kind == "array" and node.items else None
    return items is not None and items.kind in {"array", "object"}


def is_list_of_entries(node: Node) -> bool:
    some = node.some()
    items = some.items.some() if some.kind == "array" and some.items else None
    if items is None or items.kind != "object":
        return False
    return meaning(node) != "polygon" or is_entry(items)


def lists_in(node: Node) -> tuple[str, ...]:
    """Return the fields of an object that list things: then it is a class of them, not one."""

    def lists(each: Node) -> Iterator[bool]:
        some = each.some()
        items = some.items.some() if some.kind == "array" and some.items else None
        means = meaning(each)
        yield items is not None and items.kind == "object" and is_entry(items)
        yield items is not None and means == "mask" and items.kind in {"string", "object"}
        yield means == "bbox" and is_list_of_boxes(some)
        yield items is not None and means == "rle" and items.kind in {"string", "object"}

    return tuple(name for name, each in node.fields.items() if any(lists(each)))


def has_own_box(node: Node) -> bool:
    """Say whether an object has a mask or a box of its own, besides lists."""
    return any(
        meaning(each) in {"bbox", "score"} and not is_list_of_boxes(each.some())
        for each in node.fields.values()
    )


def are_parallel(node: Node) -> bool:
    """Say whether an object lists masks, boxes or scores beside each other, line by line."""
    lists = {meaning(e) for e in node.fields.values() if e.some().kind == "array"}
    return bool(lists & {"mask", "bbox", "score", "rle", "polygon", "area"})


def is_constant(node: Node) -> bool:
    """Say whether only one value may stand here, such as the tag of a union."""
    if node.enum is None or len(node.enum) != 1:
        return False
    return meaning(node) != "label" or snake(node.name) in {"type", "kind"}


def mask_form(node: Node) -> MaskForm:
    says = f"{snake(node.name)} {node.says}".lower()
    if "img_" in node.pattern:
        return "artifact"
    if "data uri" in says or "data url" in says or "data_uri" in says or "data_url" in says:
        return "data_uri"
    return "base64" if "base64" in says or "b64" in says else "url"
