"""The stream in JSON, packet by packet: no server, no clock."""

from __future__ import annotations

import json
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.geometry import Path, fill, iou
from rtseg.server.json_view import JsonView
from rtseg.types import BoolMask
from rtseg.wire import Content, Decoder, Encoder, Standing, Timing, pack_clock
from tests.geometry.mask_strategies import masks
from tests.server.json_reader import JsonReader

SIZE = 240, 320
TICKS = 3000


def disc(x: int, y: int, radius: int = 40, *, size: tuple[int, int] = SIZE) -> BoolMask:
    mask = np.zeros(size, np.uint8)
    cv2.circle(mask, (x, y), radius, (1,), cv2.FILLED)
    return mask > 0


class Stream:
    """An encoder, its view in JSON and a reader of that."""

    def __init__(self, min_iou: float = 0.97) -> None:
        self.encoder = Encoder(min_iou)
        self.view = JsonView()
        self.reader = JsonReader()
        self.frame_id = 7

    def show(self, masks: dict[int, BoolMask], **more: Any) -> list[dict[str, Any]]:
        """Encode a frame; give its lines."""
        self.frame_id += TICKS
        packet = self.encoder.encode(
            self.frame_id, masks, labels=dict.fromkeys(masks, "cat"), **more
        )
        return self.read(packet)

    def read(self, packet: bytes) -> list[dict[str, Any]]:
        lines = self.view.lines(packet)
        for line in lines:
            self.reader.take(line)
        return [json.loads(line) for line in lines]

    def types(self, masks: dict[int, BoolMask], **more: Any) -> list[str]:
        return [line["type"] for line in self.show(masks, **more)]


def test_a_new_object_comes_as_in_the_image_api_and_then_as_it_moves() -> None:
    stream = Stream()
    first = stream.show(
        {4: disc(100, 100)},
        scores={4: 0.9},
        ages_ms={4: 21},
        standings={4: Standing.of("found", 0.9)},
    )
    path = stream.reader.paths(first[-1])[4]
    assert [line["type"] for line in first[:2]] == ["bbox", "path_delta"]
    assert [line["type"] for line in first[-2:]] == ["final", "frame"]
    assert {line["type"] for line in first[1:-2]} == {"path_delta"}
    about = {
        "frame_id": 3007,
        "track_id": 4,
        "label": "cat",
        "score": 0.902,
        "age_ms": 21,
        "state": "found",
        "confidence": 0.9,
    }
    x0, y0, x1, y1 = path.bbox
    bbox = {
        "x_min": x0 / 320,
        "y_min": round(y0 / 240, 6),
        "x_max": x1 / 320,
        "y_max": round(y1 / 240, 6),
    }
    assert first[0] == {"type": "bbox", **about, "bbox": bbox}
    final = first[-2]
    assert final | {"path": ""} == {
        "type": "final", **about, "bbox": bbox, "path": "", "completed": True,
    }  # fmt: skip
    assert final["path"].startswith("M 0")
    assert first[-1] == {
        "type": "frame", "frame_id": 3007, "width": 320, "height": 240, "objects": [4],
    }  # fmt: skip
    assert stream.types({4: disc(100, 100)}) == ["same", "frame"]
    assert stream.types({4: disc(103, 99)}) == ["bbox", "frame"]
    assert stream.types({4: disc(103, 99, 50)}) == ["final", "frame"]


def test_an_object_that_is_not_tracked_any_more_is_gone_and_may_come_again() -> None:
    stream = Stream()
    stream.show({1: disc(60, 60), 2: disc(200, 100)})
    lines = stream.show({2: disc(200, 100)})
    assert [line["type"] for line in lines] == ["same", "gone", "frame"]
    assert lines[1] == {
        "type": "gone", "frame_id": stream.frame_id, "track_id": 1, "label": "cat",
    }  # fmt: skip
    assert lines[2]["objects"] == [2]
    again = stream.types({1: disc(60, 60), 2: disc(200, 100)})
    assert (again[0], again[-3:]) == ("bbox", ["final", "same", "frame"])
    assert stream.types({}) == ["gone", "gone", "frame"]
    assert stream.types({}) == ["frame"]


def test_an_object_that_is_not_visible_has_no_box_and_an_empty_path() -> None:
    stream = Stream()
    nowhere = np.zeros(SIZE, np.bool_)
    (hidden, _) = stream.show({1: nowhere})
    assert (hidden["type"], hidden["bbox"], hidden["path"]) == ("final", None, "")
    assert stream.types({1: nowhere}) == ["same", "frame"]
    assert stream.types({1: disc(60, 60)}) == ["final", "frame"]
    (hidden, _) = stream.show({1: nowhere})
    assert (hidden["type"], hidden["bbox"], hidden["path"]) == ("final", None, "")


