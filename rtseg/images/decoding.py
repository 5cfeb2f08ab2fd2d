"""Image files as (H, W, 3) uint8 BGR, the way a person sees them.

Pillow reads them rather than OpenCV: it says a picture's size before it decodes it, tells a cut
file from a whole one (OpenCV paints the rest grey and is content), and knows ink, colour profiles,
and transparency in all their forms.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import DecompressionBombError
from PIL.Image import Image as Picture
from PIL.ImageFile import ImageFile
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.PpmImagePlugin import PpmImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from rtseg.errors import ImageError, ImageTooLargeError
from rtseg.images.kinds import kind_of
from rtseg.types import Image

MAX_SIDE_PX = 32_766
"""What models scale and turn pictures with (OpenCV's remap) counts pixels in 16 bits."""

_PAPER = 255
"""What shows through where a picture is transparent."""

_BAND_ROWS = 256
"""Rows that are mixed at a time: in 16 bits, a whole large picture would be a gigabyte."""

_EXIF_ORIENTATION = 0x0112

_READERS: dict[str, Callable[[io.BytesIO, str], ImageFile]] = {
    # Named one by one, not `PIL.Image.open`: that lets all of Pillow's readers have a look, and
    # warns or fails at a pixel count of its own.
    "AVIF": AvifImageFile,
    "BMP": BmpImageFile,
    "GIF": GifImageFile,
    "JPEG": JpegImageFile,
    "JPEG2000": Jpeg2KImageFile,
    "PNG": PngImageFile,
    "PPM": PpmImageFile,
    "TIFF": TiffImageFile,
    "WEBP": WebPImageFile,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an image file may be.

    Parameters
    ----------
    max_bytes : of the file.
    max_pixels : width × height, as its header says before anything is decoded.
    """

    max_bytes: int = 1 << 30
    max_pixels: int = 1 << 28


LOCAL = Limits()
"""For a person's own files: 1 GiB, 16384 × 16384 pixels (0.8 GB as BGR)."""


def decode_image(content: bytes, *, name: str = "image", limits: Limits = LOCAL) -> Image:
    """Decode an image file.

    The first frame of an animation; turned as its EXIF orientation says; grey as colour; 16 bits
    as 8; ink and other colour spaces as sRGB, by the profile in the file where there is one;
    transparent over white.

    Parameters
    ----------
    content : JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF, JPEG 2000, PPM.
    name : for messages.
    limits : held before decoding.

    Returns
    -------
    (H, W, 3) uint8 BGR.

    Raises
    ------
    ImageError
        It is not such a file, or it is damaged; whatever the bytes are.
    ImageTooLargeError
        It is over the limits.
    """
    if not content:
        raise ImageError(f"{name}: expected an image, got an empty file")
    if len(content) > limits.max_bytes:
        raise ImageTooLargeError(
            f"{name}: expected an image file of at most {limits.max_bytes} bytes, got "
            f"{len(content)}; scale it down, or save it as JPEG"
        )
    kind = kind_of(content)
    if kind.reader is None:
        raise ImageError(
            f"{name}: expected an image (JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF), got {kind.name}; "
            f"{kind.advice}"
        )
    # Whatever a decoder runs into on bytes that anybody sent, it is the bytes that are wrong.
    try:
        picture = _READERS[kind.reader](io.BytesIO(content), "")
    except DecompressionBombError as error:  # some readers have a bound of their own
        raise ImageTooLargeError(
            f"{name}: expected fewer pixels ({error}); scale it down"
        ) from None
    except Exception:
        raise ImageError(
            f"{name}: looks like {kind.name}, but its header cannot be read: it is cut off or "
            "damaged; send the whole file"
        ) from None
    _check_size(picture.size, name, limits)
    try:
        picture.load()
        return _turned(_as_bgr(picture, name), picture)
    except ImageError:
        raise
    except Exception as error:
        raise ImageError(
            f"{name}: {kind.name} of {picture.width}×{picture.height} pixels that is cut off or "
            f"damaged ({_brief(error)}); send it whole"
        ) from None


def over_paper(colour: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]) -> Image:
    """Lay a picture on white.

    Parameters
    ----------
    colour : (H, W, 3) uint8.
    alpha : (H, W) uint8, 255 where it hides the paper.
    """
    if (alpha == 255).all():
        return np.ascontiguousarray(colour)
    image = np.empty(colour.shape, np.uint8)
    for top in range(0, len(image), _BAND_ROWS):
        rows = slice(top, top + _BAND_ROWS)
        share = alpha[rows, :, None].astype(np.uint16)
        mixed = colour[rows] * share + (_PAPER * (255 - share) + 127)  # at most 65152
        image[rows] = mixed // 255
    return image


def _check_size(size: tuple[int, int], name: str, limits: Limits) -> None:
    width, height = size
    if width * height > limits.max_pixels:
        raise ImageTooLargeError(
            f"{name}: expected at most {limits.max_pixels} pixels, got {width}×{height}, "
            f"{width * height}; scale it down"
        )
    if max(size) > MAX_SIDE_PX:
        raise ImageTooLargeError(
            f"{name}: expected sides of at most {MAX_SIDE_PX} pixels, got {width}×{height}; "
            "scale it down, or cut it into parts"
        )


def _as_bgr(picture: Picture, name: str) -> Image:
    mode = picture.mode
    if mode.startswith("I;16") or (mode == "I" and isinstance(picture, PpmImageFile)):
        grey = _to_8_bits(np.asarray(picture))
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    if mode in {"I", "F"}:
        raise ImageError(
            f"{name}: expected 8 or 16 bits a channel, got 32 ({'float' if mode == 'F' else 'int'})"
            "; tone-map it to 8 bits"
        )
    if picture.has_transparency_data:
        pixels = np.asarray(_in_srgb(picture.convert("RGBA"), picture.info, "RGBA"), np.uint8)
        return over_paper(pixels[..., 2::-1], pixels[..., 3])
    if mode != "CMYK":
        picture = picture.convert("RGB")  # of most pictures: no copy
    pixels = np.asarray(_in_srgb(picture, picture.info, "RGB"), np.uint8)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), np.uint8)


def _in_srgb(picture: Picture, info: dict[str | tuple[int, int], Any], to: str) -> Any:
    """Convert colours by the picture's own profile; one that makes no sense is passed over."""
    profile = info.get("icc_profile")
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(own):
                srgb = ImageCms.createProfile("sRGB")
                return ImageCms.profileToProfile(picture, own, srgb, outputMode=to)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # such as a grey profile in a colour picture
    return picture if picture.mode == to else picture.convert(to)


def _to_8_bits(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Scale 16 bits so that white stays white: 65535 = 255 × 257."""
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _turned(pixels: Image, picture: Picture) -> Image:
    """Turn a picture upright, as EXIF 2.32, 4.6.4 A, "Orientation" says."""
    try:
        orientation = picture.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:
        return pixels  # what stands beside a picture may be damaged, the picture is not
    match orientation:
        case 2:
            turned = cv2.flip(pixels, 1)
        case 3:
            turned = cv2.rotate(pixels, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(pixels, 0)
        case 5:
            turned = cv2.transpose(pixels)
        case 6:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.flip(cv2.transpose(pixels), -1)
        case 8:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return pixels
    return np.asarray(turned, np.uint8)


def _brief(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if len(text) <= 120 else f"{text[:119]}…"
