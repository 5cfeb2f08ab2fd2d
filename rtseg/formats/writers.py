"""Every format but the archive: pictures in, files out. `exporting.FORMATS` names them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.formats.choosing import file_name
from rtseg.formats.coco import Dataset, Segmentation
from rtseg.formats.coco_panoptic import PanopticDataset
from rtseg.formats.mask_png import mask_png
from rtseg.formats.overlay import draw
from rtseg.formats.panoptic import panoptic_png
from rtseg.formats.picture import File, Picture
from rtseg.formats.polygons import polygon_document
from rtseg.formats.records import picture_record
from rtseg.formats.semantic import semantic_png
from rtseg.formats.svg import svg_document
from rtseg.types import Image

JSON = "application/json"
PNG = "image/png"

PICTURES: Mapping[str, tuple[str, Sequence[int]]] = {
    ".jpg": ("image/jpeg", (cv2.IMWRITE_JPEG_QUALITY, 92)),
    ".jpeg": ("image/jpeg", (cv2.IMWRITE_JPEG_QUALITY, 92)),
    ".png": (PNG, ()),
    ".webp": ("image/webp", (cv2.IMWRITE_WEBP_QUALITY, 92)),
}
"""Pictures by suffix: the media type, and settings at which the drawn lines show no ringing."""


class Each:
    """Writes each picture by itself.

    Parameters
    ----------
    write : from a stem and a picture to files.
    """

    def __init__(self, write: Callable[[str, Picture], list[File]]) -> None:
        self._write = write

    def add(self, stem: str, picture: Picture) -> list[File]:
        return self._write(stem, picture)

    def close(self) -> list[File]:
        return []


class Overlays:
    """Pictures with the outlines drawn in."""

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix

    def add(self, stem: str, picture: Picture) -> list[File]:
        content, media_type = encode_picture(draw(picture.image, picture.objects), self._suffix)
        return [File(f"{stem}-outlined{self._suffix}", content, media_type)]

    def close(self) -> list[File]:
        return []


class SemanticMaps:
    """Pictures of class ids, which are the same in all pictures."""

    def __init__(self) -> None:
        self._labels: list[str] = []

    def add(self, stem: str, picture: Picture) -> list[File]:
        there = semantic_png(picture.objects, picture.shape, labels=self._labels)
        self._labels = [label for number, label in there.classes.items() if number]
        return [
            File(f"{stem}-semantic.png", there.png, PNG),
            File(f"{stem}-semantic.json", text(there.as_json()), JSON, is_beside=True),
        ]

    def close(self) -> list[File]:
        return []


class Lines:
    """One line of JSON for each picture."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []

    def add(self, stem: str, picture: Picture) -> list[File]:
        self._lines.append(text(_record(picture)) + b"\n")
        return []

    def close(self) -> list[File]:
        return [File("objects.jsonl", b"".join(self._lines), "application/x-ndjson")]


class CocoDataset:
    """COCO's document of all pictures."""

    def __init__(self, name: str, segmentation: Segmentation) -> None:
        self._name = name
        self._dataset = Dataset(segmentation)

    def add(self, stem: str, picture: Picture) -> list[File]:
        self._dataset.add(picture.name, picture.size, picture.objects)
        return []

    def close(self) -> list[File]:
        return [File(f"{self._name}.json", text(self._dataset.as_json()), JSON)]


class CocoPanoptic:
    """COCO's panoptic document of all pictures, and a picture of ids for each."""

    def __init__(self) -> None:
        self._dataset = PanopticDataset()

    def add(self, stem: str, picture: Picture) -> list[File]:
        name = f"{stem}-coco-panoptic.png"
        png = self._dataset.add(picture.name, name, picture.objects, picture.shape)
        return [File(name, png, PNG)]

    def close(self) -> list[File]:
        return [File("coco-panoptic.json", text(self._dataset.as_json()), JSON)]


def masks(stem: str, picture: Picture) -> list[File]:
    """Write each object's mask: 255 on it, 0 elsewhere."""
    return [
        File(f"{stem}-{one.id}-{file_name(one.label)}.png", mask_png(one.mask), PNG)
        for one in picture.objects
    ]


def svg(stem: str, picture: Picture) -> list[File]:
    """Write the outlines as an SVG document."""
    document = svg_document(picture.objects, picture.size)
    return [File(f"{stem}.svg", document.encode(), "image/svg+xml")]


def panoptic(stem: str, picture: Picture) -> list[File]:
    """Write a picture of segment ids, and its table."""
    there = panoptic_png(picture.objects, picture.shape)
    return [
        File(f"{stem}-panoptic.png", there.png, PNG),
        File(f"{stem}-panoptic.json", text(there.as_json(), indent=2), JSON, is_beside=True),
    ]


def record(stem: str, picture: Picture) -> list[File]:
    """Write everything that is known of each object."""
    return [File(f"{stem}.json", text(_record(picture), indent=2), JSON)]


def polygons(stem: str, picture: Picture) -> list[File]:
    """Write the outlines as lists of points."""
    document = polygon_document(picture.objects, picture.size, image=picture.name)
    return [File(f"{stem}-polygons.json", text(document), JSON)]


def encode_picture(picture: Image, suffix: str) -> tuple[bytes, str]:
    """Write a picture as the file of a suffix; return it and its media type.

    Raises
    ------
    UsageError
        That kind of file cannot hold so large a picture.
    """
    media_type, options = PICTURES[suffix]
    done, data = cv2.imencode(suffix, picture, options)
    if not done:
        raise UsageError(
            f"a picture of {picture.shape[1]}×{picture.shape[0]} cannot be written as {suffix}; "
            "take .png"
        )
    return np.asarray(data).tobytes(), media_type


def text(document: object, indent: int | None = None) -> bytes:
    """Write JSON as UTF-8, which has no place for half a character, as some files' names hold."""
    return json.dumps(document, ensure_ascii=False, indent=indent).encode(errors="replace")


def _record(picture: Picture) -> dict[str, Any]:
    return picture_record(picture.objects, picture.size, image=picture.name)
