"""What `rtseg segment` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from rtseg.errors import UsageError
from rtseg.formats import Dataset, Outlined, draw, mask_png, picture_record, svg_document
from rtseg.formats.choosing import Plan, file_name
from rtseg.formats.whole import write_whole
from rtseg.types import Image

PICTURES = (".jpg", ".jpeg", ".png", ".webp")

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "overlay": PICTURES,
    "masks": (".png",),
    "svg": (".svg",),
    "json": (".json",),
    "jsonl": (".jsonl",),
    "coco": (".json",),
    "coco-polygons": (".json",),
}
"""Formats, with the suffixes of files that hold one of them alone; the first for a suffix is meant
where none is named."""

_OF_ALL = {"jsonl", "coco", "coco-polygons"}
"""One file for all images."""

_OPTIONS: Mapping[str, Sequence[int]] = {
    ".jpg": (cv2.IMWRITE_JPEG_QUALITY, 92),
    ".jpeg": (cv2.IMWRITE_JPEG_QUALITY, 92),
    ".webp": (cv2.IMWRITE_WEBP_QUALITY, 92),
}
"""The lines show no ringing at this quality."""


class Outputs:
    """Writes what was found, image by image.

    Parameters
    ----------
    plan : what and where.
    image_count : how many images will come.

    Raises
    ------
    UsageError
        One file cannot hold so many images.
    """

    def __init__(self, plan: Plan, image_count: int) -> None:
        if plan.file is not None and image_count > 1 and plan.formats[0] not in _OF_ALL:
            raise UsageError(
                f"--output {plan.file}: {image_count} images do not go into one file; name a folder"
            )
        self._plan = plan
        self._lines: list[str] = []
        self._datasets = {
            "coco": Dataset("rle"),
            "coco-polygons": Dataset("polygons"),
        }
        self._stems: set[str] = set()

    def add(self, source: Path, image: Image, objects: Sequence[Outlined]) -> list[Path]:
        """Take an image and what is in it; return the files written for it now.

        Pictures are written only where something was found: an empty one would say nothing.
        """
        size = (image.shape[1], image.shape[0])
        stem = self._stem(source)
        written: list[Path] = []
        for name in self._plan.formats:
            if name in self._datasets:
                self._datasets[name].add(str(source), size, objects)
            elif name == "jsonl":
                self._lines.append(_text(picture_record(objects, size, image=str(source))))
            elif name == "json":
                record = picture_record(objects, size, image=str(source))
                written.append(self._write(f"{stem}.json", _text(record, indent=2)))
            elif not objects:
                continue
            elif name == "svg":
                written.append(self._write(f"{stem}.svg", svg_document(objects, size)))
            elif name == "masks":
                written += self._masks(stem, objects)
            else:
                written.append(self._overlay(source, stem, draw(image, objects)))
        return written

    def close(self) -> list[Path]:
        """Write the files that are of all images; return them."""
        written = []
        for name in self._plan.formats:
            if name == "jsonl":
                lines = "".join(f"{line}\n" for line in self._lines)
                written.append(self._write("objects.jsonl", lines))
            elif name in self._datasets:
                document = _text(self._datasets[name].as_json())
                written.append(self._write(f"{name}.json", document))
        return written

    def _stem(self, source: Path) -> str:
        """Return the source's name without its suffix, and a number where it was there before."""
        stem, number = source.stem, 2
        while stem in self._stems:
            stem, number = f"{source.stem}-{number}", number + 1
        self._stems.add(stem)
        return stem

    def _masks(self, stem: str, objects: Sequence[Outlined]) -> list[Path]:
        if self._plan.file is not None and len(objects) > 1:
            raise UsageError(
                f"--output {self._plan.file}: {len(objects)} masks do not go into one file; "
                "name a folder"
            )
        return [
            self._write(f"{stem}-{one.id}-{file_name(one.label)}.png", mask_png(one.mask))
            for one in objects
        ]

    def _overlay(self, source: Path, stem: str, picture: Image) -> Path:
        name = f"{stem}-outlined.jpg"
        path = self._plan.file or Path(name)
        if path.exists() and source.exists() and path.samefile(source):
            raise UsageError(f"--output {path} is the image itself; name another file")
        done, data = cv2.imencode(path.suffix, picture, _OPTIONS.get(path.suffix.lower(), ()))
        if not done:
            raise UsageError(
                f"{path}: a picture of {picture.shape[1]}×{picture.shape[0]} cannot be written as "
                f"{path.suffix}; take .png"
            )
        return self._write(name, np.asarray(data).tobytes())

    def _write(self, name: str, content: bytes | str) -> Path:
        path = self._plan.file if self._plan.folder is None else self._plan.folder / name
        assert path is not None  # a plan has one of the two
        write_whole(path, content)
        return path


def _text(document: object, indent: int | None = None) -> str:
    return json.dumps(document, ensure_ascii=False, indent=indent)
