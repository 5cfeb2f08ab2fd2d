"""What a model needs to run on this machine, and how to get it."""

from __future__ import annotations

import importlib.util

from rtseg.models.catalogue import Entry
from rtseg.models.store import State, Store

_EXTRA = 'pip install "rtseg[cpu]"  (or "rtseg[gpu]" with an NVIDIA GPU)'


def missing_modules(entry: Entry) -> tuple[str, ...]:
    """Return the Python modules that a model needs and that are not installed."""
    return tuple(name for name in entry.requires if importlib.util.find_spec(name) is None)


def is_available(entry: Entry, store: Store) -> bool:
    """Say whether a model could be loaded now: its files and its Python modules are here."""
    return store.state(entry.name) is State.READY and not missing_modules(entry)


def how_to_get(entry: Entry, store: Store) -> str:
    """Return the commands that make a model available; empty if it is."""
    steps = []
    if missing_modules(entry):
        steps.append(_EXTRA)
    if store.state(entry.name) is not State.READY:
        steps.append(entry.pull_command)
    return "get it with: " + ", then: ".join(steps) if steps else ""
