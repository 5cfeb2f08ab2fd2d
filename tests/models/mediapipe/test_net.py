"""What a network is given, what comes out of it, and what becomes of the runtime's errors."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from rtseg.errors import BackendError
from rtseg.models.mediapipe import net as net_module
from rtseg.models.mediapipe.net import Net
from rtseg.models.onnx import writing
from rtseg.models.onnx.session import Runtime

RUNTIMES: list[Runtime] = ["opencv", "auto"]


def net(monkeypatch: pytest.MonkeyPatch, runtime: Runtime) -> Net:
    """Return one that gives its (1, 3, 3, 4) input, as if that were two outputs."""
    content = writing.model(
        [writing.node("Reshape", ["image", "shape"], "all")],
        [writing.constant("shape", np.array([1, 36]))],
        writing.value("image", (1, 3, 3, 4)),
        writing.value("all", (1, 36)),
    )
    shapes = [(1, 12), (1, 2, 12)]
    monkeypatch.setattr(net_module, "to_onnx", lambda stored, outputs: (content, shapes))
    store = SimpleNamespace(read=lambda name, file: b"weights")
    entry = SimpleNamespace(name="x")
    return Net(store, entry, "x.tflite", ["a", "b"], runtime=runtime)  # type: ignore[arg-type]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("lowest", [0.0, -1.0])
def test_rgb_from_the_lowest_to_one(
    monkeypatch: pytest.MonkeyPatch, lowest: float, runtime: Runtime
) -> None:
    image = np.zeros((3, 4, 3), np.uint8)
    image[0, 1] = (0, 51, 255)  # BGR
    red, others = net(monkeypatch, runtime).run(image, lowest=lowest)
    assert (red.shape, others.shape) == ((1, 12), (1, 2, 12))
    assert red.dtype == np.float32
    green, blue = others[0]
    expected = (1, lowest + 0.2 * (1 - lowest), lowest)
    assert (red[0, 1], green[1], blue[1]) == pytest.approx(expected, abs=1e-6)
    assert (red[0, 11], green[11], blue[11]) == pytest.approx((lowest,) * 3, abs=1e-6)


def test_a_failure_of_the_runtime_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def run(self, batch: np.ndarray) -> np.ndarray:
            raise BackendError("out of luck")

    monkeypatch.setattr(net_module, "open_session", lambda *given, **options: Broken())
    with pytest.raises(BackendError, match=r"^x\.tflite: out of luck$"):
        net(monkeypatch, "auto").run(np.zeros((3, 4, 3), np.uint8))
