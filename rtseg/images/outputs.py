"""What `rtseg segment` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rtseg.errors import UsageError
from rtseg.formats import Outlined
from rtseg.formats.choosing import Plan
from rtseg.formats.exporting import FORMATS, Exporter
from rtseg.formats.picture import File, Picture
from rtseg.formats.whole import write_whole
from rtseg.types import Image

SUFFIXES: Mapping[str, tuple[str, ...]] = {name: each.suffixes for name, each in FORMATS.items()}
"""Formats, with the suffixes of files that hold one of them alone."""


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
        if plan.file is not None and image_count > 1 and not FORMATS[plan.formats[0]].is_of_all:
            raise UsageError(
                f"--output {plan.file}: {image_count} images do not go into one file; name a folder"
            )
        self._plan = plan
        suffix = None if plan.file is None else plan.file.suffix.lower()
        self._exporter = Exporter(plan.formats, suffix=suffix)

    def add(self, source: Path, image: Image, objects: Sequence[Outlined]) -> list[Path]:
        """Take an image and what is in it; return the files written for it now."""
        return self._write(self._exporter.add(Picture(str(source), image, objects)), source)

    def close(self) -> list[Path]:
        """Write the files that are of all images; return them."""
        return self._write(self._exporter.close())

    def _write(self, files: Sequence[File], source: Path | None = None) -> list[Path]:
        only = self._plan.file
        if only is not None:
            # What a table beside says stands in its picture too.
            files = [file for file in files if not file.is_beside]
            if len(files) > 1:
                raise UsageError(
                    f"--output {only}: {len(files)} {self._plan.formats[0]} do not go into one "
                    "file; name a folder"
                )
        paths = []
        for file in files:
            path = only or (self._plan.folder or Path()) / file.name
            if source is not None and path.exists() and path.samefile(source):
                raise UsageError(f"--output {path} is the image itself; name another file")
            write_whole(path, file.content)
            paths.append(path)
        return paths
