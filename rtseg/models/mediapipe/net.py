"""One network file on OpenCV's DNN."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rtseg.errors import BackendError
from rtseg.models.catalogue import Entry
from rtseg.models.store import Store
from rtseg.types import Image

Floats = npt.NDArray[np.float32]


class Net:
    """A network that takes one RGB image and gives some arrays.

    Parameters
    ----------
    store, entry, file : where it is.
    outputs : names of the arrays that `run` returns.

    Raises
    ------
    ModelMissingError, ModelCorruptError
        From the store.
    BackendError
        OpenCV cannot load the file.
    """

    def __init__(self, store: Store, entry: Entry, file: str, outputs: Sequence[str]) -> None:
        import cv2

        content = store.read(entry.name, file)
        self._file = file
        self._outputs = tuple(outputs)
        # OpenCV 5.0's new engine gives one output of a TFLite file and runs the whole network
        # again for another; the classic one can be had only for a file on the disk.
        with tempfile.TemporaryDirectory(prefix="rtseg-") as folder:
            path = Path(folder) / "net.tflite"
            path.write_bytes(content)
            try:
                self._net = cv2.dnn.readNetFromTFLite(str(path), engine=cv2.dnn.ENGINE_CLASSIC)
            except cv2.error as error:
                raise BackendError(
                    f"OpenCV {cv2.__version__} cannot load {file}: {error}"
                ) from error

    def run(self, image: Image, *, lowest: float = 0.0) -> tuple[Floats, ...]:
        """Return the outputs, float32, for an image.

        Parameters
        ----------
        image : (h, w, 3) uint8 BGR, model pixels: the size that the network was made for.
        lowest : what black becomes; white becomes 1.

        Raises
        ------
        BackendError
            OpenCV failed.
        """
        import cv2

        scale = (1 - lowest) / 255
        blob = cv2.dnn.blobFromImage(image, scale, mean=(-lowest / scale,) * 3, swapRB=True)
        try:
            self._net.setInput(blob)
            found = self._net.forward(self._outputs)
        except cv2.error as error:
            raise BackendError(f"OpenCV failed to run {self._file}: {error}") from error
        return tuple(np.asarray(array, np.float32) for array in found)
