"""What a model needs to run on this machine, and how to get it."""

from __future__ import annotations

import importlib.util

from rtseg.models.catalogue import Entry
from rtseg.models.hardware import cuda_devices
from rtseg.models.sources import FolderSource, HubSource
from rtseg.models.store import State, Store

IN_EXTRAS = frozenset({"onnxruntime", "torch", "transformers"})
"""Modules that the extras `cpu` and `gpu` bring; others are installed by their own names."""


def missing_modules(entry: Entry) -> tuple[str, ...]:
    """Return the Python modules that a model needs and that are not installed."""
    return tuple(name for name in entry.requires if not _is_installed(name))


def is_available(entry: Entry, store: Store) -> bool:
    """Say whether a model could be loaded now: its files and its Python modules are here."""
    return not missing_modules(entry) and store.state(entry.name) is State.READY


def how_to_get(entry: Entry, store: Store) -> str:
    """Return what makes a model available, for the end of a message; empty if it is."""
    if command := get_command(entry, store):
        return f"get it with: {command}"
    if is_available(entry, store):
        return ""
    return f"put its files into {store.folder(entry.name)}"


def get_command(entry: Entry, store: Store) -> str | None:
    """Return the one command line that makes a model available; None if none is needed, or the
    user has to put files somewhere."""
    steps = []
    if missing := missing_modules(entry):
        wanted = [f'"rtseg[{extra()}]"'] if IN_EXTRAS.intersection(missing) else []
        wanted += [name for name in missing if name not in IN_EXTRAS]
        steps.append(f"pip install {' '.join(wanted)}")
    is_own = isinstance(entry.source, FolderSource)
    if store.state(entry.name) is not State.READY and not is_own:
        steps.append(entry.pull_command)
    return " && ".join(steps) or None


def extra() -> str:
    """Return which of the two extras fits this machine; they must not meet in one environment."""
    return "gpu" if cuda_devices() else "cpu"


def is_gated(entry: Entry) -> bool:
    """Say whether the owner of a model's files wants to be asked for access first."""
    return isinstance(entry.source, HubSource) and entry.source.gated


_installed: set[str] = set()
"""Modules that were found. The router asks for each of each model at every request, and to search
the path for them took it 5 ms. What is missing is looked for again: it may be installed meanwhile.
"""


def _is_installed(module: str) -> bool:
    if module in _installed:
        return True
    try:
        is_found = importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # the parent of a dotted name; a module without a spec
        return False
    if is_found:
        _installed.add(module)
    return is_found
