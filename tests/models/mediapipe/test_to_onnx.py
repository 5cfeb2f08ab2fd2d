"""Translated networks calculate what OpenCV's own reader of TFLite files does."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import BackendError
from rtseg.models import Store
from rtseg.models.mediapipe.tflite import read_graph
from rtseg.models.mediapipe.to_onnx import to_onnx
from rtseg.models.onnx.session import Runtime, open_session
from tests.models.mediapipe.pictures import photo

NETWORKS = [
    ("person", "selfie_segmentation.tflite", (256, 256), ["activation_10"]),
    ("person", "selfie_segmentation_landscape.tflite", (256, 144), ["segment_back"]),
    ("face", "face_detection_short_range.tflite", (128, 128), ["regressors", "classificators"]),
    ("face", "face_landmark.tflite", (192, 192), ["conv2d_21", "conv2d_31"]),
    ("hand", "palm_detection_lite.tflite", (192, 192), ["Identity", "Identity_1"]),
    ("hand", "hand_landmark_lite.tflite", (224, 224), ["Identity", "Identity_1"]),
]


def stored(name: str, file: str) -> bytes:
    store = Store()
    try:
        store.pull(name)
    except BackendError as error:
        pytest.skip(f"needs the {name} model: {error}")
    return store.read(name, file)


@pytest.mark.parametrize("runtime", ["opencv", "auto"])
@pytest.mark.parametrize(("name", "file", "size", "outputs"), NETWORKS)
def test_the_same_numbers(
    tmp_path: Path,
    name: str,
    file: str,
    size: tuple[int, int],
    outputs: list[str],
    runtime: Runtime,
) -> None:
    content = stored(name, file)
    picture = cv2.resize(photo("zidane.jpg"), size, interpolation=cv2.INTER_AREA)
    blob = cv2.dnn.blobFromImage(picture, 1 / 255, swapRB=True)
    (tmp_path / "net.tflite").write_bytes(content)
    reference = cv2.dnn.readNetFromTFLite(
        str(tmp_path / "net.tflite"), engine=cv2.dnn.ENGINE_CLASSIC
    )
    reference.setInput(blob)
    expected = [np.asarray(array) for array in reference.forward(outputs)]

    translated, shapes = to_onnx(content, outputs)
    found = open_session(translated, "cpu", runtime=runtime).run(np.asarray(blob, np.float32))
    assert [int(np.prod(shape)) for shape in shapes] == [array.size for array in expected]
    together = np.concatenate([array.reshape(-1) for array in expected])
    np.testing.assert_allclose(found[0], together, atol=1e-3, rtol=1e-4)


def test_an_output_that_is_not_there() -> None:
    content = stored("hand", "hand_landmark_lite.tflite")
    with pytest.raises(BackendError, match=r"it has no heat, but Identity, Identity_1"):
        to_onnx(content, ["Identity", "heat"])


def test_an_operator_that_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    content = stored("hand", "hand_landmark_lite.tflite")
    monkeypatch.delitem(to_onnx.__globals__["_STEPS"], 40)
    with pytest.raises(BackendError, match=r"cannot translate .* it has operator 40"):
        to_onnx(content, ["Identity"])


def test_what_stands_in_a_file() -> None:
    graph = read_graph(stored("hand", "hand_landmark_lite.tflite"))
    (image,) = graph.inputs
    assert graph.tensors[image].shape == (1, 224, 224, 3)
    assert [graph.tensors[i].name for i in graph.outputs][:2] == ["Identity", "Identity_1"]
    first = next(step for step in graph.operators if step.kind == 3)
    assert (first.flag(0), first.setting(1), first.flag(3)) == (0, 2, 3), "same, stride 2, relu6"


@given(st.data())
def test_any_bytes_are_read_or_refused(data: st.DataObject) -> None:
    """Damage where the tables of the file are: at its end, behind most of the weights."""
    whole = stored("person", "selfie_segmentation.tflite")
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4))):
        if broken:
            place = data.draw(st.integers(0, min(60_000, len(broken)) - 1))
            broken[-1 - place] = data.draw(st.integers(0, 255))
    try:
        to_onnx(bytes(broken), ["activation_10"])
    except BackendError:
        return
