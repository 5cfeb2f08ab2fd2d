from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.errors import BackendError, ConfigError
from rtseg.models.onnx import session
from rtseg.models.onnx.session import default_threads, open_session
from tests.models.onnx_files import colour_detector, model, node, other_layout, value

SHARED = Path(__file__).parents[3] / "shared"
needs_onnxruntime = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime") is None, reason="needs onnxruntime"
)
RUNTIMES = [pytest.param("onnxruntime", marks=needs_onnxruntime), "opencv"]


@needs_onnxruntime
def test_both_runtimes_say_the_same() -> None:
    batch = np.random.default_rng(7).uniform(0, 255, (1, 3, 64, 64)).astype(np.float32)
    one, other = on_both(colour_detector(), batch)
    assert one.shape == (1, 84, 7)
    np.testing.assert_allclose(one, other, atol=1e-5)


def on_both(content: bytes, batch: session.Floats) -> tuple[session.Floats, session.Floats]:
    return (
        open_session(content, "cpu", runtime="onnxruntime").run(batch),
        open_session(content, "cpu", runtime="opencv").run(batch),
    )


@needs_onnxruntime
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/models and ../shared/data")
def test_both_runtimes_say_the_same_of_a_real_file() -> None:
    content = (SHARED / "models" / "yolox_nano.onnx").read_bytes()
    image = cv2.imread(str(SHARED / "data" / "photos" / "bus.jpg"))
    assert image is not None
    batch = cv2.resize(image, (416, 416)).transpose(2, 0, 1)[None].astype(np.float32)
    one, other = on_both(content, batch)
    assert one[..., 4].max() > 0.5
    np.testing.assert_allclose(one, other, atol=1e-3)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"nothing of the kind", "expected an ONNX file, got 19 bytes"),
        (colour_detector()[:-9], "check that the download is whole"),
        (model([], [], [], [value("o", (1,))]), r"one image in .*in: nothing; out: o \(1\)"),
        (
            model([], [], [value("i", (1, 3, 8, 8))], [value("o", (1,)), value("p", (1,))]),
            r"one array out; .* out: o \(1\) float32, p",
        ),
        (model([], [], [value("i", (1, 9))], [value("o", (1,))]), r"in: i \(1, 9\) float32"),
        (
            model([], [], [value("i", (1, 3, 8, 8), 2)], [value("o", (1,))]),
            "takes float32 or float16, got: i .*uint8",
        ),
        (
            model(
                [node("NoSuchLayer", ["i"], "o")],
                [],
                [value("i", (1, 3, 8, 8))],
                [value("o", (1, 3, 8, 8))],
            ),
            "cannot load the file",
        ),
    ],
)
def test_a_wrong_file_is_refused(runtime: session.Runtime, content: bytes, message: str) -> None:
    with pytest.raises(BackendError, match=message):
        open_session(content, "cpu", runtime=runtime)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_failed_run_says_who_failed(runtime: session.Runtime) -> None:
    opened = open_session(colour_detector(), "cpu", runtime=runtime)
    with pytest.raises(BackendError, match="failed to run the model"):
        opened.run(np.zeros((1, 3, 50, 64), np.float32))
    assert opened.run(np.zeros((1, 3, 64, 64), np.float32)).shape == (1, 84, 7)  # still usable


def test_an_unknown_runtime_is_named() -> None:
    with pytest.raises(ConfigError, match="expected auto, onnxruntime or opencv, got 'tflite'"):
        open_session(colour_detector(), "cpu", runtime="tflite")  # type: ignore[arg-type]


def test_without_onnxruntime_opencv_runs_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert open_session(colour_detector(), "cpu").runtime == "OpenCV"
    assert not caplog.records
    opened = open_session(colour_detector(), "cuda")
    assert opened.device == "cpu"
    assert "runs on the CPU: that needs onnxruntime-gpu" in caplog.text
    with pytest.raises(BackendError, match="onnxruntime is not installed"):
        open_session(colour_detector(), "cpu", runtime="onnxruntime")


class _Started:
    """onnxruntime's session as far as starting it goes: which provider it got."""

    def __init__(self, providers: list[str]) -> None:
        self._providers = providers

    def get_providers(self) -> list[str]:
        return self._providers


@needs_onnxruntime
@pytest.mark.parametrize(
    ("fails", "device", "warning"),
    [
        ({}, "cuda:1 (TensorRT)", ""),
        ({"Tensorrt": "raises"}, "cuda:1", "runs with CUDA instead of TensorRT: no libnvinfer"),
        (
            {"Tensorrt": "raises", "CUDA": "silently"},
            "cpu",
            "with CPU instead of TensorRT: no libnvinfer and CUDA: its libraries do not load",
        ),
    ],
)
def test_a_provider_that_fails_gives_way_with_one_warning(
    fails: dict[str, str],
    device: str,
    warning: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    import onnxruntime

    monkeypatch.setattr(session, "default_home", lambda: tmp_path)
    kept_in = tmp_path / "tensorrt"

    def start(content: bytes, options: object, providers: list[object], **rest: bool) -> _Started:
        assert rest == {"enable_fallback": False}  # or onnxruntime prints and takes what it likes
        first = providers[0]
        if isinstance(first, tuple):
            first, settings = first
            kept = {"trt_engine_cache_enable": "True", "trt_engine_cache_path": str(kept_in)}
            assert settings == {"device_id": "1"} | (kept if first.startswith("Tensor") else {})
        how = next((way for name, way in fails.items() if str(first).startswith(name)), "")
        if how == "raises":
            raise RuntimeError("no libnvinfer\nand a long trace")
        return _Started(["CPUExecutionProvider"] if how else [str(first)])

    names = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    monkeypatch.setattr(onnxruntime, "InferenceSession", start)
    with caplog.at_level(logging.WARNING):
        assert open_session(colour_detector(), "cuda:1").device == device
    assert len(caplog.records) == bool(warning)
    assert warning in caplog.text


@needs_onnxruntime
def test_a_build_without_cuda_runs_on_the_cpu_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has CUDA")
    assert open_session(colour_detector(), "cuda").device == "cpu"
    assert "the onnxruntime here has no CUDA" in caplog.text


def test_a_shared_cpu_keeps_cores_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((None, 1), (1, 1), (2, 1), (4, 2), (64, 4)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert default_threads() == threads


def test_a_file_that_is_no_yolox_still_loads_here() -> None:
    opened = open_session(other_layout(), "cpu", runtime="opencv")
    assert opened.run(np.zeros((1, 3, 64, 64), np.float32)).shape == (1, 3, 4096)
