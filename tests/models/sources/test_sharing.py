"""Two models out of one repository: what both use is fetched once and stored once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rtseg.models import Catalogue, Entry, State, Store
from rtseg.models.sources import File, HubSource

from .site import Site
from .test_hub import CONFIG, FIRST, SECOND, WEIGHTS, Hub

WORDS = b'{"model": {"type": "BPE"}}'
WEIGHTS_FILE = File("model.safetensors", member="half/model.safetensors")
PART = (File("config.json"), WEIGHTS_FILE)
WHOLE = (*PART, File("tokenizer.json"))


@pytest.fixture
def remote(site: Site) -> Hub:
    remote = Hub(site)
    files = {"config.json": CONFIG, "half/model.safetensors": WEIGHTS, "tokenizer.json": WORDS}
    remote.commit(FIRST, files)
    return remote


def entry(name: str, files: tuple[File, ...], revision: str = "main", size: int = 0) -> Entry:
    return Entry(
        name=name,
        title=f"Model {name}",
        note="",
        licence="CC0-1.0",
        speed="camera",
        quality=5,
        backend="person",
        devices=("cpu",),
        source=HubSource("hub", "a/b", revision, about_bytes=size or None),
        files=files,
    )


def store_of(home: Path, *entries: Entry) -> Store:
    return Store(home / "home", catalogue=Catalogue(entries))


def is_one_file(store: Store, name: str = "model.safetensors") -> bool:
    return (store.folder("whole") / name).samefile(store.folder("part") / name)


def test_the_part_comes_with_the_whole(tmp_path: Path, remote: Hub, site: Site) -> None:
    store = store_of(tmp_path, entry("whole", WHOLE, size=9), entry("part", PART))
    store.pull("whole")
    assert [asked.path for asked in site.asked].count("/store") == 1
    assert store.state("part") is State.READY
    assert [found.state for found in store.verify("part")] == [State.READY] * 2
    assert is_one_file(store)
    assert f"commit {FIRST}" in (store.folder("part") / "SOURCE.txt").read_text()
    assert "Model part" in (store.folder("part") / "SOURCE.txt").read_text()
    assert sorted(p.name for p in (store.home / "models").iterdir()) == ["part", "whole"]
    site.asked.clear()
    store.pull("part")
    assert site.asked == []


def test_the_whole_takes_what_the_part_has(tmp_path: Path, remote: Hub, site: Site) -> None:
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", PART))
    store.pull("part")
    assert store.state("whole") is State.MISSING  # it needs more
    site.asked.clear()
    remote.commit(SECOND, remote.commits[FIRST] | {"config.json": b'{"model_type": "other"}'})
    store.pull("whole")
    assert store.state("whole") is State.READY
    assert is_one_file(store)
    assert (store.folder("whole") / "tokenizer.json").read_bytes() == WORDS
    # All of one commit, though the branch has moved.
    assert {asked.path for asked in site.asked if asked.path.startswith("/a/b/")} == {
        f"/a/b/resolve/{FIRST}/tokenizer.json"
    }


def test_a_part_that_is_new_in_the_catalogue_needs_no_network(
    tmp_path: Path, remote: Hub, site: Site
) -> None:
    store_of(tmp_path, entry("whole", WHOLE)).pull("whole")
    site.asked.clear()
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", PART))
    store.pull("part")
    assert site.asked == []
    assert is_one_file(store)


def test_a_damaged_file_is_not_lent(tmp_path: Path, remote: Hub, site: Site) -> None:
    store_of(tmp_path, entry("whole", WHOLE)).pull("whole")
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", PART))
    (store.folder("whole") / "model.safetensors").write_bytes(WEIGHTS[::-1])
    store.pull("part")
    assert (store.folder("part") / "model.safetensors").read_bytes() == WEIGHTS
    assert (store.folder("part") / "config.json").read_bytes() == CONFIG


def test_a_damaged_file_is_mended_by_the_sibling(tmp_path: Path, remote: Hub, site: Site) -> None:
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", PART))
    store.pull("whole")
    (store.folder("whole") / "model.safetensors").unlink()
    site.asked.clear()
    store.pull("whole")
    assert site.asked == []
    assert is_one_file(store)


def test_another_revision_is_another_model(tmp_path: Path, remote: Hub, site: Site) -> None:
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", PART, FIRST))
    store.pull("whole")
    assert not store.folder("part").exists()


def test_another_commit_is_not_mixed_in(tmp_path: Path, remote: Hub, site: Site) -> None:
    store_of(tmp_path, entry("whole", WHOLE)).pull("whole")
    remote.commit(SECOND, remote.commits[FIRST] | {"config.json": b'{"model_type": "other"}'})
    store_of(tmp_path, entry("part", PART)).pull("part")
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", PART))
    (store.folder("whole") / "model.safetensors").unlink()
    store.pull("whole")
    for name, commit in ("whole", FIRST), ("part", SECOND):
        assert f"commit {commit}" in (store.folder(name) / "SOURCE.txt").read_text()


def test_a_file_of_another_checksum_is_not_taken(tmp_path: Path, remote: Hub, site: Site) -> None:
    other = File("model.safetensors", None, "0" * 64, "half/model.safetensors")
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", (PART[0], other)))
    store.pull("whole")
    assert not store.folder("part").exists()


def test_a_disk_without_hard_links_has_copies(
    tmp_path: Path, remote: Hub, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    store = store_of(tmp_path, entry("whole", WHOLE), entry("part", PART))
    store.pull("whole")
    assert store.state("part") is State.READY
    assert not is_one_file(store)
    assert (store.folder("part") / "model.safetensors").read_bytes() == WEIGHTS
