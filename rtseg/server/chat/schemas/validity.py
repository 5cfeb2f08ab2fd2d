"""Whether a value may stand at a place of a schema: the last look before an answer goes out."""

from __future__ import annotations

from typing import Any

from rtseg.server.chat.scene import MaskFile
from rtseg.server.chat.schemas.tree import Node

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str, MaskFile),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def is_valid(value: Any, node: Node, *, counts: bool = True) -> bool:
    """Say whether a value is what a schema wants; a `MaskFile` is text.

    Parameters
    ----------
    value : JSON.
    node : the schema.
    counts : how many things a list has matters too.
    """
    if node.kind == "union":
        return any(is_valid(value, option, counts=counts) for option in node.options)
    if node.kind != "any":
        is_number_of_sorts = isinstance(value, bool) and node.kind != "boolean"
        if is_number_of_sorts or not isinstance(value, _TYPES[node.kind]):
            return False
    if node.enum is not None and value not in node.enum:
        return False
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (node.minimum is None or value >= node.minimum) and (
            node.maximum is None or value <= node.maximum
        )
    if isinstance(value, list):
        return _is_valid_list(value, node, counts)
    if isinstance(value, dict):
        return _is_valid_object(value, node, counts)
    return True


def _is_valid_list(value: list[Any], node: Node, counts: bool) -> bool:
    if counts and (len(value) < node.least or (node.most is not None and len(value) > node.most)):
        return False
    ahead = zip(value, node.prefix, strict=False)
    if not all(is_valid(each, below, counts=counts) for each, below in ahead):
        return False
    rest = value[len(node.prefix) :]
    return node.items is None or all(is_valid(each, node.items, counts=counts) for each in rest)


def _is_valid_object(value: dict[str, Any], node: Node, counts: bool) -> bool:
    if node.required - value.keys():
        return False
    for key, each in value.items():
        below = node.fields.get(key, node.rest)
        if below is None:
            if node.is_closed:
                return False
        elif not is_valid(each, below, counts=counts):
            return False
    return True
