"""What a network is given, and what becomes of OpenCV's errors."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from rtseg.errors import BackendError
from rtseg.models.mediapipe.net import Net


class Recorder:
    """Stands for OpenCV's network: keeps its input, gives it back."""

    def setInput(self, blob: np.ndarray) -> None:  # noqa: N802
        self.blob = blob

    def forward(self, names: tuple[str, ...]) -> list[np.ndarray]:
        if "fail" in names:
            raise cv2.error("out of luck")
        return [self.blob for _ in names]


def net(monkeypatch: pytest.MonkeyPatch, *outputs: str) -> Net:
    monkeypatch.setattr(cv2.dnn, "readNetFromTFLite", lambda path, engine: Recorder())
    store = SimpleNamespace(read=lambda name, file: b"weights")
    return Net(store, SimpleNamespace(name="x"), "x.tflite", outputs)  # type: ignore[arg-type]


@pytest.mark.parametrize("lowest", [0.0, -1.0])
def test_rgb_from_the_lowest_to_one(monkeypatch: pytest.MonkeyPatch, lowest: float) -> None:
    image = np.zeros((3, 4, 3), np.uint8)
    image[0, 1] = (0, 51, 255)  # BGR
    one, other = net(monkeypatch, "a", "b").run(image, lowest=lowest)
    assert one.shape == (1, 3, 3, 4)
    assert one.dtype == np.float32
    span = 1 - lowest
    expected = (1, lowest + 0.2 * span, lowest)
    assert one[0, :, 0, 1] == pytest.approx(expected, abs=1e-6)
    assert one[0, :, 2, 2] == pytest.approx((lowest,) * 3, abs=1e-6)
    assert other is not None


def test_a_failure_of_opencv_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackendError, match=r"OpenCV failed to run x.tflite: .*out of luck"):
        net(monkeypatch, "fail").run(np.zeros((3, 4, 3), np.uint8))
