from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml

from rtseg.errors import BackendError, ModelCorruptError, ModelMissingError
from rtseg.models import State, Store
from rtseg.models.sources import File, HttpsSource, transfer

from .site import Page, Site

BODY = random.Random(7).randbytes(300_000)
TEXT = b"do as you like"
MakeStore = Callable[..., Store]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def left(store: Store) -> dict[str, int]:
    """Sizes of all files under the store's home, by relative path; claims are of no size."""
    files = (path for path in store.home.rglob("*") if path.is_file())
    sizes = {str(path.relative_to(store.home)): path.stat().st_size for path in files}
    return {path: size for path, size in sizes.items() if not path.endswith(".claim")}


@pytest.fixture
def page(site: Site) -> Page:
    """The large file's page."""
    page = Page(BODY, etag='"one"')
    site.pages["/net.onnx"] = page
    site.pages["/LICENSE"] = Page(TEXT)
    return page


@pytest.fixture
def store(site: Site, store_of: MakeStore, page: Page) -> Store:
    files = [
        File("net.onnx", len(BODY), sha256(BODY), urls=(f"{site.url}/net.onnx",)),
        File("LICENSE", None, sha256(TEXT), urls=(f"{site.url}/LICENSE",)),
    ]
    return store_of(HttpsSource("https", "https://a.page"), files)


def test_pull_brings_every_file_and_says_where_from(store: Store, site: Site) -> None:
    seen: list[tuple[int, int]] = []
    folder = store.pull("net", lambda done, total: seen.append((done, total)))
    assert (folder / "net.onnx").read_bytes() == BODY
    assert (folder / "LICENSE").read_bytes() == TEXT
    note = (folder / "SOURCE.txt").read_text()
    assert "https://a.page" in note
    assert f"{site.url}/net.onnx (sha256 {sha256(BODY)})" in note
    assert {check.state for check in store.verify("net")} == {State.READY}
    assert store.state("net") is State.READY
    assert seen[-1] == (len(BODY) + len(TEXT),) * 2
    assert seen == sorted(seen)
    assert sorted(left(store)) == [f"models/net/{n}" for n in ("LICENSE", "SOURCE.txt", "net.onnx")]

    before = len(site.asked)
    store.pull("net")
    assert len(site.asked) == before, "nothing is asked of the network"


def test_only_what_is_damaged_is_fetched_again(store: Store, site: Site) -> None:
    folder = store.pull("net")
    (folder / "LICENSE").write_bytes(b"x")
    site.asked.clear()
    store.pull("net")
    assert [asked.path for asked in site.asked] == ["/LICENSE"]
    assert (folder / "LICENSE").read_bytes() == TEXT


def test_a_connection_that_breaks_is_taken_up_where_it_broke(
    store: Store, site: Site, page: Page
) -> None:
    page.breaks = [100_000, 0, 50_000]
    folder = store.pull("net")
    assert (folder / "net.onnx").read_bytes() == BODY
    assert [(asked.range, asked.if_range) for asked in site.got("/net.onnx")] == [
        (None, None),
        ("bytes=100000-", '"one"'),
        ("bytes=100000-", '"one"'),
        ("bytes=150000-", '"one"'),
    ]


def test_what_came_is_kept_for_the_next_pull(store: Store, site: Site, page: Page) -> None:
    page.breaks = [100_000, 0, 0, 0]
    with pytest.raises(ModelMissingError) as caught:
        store.pull("net")
    assert "broke the connection" in str(caught.value)
    assert "0.1 MB of net.onnx are kept" in str(caught.value)
    assert "rtseg models pull net" in str(caught.value)
    assert store.state("net") is State.MISSING
    assert not (store.home / "models").exists(), "nothing that could be taken for a model"

    site.asked.clear()
    seen: list[int] = []
    folder = store.pull("net", lambda done, total: seen.append(done))
    assert (folder / "net.onnx").read_bytes() == BODY
    assert site.got("/net.onnx")[0].range == "bytes=100000-"
    assert seen[0] == 100_000


def test_an_interrupted_pull_keeps_what_came(store: Store, site: Site, page: Page) -> None:
    page.breaks = [100_000]

    def interrupt(done: int, total: int) -> None:
        if done >= 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.pull("net", interrupt)
    store.pull("net")
    assert site.got("/net.onnx")[-1].range == "bytes=100000-"
    assert store.read("net", "net.onnx") == BODY


