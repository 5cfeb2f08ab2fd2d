"""Image files of all kinds, made here: the odd ones that people send."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms

WIDTH, HEIGHT = 60, 40

BLUE = (20, 30, 200)
"""RGB of the left half of the picture; the right one is white."""


def rgb() -> Image.Image:
    """The picture: left half blue, right half white, with a red dot in the left upper corner."""
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    pixels[:, : WIDTH // 2] = BLUE
    pixels[:8, :8] = (220, 20, 20)
    return Image.fromarray(pixels)


def saved(picture: Image.Image, format: str, **options: object) -> bytes:
    """Save a picture to bytes."""
    file = io.BytesIO()
    picture.save(file, format, **options)  # type: ignore[arg-type]
    return file.getvalue()


def turned(orientation: int, format: str = "JPEG") -> bytes:
    """The picture stored so that a reader which heeds its EXIF orientation sees it upright."""
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,  # counter-clockwise; to be turned clockwise
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    picture = rgb() if back is None else rgb().transpose(back)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if format == "JPEG" else {}
    return saved(picture, format, exif=exif, **options)


def with_damaged_exif() -> bytes:
    plain = saved(rgb(), "JPEG", quality=95, subsampling=0)
    payload = b"Exif\x00\x00" + b"II*\x00\xff\xff\xff\xff" + b"\x99" * 20
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + plain[2:]


def cmyk() -> bytes:
    """Ink, stored inverted behind an Adobe marker, as Photoshop does."""
    return saved(rgb().convert("CMYK"), "JPEG", quality=95)


def ycck() -> bytes:
    """Ink as Photoshop compresses it best: Y, Cb, Cr and black, Adobe's transform 2."""
    ink = np.asarray(rgb().convert("CMYK"))
    # libjpeg's C is 255 - R of the YCbCr, and what it gives is inverted once more, as Adobe's is;
    # Pillow inverts what it saves, and what is stored is no ink.
    first = Image.fromarray(ink[..., :3]).convert("YCbCr")
    stored = np.dstack([255 - np.asarray(first), ink[..., 3:]])
    plain = saved(Image.fromarray(stored, "CMYK"), "JPEG", quality=95)
    at = plain.index(b"Adobe") + 11
    assert plain[at] == 0
    return plain[:at] + b"\x02" + plain[at + 1 :]


def animated(format: str) -> bytes:
    """The picture, then two black frames."""
    black = Image.new("RGB", (WIDTH, HEIGHT))
    return saved(rgb(), format, save_all=True, append_images=[black, black], duration=50)


def transparent_palette() -> bytes:
    """The picture with its white half as a transparent palette entry, of another colour."""
    picture = rgb().quantize(8)
    pixels = np.asarray(picture)
    index = int(pixels[0, -1])
    palette = list(picture.getpalette() or ())
    palette[3 * index : 3 * index + 3] = [1, 2, 3]
    picture.putpalette(palette)
    return saved(picture, "PNG", transparency=index)


def transparent_key() -> bytes:
    """An opaque format with one colour declared transparent (PNG's tRNS of truecolour)."""
    pixels = np.array(rgb())
    pixels[:, WIDTH // 2 :] = (1, 2, 3)
    return saved(Image.fromarray(pixels), "PNG", transparency=(1, 2, 3))


def transparent(format: str) -> bytes:
    """The white half is black, and not there."""
    rgba = np.dstack([np.asarray(rgb()), np.full((HEIGHT, WIDTH), 255, np.uint8)])
    rgba[:, WIDTH // 2 :] = 0
    return saved(Image.fromarray(rgba), format, **({"lossless": True} if format == "WEBP" else {}))


def png(width: int, height: int, *, bits: int, colour: int, rows: bytes = b"") -> bytes:
    """A PNG by hand: colour type 0 grey, 2 RGB, 4 grey and alpha, 6 RGBA."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = name + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def deep(channels: str) -> bytes:
    """The picture as a PNG of 16 bits a channel: "L", "LA", "RGB", "RGBA"."""
    colour = {"L": 0, "LA": 4, "RGB": 2, "RGBA": 6}[channels]
    pixels = np.asarray(rgb()).astype(np.uint16) * 257
    if channels.startswith("L"):
        pixels = pixels[..., 2:]  # blue: 200 and 255
    if channels.endswith("A"):
        alpha = np.full((HEIGHT, WIDTH, 1), 65535, np.uint16)
        alpha[:, WIDTH // 2 :] = 0
        pixels = np.dstack([pixels, alpha])
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in pixels)
    return png(WIDTH, HEIGHT, bits=16, colour=colour, rows=rows)


def with_profile() -> bytes:
    """A picture whose numbers mean other colours: red and green are swapped in its profile."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    swapped = _swap_tags(bytes(profile), b"rXYZ", b"gXYZ").replace(b"sRGB", b"odd ")
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "odd ".encode("utf-16-be"))
    pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    pixels[:, : WIDTH // 2] = (255, 0, 0)
    return saved(Image.fromarray(pixels), "PNG", icc_profile=swapped)


def _swap_tags(profile: bytes, one: bytes, other: bytes) -> bytes:
    table = bytearray(profile)
    count = struct.unpack_from(">I", profile, 128)[0]
    places = {profile[132 + 12 * i : 136 + 12 * i]: 132 + 12 * i for i in range(count)}
    table[places[one] : places[one] + 4], table[places[other] : places[other] + 4] = other, one
    return bytes(table)


def bombs() -> dict[str, bytes]:
    """Small files whose headers promise pictures of gigabytes."""
    side = 30_000
    gif = bytearray(saved(rgb(), "GIF"))
    gif[6:10] = struct.pack("<HH", side, side)
    bmp = bytearray(saved(rgb(), "BMP"))
    bmp[18:26] = struct.pack("<ii", side, side)
    tiff = saved(rgb(), "TIFF")
    for tag in (256, 257):
        at = tiff.index(struct.pack("<HHI", tag, 4, 1)) + 8
        tiff = tiff[:at] + struct.pack("<I", side) + tiff[at + 4 :]
    jpeg = bytearray(saved(rgb(), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", side, side)
    jp2 = bytearray(saved(rgb(), "JPEG2000"))
    at = jp2.index(b"ihdr") + 4
    jp2[at : at + 8] = struct.pack(">II", side, side)
    return {
        "PNG": png(side, side, bits=8, colour=2),
        "GIF": bytes(gif),
        "BMP": bytes(bmp),
        "TIFF": tiff,
        "JPEG": bytes(jpeg),
        "JPEG 2000": bytes(jp2),
        "PPM": b"P6 30000 30000 255\n",
        # 16383 × 16383 is all that WebP can say.
        "WebP": b"RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00"
        + struct.pack("<I", 0)
        + (16382).to_bytes(3, "little") * 2,
    }
