"""COCO's JSON: what pycocotools, CVAT, FiftyOne and their kin read.

Described at https://cocodataset.org/#format-data. Beyond it, as in CocoVID: for the frames of a
video `videos`, and `video_id`, `frame_id` and `time_s` of each image; `track_id` of each
annotation, the same for one object in all frames; and `score`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

from rtseg.formats.outlined import Outlined
from rtseg.geometry import Path, rle
from rtseg.geometry.path import ring_area
from rtseg.version import __version__

Segmentation: TypeAlias = Literal["rle", "polygons"]


class Dataset:
    """Images and the objects in them, as they come.

    Parameters
    ----------
    segmentation : `"rle"`, the exact masks; or `"polygons"`, the outlines, from which COCO's form
        leaves holes out.
    """

    def __init__(self, segmentation: Segmentation = "rle") -> None:
        self._segmentation = segmentation
        self._videos: list[dict[str, Any]] = []
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._categories: dict[str, int] = {}

    def add_video(self, name: str, size: tuple[int, int]) -> int:
        """Begin a video of (width, height); return its id for `add`."""
        number = len(self._videos) + 1
        self._videos.append({"id": number, "name": name, "width": size[0], "height": size[1]})
        return number

    def add(
        self,
        file_name: str,
        size: tuple[int, int],
        objects: Iterable[Outlined],
        *,
        video_id: int | None = None,
        frame: int = 0,
        time_s: float = 0.0,
    ) -> None:
        """Add an image of (width, height) and what is in it; `frame` counts from 0 in a video."""
        image: dict[str, Any] = {
            "id": len(self._images) + 1,
            "file_name": file_name,
            "width": size[0],
            "height": size[1],
        }
        if video_id is not None:
            image |= {"video_id": video_id, "frame_id": frame, "time_s": round(time_s, 6)}
        self._images.append(image)
        for one in objects:
            annotation = self._annotation(one) | {"image_id": image["id"]}
            if video_id is not None:
                annotation |= {"video_id": video_id, "track_id": one.id}
            self._annotations.append(annotation)

    def as_json(self) -> dict[str, Any]:
        """Return the document."""
        document = head()
        if self._videos:
            document["videos"] = self._videos
        return document | {
            "images": self._images,
            "annotations": self._annotations,
            "categories": [
                {"id": number, "name": name, "supercategory": ""}
                for name, number in self._categories.items()
            ],
        }

    def _annotation(self, one: Outlined) -> dict[str, Any]:
        x0, y0, x1, y1 = one.bbox
        label = one.label or "object"
        return {
            "id": len(self._annotations) + 1,
            "category_id": self._categories.setdefault(label, len(self._categories) + 1),
            "segmentation": (
                rle.encode(one.mask).as_json()
                if self._segmentation == "rle"
                else polygons(one.path)
            ),
            "area": one.area_px,
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "iscrowd": 0,
            "score": round(one.score, 4),
        }


def head() -> dict[str, Any]:
    """Return what stands first in any document of COCO's."""
    return {
        "info": {"description": f"outlined by rtseg {__version__}", "version": "1.0"},
        "licenses": [],
    }


def polygons(path: Path) -> list[list[float]]:
    """Write the outer rings as COCO's polygons, x and y in turn, source pixels.

    COCO has no holes. An object of nothing but rings that turn the wrong way gives none.
    """
    return [
        [float(value) for value in ring.reshape(-1)] for ring in path.rings if ring_area(ring) > 0
    ]
