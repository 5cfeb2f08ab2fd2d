"""Answers in parts, without a model, a server or a clock."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.formats import Outlined, bbox_record
from rtseg.formats.stages import path_deltas
from rtseg.geometry import Path, fill, iou
from rtseg.images.answering import answer, joined
from rtseg.images.streaming import Messages
from rtseg.models import Detection
from rtseg.types import BoolMask, Box, Point, Prompt
from tests.geometry.mask_strategies import masks

WORDS = (Prompt("cat"),)


def outlined(mask: BoolMask, **fields: Any) -> Outlined:
    return Outlined(**{"id": 1, "label": "cat", "score": 0.9, "mask": mask} | fields)


def disc(x: int, y: int, radius: int = 20, shape: tuple[int, int] = (120, 160)) -> BoolMask:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((columns - x) ** 2 + (rows - y) ** 2 <= radius**2)


def region(box: tuple[float, float, float, float]) -> dict[str, float]:
    return dict(zip(("x_min", "y_min", "x_max", "y_max"), box, strict=True))


def painted(path: str, bbox: dict[str, float], shape: tuple[int, int]) -> BoolMask:
    """Fill straight path data that is normalised to a box of the picture."""
    height, width = shape
    rings = []
    for ring in path.split("Z")[:-1]:
        assert re.fullmatch(r" ?M( ?[ML]? -?\d+(\.\d+)? -?\d+(\.\d+)?)( L \S+ \S+)* ", ring)
        numbers = np.array(re.findall(r"-?\d+(?:\.\d+)?", ring), float).reshape(-1, 2)
        corner = np.array([bbox["x_min"], bbox["y_min"]])
        side = np.array([bbox["x_max"], bbox["y_max"]]) - corner
        rings.append(np.rint((corner + numbers * side) * (width, height)).astype(np.int32))
    return fill(Path(tuple(rings)), shape)


class TestBoxes:
    def test_the_surest_box_of_words_is_told_at_once(self) -> None:
        boxes = [
            Detection(0, "cat", 0.9, Box(0.1, 0.2, 0.3, 0.4)),
            Detection(0, "cat", 0.5, Box(0.6, 0.6, 0.9, 0.9)),
        ]
        maker = Messages(WORDS)
        assert list(maker.detected(boxes)) == [
            {"type": "bbox", "bbox": region((0.1, 0.2, 0.3, 0.4))}
        ]
        assert not list(maker.detected(boxes))  # nothing new

    def test_boxes_of_several_prompts_are_joined(self) -> None:
        maker = Messages((Prompt("cat"), Prompt("dog")))
        assert len(list(maker.detected([Detection(0, "cat", 0.9, Box(0.1, 0.2, 0.3, 0.4))]))) == 1
        (message,) = maker.detected([Detection(1, "dog", 0.9, Box(0.2, 0.1, 0.7, 0.3))])
        assert message["bbox"] == region((0.1, 0.1, 0.7, 0.4))

    def test_beside_a_touch_a_box_says_nothing(self) -> None:
        maker = Messages((Prompt("cat", (Point(0.5, 0.5),)),))
        assert not list(maker.detected([Detection(0, "cat", 0.9, Box(0.1, 0.2, 0.3, 0.4))]))

    def test_a_mask_with_another_box_tells_it_again(self) -> None:
        maker = Messages(WORDS)
        one = outlined(disc(80, 60))
        list(maker.detected([Detection(0, "cat", 0.9, Box(0.3, 0.3, 0.7, 0.7))]))
        first, *_ = maker.outlined(one)
        assert first == {"type": "bbox", "bbox": bbox_record(one.bbox, (160, 120))}

    def test_a_mask_with_the_same_box_does_not(self) -> None:
        maker = Messages(WORDS)
        one = outlined(disc(80, 60))
        exact = Box(*bbox_record(one.bbox, (160, 120)).values())
        list(maker.detected([Detection(0, "cat", 0.9, exact)]))
        assert {message["type"] for message in maker.outlined(one)} == {"path_delta"}


class TestCoarse:
    def test_it_is_the_object_roughly(self) -> None:
        mask = disc(80, 60, 40) & ~disc(80, 60, 15)
        bbox, *deltas = Messages(WORDS).outlined(outlined(mask))
        path = "".join(delta["chunk"] for delta in deltas)
        assert iou(painted(path, bbox["bbox"], mask.shape), mask) > 0.9
        assert path.count("M") == 2  # the hole is a hole
        assert not any(delta["completed"] for delta in deltas)

    @given(masks)
    def test_any_mask_has_one(self, mask: BoolMask) -> None:
        if not mask.any():
            return
        bbox, *deltas = Messages(WORDS).outlined(outlined(mask))
        path = "".join(delta["chunk"] for delta in deltas)
        assert path.startswith("M ")
        assert path.endswith(" Z")
        assert painted(path, bbox["bbox"], mask.shape).any()
        numbers = re.findall(r"-?\d+(?:\.\d+)?", path)
        assert all(0 <= float(number) <= 1 for number in numbers)
        assert max(len(number.partition(".")[2]) for number in numbers) <= 3

    @given(st.lists(st.text("0123456789.ML", min_size=1, max_size=8), max_size=200))
    def test_chunks_are_cut_at_spaces_and_add_up(self, words: list[str]) -> None:
        path = " ".join(words)
        parts = [message["chunk"] for message in path_deltas(path)]
        assert "".join(parts) == path
        assert all(part.startswith(" ") for part in parts[1:])
        assert not any(part.endswith(" ") for part in parts)
        assert all(len(part) <= 96 for part in parts)


class TestAnswer:
    def test_the_surest_of_words_stands_on_top(self) -> None:
        found = [outlined(disc(40, 60)), outlined(disc(120, 60), id=2, score=0.5)]
        told = answer(found, "cat", with_mask=True)
        assert told["path"] == told["instances"][0]["path"]
        assert (told["score"], told["area_px"]) == (0.9, int(disc(40, 60).sum()))
        assert len(told["instances"]) == 2
        assert {"id", "prompt"}.isdisjoint(told)

    def test_several_prompts_are_joined_on_top(self) -> None:
        found = [
            outlined(disc(40, 60), model="a"),
            outlined(disc(40, 100), id=2, score=0.3, model="a"),
            outlined(disc(120, 60), id=3, score=0.5, label="dog", prompt=1, model="b"),
        ]
        whole = joined(found)
        assert whole is not None
        assert np.array_equal(whole.mask, disc(40, 60) | disc(120, 60))
        told = answer(found, "", with_mask=False)
        assert (told["label"], told["score"], told["model"]) == ("cat, dog", 0.5, "a, b")
        assert "mask" not in told
        assert [one["prompt"] for one in told["instances"]] == [0, 0, 1]

    def test_nothing_is_an_answer_too(self) -> None:
        told = answer([], "cat", with_mask=True)
        assert told == {
            "path": "", "bbox": None, "label": "cat", "score": 0.0, "model": "", "area_px": 0,
            "mask": None, "instances": [],
        }  # fmt: skip
        assert joined([]) is None

    @pytest.mark.parametrize("with_mask", [True, False])
    def test_the_last_message_is_the_answer(self, with_mask: bool) -> None:
        told = answer([outlined(disc(40, 60))], "cat", with_mask=with_mask)
        assert Messages(WORDS).final(told) == {"type": "final", **told, "completed": True}
