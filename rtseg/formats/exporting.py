"""What was found in one picture, in any format, as bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2

from rtseg.errors import UsageError
from rtseg.formats.coco import Dataset
from rtseg.formats.outlined import Outlined
from rtseg.formats.overlay import draw
from rtseg.formats.records import picture_record
from rtseg.formats.svg import svg_document
from rtseg.types import Image


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was not written.

    Parameters
    ----------
    content : of the file.
    media_type : `"image/svg+xml"`.
    suffix : `".svg"`.
    """

    content: bytes
    media_type: str
    suffix: str


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture and what was found in it.

    Parameters
    ----------
    name : of the picture, for formats that say it.
    image : (H, W, 3) uint8 BGR.
    objects : what was found.
    """

    name: str
    image: Image
    objects: Sequence[Outlined]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.image.shape[1], self.image.shape[0]


def export(name: str, picture: Picture) -> Exported:
    """Write what was found.

    Raises
    ------
    UsageError
        No format is called so.
    """
    if name not in FORMATS:
        raise UsageError(f"no format is called {name!r}; there is: {', '.join(FORMATS)}")
    return FORMATS[name](picture)


def _json(picture: Picture) -> Exported:
    record = picture_record(picture.objects, picture.size, image=picture.name)
    text = json.dumps(record, ensure_ascii=False)
    return Exported(text.encode(), "application/json", ".json")


def _svg(picture: Picture) -> Exported:
    return Exported(svg_document(picture.objects, picture.size).encode(), "image/svg+xml", ".svg")


def _overlay(picture: Picture) -> Exported:
    _, data = cv2.imencode(".jpg", draw(picture.image, picture.objects))
    return Exported(data.tobytes(), "image/jpeg", ".jpg")


def _coco(picture: Picture) -> Exported:
    dataset = Dataset("rle")
    dataset.add(picture.name, picture.size, picture.objects)
    return Exported(json.dumps(dataset.as_json()).encode(), "application/json", ".json")


FORMATS: Mapping[str, Callable[[Picture], Exported]] = {
    "json": _json,
    "svg": _svg,
    "overlay": _overlay,
    "coco": _coco,
}
