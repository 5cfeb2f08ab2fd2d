"""Folders of weights that are not what they should be, and devices that fail."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rtseg.errors import (
    BackendError,
    ConfigError,
    ModelCorruptError,
    ModelMissingError,
    UsageError,
)

torch = pytest.importorskip("torch", reason="needs torch")
tiny = pytest.importorskip("tests.models.concepts.tiny", reason="needs torch and transformers")

from rtseg.models import checkpoints  # noqa: E402
from rtseg.models.checkpoints import Checkpoint, guarded, half_precision  # noqa: E402


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / "tiny"
    tiny.rf_detr(folder, {0: "person", 1: "dog"})
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy in a store's place, to be spoilt."""
    return Path(shutil.copytree(written, tmp_path / "models" / "tiny"))


def load(folder: Path, **options: Any) -> Checkpoint:
    entry = tiny.entry("tiny", "rf_detr", options=options)
    return Checkpoint(
        entry,
        tiny.store_of(folder.parent.parent, entry),
        "cpu",
        architecture="RfDetrForInstanceSegmentation",
        model_types=("rf_detr",),
    )


def test_loads_and_is_quiet(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    module = load(folder).module
    assert not module.training
    assert next(module.parameters()).dtype is torch.float32
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="rtseg models pull tiny"):
        load(tmp_path / "models" / "tiny")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "truncated weights": (
        lambda f: _cut(f / "model.safetensors"),
        r"model\.safetensors.*not whole",
    ),
    "empty weights": (
        lambda f: (f / "model.safetensors").write_bytes(b""),
        r"model\.safetensors.*not whole",
    ),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), r"model\.safetensors.*missing"),
    "no JSON": (lambda f: (f / "config.json").write_text("{"), r"config\.json.*not JSON"),
    "a list": (lambda f: (f / "config.json").write_text("[]"), r"config\.json.*object"),
    "binary": (lambda f: (f / "config.json").write_bytes(b"\xff\xfe"), r"config\.json.*not JSON"),
    "another model": (
        lambda f: tiny.write_json(f / "config.json", {"model_type": "bert"}),
        r"config\.json.*'bert'.*'rf_detr'",
    ),
    "nonsense": (
        lambda f: tiny.write_json(f / "config.json", {"model_type": "rf_detr", "d_model": "big"}),
        r"config\.json",
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_spoilt_files_are_named_with_the_command(folder: Path, how: str) -> None:
    spoil, words = SPOILT[how]
    spoil(folder)
    with pytest.raises(ModelCorruptError, match=words) as caught:
        load(folder)
    assert "rtseg models pull tiny" in str(caught.value)


def test_missing_and_misshapen_tensors_are_no_random_numbers(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    tensors = load_file(path)
    name = next(name for name in sorted(tensors) if "class_embed" in name)
    kept = tensors.pop(name)
    save_file(tensors, path, {"format": "pt"})
    with pytest.raises(ModelCorruptError, match=rf"lacks 1 tensors, such as .*{name}"):
        load(folder)
    save_file(tensors | {name: kept[:-1].clone()}, path, {"format": "pt"})
    with pytest.raises(ModelCorruptError, match="rtseg models pull tiny"):
        load(folder)


def test_an_old_transformers_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = tiny.entry("tiny", "rf_detr")
    with pytest.raises(BackendError, match=r"needs NotYetInvented.*update"):
        Checkpoint(
            entry,
            tiny.store_of(folder.parent.parent, entry),
            "cpu",
            architecture="NotYetInvented",
            model_types=("rf_detr",),
        )


def test_precision_is_an_option(folder: Path) -> None:
    def product(**options: Any) -> Any:
        a = torch.ones(2, 2)
        return load(folder, **options).run(lambda: (a @ a).dtype)

    assert product() is torch.float32
    assert product(precision="bfloat16") is torch.bfloat16
    with pytest.raises(ConfigError, match=r"precision.*'int8'"):
        load(folder, precision="int8")


def test_half_precision_is_for_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    assert half_precision("cpu") is torch.float32
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert half_precision("cuda:1") is torch.bfloat16
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    assert half_precision("cuda") is torch.float16


def test_runs_without_gradients(folder: Path) -> None:
    checkpoint = load(folder)
    weight = next(checkpoint.module.parameters())
    assert not checkpoint.run(lambda: (weight * 2).requires_grad)


def test_closing_twice(folder: Path) -> None:
    checkpoint = load(folder)
    checkpoint.close()
    checkpoint.close()
    with pytest.raises(UsageError, match="load it again"):
        _ = checkpoint.module


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (torch.OutOfMemoryError, "CUDA out of memory. Tried to allocate 9 GiB.\nmore"),
        (RuntimeError, "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_out_of_memory_gives_back_what_was_held(
    kind: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[Any] = []
    is_held: list[bool] = []

    def release(device: str) -> None:
        assert device == "cuda:0"
        is_held.append(held[0]() is not None)

    def work() -> None:
        tensor = torch.zeros(8)
        held.append(weakref.ref(tensor))
        raise kind(said)

    monkeypatch.setattr(checkpoints, "_release", release)
    with pytest.raises(BackendError, match="cuda:0 has not enough memory for model 'm'") as caught:
        guarded("m", "cuda:0", work)
    assert is_held == [False]
    assert "more" not in str(caught.value)


def test_other_failures_keep_their_cause() -> None:
    def work() -> None:
        raise RuntimeError("CUDA error: device-side assert triggered")

    with pytest.raises(BackendError, match=r"'m' failed on cuda:0.*device-side") as caught:
        guarded("m", "cuda:0", work)
    assert isinstance(caught.value.__cause__, RuntimeError)
