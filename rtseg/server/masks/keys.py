"""The key that signs addresses: configured, or made once and kept beside the masks."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import stat
from pathlib import Path

from rtseg.errors import StorageError

logger = logging.getLogger(__name__)

FILE_NAME = "signing-key"
_KEY_BYTES = 32
_MIN_CHARS = 32


def made() -> bytes:
    """Return a new key: 256 bits of chance as text."""
    return secrets.token_hex(_KEY_BYTES).encode()


def kept_in(folder: Path) -> bytes:
    """Return the key that a folder of masks has beside them, making it if there is none.

    Masks that outlive a restart need addresses that do. Servers that start at the same moment on
    one folder come to the same key.

    Raises
    ------
    StorageError
        The file cannot be read or made, or is not a key.
    """
    path = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        key = path.read_bytes().strip()
        mode = path.stat().st_mode
    except OSError as error:
        raise _failed(
            f"{path}: {error.strerror or error}; set masks.signing_key, or masks.folder to a "
            "folder that may be written to"
        ) from None
    if len(key) < _MIN_CHARS:
        raise _failed(
            f"{path}: expected a key of at least {_MIN_CHARS} characters, got {len(key)}; remove "
            "the file, and a new one is made"
        )
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        logger.warning("%s can be read by others: whoever does can sign addresses", path)
    return key


def _make(path: Path) -> None:
    """Write a new key, whole, unless somebody else does so first."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(made() + b"\n")
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)  # unlike a rename, never over another's key
    finally:
        partial.unlink(missing_ok=True)


def _failed(message: str) -> StorageError:
    logger.error("%s", message)  # callers are told what, and not where
    return StorageError("the key that signs masks cannot be had; the server's log says why")
