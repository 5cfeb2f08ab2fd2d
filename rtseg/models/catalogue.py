"""The catalogue: every model that rtseg knows, read from `catalogue.yaml`.

An entry says what a model finds, under which licence, which code runs it, where its files come
from and which checksums they have. Whether the files are on this machine is the store's matter.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, ClassVar, Literal, TypeAlias

from rtseg.errors import ConfigError, UsageError
from rtseg.models.protocol import Takes
from rtseg.models.vocabulary import vocabulary

_STRICT = {"extra": "forbid"}  # for pydantic, which is imported only when a catalogue is read


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model as the store keeps it.

    Parameters
    ----------
    name : file name in the model's folder.
    size_bytes : its size.
    sha256 : its checksum, lower-case hex.
    member : its place inside the source's archive.
    """

    __pydantic_config__: ClassVar = _STRICT
    name: str
    size_bytes: int
    sha256: str
    member: str

    def __post_init__(self) -> None:
        if self.name in {"", ".", ".."} or "/" in self.name or "\\" in self.name:
            raise ValueError(f"{self.name!r} is not a plain file name")


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


Source: TypeAlias = PipSource
"""Where files come from: one class for each `kind` of the catalogue."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalogue; the head of `catalogue.yaml` says what each field means."""

    __pydantic_config__: ClassVar = _STRICT
    name: str
    title: str
    note: str
    licence: str
    speed: Literal["camera", "interactive", "gpu"]
    quality: int
    backend: str
    devices: tuple[str, ...]
    takes: frozenset[Takes] = frozenset({"text"})
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    open_vocabulary: bool = False
    role: Literal["segmenter", "detector"] = "segmenter"
    remembers: bool = False
    merges: bool = False
    requires: tuple[str, ...] = ()
    source: Source | None = None
    files: tuple[File, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for group, members in self.groups.items():
            if strange := [label for label in members if label not in self.labels]:
                raise ValueError(
                    f"group {group!r} holds {strange[0]!r}, which is none of the labels"
                )

    @property
    def is_promptable(self) -> bool:
        """A point or a box is enough for it to outline anything."""
        return "box" in self.takes and self.role == "segmenter"

    @property
    def pull_command(self) -> str:
        """The command that gets its files."""
        return f"rtseg models pull {self.name}"

    @property
    def size_bytes(self) -> int:
        """What its files take on disk."""
        return sum(file.size_bytes for file in self.files)


class Catalogue:
    """Entries by name.

    Parameters
    ----------
    entries : in the order in which the router prefers them.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.name: entry for entry in entries}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def entry(self, name: str) -> Entry:
        """Return the entry of this name.

        Raises
        ------
        UsageError
            There is none; the message names the nearest.
        """
        if name in self._entries:
            return self._entries[name]
        near = difflib.get_close_matches(name, self._entries, n=3)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(self._entries)}"
        )
        raise UsageError(f"no model is called {name!r}; {hint}")


@cache
def builtin() -> Catalogue:
    """Return the catalogue that comes with rtseg."""
    text = resources.files("rtseg.models").joinpath("catalogue.yaml").read_text(encoding="utf-8")
    return parse(text, where="rtseg/models/catalogue.yaml")


def parse(text: str, *, where: str) -> Catalogue:
    """Read a catalogue.

    Parameters
    ----------
    text : YAML in the form of `catalogue.yaml`.
    where : what to call it in messages.

    Raises
    ------
    ConfigError
        Not YAML; a key is missing, unknown or of the wrong type; a source of an unknown kind.
    """
    import pydantic
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: not YAML: {error}") from error
    if not isinstance(document, dict) or not all(isinstance(v, dict) for v in document.values()):
        raise ConfigError(f"{where}: expected a mapping of model names to entries")
    try:
        named = {name: _in_full(entry) | {"name": name} for name, entry in document.items()}
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    try:
        entries = pydantic.TypeAdapter(dict[str, Entry]).validate_python(named)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        path = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{where}: {path}: {first['msg']}, got {first['input']!r}") from error
    return Catalogue(entries.values())


def _in_full(entry: dict[str, Any]) -> dict[str, Any]:
    """Put the words of a vocabulary where an entry names it."""
    if not isinstance(labels := entry.get("labels"), str):
        return entry
    words = vocabulary(labels)
    return {"groups": words.groups} | entry | {"labels": words.labels}
