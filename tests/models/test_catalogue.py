from __future__ import annotations

import re
from dataclasses import asdict, replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import BackendError, ConfigError, ModelMissingError, PeerError, UsageError
from rtseg.models import Route, Store, builtin, load, route
from rtseg.models.catalogue import Catalogue, Entry, parse
from rtseg.types import Prompt


def document(entry: Entry) -> dict[str, object]:
    """The entry as it would stand in the file."""
    fields = asdict(entry)
    del fields["name"]
    return {entry.name: yaml.safe_load(yaml.safe_dump(_plain(fields)))}


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def test_the_builtin_catalogue_is_whole() -> None:
    entry = builtin().entry("person")
    assert entry.licence == "Apache-2.0"
    assert entry.source.tags == ("cp311", "cp311", "manylinux_2_28_x86_64")
    assert entry.size_bytes == sum(file.size_bytes for file in entry.files) > 400_000
    for checksum in [entry.source.sha256, *(file.sha256 for file in entry.files)]:
        assert re.fullmatch("[0-9a-f]{64}", checksum)


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


@pytest.mark.parametrize(
    "text",
    [
        "person",
        "People",
        "  PERSONS ",
        "the man",
        "a  woman!",
        "Ladies",
        "human beings",
        "me",
        "boys",
    ],
)
def test_words_for_people(text: str) -> None:
    assert route(Prompt(text)) == Route("person", "person")


@pytest.mark.parametrize("text", ["cat", "", " ", "…", "the", "personal", "x" * 100_000, "s", "es"])
def test_a_word_that_nothing_knows(text: str) -> None:
    with pytest.raises(PeerError, match="you can ask for: person") as caught:
        route(Prompt(text))
    assert (caught.value.code, caught.value.status) == ("unknown_prompt", 400)
    assert len(str(caught.value)) < 300


@given(st.text())
def test_any_text_has_a_route_or_one_error(text: str) -> None:
    try:
        route(Prompt(text))
    except PeerError as error:
        assert error.code == "unknown_prompt"  # noqa: PT017


def test_the_first_entry_that_knows_the_word_answers(entry: Entry) -> None:
    second = replace(entry, name="second", labels={"gizmo": (), "other": ()})
    catalogue = Catalogue([entry, second])
    assert route(Prompt("Gizmos"), catalogue) == Route("fake", "thing")
    assert route(Prompt("other"), catalogue) == Route("second", "other")
    with pytest.raises(PeerError, match="thing, gizmo, other"):
        route(Prompt("cat"), catalogue)


def test_load_names_what_is_wrong(store: Store, entry: Entry) -> None:
    with pytest.raises(UsageError, match="did you mean fake"):
        load("fak", store=store)
    with pytest.raises(UsageError, match="'gpu'; expected auto, cpu, cuda"):
        load("fake", "gpu", store=store)
    for device in ("cuda", "cuda:1", "mps"):
        with pytest.raises(BackendError, match="it runs on: cpu"):
            load("fake", device, store=store)
    with pytest.raises(ConfigError, match=r"selfie_segmentation\S*, which its entry does not list"):
        load("fake", store=store)
    person = Store(store.home)
    with pytest.raises(ModelMissingError, match="rtseg models pull person"):
        load("person", store=person)
    odd = Store(store.home, catalogue=Catalogue([replace(entry, backend="odd")]))
    with pytest.raises(ConfigError, match="'odd'; there is: person"):
        load("fake", store=odd)