def test_a_camera_that_changes_its_size_changes_every_box() -> None:
    stream = Stream()
    stream.show({1: disc(100, 100)})
    half = (120, 160)
    lines = stream.show({1: disc(50, 50, 20, size=half)})
    assert lines[-1]["width"] == 160
    paths = stream.reader.paths(lines[-1])
    assert iou(fill(paths[1], half), disc(50, 50, 20, size=half)) >= 0.97
    # The same pixels of a larger picture are another place in it.
    stream = Stream()
    small, large = np.zeros((100, 100), np.bool_), np.zeros((200, 200), np.bool_)
    small[20:40, 20:40] = large[20:40, 20:40] = True
    stream.show({1: small})
    box, _ = stream.show({1: large})
    assert (box["type"], box["bbox"]["x_max"]) == ("bbox", 0.2)


@given(st.lists(st.dictionaries(st.integers(0, 3), masks, max_size=3), max_size=6))
def test_who_follows_the_lines_has_every_vertex_of_every_frame(
    frames: list[dict[int, BoolMask]],
) -> None:
    stream, decoder = Stream(1.0), Decoder()
    for n, shown in enumerate(frames):
        size = max((mask.shape for mask in shown.values()), default=(9, 9))
        same = {i: mask for i, mask in shown.items() if mask.shape == size}
        packet = stream.encoder.encode(n, same, size=size, labels={0: "a\nb"})
        want = decoder.decode(packet)
        *_, last = stream.read(packet)
        assert stream.reader.paths(last) == want


@pytest.mark.parametrize("seed", range(8))
def test_large_outlines_are_exact_wherever_they_go(seed: int) -> None:
    dice = np.random.default_rng(seed)
    stream, decoder = Stream(), Decoder()
    width, height = int(dice.integers(900, 8000)), int(dice.integers(900, 3000))
    ring = dice.integers(0, (width + 1, height + 1), size=(30, 2)).astype(np.int32)
    for n in range(4):
        ring = np.clip(ring + dice.integers(-n, n + 1, size=2, dtype=np.int32), 0, (width, height))
        content = Content(n, (height, width), {1: Path((ring,))}, {}, {}, {}, None)
        packet = stream.encoder.take(content).upon(None)
        want = decoder.decode(packet)
        *_, last = stream.read(packet)
        assert stream.reader.paths(last) == want


def test_an_outline_that_is_flat_is_told_too() -> None:
    """Pushed over the side of the frame, an outline is a line on it."""
    stream, decoder = Stream(), Decoder()
    for n, x in enumerate((5, 0)):
        ring = np.array([[x, 3], [0, 9], [0, 5]], np.int32)
        content = Content(n, SIZE, {1: Path((ring,))}, {}, {}, {}, None)
        packet = stream.encoder.take(content).upon(n - 1)
        want = decoder.decode(packet)
        *_, last = stream.read(packet)
        assert stream.reader.paths(last) == want


def test_a_name_that_changes_is_told_though_the_outline_is_the_same() -> None:
    stream = Stream()
    stream.show({1: disc(60, 60)})
    packet = stream.encoder.encode(stream.frame_id + 1, {1: disc(60, 60)}, labels={1: "dog"})
    same, _ = stream.read(packet)
    assert (same["type"], same["label"]) == ("same", "dog")
    gone, _ = stream.read(stream.encoder.encode(stream.frame_id + 2, {}))
    assert (gone["type"], gone["label"]) == ("gone", "dog")


def test_a_reader_that_was_too_slow_is_told_what_is_new_to_it() -> None:
    stream = Stream()
    stream.show({1: disc(60, 60), 2: disc(200, 100)})
    stream.encoder.encode(9000, {1: disc(60, 60), 3: disc(200, 180)})  # this one was not sent
    outlines = stream.encoder.outline({1: disc(61, 60), 3: disc(200, 180)})
    content = Content(12_000, SIZE, outlines, {}, {}, {}, None)
    lines = stream.read(stream.encoder.take(content).upon(None))
    assert [line["type"] for line in lines if line["type"] != "path_delta"] == [
        "bbox", "bbox", "final", "gone", "frame",
    ]  # fmt: skip
    assert [line["track_id"] for line in lines if line["type"] == "gone"] == [2]


def test_what_cannot_be_drawn_is_not_told() -> None:
    stream = Stream()
    stream.show({1: disc(60, 60)})
    stream.encoder.encode(99_000, {1: disc(60, 60)})  # this one was lost
    upon_it = stream.encoder.encode(102_000, {1: disc(60, 60)})
    assert stream.read(upon_it) == []
    assert stream.read(Encoder().encode(1, {})) == [], "older than what is shown"
    assert stream.read(b"\x01\x63") == [], "a packet of a later version"


