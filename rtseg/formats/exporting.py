"""All formats by name: what was found in pictures, as files that are not written yet.

The commands and the server have their formats from here, and so has the archive of all of them.

::

    export("svg", Picture("street.jpg", image, objects)).content        # one picture, one file

    exporter = Exporter(["masks", "coco"])                              # many
    for picture in pictures:
        files = exporter.add(picture)                                   # street-1-car.png, …
    files = exporter.close()                                            # coco.json
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from rtseg.errors import UsageError
from rtseg.formats import writers
from rtseg.formats.archive import Archive, pack
from rtseg.formats.picture import File, Format, Picture
from rtseg.formats.writers import JSON, PICTURES, PNG, CocoDataset, CocoPanoptic, Each

__all__ = ["FORMATS", "Exported", "Exporter", "File", "Format", "Picture", "export", "safe_stem"]

ZIP = "application/zip"

_ONE_BY_ONE: Mapping[str, Format] = {
    "overlay": Format(
        "the picture with the outlines drawn in",
        "image/jpeg",
        tuple(PICTURES),
        writers.Overlays,
        is_drawn=True,
    ),
    "masks": Format(
        "the mask of each object as a picture: 255 on the object, 0 elsewhere",
        ZIP,
        (".png",),
        lambda _: Each(writers.masks),
        is_drawn=True,
    ),
    "semantic": Format(
        "a picture whose pixels are class ids, and the table of classes; 0 is the background",
        PNG,
        (".png",),
        lambda _: writers.SemanticMaps(),
    ),
    "panoptic": Format(
        "a picture whose pixels are segment ids, and the table of segments; 0 is none",
        PNG,
        (".png",),
        lambda _: Each(writers.panoptic),
    ),
    "svg": Format(
        "the outlines as an SVG document in the picture's pixels",
        "image/svg+xml",
        (".svg",),
        lambda _: Each(writers.svg),
        is_drawn=True,
    ),
    "json": Format(
        "everything that is known of each object: label, score, box, path, exact mask",
        JSON,
        (".json",),
        lambda _: Each(writers.record),
    ),
    "polygons": Format(
        "the outlines as lists of points, with holes, in the picture's pixels",
        JSON,
        (".json",),
        lambda _: Each(writers.polygons),
    ),
    "coco": Format(
        "COCO's JSON, exact masks as run lengths (RLE)",
        JSON,
        (".json",),
        lambda _: CocoDataset("coco", "rle"),
        is_of_all=True,
    ),
    "coco-polygons": Format(
        "COCO's JSON, outlines as polygons",
        JSON,
        (".json",),
        lambda _: CocoDataset("coco-polygons", "polygons"),
        is_of_all=True,
    ),
    "coco-panoptic": Format(
        "COCO's panoptic JSON, and its picture of segment ids as colours",
        ZIP,
        (),
        lambda _: CocoPanoptic(),
        is_of_all=True,
    ),
}

FORMATS: Mapping[str, Format] = {
    **_ONE_BY_ONE,
    "jsonl": Format(
        "as json, one line for each picture",
        "application/x-ndjson",
        (".jsonl",),
        lambda _: writers.Lines(),
        is_of_all=True,
    ),
    "zip": Format(
        "all of these in one file, with a README.txt that says what is what",
        ZIP,
        (".zip",),
        # Without the lines: in an archive they would be the JSON once more.
        lambda _: Archive(_ONE_BY_ONE),
        is_of_all=True,
    ),
}
"""Where a suffix fits several, the first of them is meant."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One file for one picture.

    Parameters
    ----------
    content : of the file.
    media_type : `"image/svg+xml"`.
    suffix : `".svg"`.
    """

    content: bytes
    media_type: str
    suffix: str


class Exporter:
    """Writes pictures in formats.

    Parameters
    ----------
    formats : their names.
    suffix : which of a format's suffixes its files have; by default the usual one.

    Raises
    ------
    UsageError
        No format is called so.
    """

    def __init__(self, formats: Sequence[str], *, suffix: str | None = None) -> None:
        for name in formats:
            if name not in FORMATS:
                raise UsageError(f"no format is called {name!r}; there is: {', '.join(FORMATS)}")
        self._formats = tuple(formats)
        self._writers = [FORMATS[name].writer(suffix) for name in formats]
        self._stems = {"coco", "coco-polygons", "objects"}  # the names of files of all pictures

    def add(self, picture: Picture) -> list[File]:
        """Take a picture; return the files that are its own.

        Names begin with that of the picture, without its folder and suffix, and with a number
        where there is such a name already. What is drawn is left out where nothing was found.
        """
        stem = self._stem(picture.name)
        files: list[File] = []
        for name, writer in zip(self._formats, self._writers, strict=True):
            if picture.objects or not FORMATS[name].is_drawn:
                files += writer.add(stem, picture)
        return files

    def close(self) -> list[File]:
        """Return the files that are of all pictures."""
        return [file for writer in self._writers for file in writer.close()]

    def _stem(self, name: str) -> str:
        first = stem = safe_stem(name)
        number = 2
        while stem in self._stems:
            stem, number = f"{first}-{number}", number + 1
        self._stems.add(stem)
        return stem


def export(name: str, picture: Picture) -> Exported:
    """Write one picture as one file: a zip where the format has several.

    Raises
    ------
    UsageError
        No format is called so.
    """
    if name not in FORMATS:
        raise UsageError(f"no format is called {name!r}; there is: {', '.join(FORMATS)}")
    how = FORMATS[name]
    writer = how.writer()
    files = [*writer.add(safe_stem(picture.name), picture), *writer.close()]
    if how.media_type == ZIP and name != "zip":
        return Exported(pack(files), ZIP, ".zip")
    file = next(file for file in files if not file.is_beside)
    return Exported(file.content, file.media_type, PurePath(file.name).suffix)


def safe_stem(name: str) -> str:
    """Return a picture's name without folder and suffix, as any file system takes it.

    Without separators, control characters and what Windows has a use for, and never hidden.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem = re.sub(r'[\x00-\x1f\x7f<>:"|?*]+', "-", PurePath(last).stem).strip(". ")
    return stem.encode(errors="replace")[:120].decode(errors="ignore") or "picture"