def test_a_pull_that_was_killed_leaves_its_parts(
    store: Store, site: Site, page: Page, tmp_path: Path
) -> None:
    catalogue = tmp_path / "catalogue.yaml"
    (entry,) = store.catalogue
    document = {
        key: getattr(entry, key)
        for key in ("title", "note", "licence", "speed", "quality", "backend")
    }
    files = [asdict(file) | {"urls": list(file.urls)} for file in entry.files]
    more = {"devices": ["cpu"], "source": {"kind": "https"}, "files": files}
    catalogue.write_text(yaml.safe_dump({"net": document | more}))
    page.stalls = True
    script = (
        "import sys; from rtseg.models import Store, read_catalogue\n"
        "store = Store(sys.argv[1], catalogue=read_catalogue([sys.argv[2]]))\n"
        "store.pull('net', lambda done, total: print(done, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, store.home, catalogue], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert any(int(line) > 0 for line in process.stdout)
        process.kill()
    page.stalls = False
    assert store.state("net") is State.MISSING
    assert (store.pull("net") / "net.onnx").read_bytes() == BODY
    assert site.got("/net.onnx")[-1].range not in (None, "bytes=0-")


def test_a_file_that_was_finished_is_not_fetched_again(
    store: Store, site: Site, page: Page
) -> None:
    license_page = site.pages.pop("/LICENSE")
    with pytest.raises(ModelMissingError, match="HTTP 404"):
        store.pull("net")
    site.pages["/LICENSE"] = license_page
    store.pull("net")
    assert len(site.got("/net.onnx")) == 1


@pytest.mark.parametrize("heeds_if_range", [True, False])
def test_a_file_that_changes_meanwhile_is_begun_again(
    store: Store, site: Site, page: Page, heeds_if_range: bool
) -> None:
    """The first 100 kB were of another file; half of each would have the wrong checksum."""
    site.pages["/net.onnx"] = Page(b"0" * len(BODY), etag='"zero"', breaks=[100_000, 0, 0, 0])
    with pytest.raises(ModelMissingError):
        store.pull("net")
    page.heeds_if_range = heeds_if_range
    site.pages["/net.onnx"] = page
    folder = store.pull("net")
    assert (folder / "net.onnx").read_bytes() == BODY


def test_a_part_that_is_all_of_it_is_checked_and_taken(store: Store, site: Site) -> None:
    whole = store.pull("net") / "net.onnx"
    parts = store.home / "fetching" / "net"
    parts.mkdir()
    whole.rename(parts / f"net.onnx.{sha256(BODY)[:16]}.part")
    site.asked.clear()
    store.pull("net")
    assert whole.read_bytes() == BODY
    assert site.asked == []


def test_a_part_that_is_longer_than_the_file_is_begun_again(
    store: Store, site: Site, page: Page
) -> None:
    site.pages["/net.onnx"] = Page(BODY, etag='"one"', breaks=[100_000, 0, 0, 0])
    with pytest.raises(ModelMissingError):
        store.pull("net")
    (part,) = store.home.rglob("*.part")
    part.write_bytes(BODY + b"more")
    site.pages["/net.onnx"] = page
    assert (store.pull("net") / "net.onnx").read_bytes() == BODY


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_etag_it_begins_again(
    store: Store, site: Site, page: Page, etag: str | None
) -> None:
    page.etag, page.breaks = etag, [100_000]
    assert (store.pull("net") / "net.onnx").read_bytes() == BODY
    assert [asked.range for asked in site.got("/net.onnx")] == [None, None]


def test_without_a_strong_etag_it_does_not_begin_for_ever(
    store: Store, site: Site, page: Page
) -> None:
    page.etag, page.breaks = None, [100_000] * 50
    with pytest.raises(ModelMissingError, match="broke the connection") as caught:
        store.pull("net")
    assert "kept" not in str(caught.value)
    assert len(site.got("/net.onnx")) == 1 + transfer.ATTEMPTS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"body": BODY[:-1]}, "expected 300000 bytes, got 299999"),
        ({"body": BODY[:-1], "has_length": False}, "expected 300000 bytes, got 299999"),
        ({"body": b"x" + BODY[1:]}, f"expected sha256 {sha256(BODY)}, got "),
        ({"body": b"<html>sign in</html>"}, "expected 300000 bytes, got 20"),
    ],
)
def test_a_wrong_file_is_refused_and_not_kept(
    store: Store, site: Site, changes: dict[str, object], message: str
) -> None:
    site.pages["/net.onnx"] = Page(**{"etag": '"x"', **changes})  # type: ignore[arg-type]
    with pytest.raises(ModelCorruptError) as caught:
        store.pull("net")
    assert message in str(caught.value)
    assert "rtseg models pull net" in str(caught.value)
    assert not [path for path in left(store) if "etag" not in path]


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "who asks"), (403, "refuses"), (404, "no such file"), (429, "later"), (503, "later")],
)
def test_a_server_that_refuses(store: Store, site: Site, status: int, words: str) -> None:
    site.pages["/net.onnx"] = Page(b"no", status=status)
    with pytest.raises(ModelMissingError) as caught:
        store.pull("net")
    assert f"{site.url}/net.onnx answered HTTP {status}" in str(caught.value)
    assert words in str(caught.value)


