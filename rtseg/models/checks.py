"""Whether a file on this machine is the one that it should be."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rtseg.models.sources import File


class State(StrEnum):
    """How a model, or one file of it, stands on this machine."""

    READY = "ready"
    MISSING = "missing"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What was found for one file.

    Parameters
    ----------
    path : where it is, or should be.
    state : what it is.
    expected_sha256 : what the catalogue states, or what was first fetched; None: not known.
    found_sha256 : what the file has; None where there is no file, or it was not asked for.
    problem : what is wrong, for people; empty if nothing is.
    """

    path: Path
    state: State
    expected_sha256: str | None
    found_sha256: str | None
    problem: str = ""


def worst(states: Iterable[State]) -> State:
    """Return the state of all files together: missing, else corrupt, else ready."""
    order = [State.READY, State.CORRUPT, State.MISSING]
    return max(states, key=order.index, default=State.READY)


def glance(path: Path, file: File) -> State:
    """Look at existence and size only."""
    try:
        status = path.stat()
    except OSError:
        return State.MISSING
    same = file.size_bytes in (status.st_size, None) and status.st_size > 0
    return State.READY if same else State.CORRUPT


def check(path: Path, file: File, *, hashes_unknown: bool = True) -> FileCheck:
    """Read a file from end to end and compare it with all that is known of it.

    Parameters
    ----------
    path, file : where it is, and what it should be.
    hashes_unknown : also where there is no checksum to compare with; otherwise such a file is not
        read to its end, and `found_sha256` is None.
    """
    found: str | None = None
    try:
        with path.open("rb") as stream:
            if hashes_unknown or file.sha256 is not None:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        problem = _problem(path, file, found)
    except OSError:
        return FileCheck(path, State.MISSING, file.sha256, None, "it is not there")
    state = State.CORRUPT if problem else State.READY
    return FileCheck(path, state, file.sha256, found, problem)


def shards(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return the files that the indices of divided checkpoints name, as far as they can be read.

    Parameters
    ----------
    folder : of the checkpoint.
    names : of the files in it; those ending in `.safetensors.index.json` are read.
    """
    named: dict[str, None] = {}
    for name in names:
        if name.endswith(".safetensors.index.json"):
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
                index = json.loads((folder / name).read_text(encoding="utf-8"))
                named |= {Path(shard).name: None for shard in index["weight_map"].values()}
    return tuple(named)


def _problem(path: Path, file: File, found_sha256: str | None) -> str:
    size = path.stat().st_size
    if file.size_bytes is not None and size != file.size_bytes:
        cut = "truncated" if size < file.size_bytes else "too long"
        return f"it is {cut}: it has {size} bytes of {file.size_bytes}"
    if file.sha256 is not None:
        return "" if found_sha256 == file.sha256 else "it has another checksum"
    if not size:
        return "it is empty"
    return _safetensors_problem(path, size) if path.suffix == ".safetensors" else ""


def _safetensors_problem(path: Path, size: int) -> str:
    """Compare a file's length with what its own head says; empty if they agree.

    Format: eight bytes, little-endian, of the head's length; the head, JSON, with the places of
    the tensors counted from its end; the tensors. That is all that can be said of a user's own
    file, of which nobody knows the checksum, and it finds a download that broke off.
    """
    with path.open("rb") as stream:
        head_bytes = int.from_bytes(stream.read(8), "little")
        if head_bytes > min(size - 8, 100_000_000):  # the format's own limit
            return "it is truncated, or no safetensors file"
        try:
            head = json.loads(stream.read(head_bytes))
            ends = [tensor["data_offsets"][1] for key, tensor in head.items() if key[:2] != "__"]
            expected = 8 + head_bytes + max(ends, default=0)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            return "it is no safetensors file"
    if size != expected:
        cut = "truncated" if size < expected else "too long"
        return f"it is {cut}: it has {size} bytes, its head says {expected}"
    return ""
