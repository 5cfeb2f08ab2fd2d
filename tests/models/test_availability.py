from __future__ import annotations

from dataclasses import replace

import pytest

from rtseg.models import Catalogue, Entry, Store, availability
from rtseg.models.availability import get_command, how_to_get, is_available, missing_modules
from rtseg.models.sources import FolderSource


def store_with(store: Store, entry: Entry) -> Store:
    return Store(store.home, catalogue=Catalogue([entry]))


def test_files_and_modules_are_needed(store: Store, entry: Entry) -> None:
    assert not is_available(entry, store)
    assert get_command(entry, store) == "rtseg models pull fake"
    store.pull("fake")
    assert is_available(entry, store)
    assert get_command(entry, store) is None
    assert how_to_get(entry, store) == ""
    needy = replace(entry, requires=("json", "no_such_module", "no_such.sub_module"))
    assert missing_modules(needy) == ("no_such_module", "no_such.sub_module")
    assert not is_available(needy, store_with(store, needy))


@pytest.mark.parametrize(("gpus", "extra"), [(0, "cpu"), (2, "gpu")])
def test_one_command_gets_everything(
    store: Store, entry: Entry, monkeypatch: pytest.MonkeyPatch, gpus: int, extra: str
) -> None:
    monkeypatch.setattr(availability, "cuda_devices", lambda: gpus)
    needy = replace(entry, requires=("no_such_module",), origin="/my models.yaml")
    command = (
        f"pip install \"rtseg[{extra}]\" && rtseg models pull fake --catalogue '/my models.yaml'"
    )
    assert get_command(needy, store_with(store, needy)) == command
    assert how_to_get(needy, store_with(store, needy)) == f"get it with: {command}"


def test_a_folder_is_the_users_to_fill(store: Store, entry: Entry) -> None:
    own = replace(entry, source=FolderSource("folder", "/none"), files=())
    assert get_command(own, store_with(store, own)) is None
    assert how_to_get(own, store_with(store, own)) == "put its files into /none"


def test_a_model_without_files_is_always_available(store: Store, entry: Entry) -> None:
    bare = replace(entry, source=None, files=())
    assert is_available(bare, store_with(store, bare))
    assert how_to_get(bare, store_with(store, bare)) == ""
