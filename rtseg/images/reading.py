"""Pictures of all kinds as (H, W, 3) uint8 BGR."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.types import Image

_PAPER = 255.0
"""What shows through where a picture is transparent."""


def read_image(path: Path | str) -> Image:
    """Read an image file as a person sees it.

    Turned as its EXIF orientation says; grey as colour; 16 bits as 8; transparent over white.

    Parameters
    ----------
    path : JPEG, PNG, WebP, TIFF, BMP and whatever else this OpenCV reads.

    Returns
    -------
    (H, W, 3) uint8 BGR.

    Raises
    ------
    UsageError
        There is no such file, it cannot be read, or it is not such a picture.
    """
    path = Path(path)
    if path.is_dir():
        raise UsageError(f"{path}: expected an image, got a folder; name its files: {path}/*.jpg")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    return decode_image(content, name=str(path))


def decode_image(content: bytes, *, name: str = "image") -> Image:
    """Decode what stands in an image file; see `read_image`. `name` is for messages."""
    if not content:
        raise UsageError(f"{name}: expected an image, got an empty file")
    data = np.frombuffer(content, np.uint8)
    try:
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error as error:
        raise UsageError(f"{name}: cannot be decoded ({error.err})") from None
    if pixels is None:
        raise UsageError(
            f"{name}: expected an image that OpenCV reads (JPEG, PNG, WebP, TIFF, BMP), got "
            "something else; for a video use: rtseg track"
        )
    if pixels.dtype == np.uint16:
        pixels = _to_8_bits(pixels)
    if pixels.dtype != np.uint8:
        raise UsageError(
            f"{name}: expected 8 or 16 bits a channel, got {pixels.dtype}; tone-map it to 8 bits"
        )
    with_alpha = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    # Unchanged means not turned either. A picture both transparent and turned keeps what is under
    # its transparent pixels; cameras make none.
    if with_alpha is not None and with_alpha.shape == (*pixels.shape[:2], 4):
        alpha = with_alpha[..., 3]
        opacity = _to_8_bits(alpha) if alpha.dtype == np.uint16 else alpha.astype(np.uint8)
        return _over_paper(pixels, opacity)
    return np.asarray(pixels, np.uint8)


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
    if isinstance(image, (str, os.PathLike)):
        return read_image(Path(image))
    if isinstance(image, (bytes, bytearray, memoryview)):
        return decode_image(bytes(image))
    if hasattr(image, "convert") and hasattr(image, "getbands"):  # Pillow, without needing it
        return _from_rgba(np.asarray(image.convert("RGBA"), np.uint8))
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.size:
        if image.ndim == 2:
            return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
        if image.ndim == 3 and image.shape[2] == 3:
            return image
        if image.ndim == 3 and image.shape[2] == 4:
            return _over_paper(image[..., :3], image[..., 3])
    got = (
        f"an array {image.shape} {image.dtype}"
        if isinstance(image, np.ndarray)
        else f"a {type(image).__name__}"
    )
    raise UsageError(
        "expected an image: a path, the bytes of a file, a Pillow picture, or a uint8 array "
        f"(H, W, 3) in OpenCV's order BGR; got {got}"
    )


def _from_rgba(pixels: npt.NDArray[np.uint8]) -> Image:
    return _over_paper(pixels[..., 2::-1], pixels[..., 3])


def _to_8_bits(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Scale uint16 so that white stays white: 65535 = 255 × 257."""
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _over_paper(colour: npt.NDArray[Any], alpha: npt.NDArray[np.uint8]) -> Image:
    if (alpha == 255).all():
        return np.ascontiguousarray(colour, np.uint8)
    share = alpha[..., None].astype(np.float32) / 255
    mixed = colour * share + _PAPER * (1 - share)
    return np.rint(mixed).astype(np.uint8)
