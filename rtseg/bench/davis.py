"""A folder laid out as DAVIS 2016 is: pictures, and the mask of one object in each of them.

    JPEGImages/480p/<sequence>/00000.jpg …
    Annotations/480p/<sequence>/00000.png …

What only looks at masks can do without the pictures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.types import BoolMask, Image


@dataclass(frozen=True, slots=True)
class Sequence:
    """Frames and the mask of one object in each.

    Parameters
    ----------
    images : (H, W, 3) uint8 BGR.
    truth : (H, W) bool, one for each image; without a pixel where the object is not to be seen.
    """

    name: str
    images: list[Image]
    truth: list[BoolMask]


def read_davis(folder: Path, names: Collection[str] = ()) -> Iterator[Sequence]:
    """Read sequences, one after the other; with `names` only those.

    Raises
    ------
    UsageError
        As of `sequences_in` and `frames_of`, or if a file is no picture.
    """
    for name in sequences_in(folder, names):
        frames = frames_of(folder, name)
        yield Sequence(
            name,
            [read_image(picture) for picture, _ in frames],
            [read_mask(mask) for _, mask in frames],
        )


def sequences_in(folder: Path, names: Collection[str] = ()) -> list[str]:
    """List the sequences that have masks; with `names` only those.

    Raises
    ------
    UsageError
        If there are none, or one of `names` is missing.
    """
    places = (folder / "Annotations/480p").glob("*")
    found = sorted(path.name for path in places if path.is_dir())
    if not found:
        raise UsageError(
            f"--davis: expected JPEGImages/480p and Annotations/480p under {folder}, "
            "got no Annotations/480p/<sequence>"
        )
    if missing := sorted(set(names) - set(found)):
        raise UsageError(f"no sequence {', '.join(missing)} in {folder}: it has {', '.join(found)}")
    return [name for name in found if not names or name in names]


def masks_of(folder: Path, name: str) -> list[Path]:
    """List the masks of a sequence, in their order."""
    return sorted((folder / "Annotations/480p" / name).glob("*.png"))


def pictures_of(folder: Path, name: str) -> list[Path]:
    """List the pictures of a sequence, in their order; none if only its masks are there."""
    return sorted((folder / "JPEGImages/480p" / name).glob("*.jpg"))


def frames_of(folder: Path, name: str) -> list[tuple[Path, Path]]:
    """List the frames of a sequence, in their order: picture and mask.

    Raises
    ------
    UsageError
        If there are none, or a picture has no mask of its name, or a mask no picture.
    """
    pictures, masks = pictures_of(folder, name), masks_of(folder, name)
    alone = {path.stem for path in pictures} ^ {path.stem for path in masks}
    if alone or not masks:
        raise UsageError(
            f"--davis: expected a picture and a mask for each frame of {name}, "
            f"got {len(pictures)} pictures and {len(masks)} masks"
            + (f"; {min(alone)} has but one of both" if alone else "")
        )
    return list(zip(pictures, masks, strict=True))


def read_image(path: Path) -> Image:
    """Read a picture, (H, W, 3) uint8 BGR.

    Raises
    ------
    UsageError
        If it is none.
    """
    return _read(path, cv2.IMREAD_COLOR)


def read_grey(path: Path) -> npt.NDArray[np.uint8]:
    """Read a picture without its colours, (H, W) uint8.

    Raises
    ------
    UsageError
        If it is none.
    """
    return _read(path, cv2.IMREAD_GRAYSCALE)


def read_mask(path: Path) -> BoolMask:
    """Read a mask, (H, W) bool: what is not black.

    Raises
    ------
    UsageError
        If it is no picture.
    """
    return read_grey(path) > 0


def _read(path: Path, mode: int) -> npt.NDArray[np.uint8]:
    picture = cv2.imread(str(path), mode)
    if picture is None:
        raise UsageError(f"--davis: expected a picture, got what is none: {path}")
    return np.asarray(picture, np.uint8)
