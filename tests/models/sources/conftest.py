"""The server, and stores whose one model comes from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from rtseg.models import Catalogue, Entry, Store
from rtseg.models.sources import File, Source

from .site import Site, served


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith(("HF_", "HUGGING_FACE", "TRANSF")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with served() as site:
        monkeypatch.setenv("HF_ENDPOINT", site.url)
        yield site


StoreOf = Callable[[Source, Sequence[File]], Store]


@pytest.fixture
def store_of(tmp_path: Path) -> StoreOf:
    """A store with one model, `net`."""

    def make(source: Source, files: Sequence[File]) -> Store:
        entry = Entry(
            name="net",
            title="A net",
            note="",
            licence="CC0-1.0",
            speed="camera",
            quality=5,
            backend="person",
            devices=("cpu",),
            source=source,
            files=tuple(files),
        )
        return Store(tmp_path / "home", catalogue=Catalogue([entry]))

    return make
