"""`lock.json` beside a model's files: what was fetched, where the catalogue cannot know it.

A repository's branch moves, and the catalogue may not know the checksums of its files. So the
first pull writes down the commit and each file's size and checksum, and from then on they hold:
`verify` compares with them, and a damaged file is fetched again from that very commit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rtseg.models.catalogue import Entry
from rtseg.models.sources import File, HubSource

NAME = "lock.json"


@dataclass(frozen=True, slots=True)
class Lock:
    """What was fetched.

    Parameters
    ----------
    repository, revision : as the catalogue's entry stated them.
    commit : that the revision was at.
    files : (size in bytes, sha256) by name.
    """

    repository: str
    revision: str
    commit: str
    files: Mapping[str, tuple[int, str]]

    def completed(self, file: File) -> File:
        """Return a file with the size and checksum that it had, where the catalogue has none."""
        if file.name not in self.files:
            return file
        size, sha256 = self.files[file.name]
        return replace(file, size_bytes=file.size_bytes or size, sha256=file.sha256 or sha256)

    def over(self, earlier: Lock) -> Lock:
        """Return this with the files of an earlier lock that it does not name."""
        return replace(self, files={**earlier.files, **self.files})


def read(folder: Path, entry: Entry) -> Lock | None:
    """Return the lock of a model's folder; None if there is none, or it is of another source."""
    source = entry.source
    if not isinstance(source, HubSource):
        return None
    try:
        written = json.loads((folder / NAME).read_text(encoding="utf-8"))
        lock = Lock(
            str(written["repository"]),
            str(written["revision"]),
            str(written["commit"]),
            {str(n): (int(size), str(sha256)) for n, (size, sha256) in written["files"].items()},
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return (
        lock if (lock.repository, lock.revision) == (source.repository, source.revision) else None
    )


def of(source: HubSource, commit: str, paths: Mapping[str, Path]) -> Lock:
    """Return the lock of files that were just fetched and checked, by their names."""
    files = {}
    for name, path in paths.items():
        with path.open("rb") as stream:
            files[name] = path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()
    return Lock(source.repository, source.revision, commit, files)


def text(lock: Lock) -> str:
    """Return what is written into the file."""
    document = {
        "repository": lock.repository,
        "revision": lock.revision,
        "commit": lock.commit,
        "files": {name: list(facts) for name, facts in lock.files.items()},
    }
    return json.dumps(document, indent=2) + "\n"
