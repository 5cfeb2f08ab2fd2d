"""Prompts on one image, and `rtseg.segment`."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import rtseg
from rtseg.errors import BackendError, ModelMissingError, UsageError
from rtseg.geometry import rle
from rtseg.images import find
from rtseg.images import finding as module
from rtseg.models import Answer, Store
from rtseg.types import Box, Point, Prompt
from tests.images.colours import OneLoader, scene, spots, store_of

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_of(tmp_path)


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> OneLoader:
    """The model of these tests, where the process would load those of the catalogue."""
    loader = OneLoader()
    monkeypatch.setattr(module, "shared_loader", lambda store, device: loader)
    return loader


IMAGE = scene(("tomato", 30, 40), ("tomato", 80, 40), ("leaf", 130, 80))


def test_each_thing_is_found_and_numbered(store: Store, loader: OneLoader) -> None:
    found = find(IMAGE, [Prompt("leaf"), Prompt("tomato"), Prompt("sea")], store=store)
    assert [(one.id, one.prompt, one.label) for one in found] == [
        (1, 0, "leaf"),
        (2, 1, "tomato"),
        (3, 1, "tomato"),
    ]
    assert {one.model for one in found} == {"colours"}
    assert np.array_equal(found[0].mask, spots(IMAGE, "leaf")[0])
    assert len(loader.segmenter.requests) == 1  # one look answers all prompts of a model


def test_the_catalogue_knows_what_is_stuff(store: Store, loader: OneLoader) -> None:
    image = scene(("sea", 40, 40), ("leaf", 100, 60))
    found = find(image, [Prompt("leaf"), Prompt("sea")], store=store)
    assert [(one.label, one.is_thing) for one in found] == [("leaf", True), ("sea", False)]


def test_a_touched_word_is_that_one_alone(store: Store, loader: OneLoader) -> None:
    touched = Prompt("tomato", (Point(80 / 160, 40 / 120),))
    (one,) = find(IMAGE, [touched], store=store)
    assert one.mask[40, 80]
    assert not one.mask[40, 30]
    boxed = Prompt("tomato", box=Box(0.05, 0.1, 0.35, 0.6))
    (one,) = find(IMAGE, [boxed], store=store)
    assert one.mask[40, 30]


def test_a_touch_without_words_has_the_routers_word(store: Store, loader: OneLoader) -> None:
    (one,) = find(IMAGE, [Prompt("jar lid", (Point(130 / 160, 80 / 120),))], store=store)
    assert one.label == "jar lid"
    (one,) = find(IMAGE, [Prompt(points=(Point(130 / 160, 80 / 120),))], store=store)
    assert one.label == "object"


@pytest.mark.usefixtures("loader")
def test_what_cannot_be_asked(store: Store) -> None:
    with pytest.raises(UsageError, match="you can ask for: tomato, leaf, sea"):
        find(IMAGE, [Prompt("giraffe")], store=store)
    with pytest.raises(UsageError, match="at least one prompt"):
        find(IMAGE, [], store=store)
    with pytest.raises(UsageError, match=r"\(H, W, 3\) uint8"):
        find(IMAGE[..., 0], [Prompt("leaf")], store=store)
    with pytest.raises(UsageError, match="no model is called"):
        find(IMAGE, [Prompt("leaf", model="colour-s")], store=store)


def test_a_missing_model_names_its_command(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="rtseg models pull person"):
        find(IMAGE, [Prompt("person")], store=Store(tmp_path))


@pytest.mark.usefixtures("loader")
class TestSegment:
    def test_the_surest_is_told_first_and_all_are_there(self, store: Store) -> None:
        told = rtseg.segment(IMAGE, "tomato", store=store)
        assert told["label"] == "tomato"
        assert told["model"] == "colours"
        assert told["path"].startswith("M ")
        assert len(told["instances"]) == 2
        assert told["path"] == told["instances"][0]["path"]
        mask = rle.decode(rle.Rle((120, 160), told["mask"]["counts"]))
        assert np.array_equal(mask, spots(IMAGE, "tomato")[0])

    def test_points_and_boxes_in_both_spellings(self, store: Store) -> None:
        point, box = [130 / 160, 80 / 120], [0.1, 0.1, 0.35, 0.6]
        by_ref = rtseg.segment(IMAGE, spatial_refs=[point], store=store)
        assert by_ref == rtseg.segment(IMAGE, points=[point], store=store)
        assert by_ref["bbox"]["x_min"] == pytest.approx(115 / 160, abs=0.02)
        boxed = rtseg.segment(IMAGE, "tomato", spatial_refs=[box], store=store)
        assert boxed == rtseg.segment(IMAGE, "tomato", box=box, store=store)
        assert boxed["bbox"]["x_max"] == pytest.approx(46 / 160, abs=0.02)

    def test_two_boxes_are_two_of_them_and_one_path(self, store: Store) -> None:
        boxes = [[0.05, 0.1, 0.35, 0.6], [0.35, 0.1, 0.65, 0.6]]
        told = rtseg.segment(IMAGE, "tomato", spatial_refs=boxes, store=store)
        left, right = told["instances"]
        assert left["bbox"]["x_max"] < 0.35 < right["bbox"]["x_min"]
        assert told["bbox"] == left["bbox"] | {"x_max": right["bbox"]["x_max"]}
        assert told["area_px"] == left["area_px"] + right["area_px"]
        assert told["path"].count("M") == 2

    def test_in_parts_it_comes_to_the_same(self, store: Store) -> None:
        whole = rtseg.segment(IMAGE, "tomato", store=store)
        first, *deltas, final = rtseg.segment(IMAGE, "tomato", stream=True, store=store)
        assert first == {"type": "bbox", "bbox": whole["bbox"]}
        assert "".join(delta["chunk"] for delta in deltas).startswith("M ")
        assert final == {"type": "final", **whole, "completed": True}

    def test_what_is_not_there_is_one_part(self, store: Store) -> None:
        (final,) = rtseg.segment(IMAGE, "sea", stream=True, store=store)
        assert (final["path"], final["bbox"], final["completed"]) == ("", None, True)

    def test_a_model_that_fails_raises_where_the_parts_are_read(
        self, store: Store, loader: OneLoader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(batch: object) -> list[Answer]:
            raise BackendError("out of memory")

        monkeypatch.setattr(loader.segmenter, "segment", fail)
        parts = rtseg.segment(IMAGE, "tomato", stream=True, store=store)
        with pytest.raises(BackendError, match="out of memory"):
            next(parts)

    def test_not_there_is_an_answer(self, store: Store) -> None:
        told = rtseg.segment(IMAGE, "sea", store=store)
        assert (told["path"], told["bbox"], told["instances"]) == ("", None, [])

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ({}, "object: expected words"),
            ({"spatial_refs": [[0.5]]}, "spatial_refs[0]: expected"),
            ({"spatial_refs": [0.5, 0.3]}, "spatial_refs[0]: expected"),
            ({"points": [[0.5, "x"]]}, "points[0]: expected [x, y] for a point"),
            ({"points": [[0.5, 0.5], [1.5, 0.2]]}, "points[1]: expected numbers in [0, 1]"),
            ({"box": [0.1, 0.2, 0.3]}, "box: expected [x_min"),
            ({"object": "giraffe", "stream": True}, "you can ask for: tomato"),
        ],
    )
    def test_what_is_wrong_is_said(
        self, arguments: dict[str, object], says: str, store: Store
    ) -> None:
        with pytest.raises(UsageError, match=re.escape(says)):
            rtseg.segment(IMAGE, store=store, **arguments)  # type: ignore[arg-type]


def test_a_real_photo_with_the_real_model(weights: Store) -> None:
    photo = SHARED / "data/photos/zidane.jpg"
    if not photo.exists():
        pytest.skip("needs ../shared/data/photos")
    told = rtseg.segment(photo, "people", store=weights)
    assert told["label"] == "person"
    assert told["score"] > 0.8
    assert told["bbox"]["x_max"] - told["bbox"]["x_min"] > 0.5
