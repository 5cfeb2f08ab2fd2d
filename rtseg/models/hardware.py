"""Which devices this machine has, found without importing torch."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import platform
import re
import sys
from functools import cache
from pathlib import Path

from rtseg.errors import BackendError, UsageError

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


@cache
def cuda_devices() -> int:
    """Return how many GPUs the NVIDIA driver shows; 0 without a driver."""
    library = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(library)
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value


def has_gpu() -> bool:
    """Say whether torch models would run on a GPU here."""
    if importlib.util.find_spec("torch") is None:
        return False
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    return cuda_devices() > 0 and torch_has_cuda()


def torch_has_cuda() -> bool:
    """Say whether the torch that is installed was built for NVIDIA GPUs.

    Asked of its files: its version says `+cpu` only where it came from PyTorch's own index.
    """
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    libraries = Path(spec.origin).parent / "lib"
    return any((libraries / name).is_file() for name in ("libtorch_cuda.so", "torch_cuda.dll"))


def choose_device(
    wanted: str, usable: tuple[str, ...], model: str, *, needs_torch: bool = False
) -> str:
    """Return where a model runs.

    Parameters
    ----------
    wanted : `"auto"`, `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`.
    usable : devices that the model can use, the preferred first; `"cpu"`, `"cuda"`, `"mps"`.
    model : its name, for messages.
    needs_torch : it runs on torch, which must have been built for the device.

    Raises
    ------
    UsageError
        No device is called so.
    BackendError
        The model cannot use it, or this machine has none.
    """
    if not _DEVICE.fullmatch(wanted):
        raise UsageError(f"no device is called {wanted!r}; expected auto, cpu, cuda, cuda:N or mps")
    has_cuda = cuda_devices() > 0 and (torch_has_cuda() or not needs_torch)
    has_mps = sys.platform == "darwin" and platform.machine() == "arm64"
    here = {"cpu"} | ({"cuda"} if has_cuda else set()) | ({"mps"} if has_mps else set())
    if wanted == "auto":
        chosen = next((device for device in usable if device in here), None)
        if chosen is None:
            raise BackendError(
                f"model {model!r} runs on {' or '.join(usable)}, and this machine has none of it; "
                "choose another model: rtseg models list"
            )
        return chosen
    kind, _, number = wanted.partition(":")
    if kind not in usable:
        raise BackendError(
            f"model {model!r} cannot run on {wanted!r}; it runs on: {', '.join(usable)}"
        )
    if kind == "cuda" and int(number or 0) >= cuda_devices():
        raise BackendError(
            f"model {model!r} was asked to run on {wanted!r}, and this machine has "
            f"{cuda_devices()} such devices; use auto or cpu, or check the driver with nvidia-smi"
        )
    if kind == "cuda" and not has_cuda:
        raise BackendError(
            f"model {model!r} was asked to run on {wanted!r}, and the torch that is installed was "
            'built for CPUs only; pip install "rtseg[gpu]" in a fresh environment, or use cpu'
        )
    if kind == "mps" and not has_mps:
        raise BackendError(
            f"model {model!r} was asked to run on 'mps', which only Macs with Apple silicon have; "
            "use auto or cpu"
        )
    return wanted
