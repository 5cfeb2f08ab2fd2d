"""What every format begins with, and what it comes to: a picture and its objects; files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rtseg.formats.outlined import Outlined
from rtseg.types import Image


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

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.image.shape[0], self.image.shape[1]


@dataclass(frozen=True, slots=True)
class File:
    """A file that was not written.

    Parameters
    ----------
    name : of the file, without a folder.
    content : of the file.
    media_type : `"image/svg+xml"`.
    is_beside : it says more about the file before it, which can do without.
    """

    name: str
    content: bytes
    media_type: str
    is_beside: bool = False


class Writer(Protocol):
    """Writes pictures in one format."""

    def add(self, stem: str, picture: Picture) -> list[File]:
        """Take a picture; return the files that are its own, their names beginning with `stem`."""

    def close(self) -> list[File]:
        """Return the files that are of all pictures."""


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write what was found.

    Parameters
    ----------
    title : what its files hold, in a line for people.
    media_type : of what one picture comes to; `"application/zip"` where that is several files.
    suffixes : of a single file that can hold one picture, the usual first.
    begin : makes a writer; given which of the suffixes is wanted.
    is_of_all : one file holds any number of pictures.
    is_drawn : it shows objects and nothing else, so that without any there is nothing to show.
    """

    title: str
    media_type: str
    suffixes: tuple[str, ...]
    begin: Callable[[str], Writer]
    is_of_all: bool = False
    is_drawn: bool = False

    def writer(self, suffix: str | None = None) -> Writer:
        """Begin to write, files of this suffix or of the usual one."""
        return self.begin(suffix or next(iter(self.suffixes), ""))
