"""Which formats a command writes, and where: from `--output` and `--format`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rtseg.errors import UsageError


@dataclass(frozen=True, slots=True)
class Plan:
    """What is written.

    Parameters
    ----------
    formats : their names.
    folder : where files go that are named after the source; None where there is one `file`.
    file : the only file.
    """

    formats: tuple[str, ...]
    folder: Path | None
    file: Path | None = None


def plan(
    output: str | None,
    wanted: str | None,
    suffixes: Mapping[str, Sequence[str]],
    *,
    default: Sequence[str],
) -> Plan:
    """Decide what to write.

    Parameters
    ----------
    output : a folder, a file whose suffix says its format, or None for the working folder.
    wanted : names of formats, with commas; None for what the suffix of `output` says, else
        `default`.
    suffixes : for each format that there is, those of the single file that can hold it.
    default : formats for a folder.

    Raises
    ------
    UsageError
        A format is not known, or the file cannot hold it.
    """
    names = None if wanted is None else [name.strip() for name in wanted.split(",") if name.strip()]
    for name in names or ():
        if name not in suffixes:
            raise UsageError(f"--format: no format is called {name!r}; there is: {known(suffixes)}")
    if names is not None and not names:
        raise UsageError(f"--format: expected at least one of: {known(suffixes)}")
    formats = tuple(dict.fromkeys(default if names is None else names))
    if output is None:
        return Plan(formats, Path())
    path = Path(output)
    if path.is_dir() or output.endswith(("/", "\\")):
        return Plan(formats, path)
    suffix = path.suffix.lower()
    if not suffix:
        if path.exists():
            raise UsageError(f"--output {output}: expected a folder, and there is a file there")
        return Plan(formats, path)
    fitting = [name for name, endings in suffixes.items() if suffix in endings]
    if not fitting:
        every = sorted({ending for endings in suffixes.values() for ending in endings})
        raise UsageError(
            f"--output {output}: expected a folder or a file that ends in {', '.join(every)}"
        )
    if names is None:
        return Plan((fitting[0],), None, path)
    if len(formats) > 1:
        raise UsageError(
            f"--output {output}: one file holds one format, {len(formats)} are wanted: name a "
            "folder, or one format"
        )
    if formats[0] not in fitting:
        raise UsageError(
            f"--output {output}: the format {formats[0]!r} goes into a folder"
            + (f", or {' or '.join(suffixes[formats[0]])}" if suffixes[formats[0]] else "")
        )
    return Plan(formats, None, path)


def known(suffixes: Mapping[str, Sequence[str]]) -> str:
    """Return the formats' names for a message."""
    return ", ".join(suffixes)


def file_name(text: str) -> str:
    """Return words as a part of a file's name: letters, digits and dashes of any script."""
    plain = re.sub(r"[^\w]+", "-", text.casefold(), flags=re.UNICODE).strip("-")
    # File systems take 255 bytes, and a label may be a sentence in any script.
    return plain.encode()[:60].decode(errors="ignore") or "object"
