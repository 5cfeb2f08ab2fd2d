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
        needs_torch = "torch" in entry.requires
        device = choose_device(self._device, entry.devices, entry.name, needs_torch=needs_torch)
        if missing := missing_modules(entry):
            raise ModelMissingError(
                f"model {entry.name!r} needs {' and '.join(missing)}; "
                f"{how_to_get(entry, self._store)}"
            )
        self._store.require(entry.name)
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
    from rtseg.models.mediapipe.person import PersonSegmenter

    return PersonSegmenter(entry, store, device)


def _sam3(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.concepts.sam3 import Sam3Segmenter

    return Sam3Segmenter(entry, store, device)


def _rf_detr(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.concepts.rf_detr import RfDetrSegmenter

    return RfDetrSegmenter(entry, store, device)


def _eomt(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.concepts.eomt import EomtSegmenter

    return EomtSegmenter(entry, store, device)


def _grounding_dino(entry: Entry, store: Store, device: str) -> Detector:
    from rtseg.models.concepts.grounding_dino import GroundingDinoDetector

    return GroundingDinoDetector(entry, store, device)


def _face(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.mediapipe.face import face_segmenter

    return face_segmenter(entry, store, device)


def _hand(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.mediapipe.hand import hand_segmenter

    return hand_segmenter(entry, store, device)


def _sam2(entry: Entry, store: Store, device: str) -> Segmenter:
    from rtseg.models.sam2.segmenter import Sam2Segmenter

    return Sam2Segmenter(entry, store, device)


def _yolox(entry: Entry, store: Store, device: str) -> Detector:
    from rtseg.models.onnx.detector import YoloxDetector

    return YoloxDetector(entry, store, device)


_SEGMENTERS: Mapping[str, Callable[[Entry, Store, str], Segmenter]] = {
    "person": _person,
    "face": _face,
    "hand": _hand,
    "sam2": _sam2,
    "sam3": _sam3,
    "rf_detr": _rf_detr,
    "eomt": _eomt,
}
_DETECTORS: Mapping[str, Callable[[Entry, Store, str], Detector]] = {
    "yolox": _yolox,
    "grounding_dino": _grounding_dino,
}
