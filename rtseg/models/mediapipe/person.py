"""People, with MediaPipe's selfie segmentation.

Source: MediaPipe's model card "Selfie Segmentation" (general and landscape model, Apache-2.0).
Both take RGB in [0, 1] and give the probability of a person per model pixel, already through its
sigmoid. The general one is 256×256, the landscape one 256 wide and 144 high.

What was tried, on two clips, at 16:9 and 4:3, and on 25 photos, by eye:

- stretched to the model's size (taken) against letterboxed: the letterbox loses people beside
  others and the lower edge of those who are cut by the frame's. On DAVIS, whose ground truth
  counts horse and vehicle too, it scores higher than the wide model (J .38 against .21 on
  horsejump-high, .61 against .59 on soapbox, .21 against .15 on breakdance): neither is good there;
- the landscape model on wide images (taken) against the general one: cleaner (2.5 parts a mask
  against 3.4 on `10_cloth_magic`, where one person is to be seen) at 56 % of the time;
- a 3×3 blur of the probability (taken): specks and pinholes go, parts fall from 2.5 to 1.5 and
  holes from 2.2 to 0.4, and the outline stays where it was;
- dropping parts of which the model is nowhere sure (taken): 1.1 parts.

Processor time for a 640×360 frame: 3.4 ms with onnxruntime and 5.4 with one OpenCV thread, of which
the network takes 1.4 and 3.1. `cv2.setNumThreads` belongs to the process, so it is the caller's
choice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError
from rtseg.models.catalogue import Entry
from rtseg.models.labels import label_for
from rtseg.models.mediapipe.checking import check
from rtseg.models.mediapipe.net import Net
from rtseg.models.protocol import Answer, Instance, ModelInfo, Request
from rtseg.models.store import Store
from rtseg.types import BoolMask, Image, Prompt

_SQUARE = ("selfie_segmentation.tflite", "activation_10", (256, 256))
_WIDE = ("selfie_segmentation_landscape.tflite", "segment_back", (256, 144))
"""File, its output, and (width, height) in model pixels."""

_WIDE_FROM = 4 / 3
"""Width over height from which the wide model is used: midway (geometric) from 1:1 to 16:9."""

_SURE = 0.8
"""People reach 1.0 somewhere; nearly all the specks on photos and clips end at 0.76."""


class PersonSegmenter:
    """Everyone in the picture as one mask; see `Segmenter` for the methods.

    Parameters
    ----------
    entry : of the catalogue.
    store : where its files are.
    device : `"cpu"`, the only one that it knows.

    Raises
    ------
    ModelMissingError, ModelCorruptError
        From the store.
    BackendError
        OpenCV cannot load the files.
    """

    def __init__(self, entry: Entry, store: Store, device: str) -> None:
        self.info = ModelInfo(
            entry.name,
            entry.title,
            entry.licence,
            tuple(entry.labels),
            device,
            entry.note,
            merges=entry.merges,
        )
        self._entry = entry
        self._square: _Scaled | None = _Scaled(store, entry, *_SQUARE)
        self._wide: _Scaled | None = _Scaled(store, entry, *_WIDE)

    def can_answer(self, prompt: Prompt) -> bool:
        return label_for(prompt.text, self._entry) is not None

    def new_memory(self) -> None:
        return None

    def warm_up(self) -> None:
        for net in self._nets():
            net.probability(np.zeros((net.size[1], net.size[0], 3), np.uint8))

    def segment(self, batch: Sequence[Request]) -> list[Answer]:
        self._nets()
        check(batch, self._entry)
        return [self._answer(request) for request in batch]

    def close(self) -> None:
        self._square = self._wide = None

    def _answer(self, request: Request) -> Answer:
        if not request.prompts:
            return Answer(())
        mask, score = self._look(request.image)
        if not score:
            return Answer(())
        (label,) = self.info.labels
        return Answer(tuple(Instance(i, label, score, mask) for i in range(len(request.prompts))))

    def _look(self, image: Image) -> tuple[BoolMask, float]:
        """Return the mask and the mean probability on it; 0.0 where nobody is seen."""
        import cv2

        height, width = image.shape[:2]
        square, wide = self._nets()
        net = wide if width >= _WIDE_FROM * height else square
        probability = net.probability(image)
        # Scaled up before the threshold: the outline then runs between model pixels.
        scaled = cv2.resize(probability, (width, height), interpolation=cv2.INTER_LINEAR)
        mask = scaled > 0.5
        score = float(scaled[mask].mean()) if mask.any() else 0.0
        return mask, min(score, 1.0)

    def _nets(self) -> tuple[_Scaled, _Scaled]:
        if self._square is None or self._wide is None:
            raise UsageError("this segmenter is closed; load the model again")
        return self._square, self._wide


class _Scaled:
    """One of the two networks, for images of any size."""

    def __init__(
        self, store: Store, entry: Entry, file: str, output: str, size: tuple[int, int]
    ) -> None:
        self.size = size
        self._net = Net(store, entry, file, [output])

    def probability(self, image: Image) -> npt.NDArray[np.float32]:
        """Return (h, w) float32 in [0, 1], model pixels, for an image of any size."""
        import cv2

        small = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
        (raw,) = self._net.run(np.asarray(small, np.uint8))
        smooth = cv2.GaussianBlur(raw.reshape(self.size[::-1]), (3, 3), 0)
        return _without_doubtful(np.asarray(smooth, np.float32))


def _without_doubtful(probability: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Clear the parts above one half that are nowhere above `_SURE`: Canny's hysteresis.

    (h, w) float32 in [0, 1] to the same; model pixels.
    """
    import cv2

    count, parts = cv2.connectedComponents((probability > 0.5).astype(np.uint8))
    keep = np.zeros(count, np.bool_)
    keep[parts[probability > _SURE]] = True
    keep[0] = True  # all that is below one half
    return np.where(keep[parts], probability, np.float32(0))
