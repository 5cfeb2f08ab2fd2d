"""Models out of one repository: a file that two of them use is fetched once and stored once.

SAM 3 is one checkpoint and two entries of the catalogue: a detector for words and a tracker. Files
in the store are replaced whole, by a rename, and never written to, so two names of one file on the
disk (hard links) are as good as two files.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from rtseg.models.catalogue import Entry
from rtseg.models.checks import State, check
from rtseg.models.lock import Lock
from rtseg.models.sources import File, HubSource


def is_sibling(one: Entry, other: Entry) -> bool:
    """Say whether two models come from one repository, at one revision."""
    mine, its = one.source, other.source
    return (
        one.name != other.name
        and isinstance(mine, HubSource)
        and isinstance(its, HubSource)
        and (mine.repository, mine.revision) == (its.repository, its.revision)
    )


def covers(one: Entry, other: Entry) -> bool:
    """Say whether a model's files hold all that its sibling needs."""
    return {_place(file) for file in other.files} <= {_place(file) for file in one.files}


def link(
    wanted: Iterable[File], lender: Entry, folder: Path, lock: Lock, scratch: Path
) -> dict[str, Path]:
    """Give those of a model's files that a sibling has, whole, a second name.

    Parameters
    ----------
    wanted : of the model that is pulled.
    lender, folder, lock : the sibling, and where its files lie.
    scratch : a folder on the same disk, for the second names.

    Returns
    -------
    The files in `scratch`, by their names in the model's folder.
    """
    theirs = {_place(file): lock.completed(file) for file in lender.files}
    linked = {}
    for file in wanted:
        twin = theirs.get(_place(file))
        if twin is None or twin.sha256 is None or file.sha256 not in (None, twin.sha256):
            continue
        path = folder / twin.name
        if check(path, twin, hashes_unknown=False).state is State.READY:
            linked[file.name] = _link(path, scratch / f"shared-{file.name}")
    return linked


def _place(file: File) -> str:
    """Return a file's place in the repository, whatever the model calls it."""
    return file.member or file.name


def _link(path: Path, name: Path) -> Path:
    name.unlink(missing_ok=True)
    try:
        os.link(path, name)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, name)
    return name
