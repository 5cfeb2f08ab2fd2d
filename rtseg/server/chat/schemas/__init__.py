"""The caller's own schema: read, understood by its names and descriptions, and filled.

::

    JSON schema ─▶ tree ─▶ meanings, structure ─▶ filling ─▶ JSON, a `MaskFile` for each mask
                                                    ├ entries   one line: an object, a class
                                                    ├ values    numbers, boxes, outlines
                                                    └ validity  the last look

All of it is pure.
"""

from rtseg.server.chat.schemas.entries import NothingThereError, default_schema
from rtseg.server.chat.schemas.filling import check, fill
from rtseg.server.chat.schemas.structure import labels_in
from rtseg.server.chat.schemas.tree import Node, parse

__all__ = ["Node", "NothingThereError", "check", "default_schema", "fill", "labels_in", "parse"]
