"""From a model's name to a `Segmenter` that runs."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

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

    def _outliner(self) -> Segmenter:
        """Return the best promptable model, on a device of its own where it does not know ours."""
        name = Router(self._store, has_gpu=has_gpu()).promptable()
        if self._device.partition(":")[0] in {"auto", *self._store.catalogue.entry(name).devices}:
            return self.load(name)
        return load(name, "auto", self._store)

    def _load(self, entry: Entry) -> Segmenter:
        needs_torch = "torch" in entry.requires
        device = choose_device(self._device, entry.devices, entry.name, needs_torch=needs_torch)
        if missing := missing_modules(entry):
            raise ModelMissingError(
                f"model {entry.name!r} needs {' and '.join(missing)}; "
                f"{how_to_get(entry, self._store)}"
            )
        self._store.require(entry.name)
        if path := SEGMENTERS.get(entry.backend):
            segmenter: Segmenter = _made(path, entry, self._store, device)
            return segmenter
        if path := DETECTORS.get(entry.backend):
            from rtseg.models.detect_then_segment import DetectThenSegment

            detector: Detector = _made(path, entry, self._store, device)
            return DetectThenSegment(detector, self._outliner())
        raise ConfigError(
            f"model {entry.name!r} asks for backend {entry.backend!r}; "
            f"there is: {', '.join([*SEGMENTERS, *DETECTORS])}"
        )


def _made(path: str, entry: Entry, store: Store, device: str) -> Any:
    """Make a backend of this path; its module, and what that imports, is loaded only now."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(f"rtseg.models.{module}"), name)(entry, store, device)


SEGMENTERS: Mapping[str, str] = {
    "touch": "touch:TouchSegmenter",
    "person": "mediapipe.person:PersonSegmenter",
    "face": "mediapipe.face:face_segmenter",
    "hand": "mediapipe.hand:hand_segmenter",
    "sam2": "sam2.segmenter:Sam2Segmenter",
    "sam3": "concepts.sam3:Sam3Segmenter",
    "rf_detr": "concepts.rf_detr:RfDetrSegmenter",
    "eomt": "concepts.eomt:EomtSegmenter",
}
"""For each backend of the catalogue, what makes a `Segmenter` of (entry, store, device)."""

DETECTORS: Mapping[str, str] = {
    "yolox": "onnx.detector:YoloxDetector",
    "grounding_dino": "concepts.grounding_dino:GroundingDinoDetector",
}
"""The same for a `Detector`."""
