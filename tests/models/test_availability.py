from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from rtseg.models import Catalogue, Entry, Store, availability
from rtseg.models.availability import get_command, how_to_get, is_available, missing_modules
from rtseg.models.sources import FolderSource

from .conftest import fill

_PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def store_with(store: Store, entry: Entry) -> Store:
    return Store(store.home, catalogue=Catalogue([entry]))


def test_files_and_modules_are_needed(store: Store, entry: Entry) -> None:
    assert not is_available(entry, store)
    assert get_command(entry, store) == "rtseg models pull fake"
    fill(store)
    assert is_available(entry, store)
    assert get_command(entry, store) is None
    assert how_to_get(entry, store) == ""
    needy = replace(entry, requires=("json", "no_such_module", "no_such.sub_module"))
    assert missing_modules(needy) == ("no_such_module", "no_such.sub_module")
    assert not is_available(needy, store_with(store, needy))


def test_what_is_installed_is_looked_for_once_and_what_is_missing_again(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: dict[str, object] = {}
    asked: list[str] = []

    def find_spec(name: str) -> object:
        asked.append(name)
        return there.get(name)

    monkeypatch.setattr(availability, "_installed", set())
    monkeypatch.setattr(availability.importlib.util, "find_spec", find_spec)
    needy = replace(entry, requires=("later",))
    assert missing_modules(needy) == missing_modules(needy) == ("later",)
    there["later"] = object()
    assert missing_modules(needy) == missing_modules(needy) == ()
    assert asked == ["later"] * 3


@pytest.mark.parametrize(
    ("gpus", "missing", "installed"),
    [
        (0, ("torch",), '"rtseg[cpu]"'),
        (2, ("torch", "transformers"), '"rtseg[gpu]"'),
        (0, ("transformers", "timm"), '"rtseg[cpu]" timm'),
        (0, ("timm", "torchvision"), "timm torchvision"),
    ],
)
def test_one_command_gets_everything(
    store: Store,
    entry: Entry,
    monkeypatch: pytest.MonkeyPatch,
    gpus: int,
    missing: tuple[str, ...],
    installed: str,
) -> None:
    monkeypatch.setattr(availability, "cuda_devices", lambda: gpus)
    monkeypatch.setattr(availability, "_installed", set())
    monkeypatch.setattr(availability.importlib.util, "find_spec", lambda name: None)
    needy = replace(entry, requires=missing, origin="/my models.yaml")
    command = f"pip install {installed} && rtseg models pull fake --catalogue '/my models.yaml'"
    assert get_command(needy, store_with(store, needy)) == command
    assert how_to_get(needy, store_with(store, needy)) == f"get it with: {command}"


def test_the_extras_bring_what_they_are_said_to() -> None:
    project = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]
    for extra in ("cpu", "gpu"):
        packages = project["optional-dependencies"][extra]
        names = {re.split(r"[^\w-]", package)[0].removesuffix("-gpu") for package in packages}
        assert names >= availability.IN_EXTRAS


def test_a_folder_is_the_users_to_fill(store: Store, entry: Entry) -> None:
    own = replace(entry, source=FolderSource("folder", "/none"), files=())
    assert get_command(own, store_with(store, own)) is None
    assert how_to_get(own, store_with(store, own)) == "put its files into /none"


def test_a_model_without_files_is_always_available(store: Store, entry: Entry) -> None:
    bare = replace(entry, source=None, files=())
    assert is_available(bare, store_with(store, bare))
    assert how_to_get(bare, store_with(store, bare)) == ""
