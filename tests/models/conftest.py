"""A small wheel in a folder that pip takes for an index; the real weights if they can be had."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import rtseg.models
from rtseg.errors import BackendError
from rtseg.models.catalogue import Catalogue, Entry, File, PipSource

CONTENT = {"net.tflite": b"weights " * 4096, "LICENSE": b"do as you like\n"}
WHEEL = "rtsegfake-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build_wheel(folder: Path) -> Path:
    """Write a wheel whose tags are those of the pinned one; its bytes are always the same."""
    info = "rtsegfake-1.0.dist-info"
    members = {f"fake/{name}": content for name, content in CONTENT.items()} | {
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: rtsegfake\nVersion: 1.0\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\n"
        b"Tag: cp311-cp311-manylinux_2_28_x86_64\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in members).encode()
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return path


@pytest.fixture
def content() -> dict[str, bytes]:
    """What the fake model's files hold, by name."""
    return CONTENT


@pytest.fixture
def wheel_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The wheel, in a folder that every pip started by a test sees, and nothing else."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_RETRIES": "0",
        "PIP_DEFAULT_TIMEOUT": "5",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return build_wheel(folder)


@pytest.fixture
def entry(wheel_file: Path) -> Entry:
    wheel = wheel_file.read_bytes()
    return Entry(
        name="fake",
        title="A model that is not one",
        note="",
        licence="CC0-1.0",
        speed="camera",
        quality=5,
        backend="person",
        devices=("cpu",),
        labels={"thing": ("gizmo",)},
        source=PipSource("pip", "rtsegfake==1.0", WHEEL, sha256(wheel), len(wheel)),
        files=tuple(
            File(name, len(content), sha256(content), f"fake/{name}")
            for name, content in CONTENT.items()
        ),
    )


MakeStore = Callable[..., rtseg.models.Store]


@pytest.fixture
def make_store(tmp_path: Path, entry: Entry) -> MakeStore:
    """A store of the fake model; keywords change its entry, `source=...` its source."""

    def make(*, source: dict[str, object] | None = None, **fields: object) -> rtseg.models.Store:
        changed = replace(entry, source=replace(entry.source, **(source or {})), **fields)  # type: ignore[arg-type]
        return rtseg.models.Store(tmp_path / "home", catalogue=Catalogue([changed]))

    return make


@pytest.fixture
def store(make_store: MakeStore) -> rtseg.models.Store:
    return make_store()


def fill(store: rtseg.models.Store, name: str = "fake") -> Path:
    """Put the fake model's files where a pull would, without the second that pip takes."""
    folder = store.folder(name)
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in CONTENT.items():
        (folder / file).write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def weights() -> rtseg.models.Store:
    """The user's own store with the person model in it: fetched once, kept for the next run."""
    store = rtseg.models.Store()
    try:
        store.pull("person")
    except BackendError as error:
        pytest.skip(f"needs the person model: {error}")
    return store
