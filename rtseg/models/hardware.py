"""Which devices this machine has, found without importing torch."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.metadata
import platform
import re
import sys
from functools import cache

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
    try:
        torch = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return False
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    return not torch.endswith("+cpu") and cuda_devices() > 0


def choose_device(wanted: str, usable: tuple[str, ...], model: str) -> str:
    """Return where a model runs.

    Parameters
    ----------
    wanted : `"auto"`, `"cpu"`, `"cuda"`, `"cuda:1"`, `"mps"`.
    usable : devices that the model can use, the preferred first; `"cpu"`, `"cuda"`, `"mps"`.
    model : its name, for messages.

    Raises
    ------
    UsageError
        No device is called so.
    BackendError
        The model cannot use it, or this machine has none.
    """
    if not _DEVICE.fullmatch(wanted):
        raise UsageError(f"no device is called {wanted!r}; expected auto, cpu, cuda, cuda:N or mps")
    if wanted == "auto":
        here = {"cpu", "cuda" if cuda_devices() else "", "mps" if sys.platform == "darwin" else ""}
        return next((device for device in usable if device in here), usable[0])
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
    return wanted
