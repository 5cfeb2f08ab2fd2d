from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml

from rtseg.errors import BackendError, ConfigError, ModelCorruptError, ModelMissingError, UsageError
from rtseg.models import Store, builtin, load
from rtseg.models.catalogue import Catalogue, Entry, FolderSource, PipSource, parse, read

from .conftest import fill


def document(entry: Entry) -> dict[str, object]:
    """The entry as it would stand in the file."""
    fields = asdict(entry)
    del fields["name"], fields["origin"]
    fields["takes"] = sorted(entry.takes)
    fields["stuff"] = sorted(entry.stuff)
    return {entry.name: yaml.safe_load(yaml.safe_dump(_plain(fields)))}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def test_the_builtin_catalogue_is_whole() -> None:
    entry = builtin().entry("person")
    assert entry.licence == "Apache-2.0"
    assert isinstance(entry.source, PipSource)
    assert entry.source.tags == ("cp311", "cp311", "manylinux_2_28_x86_64")
    assert entry.size_bytes == sum(file.size_bytes or 0 for file in entry.files) > 400_000
    for checksum in [entry.source.sha256, *(file.sha256 for file in entry.files)]:
        assert re.fullmatch("[0-9a-f]{64}", checksum or "")


def test_what_is_written_is_read(entry: Entry) -> None:
    assert parse(yaml.safe_dump(document(entry)), where="x").entry("fake") == entry


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("source", "kind"), "carrier pigeon", r"here: fake.source.kind: .*'pip'.*carrier pigeon"),
        (("licence",), 7, r"here: fake.licence: "),
        (("colour",), "red", r"here: fake.colour: .*red"),
        (("source", "wheel"), None, r"here: fake.source.wheel: "),
        (("files", 0, "name"), "../x", r"fake.files.0: .*plain file name"),
        (("speed",), "warp", r"here: fake.speed: .*warp"),
    ],
)
def test_a_wrong_key_is_named(
    entry: Entry, path: tuple[str | int, ...], value: object, message: str
) -> None:
    written = document(entry)
    place: object = written["fake"]
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    with pytest.raises(ConfigError, match=message):
        parse(yaml.safe_dump(written), where="here")


@pytest.mark.parametrize("text", ["a: [", "- a", "a: b", ""])
def test_what_is_no_catalogue(text: str) -> None:
    with pytest.raises(ConfigError, match="here: "):
        parse(text, where="here")


