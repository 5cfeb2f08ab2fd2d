"""One network file, translated when it is loaded and run on onnxruntime or OpenCV's DNN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtseg.errors import BackendError
from rtseg.models.catalogue import Entry
from rtseg.models.mediapipe.to_onnx import to_onnx
from rtseg.models.onnx.session import Runtime, open_session
from rtseg.models.store import Store
from rtseg.types import Image

Floats = npt.NDArray[np.float32]


class Net:
    """A network that takes one RGB image and gives some arrays.

    Parameters
    ----------
    store, entry, file : where it is, in TFLite's format.
    outputs : names of the arrays that `run` returns.
    runtime : as of `open_session`.

    Raises
    ------
    ModelMissingError, ModelCorruptError
        From the store.
    BackendError
        The file cannot be translated or loaded.
    """

    def __init__(
        self,
        store: Store,
        entry: Entry,
        file: str,
        outputs: Sequence[str],
        *,
        runtime: Runtime = "auto",
    ) -> None:
        self._file = file
        stored = store.read(entry.name, file)
        try:
            content, self._shapes = to_onnx(stored, outputs)
            self._session = open_session(content, "cpu", runtime=runtime)
        except BackendError as error:
            raise _about(file, error) from error
        self._ends = np.cumsum([int(np.prod(shape)) for shape in self._shapes])[:-1]

    def run(self, image: Image, *, lowest: float = 0.0) -> tuple[Floats, ...]:
        """Return the outputs, float32, for an image.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR, model pixels: the size that the network was made for.
        lowest : what black becomes; white becomes 1.

        Raises
        ------
        BackendError
            The runtime failed.
        """
        import cv2

        scale = (1 - lowest) / 255
        blob = cv2.dnn.blobFromImage(image, scale, mean=(-lowest / scale,) * 3, swapRB=True)
        try:
            together = self._session.run(np.asarray(blob, np.float32))
        except BackendError as error:
            raise _about(self._file, error) from error
        parts = np.split(together.reshape(-1), self._ends)
        return tuple(part.reshape(shape) for part, shape in zip(parts, self._shapes, strict=True))


def _about(file: str, error: BackendError) -> BackendError:
    return BackendError(f"{file}: {error}")
