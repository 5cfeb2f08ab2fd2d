"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from rtseg.errors import UsageError


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give the name of a new file beside `path`, which becomes `path` if the block ends well.

    On an error it is removed, and what was at `path` before stays. Its suffix is that of `path`.

    Raises
    ------
    UsageError
        The folder cannot be made or written to.
    """
    partial = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(0, "there is a folder of that name")
        partial.touch()
    except OSError as error:
        raise not_writable(path, error) from None
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file, text as UTF-8.

    Raises
    ------
    UsageError
        It cannot be written.
    """
    with whole_file(path) as partial:
        try:
            partial.write_bytes(content.encode() if isinstance(content, str) else content)
        except OSError as error:
            raise not_writable(path, error) from None


def not_writable(path: Path, error: OSError) -> UsageError:
    """Say that a file cannot be written, and why."""
    return UsageError(
        f"{path}: cannot be written ({error.strerror or error}); name a folder that you may write "
        "to with --output"
    )