def test_what_is_not_outlined_yet_has_its_box_alone() -> None:
    stream = Stream()

    def show(outlines: dict[int, BoolMask], **boxes: tuple[int, int, int, int]) -> list[str]:
        stream.frame_id += TICKS
        content = Content(
            stream.frame_id, SIZE, stream.encoder.outline(outlines), {}, {}, {}, None,
            {int(name[1:]): box for name, box in boxes.items()},
        )  # fmt: skip
        lines = stream.read(stream.encoder.take(content).upon(stream.frame_id - TICKS))
        return [line["type"] for line in lines]

    assert show({}, _1=(32, 24, 160, 120)) == ["bbox", "frame"]
    assert stream.reader.objects[1]["bbox"] == {
        "x_min": 0.1, "y_min": 0.1, "x_max": 0.5, "y_max": 0.5,
    }  # fmt: skip
    assert "path" not in stream.reader.objects[1]
    assert show({}, _1=(32, 24, 160, 120), _2=(0, 0, 9, 9)) == ["same", "bbox", "frame"]
    assert show({}, _1=(33, 24, 160, 120)) == ["bbox", "gone", "frame"]
    door = np.zeros(SIZE, np.bool_)
    door[24:120, 33:160] = True
    assert show({1: door}) == ["bbox", "final", "frame"], "an outline that is the box is one too"
    assert show({}, _5=(0, 0, 9, 9)) == ["bbox", "gone", "frame"]
    kinds = show({5: disc(100, 100)})
    assert (kinds[:2], kinds[-2:]) == (["bbox", "path_delta"], ["final", "frame"])


def test_a_frame_in_parts_is_told_as_it_comes() -> None:
    """No WebSocket has them; but who can read a packet can read this."""
    stream, decoder = Stream(1.0), Decoder()
    dice = np.random.default_rng(2)
    size = 480, 640
    mask = cv2.blur(dice.random(size).astype(np.float32), (9, 9)) > 0.5
    mask = np.asarray(mask & disc(320, 240, 200, size=size), np.bool_)
    content = Content(9, size, stream.encoder.outline({1: mask}), {}, {}, {1: "sponge"}, None)
    first, *others = stream.encoder.take(content).messages_upon(None)
    assert others
    kinds = [line["type"] for line in stream.read(first)]
    assert (kinds[0], set(kinds[1:-1]), kinds[-1]) == ("bbox", {"path_delta"}, "frame")
    decoder.decode(first)
    for part in others:
        want = decoder.decode(part)
        *_, last = stream.read(part)
        assert stream.reader.paths(last) == want
    kinds = [kind for kind, _ in stream.reader.types]
    assert kinds[-1] == "final"
    assert want == content.outlines


def test_timing_stands_with_the_frame() -> None:
    *_, frame = Stream().show({}, size=SIZE, timing=Timing(handed_us=5, model_us=6))
    assert frame["timing"] == {
        "handed_us": 5, "decode_us": 0, "wait_us": 0, "track_us": 0, "path_us": 0, "encode_us": 0,
        "model_us": 6,
    }  # fmt: skip


def test_the_clock_is_in_seconds_of_the_sender() -> None:
    unix_s = 1_764_000_000.123456
    ntp = int((unix_s + 2_208_988_800) * (1 << 32))
    (line,) = JsonView().lines(pack_clock(4_000_000_000, ntp))
    clock = json.loads(line)
    assert (clock["type"], clock["rtp"]) == ("clock", 4_000_000_000)
    assert clock["unix_s"] == pytest.approx(unix_s, abs=2e-6)


def test_text_messages_stay_as_they_are() -> None:
    text = '{"type": "hello",  "session": "x"}'
    assert JsonView().lines(text) == [text]


def test_the_coarse_outline_is_the_object_roughly_in_less_than_half_the_text() -> None:
    stream = Stream(0.99)
    mask = disc(160, 120, 90) & ~disc(160, 120, 30)
    lines = stream.show({1: mask})
    rough = "".join(line["chunk"] for line in lines if line["type"] == "path_delta")
    final = next(line for line in lines if line["type"] == "final")
    assert 0 < 2 * len(rough) <= len(final["path"])
    stream.reader.objects[1]["path"] = rough
    assert iou(fill(stream.reader.paths(lines[-1])[1], SIZE), mask) > 0.8
    assert rough.count("M") == 2, "the hole is a hole"


def test_what_is_simple_has_no_coarse_outline() -> None:
    square = np.zeros(SIZE, np.bool_)
    square[20:90, 30:70] = True
    assert Stream().types({1: square}) == ["bbox", "final", "frame"]
