"""Pictures of all kinds as (H, W, 3) uint8 BGR."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rtseg.errors import ImageError, UsageError
from rtseg.images.decoding import LOCAL, decode_image, over_paper
from rtseg.images.kinds import HEAD_BYTES, kind_of
from rtseg.types import Image


def read_image(path: Path | str) -> Image:
    """Read an image file as a person sees it; see `rtseg.images.decoding.decode_image`.

    Parameters
    ----------
    path : JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF, JPEG 2000, PPM.

    Returns
    -------
    (H, W, 3) uint8 BGR.

    Raises
    ------
    ImageError
        There is no such file, it cannot be read, or it is not such a picture.
    """
    path = Path(path)
    if path.is_dir():
        raise ImageError(f"{path}: expected an image, got a folder; name its files: {path}/*.jpg")
    try:
        with path.open("rb") as file:
            content = file.read(HEAD_BYTES)
            if kind_of(content).reader:  # else its head is enough to say what it is
                content += file.read(LOCAL.max_bytes + 1 - len(content))
    except OSError as error:
        raise ImageError(f"{path}: cannot be read ({error.strerror})") from None
    return decode_image(content, name=str(path))


def as_image(image: Any) -> Image:
    """Take a picture in whichever form a caller has it.

    Parameters
    ----------
    image : a path; the bytes of an image file; a uint8 array (H, W, 3) BGR, (H, W, 4) BGRA or
        (H, W) grey; or a picture of Pillow.

    Returns
    -------
    (H, W, 3) uint8 BGR.

    Raises
    ------
    UsageError
        It is none of these, or a file that cannot be read.
    """
    if isinstance(image, str) and image.startswith(("https://", "http://", "data:")):
        raise UsageError(
            f"expected an image: a path, or the bytes of a file; got the address {image[:80]!r}, "
            "and nothing is fetched here: fetch it, and give its bytes"
        )
    if isinstance(image, (str, os.PathLike)):
        return read_image(Path(image))
    if isinstance(image, (bytes, bytearray, memoryview)):
        return decode_image(bytes(image))
    if hasattr(image, "convert") and hasattr(image, "getbands"):  # Pillow, without needing it
        rgba = np.asarray(image.convert("RGBA"), np.uint8)
        return over_paper(rgba[..., 2::-1], rgba[..., 3])
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.size:
        if image.ndim == 2:
            return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
        if image.ndim == 3 and image.shape[2] == 3:
            return image
        if image.ndim == 3 and image.shape[2] == 4:
            return over_paper(image[..., :3], image[..., 3])
    got = (
        f"an array {image.shape} {image.dtype}"
        if isinstance(image, np.ndarray)
        else f"a {type(image).__name__}"
    )
    raise UsageError(
        "expected an image: a path, the bytes of a file, a Pillow picture, or a uint8 array "
        f"(H, W, 3) in OpenCV's order BGR; got {got}"
    )
