"""Semantic and panoptic maps, read back as their users read them."""

from __future__ import annotations

import io
import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from rtseg.errors import UsageError
from rtseg.formats import Outlined, panoptic_png, semantic_png

SHAPE = (24, 40)


def box(number: int, label: str, x0: int, x1: int, score: float, *, thing: bool = True) -> Outlined:
    mask = np.zeros(SHAPE, np.bool_)
    mask[4:20, x0:x1] = True
    return Outlined(number, label, score, mask, is_thing=thing)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED))


def test_a_semantic_map_holds_the_class_of_the_surest() -> None:
    found = [box(1, "cat", 0, 20, 0.9), box(2, "dog", 10, 30, 0.5), box(3, "cat", 28, 40, 0.7)]
    there = semantic_png(found, SHAPE)
    assert there.classes == {0: "background", 1: "cat", 2: "dog"}
    row = pixels(there.png)[10]
    assert row.dtype == np.uint8
    assert row.tolist() == [1] * 20 + [2] * 8 + [1] * 12
    assert not pixels(there.png)[0].any()


def test_one_table_can_serve_many_pictures() -> None:
    there = semantic_png([box(1, "dog", 0, 4, 1.0), box(2, "", 9, 12, 1.0)], SHAPE, labels=["cat"])
    assert there.classes == {0: "background", 1: "cat", 2: "dog", 3: "object"}
    assert set(np.unique(pixels(there.png))) == {0, 2, 3}


def test_many_classes_take_16_bits() -> None:
    there = semantic_png([box(1, "last", 0, 4, 1.0)], SHAPE, labels=map(str, range(300)))
    assert pixels(there.png).dtype == np.uint16
    assert pixels(there.png).max() == 301
    assert there.classes[301] == "last"


def test_the_table_stands_in_the_file() -> None:
    found = [box(7, "猫", 0, 20, 0.9), box(2, "sky", 20, 40, 0.5, thing=False)]
    semantic = Pillow.open(io.BytesIO(semantic_png(found, SHAPE).png))
    assert json.loads(semantic.text["rtseg-classes"])["classes"][1] == {"id": 1, "label": "猫"}
    panoptic = panoptic_png(found, SHAPE)
    Pillow.open(io.BytesIO(panoptic.png)).verify()  # the checksums of all chunks
    written = Pillow.open(io.BytesIO(panoptic.png))
    assert json.loads(written.text["rtseg-segments"]) == panoptic.as_json()
    assert panoptic.as_json()["segments"][0] == {
        "id": 7,
        "label": "猫",
        "is_thing": True,
        "score": 0.9,
        "area_px": 320,
        "bbox": [0, 4, 20, 20],
    }


def test_a_segment_has_the_id_of_its_object() -> None:
    there = panoptic_png([box(300, "cat", 0, 8, 0.5), box(2, "cat", 8, 12, 0.9)], SHAPE)
    assert [segment.id for segment in there.segments] == [2, 300]
    assert pixels(there.png).dtype == np.uint16
    assert np.array_equal(pixels(there.png), there.numbers)


def test_the_surer_thing_keeps_what_two_claim() -> None:
    there = panoptic_png([box(1, "cat", 0, 20, 0.5), box(2, "dog", 15, 30, 0.9)], SHAPE)
    assert pixels(there.png)[10].tolist() == [1] * 15 + [2] * 15 + [0] * 10
    dog, cat = there.segments
    assert (dog.area_px, dog.bbox) == (15 * 16, (15, 4, 30, 20))
    assert (cat.area_px, cat.bbox) == (15 * 16, (0, 4, 15, 20))


def test_what_is_mostly_a_surer_thing_is_that_thing_once_more() -> None:
    found = [box(1, "cat", 0, 20, 0.9), box(2, "dog", 9, 28, 0.8), box(3, "cup", 10, 30, 0.7)]
    there = panoptic_png(found, SHAPE)
    assert [segment.id for segment in there.segments] == [1, 3]


def test_stuff_takes_what_things_leave_and_is_one_segment_a_kind() -> None:
    found = [
        box(1, "sky", 0, 10, 0.6, thing=False),
        box(2, "sky", 30, 40, 0.99, thing=False),
        box(3, "bird", 8, 32, 0.4),
    ]
    there = panoptic_png(found, SHAPE)
    assert pixels(there.png)[10].tolist() == [2] * 8 + [3] * 24 + [2] * 8
    bird, sky = there.segments
    assert (bird.is_thing, sky.is_thing) == (True, False)
    assert (sky.score, sky.area_px, sky.bbox) == (0.99, 16 * 16, (0, 4, 40, 20))


def test_a_caller_may_know_better_what_is_stuff() -> None:
    found = [box(1, "sky", 0, 10, 0.6), box(2, "sky", 30, 40, 0.99)]
    (sky,) = panoptic_png(found, SHAPE, lambda one: one.label != "sky").segments
    assert (sky.id, sky.is_thing) == (2, False)


def test_nothing_found_is_a_blank_map() -> None:
    assert not pixels(semantic_png([], SHAPE).png).any()
    assert panoptic_png([], SHAPE).segments == ()
    assert pixels(panoptic_png([], SHAPE).png).shape == SHAPE


def test_an_id_of_256_needs_16_bits() -> None:
    assert pixels(panoptic_png([box(255, "cat", 0, 8, 0.5)], SHAPE).png).dtype == np.uint8
    there = panoptic_png([box(256, "cat", 0, 8, 0.5)], SHAPE)
    assert set(np.unique(pixels(there.png))) == {0, 256}


@pytest.mark.parametrize("write", [semantic_png, panoptic_png])
def test_masks_of_another_picture_are_refused(write: object) -> None:
    with pytest.raises(UsageError, match=r"\(9, 9\), got \(24, 40\)"):
        write([box(1, "cat", 0, 10, 0.6)], (9, 9))  # type: ignore[operator]
    with pytest.raises(UsageError, match="at least one pixel"):
        write([], (0, 9))  # type: ignore[operator]


@pytest.mark.parametrize("ids", [(0,), (1, 1), (65536,)])
def test_ids_that_no_map_can_hold_are_refused(ids: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=r"ids of their own in 1 … 65535"):
        panoptic_png([box(number, "cat", 0, 10, 0.6) for number in ids], SHAPE)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.integers(0, 38),
            st.integers(1, 30),
            st.floats(0, 1),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_the_table_of_a_panoptic_map_is_true_of_its_pixels(
    drawn: list[tuple[str, int, int, float, bool]],
) -> None:
    found = [
        box(number, label, x0, min(40, x0 + width), score, thing=thing)
        for number, (label, x0, width, score, thing) in enumerate(drawn, 1)
    ]
    there = panoptic_png(found, SHAPE)
    numbers = pixels(there.png)
    assert set(np.unique(numbers)) - {0} == {segment.id for segment in there.segments}
    for segment in there.segments:
        own = numbers == segment.id
        rows, columns = np.nonzero(own)
        assert segment.area_px == own.sum()
        assert segment.bbox == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        claimed = [
            one.mask
            for one in found
            if (one.label == segment.label and not one.is_thing) or one.id == segment.id
        ]
        assert not (own & ~np.logical_or.reduce(claimed)).any()
    stuff = [segment.label for segment in there.segments if not segment.is_thing]
    assert len(stuff) == len(set(stuff))
