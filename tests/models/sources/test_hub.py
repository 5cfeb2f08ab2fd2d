from __future__ import annotations

import hashlib
import io
import json
import random
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from rtseg.errors import ConfigError, ModelCorruptError, ModelMissingError
from rtseg.models import State, Store
from rtseg.models.commands import show_models
from rtseg.models.sources import File, HubSource, hub

from .site import Asked, Page, Site

WEIGHTS = random.Random(3).randbytes(200_000)
CONFIG = b'{"model_type": "sam2_video"}'
FIRST, SECOND = "1" * 40, "2" * 40
FILES = (File("config.json"), File("model.safetensors", member="half/model.safetensors"))
MakeStore = Callable[..., Store]


class Hub:
    """A hub with one repository: its answers are shaped as those of huggingface.co.

    A large file redirects to another host, which knows nothing of commits; a small one redirects
    within the hub. HEAD and GET answer alike.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.commits: dict[str, dict[str, bytes]] = {}
        self.branches: dict[str, str] = {}
        self.says: dict[str, str] = {}  # other checksums than the true ones, by file
        self.stored = Page()
        self.tokens: set[str] | None = None

    def commit(self, name: str, files: dict[str, bytes]) -> None:
        """Add a commit, and move the branch `main` to it."""
        self.commits[name] = files
        self.branches["main"] = name
        for revision in (name, "main"):
            for file in (*files, "absent.txt"):
                path = f"/a/b/resolve/{revision}/{file}"
                self.site.pages[path] = lambda asked, r=revision, f=file: self._answer(asked, r, f)
        self.site.pages["/a/b/resolve/none/config.json"] = Page(
            status=404, headers={"X-Error-Code": "RevisionNotFound"}
        )

    def _answer(self, asked: Asked, revision: str, file: str) -> Page:
        if self.tokens is not None:
            if asked.token is None:
                return Page(status=401, headers={"X-Error-Code": "GatedRepo"})
            if asked.token == "Bearer stale":
                words = "Invalid credentials in Authorization header"
                return Page(status=401, headers={"X-Error-Message": words})
            if asked.token.removeprefix("Bearer ") not in self.tokens:
                return Page(status=403, headers={"X-Error-Code": "GatedRepo"})
        commit = self.branches.get(revision, revision)
        content = self.commits[commit].get(file)
        headers = {"X-Repo-Commit": commit}
        if content is None:
            return Page(status=404, headers=headers | {"X-Error-Code": "EntryNotFound"})
        if file.endswith(".safetensors"):
            self.stored.body, self.stored.etag = content, f'"{commit}"'
            self.site.pages["/store"] = self.stored
            sha256 = self.says.get(file) or hashlib.sha256(content).hexdigest()
            headers |= {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(len(content))}
            return Page(b"Found", None, 302, headers, f"{self.site.other_url}/store")
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        etag = f'"{self.says.get(file) or blob}"'
        self.site.pages[f"/cache/{commit}/{file}"] = Page(content, etag, headers=headers)
        return Page(b"Moved", '"of-the-redirect"', 307, {}, f"/cache/{commit}/{file}")


@pytest.fixture
def remote(site: Site) -> Hub:
    remote = Hub(site)
    remote.commit(FIRST, {"config.json": CONFIG, "half/model.safetensors": WEIGHTS})
    return remote


@pytest.fixture
def store(remote: Hub, store_of: MakeStore) -> Store:
    return store_of(HubSource("hub", "a/b"), FILES)


def test_pull_brings_every_file_of_one_commit(store: Store, remote: Hub, site: Site) -> None:
    assert store.state("net") is State.MISSING
    seen: list[tuple[int, int]] = []
    folder = store.pull("net", lambda done, total: seen.append((done, total)))
    assert (folder / "config.json").read_bytes() == CONFIG
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert {total for _, total in seen} == {len(CONFIG) + len(WEIGHTS)}
    assert seen[-1][0] == seen[-1][1]
    assert store.state("net") is State.READY
    checks = store.verify("net")
    assert [check.state for check in checks] == [State.READY, State.READY]
    assert checks[1].expected_sha256 == hashlib.sha256(WEIGHTS).hexdigest()
    assert f"a/b on the Hugging Face hub, commit {FIRST}" in (folder / "SOURCE.txt").read_text()
    assert sorted(p.name for p in folder.iterdir()) == [
        "SOURCE.txt",
        "config.json",
        "lock.json",
        "model.safetensors",
    ]
    assert [(asked.method, asked.path) for asked in site.asked[:1]] == [
        ("HEAD", "/a/b/resolve/main/config.json")
    ]
    later = [asked.path for asked in site.asked[1:] if asked.path.startswith("/a/b/")]
    assert later
    assert all(f"/resolve/{FIRST}/" in path for path in later), "a branch is asked for once"


def test_show_names_the_commit(store: Store) -> None:
    store.pull("net")
    out = io.StringIO()
    assert show_models(["net"], store, out=out) == 0
    assert f"commit   {FIRST}" in out.getvalue()


def test_a_branch_that_moved_does_not_change_what_was_pulled(
    store: Store, remote: Hub, site: Site
) -> None:
    folder = store.pull("net")
    remote.commit(SECOND, {"config.json": b"{}", "half/model.safetensors": b"other"})
    (folder / "model.safetensors").write_bytes(WEIGHTS[:1000])
    assert [check.state for check in store.verify("net")] == [State.READY, State.CORRUPT]
    site.asked.clear()
    store.pull("net")
    assert store.read("net", "model.safetensors") == WEIGHTS
    assert all("config" not in asked.path for asked in site.asked)
    assert json.loads((folder / "lock.json").read_text())["commit"] == FIRST
    assert {check.state for check in store.verify("net")} == {State.READY}


def test_another_revision_in_the_catalogue_is_another_model(
    store: Store, remote: Hub, store_of: MakeStore
) -> None:
    store.pull("net")
    remote.commit(SECOND, {"config.json": b"{}", "half/model.safetensors": b"other"})
    pinned = store_of(HubSource("hub", "a/b", SECOND), FILES)
    assert pinned.state("net") is State.MISSING
    folder = pinned.pull("net")
    assert (folder / "config.json").read_bytes() == b"{}"
    assert (folder / "model.safetensors").read_bytes() == b"other"
    assert store.state("net") is State.MISSING


@pytest.mark.parametrize("damage", ["truncated", "changed"])
def test_damage_is_told_by_verify_and_before_a_load(store: Store, damage: str) -> None:
    path = store.pull("net") / "model.safetensors"
    path.write_bytes(WEIGHTS[:-1] if damage == "truncated" else b"x" + WEIGHTS[1:])
    (bad,) = [check for check in store.verify("net") if check.state is not State.READY]
    assert bad.state is State.CORRUPT
    assert ("truncated" if damage == "truncated" else "another checksum") in bad.problem
    with pytest.raises(ModelCorruptError, match=r"model\.safetensors .*rtseg models pull net"):
        store.require("net")


def test_files_that_rtseg_did_not_fetch_are_not_taken_for_it(store: Store) -> None:
    folder = store.folder("net")
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(CONFIG)
    (folder / "model.safetensors").write_bytes(b"whatever")
    (folder / "lock.json").write_text("{")
    assert store.state("net") is State.MISSING
    with pytest.raises(ModelMissingError, match="rtseg models pull net"):
        store.require("net")
    store.pull("net")
    assert store.read("net", "model.safetensors") == WEIGHTS


def test_a_broken_download_goes_on(store: Store, remote: Hub, site: Site) -> None:
    remote.stored.breaks = [50_000, 0, 0, 0]
    with pytest.raises(ModelMissingError, match=r"0\.1 MB of model\.safetensors are kept"):
        store.pull("net")
    assert store.state("net") is State.MISSING
    site.asked.clear()
    assert (store.pull("net") / "model.safetensors").read_bytes() == WEIGHTS
    assert [asked.range for asked in site.got("/store")] == ["bytes=50000-"]
    assert not [asked for asked in site.asked if asked.method == "GET" and "config" in asked.path]


@pytest.mark.parametrize("file", ["config.json", "half/model.safetensors"])
def test_what_is_not_what_the_hub_says_is_refused(store: Store, remote: Hub, file: str) -> None:
    remote.says[file] = "0" * (40 if file == "config.json" else 64)
    with pytest.raises(ModelCorruptError, match=r"expected .*0000, got .*rtseg models pull net"):
        store.pull("net")
    assert not (store.home / "models" / "net").exists()


def test_the_catalogues_checksum_outranks_the_hubs(remote: Hub, store_of: MakeStore) -> None:
    files = [File("config.json", len(CONFIG), "0" * 64)]
    with pytest.raises(ModelCorruptError, match="expected sha256 0000"):
        store_of(HubSource("hub", "a/b", FIRST), files).pull("net")


def test_the_token_goes_to_the_hub_and_nowhere_else(
    store: Store, remote: Hub, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "secret\n")
    remote.tokens = {"secret"}
    store.pull("net")
    for asked in site.asked:
        at_hub = asked.host.startswith("127.")
        assert asked.token == ("Bearer secret" if at_hub else None)
    assert any(asked.host.startswith("localhost") for asked in site.asked)


@pytest.mark.parametrize(
    ("token", "messages"),
    [
        (None, ["asked for access first", "ask at {url}/a/b", "{url}/settings/tokens", "HF_TOKEN"]),
        ("other", ["ask at {url}/a/b with the account of your token"]),
        ("stale", ["does not know your token", "{url}/settings/tokens"]),
    ],
)
def test_a_gated_model_says_where_to_ask(
    remote: Hub,
    site: Site,
    store_of: MakeStore,
    monkeypatch: pytest.MonkeyPatch,
    token: str | None,
    messages: list[str],
) -> None:
    remote.tokens = {"secret"}
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    store = store_of(HubSource("hub", "a/b", gated=True), FILES)
    with pytest.raises(ModelMissingError) as caught:
        store.pull("net")
    for message in [*messages, "then: rtseg models pull net"]:
        assert message.format(url=site.url) in str(caught.value)
    assert not site.got("/store"), "refused before anything is fetched"


def test_what_is_not_there_is_named(remote: Hub, site: Site, store_of: MakeStore) -> None:
    absent = store_of(HubSource("hub", "a/b"), [*FILES, File("absent.txt")])
    with pytest.raises(ModelMissingError, match=r"/a/b has no file 'absent\.txt' at 'main'"):
        absent.pull("net")
    with pytest.raises(ModelMissingError, match="/a/b has no revision 'none'"):
        store_of(HubSource("hub", "a/b", "none"), FILES).pull("net")
    with pytest.raises(ModelMissingError, match=f"there is no repository {site.url}/a/c"):
        store_of(HubSource("hub", "a/c"), FILES).pull("net")
    site.pages["/a/d/resolve/main/config.json"] = Page(status=401)
    with pytest.raises(ModelMissingError, match="private, gated, or not there"):
        store_of(HubSource("hub", "a/d"), FILES).pull("net")
    site.pages["/a/e/resolve/main/config.json"] = Page(b"<html>sign in</html>")
    with pytest.raises(ModelMissingError, match="names no commit"):
        store_of(HubSource("hub", "a/e"), FILES).pull("net")
    site.pages["/a/f/resolve/main/config.json"] = Page(status=503)
    with pytest.raises(ModelMissingError, match=r"HTTP 503 .*try again later"):
        store_of(HubSource("hub", "a/f"), FILES).pull("net")
    loop = "/a/g/resolve/main/config.json"
    site.pages[loop] = Page(status=307, location=loop)
    with pytest.raises(ModelMissingError, match="redirects in circles"):
        store_of(HubSource("hub", "a/g"), FILES).pull("net")


def test_offline_asks_nobody(store: Store, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissingError, match="HF_HUB_OFFLINE forbids"):
        store.pull("net")
    assert site.asked == []
    monkeypatch.delenv("HF_HUB_OFFLINE")
    store.pull("net")
    site.asked.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert store.pull("net") == store.require("net")
    assert site.asked == []


def test_no_network(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", f"http://{host}")
        with pytest.raises(ModelMissingError, match=f"{host} cannot be reached .*HF_ENDPOINT"):
            store.pull("net")


def test_where_the_token_is_found(tmp_path: Path) -> None:
    home = {"HF_HOME": str(tmp_path / "hf")}
    assert hub.token(home) is None
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("in-a-file\r\n")
    (tmp_path / "elsewhere").write_text("elsewhere")
    assert hub.token(home) == "in-a-file"
    assert hub.token(home | {"HF_TOKEN_PATH": str(tmp_path / "elsewhere")}) == "elsewhere"
    assert hub.token(home | {"HUGGING_FACE_HUB_TOKEN": "old"}) == "old"
    assert hub.token(home | {"HUGGING_FACE_HUB_TOKEN": "old", "HF_TOKEN": "new"}) == "new"
    cache = tmp_path / "cache"
    (cache / "huggingface").mkdir(parents=True)
    (cache / "huggingface" / "token").write_text("cached")
    assert hub.token({"XDG_CACHE_HOME": str(cache)}) == "cached"


@pytest.mark.parametrize("token", ["two words", "two\nlines", "hf_é"])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ConfigError, match="expected a token of the hub") as caught:
        hub.token({"HF_TOKEN": token})
    assert token not in str(caught.value), "it may be most of a secret"


def test_a_token_may_be_kept_for_where_it_is_needed() -> None:
    environ = {"HF_TOKEN": "secret", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"}
    assert hub.authorisation(HubSource("hub", "a/b"), environ) == {}
    gated = hub.authorisation(HubSource("hub", "a/b", gated=True), environ)
    assert gated == {"Authorization": "Bearer secret"}
    assert hub.endpoint({}) == "https://huggingface.co"
    assert hub.endpoint({"HF_ENDPOINT": "https://mirror.example/"}) == "https://mirror.example"


@pytest.mark.parametrize("file", ["config.json", "half/model.safetensors"])
def test_the_hub_of_these_tests_is_one_to_the_hubs_own_client(
    remote: Hub, site: Site, tmp_path: Path, file: str
) -> None:
    """Or all of the above would prove little."""
    client = pytest.importorskip("huggingface_hub", reason="comes with the extras")
    path = Path(
        client.hf_hub_download("a/b", file, endpoint=site.url, cache_dir=tmp_path / "cache")
    )
    assert path.read_bytes() == remote.commits[FIRST][file]
    assert f"/snapshots/{FIRST}/" in path.as_posix()
