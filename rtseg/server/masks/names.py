"""The names under which masks and artifacts lie, and what they say. Pure but for the chance."""

from __future__ import annotations

import hashlib
import re
import secrets

MEDIA_TYPE = "image/png"
"""Nothing else is given out: an SVG under our own origin would be a page, which browsers run."""

_STEM_CHARS = 32
"""128 bits as hex: a folder may lie where upper and lower case are the same."""
_NAME = re.compile(rf"[0-9a-f]{{{_STEM_CHARS}}}\.png", re.ASCII)
_PARTIAL = re.compile(rf"\.[0-9a-f]{{{_STEM_CHARS}}}\.[0-9]+\.part\.[a-z]+", re.ASCII)
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)
_OBJECT_ID = re.compile(r"img_[0-9a-z]{6}", re.ASCII)
_OBJECT_ID_CHARS = "0123456789abcdefghijklmnopqrstuvwxyz"


def draw_name() -> str:
    """Return a new file name that nobody can guess and that says nothing of the content."""
    return f"{secrets.token_hex(_STEM_CHARS // 2)}.png"


def draw_object_id() -> str:
    """Return a new id for an artifact, in VLM Run's form: `img_` and six characters."""
    return "img_" + "".join(secrets.choice(_OBJECT_ID_CHARS) for _ in range(6))


def artifact_name(session_id: str, object_id: str) -> str | None:
    """Return the file name of an artifact; None where there cannot be such ids.

    It follows from the ids, so no index is kept; whoever sees the storage learns neither.
    """
    if not (is_session_id(session_id) and _OBJECT_ID.fullmatch(object_id)):
        return None
    digest = hashlib.sha256(f"rtseg artifact 1\n{session_id}\n{object_id}".encode())
    return f"{digest.hexdigest()[:_STEM_CHARS]}.png"


def is_name(text: str) -> bool:
    """Tell whether a file in a storage is one of ours."""
    return _NAME.fullmatch(text) is not None


def is_partial(text: str) -> bool:
    """Tell whether a file in a folder is one of ours that is still being written."""
    return _PARTIAL.fullmatch(text) is not None


def is_session_id(text: str) -> bool:
    """Tell whether a text is long enough to be a secret, and fit for a file name."""
    return _SESSION_ID.fullmatch(text) is not None
