"""From a model's name to a `Segmenter` that runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rtseg.errors import ConfigError, ModelMissingError
from rtseg.models.availability import how_to_get, missing_modules
from rtseg.models.catalogue import Entry
from rtseg.models.hardware import choose_device, has_gpu
from rtseg.models.protocol import Detector, Segmenter
from rtseg.models.router import Router
from rtseg.models.store import Store


def load(name: str, device: str = "auto", store: Store | None = None) -> Segmenter:
    """Load a model.

    Parameters
    ----------
    name : of the catalogue, `"person"`. A detector comes together with the best promptable model
        that is here.
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
    return Loader(store, device).load(name)


class Loader:
    """Loads models for one device, each once.

    Parameters
    ----------
    store, device : as of `load`.
    """

    def __init__(self, store: Store | None = None, device: str = "auto") -> None:
        self._store = store or Store()
        self._device = device
        self._loaded: dict[str, Segmenter] = {}

    def load(self, name: str) -> Segmenter:
        """Return a model, loaded now or before; errors are those of `load`."""
        if name not in self._loaded:
            self._loaded[name] = self._load(self._store.catalogue.entry(name))
        return self._loaded[name]

    def forget(self, name: str) -> None:
        """Load this model afresh when it is next asked for; closing it is the caller's matter."""
        self._loaded.pop(name, None)

    def _load(self, entry: Entry) -> Segmenter:
        device = choose_device(self._device, entry.devices, entry.name)
        if missing := missing_modules(entry):
            raise ModelMissingError(
                f"model {entry.name!r} needs {' and '.join(missing)}; "
                f"{how_to_get(entry, self._store)}"
            )
        if entry.backend in _SEGMENTERS:
            return _SEGMENTERS[entry.backend](entry, self._store, device)
        if entry.backend in _DETECTORS:
            from rtseg.models.detect_then_segment import DetectThenSegment

            outliner = self.load(Router(self._store, has_gpu=has_gpu()).promptable())
            return DetectThenSegment(
                _DETECTORS[entry.backend](entry, self._store, device), outliner
            )
        raise ConfigError(
            f"model {entry.name!r} asks for backend {entry.backend!r}; "
            f"there is: {', '.join([*_SEGMENTERS, *_DETECTORS])}"
        )


def _person(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.person import PersonSegmenter

    return PersonSegmenter(entry, store, device)


def _touch(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.touch import TouchSegmenter

    return TouchSegmenter(entry, store, device)


_SEGMENTERS: Mapping[str, Callable[[Entry, Store, str], Segmenter]] = {
    "person": _person,
    "touch": _touch,
}
_DETECTORS: Mapping[str, Callable[[Entry, Store, str], Detector]] = {}
