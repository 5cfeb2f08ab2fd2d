"""One ONNX file, loaded and running on one device.

onnxruntime runs it where that is installed: on a GPU with TensorRT or CUDA if its build has them,
else on the CPU. Without it OpenCV's DNN runs it on the CPU, so that the base installation can.
A provider that is there in name only (TensorRT's and CUDA's libraries are not part of
onnxruntime's wheel) fails when it starts; the next is taken then, with one warning.
"""

from __future__ import annotations

import importlib.util
import logging
import os
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from rtseg.errors import BackendError, ConfigError
from rtseg.models.home import default_home
from rtseg.models.onnx.signature import Signature, Tensor, read_signature

logger = logging.getLogger(__name__)

Floats: TypeAlias = npt.NDArray[np.float32]
Runtime: TypeAlias = Literal["auto", "onnxruntime", "opencv"]

_NAMES = {
    "TensorrtExecutionProvider": "TensorRT",
    "CUDAExecutionProvider": "CUDA",
    "CPUExecutionProvider": "CPU",
}
_QUIET = 3  # onnxruntime's severity: errors and worse


class Session(Protocol):
    """A loaded file with one input and one output. One thread at a time."""

    signature: Signature
    device: str
    """`"cpu"`, `"cuda"`, `"cuda:1"`; `"cuda (TensorRT)"`."""
    runtime: str
    """`"onnxruntime"` or `"OpenCV"`."""

    def run(self, batch: Floats) -> Floats:
        """Return the output for an input of the signature's shape.

        Raises
        ------
        BackendError
            The runtime or the device failed.
        """


def default_threads() -> int:
    """Return how many threads a model takes of a CPU that it shares with trackers and codecs."""
    return min(4, max(1, (os.cpu_count() or 1) // 2))


def open_session(
    content: bytes, device: str, *, runtime: Runtime = "auto", threads: int | None = None
) -> Session:
    """Load an ONNX file.

    Parameters
    ----------
    content : of the file.
    device : `"cpu"`, `"cuda"` or `"cuda:1"`.
    runtime : `"auto"` takes onnxruntime where it is installed, else OpenCV.
    threads : for one run on the CPU, by default `default_threads()`. OpenCV's number belongs to
        the whole process and is left alone.

    Raises
    ------
    BackendError
        Not an ONNX file, not one image in and one array out, or the runtime cannot load it.
    ConfigError
        A runtime that there is not.
    """
    if runtime not in ("auto", "onnxruntime", "opencv"):
        raise ConfigError(f"runtime: expected auto, onnxruntime or opencv, got {runtime!r}")
    signature = read_signature(content)
    (tensor,) = signature.inputs if len(signature.inputs) == 1 else (None,)
    if tensor is None or len(signature.outputs) != 1 or len(tensor.shape) != 4:
        raise BackendError(
            "expected an ONNX file with one image in (batch, 3, height, width) and one array out; "
            f"this one has in: {_listed(signature.inputs)}; out: {_listed(signature.outputs)}"
        )
    if tensor.element not in ("float32", "float16"):
        raise BackendError(f"expected an ONNX file that takes float32 or float16, got: {tensor}")
    installed = importlib.util.find_spec("onnxruntime") is not None
    if runtime == "onnxruntime" and not installed:
        raise BackendError(
            'onnxruntime is not installed; get it with: pip install "rtseg[cpu]", or leave the '
            "option `runtime` out to run on OpenCV"
        )
    if installed and runtime != "opencv":
        return _OrtSession(content, signature, device, threads or default_threads())
    if device != "cpu":
        logger.warning(
            "a model was to run on %s and runs on the CPU: that needs onnxruntime-gpu; get it "
            'with: pip install "rtseg[gpu]"',
            device,
        )
    return _DnnSession(content, signature)


class _OrtSession:
    runtime = "onnxruntime"

    def __init__(self, content: bytes, signature: Signature, device: str, threads: int) -> None:
        self.signature = signature
        (tensor,) = signature.inputs
        self._input = tensor.name
        self._element = np.float16 if tensor.element == "float16" else np.float32
        self._session, provider = _start(content, device, threads)
        self.device = {"CPU": "cpu", "CUDA": device}.get(provider, f"{device} ({provider})")

    def run(self, batch: Floats) -> Floats:
        try:
            (output,) = self._session.run(None, {self._input: batch.astype(self._element)})
        except Exception as error:  # onnxruntime's errors share no other root
            raise BackendError(f"onnxruntime failed to run the model: {error}") from error
        return np.asarray(output, np.float32)


def _start(content: bytes, device: str, threads: int) -> tuple[Any, str]:
    """Start the first provider that will; return the session and that provider's short name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = _QUIET
    # Idle threads must not spin: the CPU is shared with the tracker of every session.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = ["CPUExecutionProvider"]
    if device != "cpu":
        there = onnxruntime.get_available_providers()
        wanted = [name for name in _NAMES if name in there]
        if "CUDAExecutionProvider" not in there:
            logger.warning(
                "a model was to run on %s and runs on the CPU: the onnxruntime here has no CUDA; "
                'replace it by the one of: pip install "rtseg[gpu]"',
                device,
            )
    failed: list[str] = []
    for name in wanted:
        try:
            session = onnxruntime.InferenceSession(
                content, options, providers=_with_device(name, device), enable_fallback=False
            )
        except Exception as error:  # onnxruntime's errors share no other root
            failed.append(f"{_NAMES[name]}: {_first_line(error)}")
            continue
        if session.get_providers()[0] != name:
            failed.append(f"{_NAMES[name]}: its libraries do not load")
            continue
        if failed:
            logger.warning("a model runs with %s instead of %s", _NAMES[name], " and ".join(failed))
        return session, _NAMES[name]
    raise BackendError(f"onnxruntime {onnxruntime.__version__} cannot load the file: {failed[-1]}")


def _with_device(provider: str, device: str) -> list[Any]:
    if provider == "CPUExecutionProvider":
        return [provider]
    settings = {"device_id": device.partition(":")[2] or "0"}
    if provider == "TensorrtExecutionProvider":
        # It compiles for a minute at the first start on a GPU, and takes what is kept afterwards.
        settings |= _kept_in(default_home() / "tensorrt")
    return [(provider, settings), "CPUExecutionProvider"]


def _kept_in(folder: Path) -> dict[str, str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        logger.warning("TensorRT compiles at every start: cannot write %s: %s", folder, error)
        return {}
    return {"trt_engine_cache_enable": "True", "trt_engine_cache_path": str(folder)}


class _DnnSession:
    device = "cpu"
    runtime = "OpenCV"

    def __init__(self, content: bytes, signature: Signature) -> None:
        import cv2

        self.signature = signature
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(content, np.uint8))
        except cv2.error as error:
            raise BackendError(
                f"OpenCV {cv2.__version__} cannot load the file ({_first_line(error)}); "
                'onnxruntime knows more layers: pip install "rtseg[cpu]"'
            ) from error

    def run(self, batch: Floats) -> Floats:
        import cv2

        try:
            self._net.setInput(batch)
            return np.asarray(self._net.forward(), np.float32)
        except cv2.error as error:
            raise BackendError(f"OpenCV failed to run the model: {_first_line(error)}") from error


def _listed(tensors: tuple[Tensor, ...]) -> str:
    return ", ".join(map(str, tensors)) or "nothing"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:300]
