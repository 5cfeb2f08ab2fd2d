"""COCO's panoptic form: a picture of ids and one document of segments.

Described at https://cocodataset.org/#format-data, "4. Panoptic segmentation": in the picture, a
pixel is the id of its segment as red + 256 × green + 65536 × blue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rtseg.formats.coco import head
from rtseg.formats.mask_png import encode_png
from rtseg.formats.outlined import Outlined
from rtseg.formats.palette import rgb_of
from rtseg.formats.panoptic import panoptic_png
from rtseg.formats.semantic import NAMELESS


class PanopticDataset:
    """Pictures and their segments, as they come."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[tuple[str, bool], int] = {}

    def add(
        self, image_name: str, png_name: str, objects: Sequence[Outlined], shape: tuple[int, int]
    ) -> bytes:
        """Take a picture of (H, W) and what is in it; return its picture of ids, a PNG.

        Raises
        ------
        UsageError
            As `panoptic_png`.
        """
        there = panoptic_png(objects, shape)
        number = len(self._images) + 1
        self._images.append(
            {"id": number, "file_name": image_name, "width": shape[1], "height": shape[0]}
        )
        segments = []
        for segment in there.segments:
            kind = (segment.label or NAMELESS, segment.is_thing)
            x0, y0, x1, y1 = segment.bbox
            segments.append(
                {
                    "id": segment.id,
                    "category_id": self._categories.setdefault(kind, len(self._categories) + 1),
                    "area": segment.area_px,
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "iscrowd": 0,
                    "score": round(segment.score, 4),
                }
            )
        self._annotations.append(
            {"image_id": number, "file_name": png_name, "segments_info": segments}
        )
        low, high = there.numbers & 255, there.numbers >> 8
        # Blue, green, red, as OpenCV has them. Ids end at 65535, and so blue is none.
        return encode_png(np.dstack([np.zeros_like(low), high, low]).astype(np.uint8))

    def as_json(self) -> dict[str, Any]:
        """Return the document."""
        return head() | {
            "images": self._images,
            "annotations": self._annotations,
            "categories": [
                {
                    "id": number,
                    "name": name,
                    "supercategory": "",
                    "isthing": int(is_thing),
                    "color": list(rgb_of(number)),
                }
                for (name, is_thing), number in self._categories.items()
            ],
        }
