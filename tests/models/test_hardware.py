from __future__ import annotations

import sys

import pytest

from rtseg.errors import BackendError, UsageError
from rtseg.models import hardware
from rtseg.models.hardware import choose_device, cuda_devices, has_gpu


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> object:
    """Sets up a machine: GPUs that the driver shows, what torch was built for, the platform."""

    def make(gpus: int, *, torch_cuda: bool = True, platform: str = "linux") -> None:
        monkeypatch.setattr(hardware, "cuda_devices", lambda: gpus)
        monkeypatch.setattr(hardware, "torch_has_cuda", lambda: torch_cuda)
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(hardware.platform, "machine", lambda: "arm64")
        monkeypatch.setattr(hardware.importlib.util, "find_spec", lambda name: object())

    return make


@pytest.mark.parametrize(
    ("wanted", "gpus", "torch_cuda", "platform", "chosen"),
    [
        ("auto", 0, True, "linux", "cpu"),
        ("auto", 1, True, "linux", "cuda"),
        ("auto", 1, False, "linux", "cpu"),
        ("auto", 0, True, "darwin", "mps"),
        ("cpu", 1, True, "linux", "cpu"),
        ("cuda", 1, True, "linux", "cuda"),
        ("cuda:1", 2, True, "linux", "cuda:1"),
        ("mps", 0, True, "darwin", "mps"),
    ],
)
def test_choice(
    machine: object, wanted: str, gpus: int, torch_cuda: bool, platform: str, chosen: str
) -> None:
    machine(gpus, torch_cuda=torch_cuda, platform=platform)  # type: ignore[operator]
    assert choose_device(wanted, ("cuda", "mps", "cpu"), "m", needs_torch=True) == chosen


def test_without_torch_the_driver_is_enough(machine: object) -> None:
    machine(1, torch_cuda=False)  # type: ignore[operator]
    assert choose_device("auto", ("cuda", "cpu"), "m") == "cuda"
    assert choose_device("cuda", ("cuda", "cpu"), "m") == "cuda"


@pytest.mark.parametrize(
    ("wanted", "gpus", "torch_cuda", "usable", "message"),
    [
        ("cuda", 0, True, ("cuda", "cpu"), "this machine has 0 such devices.*nvidia-smi"),
        ("cuda:2", 2, True, ("cuda", "cpu"), "this machine has 2 such devices"),
        ("cuda", 1, False, ("cuda", "cpu"), r'built for CPUs only; pip install "rtseg\[gpu\]"'),
        ("cuda", 1, True, ("cpu",), "cannot run on 'cuda'; it runs on: cpu"),
        ("mps", 0, True, ("mps", "cpu"), "only Macs with Apple silicon"),
        ("auto", 0, True, ("cuda",), "runs on cuda, and this machine has none of it"),
    ],
)
def test_a_device_that_cannot_be_had_is_told(
    machine: object,
    wanted: str,
    gpus: int,
    torch_cuda: bool,
    usable: tuple[str, ...],
    message: str,
) -> None:
    machine(gpus, torch_cuda=torch_cuda)  # type: ignore[operator]
    with pytest.raises(BackendError, match=f"model 'm' .*{message}"):
        choose_device(wanted, usable, "m", needs_torch=True)


@pytest.mark.parametrize("wanted", ["gpu", "", "cuda:", "cuda:x", "cpu:0", "CUDA"])
def test_what_is_no_device(wanted: str) -> None:
    with pytest.raises(UsageError, match="expected auto, cpu, cuda"):
        choose_device(wanted, ("cpu",), "m")


def test_has_gpu(machine: object, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(1)  # type: ignore[operator]
    assert has_gpu()
    machine(0)  # type: ignore[operator]
    assert not has_gpu()
    machine(1, torch_cuda=False)  # type: ignore[operator]
    assert not has_gpu()
    machine(0, platform="darwin")  # type: ignore[operator]
    assert has_gpu()
    monkeypatch.setattr(hardware.importlib.util, "find_spec", lambda name: None)
    assert not has_gpu(), "there is no torch"


class _Driver:
    """libcuda, as far as it is asked."""

    def __init__(self, init: int, count: int) -> None:
        self._init, self._count = init, count

    def cuInit(self, flags: int) -> int:  # noqa: N802
        return self._init

    def cuDeviceGetCount(self, out: object) -> int:  # noqa: N802
        out._obj.value = self._count  # type: ignore[attr-defined]
        return 0


@pytest.mark.parametrize(("init", "count", "shown"), [(0, 3, 3), (0, 0, 0), (100, 3, 0)])
def test_the_driver_is_asked(
    monkeypatch: pytest.MonkeyPatch, init: int, count: int, shown: int
) -> None:
    monkeypatch.setattr(hardware.ctypes, "CDLL", lambda name: _Driver(init, count))
    assert cuda_devices.__wrapped__() == shown


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise OSError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr(hardware.ctypes, "CDLL", absent)
    assert cuda_devices.__wrapped__() == 0
