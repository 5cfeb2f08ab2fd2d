"""Moondream's client for Python against a running server: its page's snippets, word for word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest

from rtseg.errors import BackendError
from rtseg.geometry import iou
from tests.clients.conftest import Run
from tests.clients.rastered import read_mask, servers_mask
from tests.server.pictures import Held, squares
from tests.server.pictures import store as drawn_things
from tests.server.running import Running, running

Photo = Callable[[str], Path]

BESIDE = {"person": "zidane.jpg", "face": "zidane.jpg", "bus": "bus.jpg"}
REFS: dict[str, dict[str, list[float]]] = {
    "person": {"point": [0.75, 0.5], "box": [0.55, 0.05, 0.95, 1.0]},
    "face": {"point": [0.76, 0.3], "box": [0.69, 0.1, 0.84, 0.42]},
    "bus": {"point": [0.5, 0.4], "box": [0.02, 0.2, 0.98, 0.7]},
}


@pytest.mark.parametrize("word", ["person", "face", "bus"])
def test_the_snippets_of_its_page(
    word: str, server: Running, python: Run, photo: Photo, tmp_path: Path, request: Any
) -> None:
    if word == "bus":
        request.getfixturevalue("needs_coco")
    refs = REFS[word]
    told = json.loads(
        python(
            "moondream_snippets.py",
            f"{server.url}/v1",
            photo(BESIDE[word]),
            word,
            tmp_path,
            stdin=json.dumps(refs),
        )
    )
    sent = (tmp_path / "sent.txt").read_text()
    asked: dict[str, dict[str, Any]] = {
        "word": {"object": word},
        "point": {"object": word, "spatial_refs": [refs["point"]]},
        "box": {"object": word, "spatial_refs": [refs["box"]]},
    }
    for name, body in asked.items():
        exact = servers_mask(server, sent, **body)
        assert iou(read_mask(tmp_path / f"mask-{name}.png"), exact) > 0.97, name
        assert set(told[name]) == {"path", "bbox"}
    assert told["stream"] == told["again"] == told["word"]
    assert iou(read_mask(tmp_path / "mask-coarse.png"), read_mask(tmp_path / "mask-word.png")) > 0.8
    assert told["detect"]["objects"]
    mask = read_mask(tmp_path / "mask-word.png")
    point = told["point_out"]["points"][0]
    assert mask[int(point["y"] * mask.shape[0]), int(point["x"] * mask.shape[1])]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "squares.png"
    cv2.imwrite(str(path), squares((40, 50)))
    return path


@pytest.fixture
def models() -> Held:
    models = Held()
    models.may_outline.set()
    return models


@pytest.fixture
def drawn(models: Held) -> Iterator[Running]:
    with running(models.load, drawn_things()) as server:
        yield server


def troubles(python: Run, server: Running, picture: Path, word: str) -> list[str]:
    # The endpoint ends in a slash, as people write it: the client then doubles it.
    script = "moondream_troubles_snippets.py"
    return python(script, f"{server.url}/v1/", picture, word).splitlines()


def test_what_is_not_there_has_no_box_and_raises_nowhere(
    python: Run, drawn: Running, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "dark.png"), squares())
    assert troubles(python, drawn, tmp_path / "dark.png", "thing") == [
        "plain ['path']",
        "update ['bbox', 'completed', 'path']",
        "ended",
    ]


def test_what_cannot_be_asked_raises_with_the_reason(
    python: Run, drawn: Running, picture: Path
) -> None:
    plain, stream = troubles(python, drawn, picture, "giraffe")
    assert plain.startswith("plain 400")
    assert stream.startswith("stream 400")
    assert "you can ask for: thing, person" in stream


def test_what_fails_in_the_middle_raises(
    python: Run, drawn: Running, models: Held, picture: Path
) -> None:
    models.error = BackendError("the device has no memory left")
    lines = troubles(python, drawn, picture, "thing")
    assert lines[0].startswith("plain 503")
    assert lines[1:] == [
        "update ['bbox']",
        "stream raised Failed to parse JSON response from server.",
    ]
