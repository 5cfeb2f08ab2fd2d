"""The catalogue: every model that rtseg knows, read from `catalogue.yaml`.

An entry says what a model finds, under which licence, which code runs it, where its files come
from and which checksums they have. Whether the files are on this machine is the store's matter.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from rtseg.errors import ConfigError, UsageError
from rtseg.models.protocol import Takes
from rtseg.models.sources import KINDS, File, FolderSource, HubSource, PipSource, Source, complaint
from rtseg.models.vocabulary import vocabulary

if TYPE_CHECKING:
    import pydantic

__all__ = [
    "Catalogue",
    "Entry",
    "File",
    "FolderSource",
    "HubSource",
    "PipSource",
    "Source",
    "builtin",
    "parse",
    "read",
]

_STRICT = {"extra": "forbid"}  # for pydantic, which is imported only when a catalogue is read


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
    stuff: frozenset[str] = frozenset()
    open_vocabulary: bool = False
    role: Literal["segmenter", "detector"] = "segmenter"
    remembers: bool = False
    merges: bool = False
    requires: tuple[str, ...] = ()
    source: Source | None = None
    files: tuple[File, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    origin: str = field(default="", compare=False)
    """The user's catalogue file that it stands in; empty for rtseg's own."""

    def __post_init__(self) -> None:
        for group, members in self.groups.items():
            if strange := [label for label in members if label not in self.labels]:
                raise ValueError(
                    f"group {group!r} holds {strange[0]!r}, which is none of the labels"
                )
        if strange := sorted(self.stuff - self.labels.keys()):
            raise ValueError(f"stuff holds {strange[0]!r}, which is none of the labels")

    @property
    def is_promptable(self) -> bool:
        """A box is enough for it to outline anything.

        Not so a model of words that takes boxes and no points: to it, a box is an example of what
        is meant.
        """
        means_the_box = "point" in self.takes or "text" not in self.takes
        return self.role == "segmenter" and "box" in self.takes and means_the_box

    @property
    def pull_command(self) -> str:
        """The command that gets its files."""
        with_catalogue = f" --catalogue {shlex.quote(self.origin)}" if self.origin else ""
        return f"rtseg models pull {self.name}{with_catalogue}"

    @property
    def size_bytes(self) -> int | None:
        """What its files take on disk; None where a size is not known."""
        sizes = [file.size_bytes for file in self.files if file.size_bytes is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None

    @property
    def download_bytes(self) -> int | None:
        """What is fetched over the network, in all and unless it is here; None: not known."""
        if self.source is None or isinstance(self.source, FolderSource):
            return 0
        return self.source.size_bytes if isinstance(self.source, PipSource) else self.size_bytes

    @property
    def about_bytes(self) -> int | None:
        """What its files take on disk, for people: exact if that is known, else about."""
        if self.size_bytes is None and isinstance(self.source, HubSource):
            return self.source.about_bytes
        return self.size_bytes


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


def read(paths: Iterable[Path | str]) -> Catalogue:
    """Return the built-in catalogue with a user's own files of entries.

    Parameters
    ----------
    paths : YAML in the form of `catalogue.yaml`; `~` is the user's home. An entry replaces one of
        the same name, whole, of the files before it and of rtseg's own.

    Raises
    ------
    ConfigError
        As `parse`; or a file cannot be read.
    """
    entries = {entry.name: entry for entry in builtin()}
    for given in paths:
        path = Path(given).expanduser().absolute()
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"catalogue {path}: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            raise ConfigError(f"catalogue {path}: not UTF-8 text: {error}") from None
        own = parse(text, where=f"catalogue {path}", origin=path)
        entries |= {entry.name: entry for entry in own}
    return Catalogue(entries.values())


def parse(text: str, *, where: str, origin: Path | None = None) -> Catalogue:
    """Read a catalogue.

    Parameters
    ----------
    text : YAML in the form of `catalogue.yaml`.
    where : what to call it in messages.
    origin : the user's file that it stands in, for relative paths and commands.

    Raises
    ------
    ConfigError
        Not YAML; a key is missing, unknown or of the wrong type; a source of an unknown kind; the
        files of an entry lack what their source needs.
    """
    import pydantic
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}: not YAML: {error}") from error
    if not isinstance(document, dict) or not all(isinstance(v, dict) for v in document.values()):
        raise ConfigError(f"{where}: expected a mapping of model names to entries")
    named = {name: entry | {"name": name} for name, entry in document.items()}
    for name, entry in named.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ConfigError(
                f"{where}: expected a model's name of letters, digits and . _ + -, such as "
                f"'my-model', got {name!r}"
            )
        if "origin" in entry:
            raise ConfigError(f"{where}: {name}.origin: unknown key")
        entry["origin"] = str(origin or "")
        entry["source"] = _source(entry.get("source"), f"{where}: {name}.source", origin)
        entry.update(_in_full(entry, f"{where}: {name}.labels"))
    try:
        entries = pydantic.TypeAdapter(dict[str, Entry]).validate_python(named)
    except pydantic.ValidationError as error:
        raise ConfigError(f"{where}: {_first(error)}") from error
    for entry in entries.values():
        if lacking := complaint(entry.source, entry.files):
            raise ConfigError(f"{where}: {entry.name}: {lacking}")
    return Catalogue(entries.values())


_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*", re.ASCII)
"""It is a folder's name too, on every system."""


def _in_full(written: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the words of the vocabulary that an entry names as its labels, if it names one."""
    if not isinstance(name := written.get("labels"), str):
        return {}
    try:
        words = vocabulary(name)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    return {
        "labels": words.labels,
        "groups": written.get("groups", words.groups),
        "stuff": written.get("stuff", words.stuff),
    }


def _source(written: Any, where: str, origin: Path | None) -> Source | None:
    """Read a source by its kind: a union would report the errors of every kind."""
    import pydantic

    if written is None:
        return None
    kind = written.get("kind") if isinstance(written, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(map(repr, KINDS))
        raise ConfigError(f"{where}.kind: expected one of {known}, got {kind!r}")
    try:
        source: Source = pydantic.TypeAdapter(KINDS[kind]).validate_python(written)
    except pydantic.ValidationError as error:
        message = _first(error)
        raise ConfigError(f"{where}{'' if message.startswith(':') else '.'}{message}") from error
    if isinstance(source, FolderSource):
        folder = Path(source.path).expanduser()
        source = FolderSource("folder", str((origin.parent / folder) if origin else folder))
    return source


def _first(error: pydantic.ValidationError) -> str:
    """Return the place of the first problem, what it is and what came."""
    first = error.errors()[0]
    path = ".".join(map(str, first["loc"]))
    came = repr(first["input"])
    came = came if len(came) <= 100 else came[:99] + "…"
    return f"{path}: {first['msg'].removeprefix('Value error, ')}, got {came}"
