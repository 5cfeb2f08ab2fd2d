"""Outlined objects as files: pictures, masks, SVG, JSON, COCO. Pixels and text, no I/O but `whole`.

::

    object = Outlined(id=1, label="cat", score=0.9, mask=mask)
    picture = draw(image, [object])                      # (H, W, 3) uint8 BGR
    text = svg_document([object], (width, height))
    line = json.dumps(picture_record([object], (width, height)))
"""

from rtseg.formats.coco import Dataset
from rtseg.formats.mask_png import mask_png
from rtseg.formats.outlined import Outlined
from rtseg.formats.overlay import draw
from rtseg.formats.palette import colour_of
from rtseg.formats.panoptic import PanopticMap, Segment, panoptic_png
from rtseg.formats.records import bbox_record, object_record, picture_record
from rtseg.formats.semantic import SemanticMap, semantic_png
from rtseg.formats.svg import svg_document
from rtseg.formats.whole import whole_file, write_whole

__all__ = [
    "Dataset",
    "Outlined",
    "PanopticMap",
    "Segment",
    "SemanticMap",
    "bbox_record",
    "colour_of",
    "draw",
    "mask_png",
    "object_record",
    "panoptic_png",
    "picture_record",
    "semantic_png",
    "svg_document",
    "whole_file",
    "write_whole",
]
