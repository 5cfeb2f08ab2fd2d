"""What a file is, by its first bytes: its name and its declared type are not to be trusted.

The tables are the formats' own signatures. Only the readers of the formats named here ever see a
file: Pillow has forty more, for formats that nobody sends on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

HEAD_BYTES = 512
"""As much of a file as `kind_of` looks at."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file.

    Parameters
    ----------
    name : as in "got {name}".
    reader : Pillow's name of the format; None for what is not read.
    advice : what to do with what is not read.
    """

    name: str
    reader: str | None = None
    advice: str = "send it as JPEG or PNG"


_OF_A_VIDEO = "take one of its frames, or follow it with: rtseg track"

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", Kind("a JPEG", "JPEG")),
    (b"\x89PNG\r\n\x1a\n", Kind("a PNG", "PNG")),
    (b"GIF87a", Kind("a GIF", "GIF")),
    (b"GIF89a", Kind("a GIF", "GIF")),
    (b"II*\x00", Kind("a TIFF", "TIFF")),
    (b"MM\x00*", Kind("a TIFF", "TIFF")),
    (b"II+\x00", Kind("a TIFF", "TIFF")),  # BigTIFF
    (b"MM\x00+", Kind("a TIFF", "TIFF")),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", Kind("a JPEG 2000", "JPEG2000")),
    (b"\xff\x4f\xff\x51", Kind("a JPEG 2000", "JPEG2000")),
    (b"%PDF", Kind("a PDF document", advice="send one of its pages as PNG")),
    (b"%!PS", Kind("a PostScript document", advice="send it as PNG")),
    (b"8BPS", Kind("a Photoshop document")),
    (b"\xff\x0a", Kind("a JPEG XL")),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", Kind("a JPEG XL")),
    (b"\x1a\x45\xdf\xa3", Kind("a video (Matroska or WebM)", advice=_OF_A_VIDEO)),
    (b"\x00\x00\x01\xba", Kind("a video (MPEG)", advice=_OF_A_VIDEO)),
    (b"PK\x03\x04", Kind("a zip archive", advice="send the images in it one by one")),
    (b"\x1f\x8b", Kind("gzip-compressed data", advice="send it uncompressed")),
    (b"data:", Kind("a data URI inside a file", advice="decode it first")),
)

_BRANDS = {
    b"avif": Kind("an AVIF", "AVIF"),
    b"avis": Kind("an AVIF", "AVIF"),
    **dict.fromkeys(
        (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"), Kind("a HEIC")
    ),
}
_VIDEO = Kind("a video (MP4)", advice=_OF_A_VIDEO)

_MARKUP: tuple[tuple[bytes, Kind], ...] = (
    (b"<svg", Kind("an SVG drawing", advice="draw it as PNG first")),
    (b"<!doctype html", Kind("a web page", advice="send the address of the image itself")),
    (b"<html", Kind("a web page", advice="send the address of the image itself")),
)

_UNKNOWN = Kind("something else")


def kind_of(content: bytes) -> Kind:
    """Say what a file is; only its first `HEAD_BYTES` are looked at."""
    head = content[:HEAD_BYTES]
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    for is_so, kind in _BY_STRUCTURE:
        if is_so(head):
            return kind
    if head[4:8] == b"ftyp":  # ISO base media; the major brand, then those it is compatible with
        brands = [head[i : i + 4] for i in (8, *range(16, min(len(head), 48), 4))]
        return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), _VIDEO)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, kind in _MARKUP:
        if text.startswith(mark) or (text.startswith((b"<?xml", b"<!--")) and mark in text):
            return kind
    return _UNKNOWN


def _is_bmp(head: bytes) -> bool:
    # "BM" alone begins many a text: the size of the second header is one of a few.
    sizes = {12, 40, 52, 56, 64, 108, 124}
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in sizes


def _is_pnm(head: bytes) -> bool:
    return head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace()


_BY_STRUCTURE: tuple[tuple[Callable[[bytes], bool], Kind], ...] = (
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", Kind("a WebP", "WEBP")),
    (
        lambda head: head[:4] == b"RIFF" and head[8:12] == b"AVI ",
        Kind("a video (AVI)", advice=_OF_A_VIDEO),
    ),
    (_is_bmp, Kind("a BMP", "BMP")),
    (_is_pnm, Kind("a PPM", "PPM")),
)
