"""From a model's name to a `Segmenter` that runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rtseg.errors import BackendError, ConfigError, UsageError
from rtseg.models.catalogue import Entry
from rtseg.models.protocol import Segmenter
from rtseg.models.store import Store

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def load(name: str, device: str = "auto", store: Store | None = None) -> Segmenter:
    """Load a model.

    Parameters
    ----------
    name : of the catalogue, `"person"`.
    device : `"auto"` takes the best that the model can use; `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`.
    store : where the files are; by default the user's. Nothing is fetched here: see `Store.pull`.

    Raises
    ------
    UsageError
        No such model, or a device that is none of the above.
    ModelMissingError, ModelCorruptError
        The files are not there or not whole; the message names the command that gets them.
    BackendError
        The model cannot use this device, or failed to load.
    """
    store = store or Store()
    entry = store.catalogue.entry(name)
    if not _DEVICE.fullmatch(device):
        raise UsageError(f"no device is called {device!r}; expected auto, cpu, cuda, cuda:N or mps")
    if device == "auto":
        device = entry.devices[0]
    elif device.partition(":")[0] not in entry.devices:
        raise BackendError(
            f"model {name!r} cannot run on {device!r}; it runs on: {', '.join(entry.devices)}"
        )
    if entry.backend not in _BACKENDS:
        raise ConfigError(
            f"model {name!r} asks for backend {entry.backend!r}; there is: {', '.join(_BACKENDS)}"
        )
    return _BACKENDS[entry.backend](entry, store, device)


def _person(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.person import PersonSegmenter

    return PersonSegmenter(entry, store, device)


_BACKENDS: Mapping[str, Callable[[Entry, Store, str], Segmenter]] = {"person": _person}
