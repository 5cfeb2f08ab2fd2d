"""Images that stand in a request or an answer itself: data URIs (RFC 2397), and base64 alone."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from rtseg.errors import ImageTooLargeError, PeerError

_WHITESPACE = b" \t\r\n\f\v"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
"""RFC 4648, section 5: the alphabet for URLs."""

_BARE = ("/9j/", "iVBORw0KGgo", "UklGR", "R0lGODdh", "R0lGODlh")
"""Base64 of how JPEG, PNG, WebP and GIF files begin: no address begins so."""

EXPECTED = 'expected image_url to be "data:image/jpeg;base64,…" or an https address'


def data_uri(content: bytes, media_type: str) -> str:
    """Write a file as a data URI."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def is_inline(image_url: str) -> bool:
    """Say whether an `image_url` holds the image itself."""
    return image_url[:5].lower() == "data:" or image_url.startswith(_BARE)


def read_inline(image_url: str, *, max_bytes: int) -> bytes:
    """Decode a data URI, or base64 alone.

    The media type in it is a hint that is not needed: an image's own bytes say what it is. What
    programs get wrong without harm is taken: whitespace, missing padding, the alphabet for URLs,
    base64 that is percent-encoded on top.

    Parameters
    ----------
    image_url : for which `is_inline` holds.
    max_bytes : the most that is decoded.

    Raises
    ------
    PeerError
        It is not well-formed; `bad_image_url`.
    ImageTooLargeError
        It decodes to more than `max_bytes`.
    """
    head, comma, data = image_url.partition(",")
    if head[:5].lower() != "data:":
        return _from_base64(image_url, max_bytes)
    if not comma:
        raise _wrong("a data URI without a comma before its data")
    is_base64 = head.rpartition(";")[2].strip().lower() == "base64"
    if not data.strip():
        raise _wrong("a data URI without data")
    if is_base64:
        return _from_base64(data, max_bytes)
    _check_size(len(data) // 3, max_bytes)  # three characters a byte at most
    content = unquote_to_bytes(data)
    _check_size(len(content), max_bytes)
    return content


def _from_base64(data: str, max_bytes: int) -> bytes:
    try:
        raw = data.encode("ascii")
    except UnicodeEncodeError as error:
        raise _wrong(f"base64 with the character {data[error.start]!r} at {error.start}") from None
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    raw = raw.translate(_TO_STANDARD, _WHITESPACE).rstrip(b"=")
    _check_size(len(raw) * 3 // 4, max_bytes)
    if len(raw) % 4 == 1:
        raise _wrong("base64 that is cut off: one character is left over")
    try:
        return binascii.a2b_base64(raw + b"=" * (-len(raw) % 4), strict_mode=True)
    except binascii.Error as error:
        raise _wrong(f"base64 that cannot be decoded ({error})") from None


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise ImageTooLargeError(
            f"image_url: expected an image file of at most {max_bytes} bytes, got {size} or more; "
            "scale it down, or save it as JPEG (the server's bound is api.max_image_bytes)"
        )


def _wrong(got: str) -> PeerError:
    return PeerError(f"{EXPECTED}, got {got}", code="bad_image_url")