def written(**changes: object) -> str:
    """A user's catalogue of one model, `mine`."""
    entry = {
        "title": "Mine",
        "note": "",
        "licence": "MIT",
        "speed": "camera",
        "quality": 4,
        "backend": "yolox",
        "devices": ["cpu"],
    }
    kept = {key: value for key, value in (entry | changes).items() if value is not None}
    return yaml.safe_dump({"mine": kept})


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ({"kind": "hub", "repository": "some-one/some.thing"}, [{"name": "model.safetensors"}]),
        ({"kind": "https"}, [{"name": "x.onnx", "urls": ["https://a/x"], "sha256": "0" * 64}]),
        ({"kind": "folder", "path": "/x"}, []),
    ],
)
def test_every_kind_of_source(source: dict[str, str], files: list[dict[str, object]]) -> None:
    entry = parse(written(source=source, files=files), where="here").entry("mine")
    assert entry.source is not None
    assert entry.source.kind == source["kind"]
    assert entry.size_bytes == (None if files else 0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": {"kind": "hub", "repository": "x"}}, "mine.source: 'x' is not a repository"),
        ({"source": {"kind": "hub", "repository": "../x"}}, "is not a repository"),
        ({"source": {"kind": "hub", "repository": "a/b", "revision": "a b"}}, "not a revision"),
        ({"source": {"kind": "hub", "repository": "a/b"}}, "kind 'hub' needs files"),
        ({"source": {"kind": "hub", "repo": "a/b"}}, r"mine.source.repository: Field required"),
        ({"source": "a/b"}, r"mine.source.kind: expected one of 'pip', .*'folder', got None"),
        ({"files": [{"name": "x"}]}, "mine: files need a source"),
        ({"origin": "/x"}, "mine.origin: unknown key"),
        ({"quality": "good"}, "mine.quality"),
        ({"takes": ["smell"]}, "mine.takes.*smell"),
    ],
)
def test_what_is_wrong_in_a_source_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=f"here: .*{message}|here: {message}"):
        parse(written(**changes), where="here")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ({"name": "a"}, "needs urls and sha256"),
        ({"name": "a", "urls": ["https://x"]}, "needs urls and sha256"),
        ({"name": "a", "urls": ["ftp://x"], "sha256": "0" * 64}, "not an https address"),
        ({"name": "a", "urls": ["https://x"], "sha256": "0" * 63}, "64 lower-case hex"),
        ({"name": "lock.json", "urls": ["https://x"], "sha256": "0" * 64}, "of its own"),
        ({"name": "a", "member": "../b"}, "leads out of its source"),
        ({"name": "a/b"}, "not a plain file name"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(file: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(written(source={"kind": "https"}, files=[file]), where="here")


@pytest.mark.parametrize("name", ["../x", "", "a/b", 7, ".hidden", "a b"])
def test_a_models_name_is_a_folders_name(name: object) -> None:
    text = yaml.safe_dump({name: yaml.safe_load(written())["mine"]})
    with pytest.raises(ConfigError, match="here: expected a model's name"):
        parse(text, where="here")


def test_a_users_entries_are_added_and_replace(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yaml", tmp_path / "my models" / "two.yaml"
    two.parent.mkdir()
    one.write_text(written(source={"kind": "folder", "path": "onnx"}))
    assert [e.name for e in read([])] == [e.name for e in builtin()]

    catalogue = read([one])
    assert [e.name for e in catalogue] == [*(e.name for e in builtin()), "mine"]
    source = catalogue.entry("mine").source
    assert isinstance(source, FolderSource)
    assert Path(source.path) == tmp_path / "onnx", "relative to the file that names it"

    document = yaml.safe_load(written(title="Another"))
    two.write_text(yaml.safe_dump({"mine": document["mine"], "person": document["mine"]}))
    catalogue = read([one, str(two)])
    assert catalogue.entry("mine").title == "Another"
    assert catalogue.entry("person").backend == "yolox"
    assert catalogue.entry("person").labels == {}, "whole, not merged key by key"
    command = catalogue.entry("person").pull_command
    assert command == f"rtseg models pull person --catalogue '{two}'"


def test_a_users_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"catalogue .*none\.yaml: No such file"):
        read([tmp_path / "none.yaml"])
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"catalogue .*bad\.yaml: not"):
        read([path])
    path.write_text("mine: {title: 3}")
    with pytest.raises(ConfigError, match=r"catalogue .*bad\.yaml: mine\."):
        read([path])


def test_sizes_are_exact_or_said_to_be_about(entry: Entry) -> None:
    assert entry.source is not None
    assert entry.download_bytes == entry.source.size_bytes  # type: ignore[union-attr]
    files = [{"name": "a", "size_bytes": 5}, {"name": "b"}]
    source = {"kind": "hub", "repository": "a/b", "about_bytes": 10}
    about = parse(written(source=source, files=files), where="x").entry("mine")
    assert (about.size_bytes, about.about_bytes, about.download_bytes) == (None, 10, None)


def test_load_names_what_is_wrong(store: Store, entry: Entry) -> None:
    with pytest.raises(UsageError, match="did you mean fake"):
        load("fak", store=store)
    with pytest.raises(UsageError, match="'gpu'; expected auto, cpu, cuda"):
        load("fake", "gpu", store=store)
    for device in ("cuda", "cuda:1", "mps"):
        with pytest.raises(BackendError, match="it runs on: cpu"):
            load("fake", device, store=store)
    with pytest.raises(ModelMissingError, match="rtseg models pull fake"):
        load("fake", store=store)
    fill(store)
    with pytest.raises(ConfigError, match=r"selfie_segmentation\S*, which its entry does not list"):
        load("fake", store=store)
    person = Store(store.home)
    with pytest.raises(ModelMissingError, match="rtseg models pull person"):
        load("person", store=person)
    odd = Store(store.home, catalogue=Catalogue([replace(entry, backend="odd")]))
    with pytest.raises(ConfigError, match=r"'odd'; there is: .*person"):
        load("fake", store=odd)


@pytest.mark.parametrize("damage", ["truncated", "changed"])
def test_load_refuses_a_damaged_file_that_its_backend_never_reads(
    store: Store, damage: str
) -> None:
    path = fill(store) / "LICENSE"
    path.write_bytes(path.read_bytes()[:3] if damage == "truncated" else b"x" * 15)
    with pytest.raises(ModelCorruptError, match=r"LICENSE is not the file.*rtseg models pull fake"):
        load("fake", store=store)


def test_stuff_is_said_by_a_vocabulary_or_by_an_entry() -> None:
    panoptic = builtin().entry("eomt-large")
    assert {"sky", "grass", "road"} < panoptic.stuff < panoptic.labels.keys()
    assert not panoptic.stuff & builtin().entry("yolox-nano").labels.keys()
    assert not builtin().entry("person").stuff
    own = parse(
        written(source=None, labels={"bolt": [], "oil": []}, stuff=["oil"]), where="here"
    ).entry("mine")
    assert own.stuff == {"oil"}
    with pytest.raises(ConfigError, match="stuff holds 'water', which is none of the labels"):
        parse(written(labels={"bolt": []}, stuff=["water"]), where="here")
