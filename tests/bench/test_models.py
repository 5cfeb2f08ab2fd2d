"""`rtseg bench models` on drawn sequences, with a detector of colours and a stand-in outliner."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rtseg.bench.models import main, measure, render, score
from rtseg.bench.scenes import WORDS, Scene, drawn, read_clips, read_footage, read_scenes
from rtseg.cli import build_parser
from rtseg.errors import UsageError
from rtseg.models import Instance, Store, loading
from rtseg.models.catalogue import Catalogue
from rtseg.models.vocabulary import vocabulary
from tests.bench.davis_folder import write_sequence
from tests.engine.fakes import PERSON, FakeSegmenter, entry_of
from tests.models.detecting import BLUE, RED, BoxOutliner, picture, store_with
from tests.models.onnx_files import colour_detector


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A detector whose red things are birds, an outliner, and a model that is not here."""
    store = store_with(
        tmp_path / "home",
        {"model.onnx": colour_detector()},
        labels={"bird": (), "blue": ()},
        groups={},
    )
    ours = store.catalogue.entry("ours")
    boxy = replace(
        ours, name="boxy", role="segmenter", backend="stand-in", takes=frozenset({"point", "box"}),
        labels={}, files=(), options={},
    )  # fmt: skip
    missing = replace(ours, name="missing")
    made = loading._made
    monkeypatch.setattr(loading, "SEGMENTERS", {"stand-in": "stand-in"})
    monkeypatch.setattr(
        loading,
        "_made",
        lambda path, *rest: BoxOutliner() if path == "stand-in" else made(path, *rest),
    )
    return Store(store.home, catalogue=Catalogue([ours, boxy, missing]))


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    """A swan, which is red; a car; and what has no words."""
    folder = tmp_path / "davis"
    for name in ("blackswan", "car-turn", "camel"):
        images = [picture((n, 2, RED), (6, 6, BLUE), side_px=256) for n in range(4)]
        truths = [(image == RED).all(2) & (n != 2) for n, image in enumerate(images)]
        write_sequence(folder, name, zip(images, truths, strict=True))
    return folder


def run(store: Store, *arguments: str) -> int:
    options = build_parser().parse_args(["bench", "models", "--runs", "2", *arguments])
    return main(options, store)


def test_the_report(store: Store, davis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store, "--davis", str(davis), "--every", "1", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    ours, boxy, missing = report["models"]
    assert (ours["name"], ours["as"], ours["device"]) == ("ours", "ours + stand-in", "cpu")
    assert [took["way"] for took in ours["speed"]] == ["words"]
    assert ours["speed"][0]["ms"]["p50"] > 0
    # It has words for the swan alone, which is hidden on one frame of four.
    (row,) = ours["quality"]["words"]["sequences"]
    assert (row["sequence"], row["words"], row["frames"]) == ("blackswan", ["bird"], 3)
    assert (row["J"], row["J_on_it"], row["missed"]) == (1, 1, 0)
    assert list(boxy["quality"]) == ["box"]
    assert len(boxy["quality"]["box"]["sequences"]) == 3
    assert boxy["quality"]["box"]["mean"]["J"] == 1
    assert missing["get"] == "get it with: rtseg models pull missing"
    text = render(report)
    assert "blackswan “bird”" in text
    assert "missing: not here; get it with: rtseg models pull missing" in text


def test_without_pictures_there_is_a_speed(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(store, "--model", "boxy", "ours", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["models"]
    assert [row["name"] for row in rows] == ["boxy", "ours"]
    assert all(row["speed"] and not row["quality"] for row in rows)
    assert run(store, "--model", "missing") == 1  # nothing was measured


def test_a_model_that_fails_is_named_and_the_others_are_measured(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.folder("ours") / "model.onnx").write_bytes(colour_detector()[::-1])
    assert run(store) == 1
    out = capsys.readouterr().out
    assert "ours: " in out
    assert "stand-in on cpu" in out


def test_wrong_arguments(store: Store, tmp_path: Path) -> None:
    for wrong, message in (
        (["--every", "0"], "--every and --runs"),
        (["--runs", "0"], "--every and --runs"),
        (["--davis", str(tmp_path)], "--davis: expected JPEGImages/480p"),
        (["--clips", str(tmp_path / "none.mp4")], "--clips: expected a video"),
        (["--model", "our"], "no model is called 'our'"),
    ):
        with pytest.raises(UsageError, match=message):
            run(store, *wrong)


def test_a_score_counts_what_lies_on_the_object_apart() -> None:
    truth = np.zeros((10, 20), np.bool_)
    truth[:, :10] = True

    def found(*columns: slice) -> list[Instance]:
        masks = []
        for part in columns:
            mask = np.zeros_like(truth)
            mask[:, part] = True
            masks.append(Instance(0, "x", 1.0, mask))
        return masks

    assert score([], truth) == {"J": 0, "J_on_it": 0, "missed": 1}
    both = score(found(slice(0, 10), slice(15, 20)), truth)  # another one beside it
    assert both == {"J": pytest.approx(10 / 15), "J_on_it": 1, "missed": 0}
    parts = score(found(slice(0, 4), slice(4, 8)), truth)  # rider and horse
    assert parts == {"J": pytest.approx(0.8), "J_on_it": pytest.approx(0.8), "missed": 0}
    assert score(found(slice(9, 20)), truth)["missed"] == 1
    assert score(found(slice(0, 20)), truth)["missed"] == 0  # it leaks, and is there


def test_a_scene_knows_where_to_touch() -> None:
    truth = np.zeros((50, 100), np.bool_)
    truth[0:21, 60:100] = True  # cut off by two edges of the picture
    scene = Scene(np.zeros((50, 100, 3), np.uint8), truth)
    assert (scene.box.x_min, scene.box.y_min, scene.box.x_max, scene.box.y_max) == (0.6, 0, 1, 0.42)
    assert scene.click.y == pytest.approx(0.21)
    assert 0.7 < scene.click.x < 0.9
    small = scene.resized(50, 25)
    assert small.truth is not None
    assert small.truth.shape == (25, 50)
    assert Scene(scene.image).click.x == 0.5


def test_words_of_the_sequences_are_words() -> None:
    labels = vocabulary("coco").labels
    assert all(word in labels for words in WORDS.values() for word in words)
    (scene,) = drawn()
    assert scene.truth is not None
    assert scene.truth.any()
    assert scene.words == ("person",)


def test_frames_and_truth_must_fit(davis: Path) -> None:
    assert len(dict(read_scenes(davis, every=2))["blackswan"]) == 1
    (davis / "Annotations/480p/camel/00003.png").unlink()
    with pytest.raises(UsageError, match="camel, got 4 pictures and 3 masks; 00003 has"):
        dict(read_scenes(davis, every=3))
    assert read_clips([]) == []


def test_a_model_with_a_memory_is_timed_over_footage_too() -> None:
    segmenter = FakeSegmenter(info=replace(PERSON, remembers=True))
    footage = read_footage([], 3, (64, 36))
    assert [image.shape for image in footage] == [(36, 64, 3)] * 3
    assert (footage[0] != footage[2]).any()
    scenes = [scene.resized(64, 36) for scene in drawn()]
    report = measure(segmenter, entry_of(PERSON), scenes, {}, 2, footage)
    assert [(took["way"], took["runs"]) for took in report["speed"]] == [
        ("words", 2),
        ("words, live", 3),
    ]
    (memory,) = segmenter.memories
    assert [request.memory for (request,) in segmenter.batches[-3:]] == [memory] * 3
    assert memory.is_closed
