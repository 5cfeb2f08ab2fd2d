"""The names under which masks and artifacts lie, and what they say. Pure but for the chance."""

from __future__ import annotations

import hashlib
import re
import secrets

from rtseg.errors import UsageError

SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}
"""What may be given out. A browser runs neither: an SVG under our own origin would be a page."""
MEDIA_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()}

_STEM_CHARS = 32
"""128 bits as hex: a folder may lie where upper and lower case are the same."""
_NAME = re.compile(rf"[0-9a-f]{{{_STEM_CHARS}}}\.(?:{'|'.join(MEDIA_TYPES)})", re.ASCII)
_PARTIAL = re.compile(rf"\.[0-9a-f]{{{_STEM_CHARS}}}\.[0-9]+\.part\.[a-z]+", re.ASCII)
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)
_OBJECT_ID = re.compile(r"img_[0-9a-z]{6}", re.ASCII)
_OBJECT_ID_CHARS = "0123456789abcdefghijklmnopqrstuvwxyz"


def draw_name(media_type: str) -> str:
    """Return a new file name that nobody can guess and that says nothing of the content.

    Raises
    ------
    UsageError
        The media type is none of `SUFFIXES`.
    """
    return f"{secrets.token_hex(_STEM_CHARS // 2)}.{suffix_of(media_type)}"


def draw_object_id() -> str:
    """Return a new id for an artifact, in VLM Run's form: `img_` and six characters."""
    return "img_" + "".join(secrets.choice(_OBJECT_ID_CHARS) for _ in range(6))


def artifact_stem(session_id: str, object_id: str) -> str | None:
    """Return the stem of an artifact's name; None where there cannot be such ids.

    It follows from the ids, so no index is kept; whoever sees the storage learns neither.
    """
    if not (is_session_id(session_id) and _OBJECT_ID.fullmatch(object_id)):
        return None
    digest = hashlib.sha256(f"rtseg artifact 1\n{session_id}\n{object_id}".encode())
    return digest.hexdigest()[:_STEM_CHARS]


def suffix_of(media_type: str) -> str:
    """Return the suffix of a media type's files.

    Raises
    ------
    UsageError
        The media type is none of `SUFFIXES`.
    """
    if media_type not in SUFFIXES:
        raise UsageError(f"media_type: expected one of {', '.join(SUFFIXES)}, got {media_type!r}")
    return SUFFIXES[media_type]


def is_name(text: str) -> bool:
    """Tell whether a file in a storage is one of ours."""
    return _NAME.fullmatch(text) is not None


def is_partial(text: str) -> bool:
    """Tell whether a file in a folder is one of ours that is still being written."""
    return _PARTIAL.fullmatch(text) is not None


def is_session_id(text: str) -> bool:
    """Tell whether a text is long enough to be a secret, and fit for a file name."""
    return _SESSION_ID.fullmatch(text) is not None