def test_mirrors_are_tried_in_turn(site: Site, store_of: MakeStore, page: Page) -> None:
    site.pages["/false.onnx"] = Page(b"x" * len(BODY))
    urls = tuple(f"{site.url}/{name}.onnx" for name in ("none", "false", "net"))
    store = store_of(HttpsSource("https"), [File("net.onnx", None, sha256(BODY), urls=urls)])
    assert (store.pull("net") / "net.onnx").read_bytes() == BODY
    assert [asked.path for asked in site.asked] == ["/none.onnx", "/false.onnx", "/net.onnx"]


def test_redirects_are_followed_and_circles_told(store: Store, site: Site, page: Page) -> None:
    site.pages["/there"] = page
    site.pages["/net.onnx"] = Page(status=302, location=f"{site.other_url}/there")
    page.breaks = [100_000]
    assert (store.pull("net") / "net.onnx").read_bytes() == BODY
    assert [asked.range for asked in site.got("/there")] == [None, "bytes=100000-"]

    (store.folder("net") / "net.onnx").unlink()
    site.pages["/net.onnx"] = Page(status=302, location="/around")
    site.pages["/around"] = Page(status=302, location="/net.onnx")
    with pytest.raises(ModelMissingError, match=r"net\.onnx redirects in circles.*pull net"):
        store.pull("net")


def test_a_server_that_goes_silent(
    store: Store, site: Site, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "STALL_TIMEOUT_S", 0.1)
    page.stalls = True
    with pytest.raises(ModelMissingError, match=r"went silent for 0.1 s; 0\.1\d* MB.*kept"):
        store.pull("net")
    page.stalls = False
    store.pull("net")
    assert site.got("/net.onnx")[-1].range == f"bytes={len(BODY) // 2}-"


def test_no_network(site: Site, store_of: MakeStore) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        file = File("net.onnx", None, sha256(BODY), urls=(f"http://{host}/net.onnx",))
        with pytest.raises(ModelMissingError) as caught:
            store_of(HttpsSource("https"), [file]).pull("net")
    assert f"{host} cannot be reached" in str(caught.value)
    assert "rtseg models pull net" in str(caught.value)


def test_no_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(9, 9, 0))  # type: ignore[attr-defined]
    with pytest.raises(BackendError, match=r"cannot store models in .*are free.*RTSEG_HOME"):
        store.pull("net")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_fails_while_it_is_written(
    store: Store, site: Site, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch, pytest.raises(BackendError) as caught:
        patch.setattr(os, "fsync", fail)
        store.pull("net")
    assert os.strerror(code) in str(caught.value)
    assert "RTSEG_HOME" in str(caught.value)
    assert store.state("net") is State.MISSING
    assert (store.pull("net") / "net.onnx").read_bytes() == BODY


def test_two_pulls_at_once(store: Store) -> None:
    failures: list[BaseException] = []

    def pull() -> None:
        try:
            store.pull("net")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=pull) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {check.state for check in store.verify("net")} == {State.READY}
    assert not [path for path in left(store) if not path.startswith("models/net/")]


def test_a_pull_beside_one_that_runs_leaves_its_parts_alone(
    store: Store, site: Site, page: Page
) -> None:
    other = Store(store.home, catalogue=store.catalogue)
    beside: list[Path] = []

    def pull_beside(done: int, total: int) -> None:
        if not beside and done > 1000:
            beside.append(other.pull("net"))

    store.pull("net", pull_beside)
    assert store.read("net", "net.onnx") == BODY
    assert [asked.range for asked in site.got("/net.onnx")] == [None, None]
