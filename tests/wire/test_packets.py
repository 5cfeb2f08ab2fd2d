"""What an encoder writes, a decoder reads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path as Path_

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rtseg.errors import UsageError
from rtseg.geometry import Path, Simplified, fill, iou, simplify, trace
from rtseg.geometry.simplification import Reference
from rtseg.types import BoolMask
from rtseg.wire import (
    ClockMessage,
    Content,
    Decoder,
    Encoder,
    FrameMessage,
    Timing,
    TrackedObject,
    pack_clock,
)

RING = np.array([(3, 5), (3, 6), (4, 6), (4, 5)], np.int32)
SQUARE = Path((RING,))
SIZE = (16, 20)
TIMING = Timing(1_763_700_000_123_456, 1, 2, 3, 4, 5, 6)

u32 = st.integers(0, 2**32 - 1)
u64 = st.integers(0, 2**64 - 1)


@st.composite
def scenes(draw: st.DrawFn) -> list[dict[int, BoolMask]]:
    """A few frames of a few objects that come and go."""
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dense = st.sampled_from([0.0, 0.1, 0.9, 1.0])
    return [
        {track_id: rng.random(shape) < draw(dense) for track_id in track_ids}
        for track_ids in draw(st.lists(st.sets(u64 | st.integers(0, 3), max_size=3), max_size=4))
    ]


def one_frame(packet: bytes) -> FrameMessage:
    message = Decoder().read(packet)
    assert isinstance(message, FrameMessage)
    return message


# Fidelity


@given(scenes(), st.sampled_from([0.5, 0.97, 0.999, 1.0]))
@settings(max_examples=60, deadline=None)
def test_every_mask_comes_out_at_its_fidelity(
    scene: list[dict[int, BoolMask]], min_iou: float
) -> None:
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    for frame_id, masks in enumerate(scene):
        paths = decoder.decode(encoder.encode(frame_id, masks))
        assert list(paths) == list(masks)
        for track_id, mask in masks.items():
            drawn = fill(paths[track_id], mask.shape)
            assert iou(drawn, mask) >= min_iou
            if min_iou == 1:
                assert np.array_equal(drawn, mask)


rings = st.lists(
    st.tuples(st.integers(0, 65535), st.integers(0, 65535)), min_size=3, max_size=5
).map(lambda ring: np.array(ring, np.int32))
objects = st.builds(
    TrackedObject,
    track_id=u64,
    frame_id=st.just(0),
    path=st.lists(rings, max_size=3).map(lambda each: Path(tuple(each))),
    score_u8=st.integers(0, 255),
    age_ms=u64,
    label=st.none() | st.text(),
)
messages = st.builds(
    FrameMessage,
    frame_id=u32,
    width_px=st.just(65535),
    height_px=st.just(65535),
    objects=st.lists(objects, max_size=4, unique_by=lambda item: item.track_id).map(tuple),
    timing=st.none() | st.builds(Timing, *[u64] * 7),
)


@given(messages)
@settings(max_examples=60, deadline=None)
def test_everything_in_a_frame_comes_back(message: FrameMessage) -> None:
    packet = Encoder().pack(
        message.frame_id,
        (message.height_px, message.width_px),
        {item.track_id: item.path for item in message.objects},
        scores={item.track_id: item.score for item in message.objects},
        ages_ms={item.track_id: item.age_ms for item in message.objects},
        labels={item.track_id: item.label for item in message.objects if item.label is not None},
        timing=message.timing,
    )
    objects = tuple(replace(item, frame_id=message.frame_id) for item in message.objects)
    assert Decoder().read(packet) == replace(message, objects=objects)


@given(u32, u64)
def test_clock_round_trip(rtp: int, ntp: int) -> None:
    assert Decoder().read(pack_clock(rtp, ntp)) == ClockMessage(rtp, ntp)


def test_bytes_of_the_square_of_the_vectors() -> None:
    packet = Encoder().pack(90_000, SIZE, {1: SQUARE})
    vector = Path_(__file__).parents[1] / "vectors" / "wire" / "coded-walk.json"
    assert packet.hex() == json.loads(vector.read_text(encoding="utf-8"))["packets"][0]


def test_what_few_bytes_may_not_hold_is_sent_plainly() -> None:
    point = np.zeros((5000, 2), np.int32)
    packet = Encoder().pack(0, SIZE, {1: Path((point,))})
    assert len(packet) > 10_000
    assert Decoder().decode(packet) == {1: Path((point,))}


# What an encoder tells


class Names:
    """An encoder, and a reader who has all that it wrote."""

    def __init__(self) -> None:
        self.encoder, self.decoder = Encoder(), Decoder()
        self.frame_id = 0

    def tell(self, track_ids: list[int], **labels: str) -> list[str | None]:
        """Encode objects and the names of some; give what the reader then calls them."""
        self.frame_id += 3000
        names = {int(key[1:]): label for key, label in labels.items()}
        paths = dict.fromkeys(track_ids, SQUARE)
        self.packet = self.encoder.pack(self.frame_id, SIZE, paths, labels=names)
        message = self.decoder.read(self.packet)
        assert isinstance(message, FrameMessage)
        return [item.label for item in message.objects]


def test_a_name_is_told_once_as_long_as_it_stays() -> None:
    names = Names()
    told = [b"cat" in names.packet for _ in range(91) if names.tell([1], _1="cat") == ["cat"]]
    assert told == [True] + [False] * 90
    assert names.tell([1]) == ["cat"], "it is kept where none is said"


def test_a_name_is_told_again_when_it_changes_or_the_object_was_away() -> None:
    names = Names()
    assert names.tell([1, 2], _1="cat") == ["cat", None]
    assert names.tell([1, 2], _1="cat", _2="dog") == ["cat", "dog"]
    assert names.tell([1, 2], _1="puma") == ["puma", "dog"]
    assert names.tell([2]) == ["dog"]
    assert names.tell([1, 2]) == [None, "dog"]
    assert names.tell([1, 2], _1="puma") == ["puma", "dog"]


def test_a_whole_frame_tells_all_names_whoever_was_told_before() -> None:
    encoder = Encoder()
    for frame_id in range(3):
        content = Content(
            frame_id, SIZE, {1: SQUARE}, {}, {}, {1: "cat"} if not frame_id else {}, None
        )
        assert one_frame(encoder.take(content).upon(None)).objects[0].label == "cat"


def test_a_name_told_in_a_packet_that_is_lost_is_told_again() -> None:
    encoder, decoder = Encoder(), Decoder()

    def tell(frame_id: int, base_id: int | None, name: str) -> bytes:
        content = Content(frame_id, SIZE, {1: SQUARE}, {}, {}, {1: name}, None)
        return encoder.take(content).upon(base_id)

    decoder.read(tell(0, None, "cat"))
    tell(1, 0, "puma")  # lost
    message = decoder.read(tell(2, 0, "puma"))
    assert isinstance(message, FrameMessage)
    assert message.objects[0].label == "puma"
    assert b"puma" not in tell(3, 2, "puma")


def test_times_are_asked_for_when_the_rest_is_written() -> None:
    asked: list[bool] = []

    def times() -> Timing:
        asked.append(True)
        return TIMING

    assert one_frame(Encoder().pack(0, SIZE, {}, timing=times)).timing == TIMING
    assert asked == [True]


def test_size_of_a_frame_without_objects() -> None:
    encoder, decoder = Encoder(), Decoder()

    def sizes(packet: bytes) -> tuple[int, int]:
        message = decoder.read(packet)
        assert isinstance(message, FrameMessage)
        return message.height_px, message.width_px

    assert sizes(encoder.encode(0, {})) == (0, 0)
    assert sizes(encoder.encode(1, {1: np.zeros((6, 8), np.bool_)})) == (6, 8)
    assert sizes(encoder.encode(2, {})) == (6, 8)
    assert sizes(encoder.encode(3, {}, size=(7, 9))) == (7, 9)


def test_numbers_of_numpy() -> None:
    mask = np.ones((4, 4), np.bool_)
    packet = Encoder().encode(
        np.uint32(2**32 - 1),  # type: ignore[arg-type]
        {np.int64(5): mask},  # type: ignore[dict-item]
        scores={5: np.float32(0.5)},  # type: ignore[dict-item]
    )
    assert Decoder().decode(packet) == {5: trace(mask)}


def test_scores_are_rounded() -> None:
    scores = [0.0, 0.0019, 0.002, 0.998, 0.9981, 1.0]
    paths = dict.fromkeys(range(len(scores)), SQUARE)
    message = one_frame(Encoder().pack(0, SIZE, paths, scores=dict(enumerate(scores))))
    assert [item.score_u8 for item in message.objects] == [0, 0, 1, 254, 255, 255]


def test_each_object_starts_from_its_tolerance_in_the_frame_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starts: list[float | None] = []

    def watched(
        path: Path, mask: BoolMask, min_iou: float, *, start_px: float | None, reference: Reference
    ) -> Simplified:
        starts.append(start_px)
        return simplify(path, mask, min_iou, start_px=start_px, reference=reference)

    monkeypatch.setattr("rtseg.wire.outlining.simplify", watched)
    encoder = Encoder()
    small, large = np.tri(40, dtype=np.bool_), np.tri(200, dtype=np.bool_)
    own = {1: simplify(trace(small), small, 0.97), 2: simplify(trace(large), large, 0.97)}
    encoder.outline({1: small, 2: large})
    encoder.outline({2: large[::-1]})
    encoder.outline({1: small})
    assert starts == [None, None, own[2].tolerance_px, None]
    assert own[1].tolerance_px != own[2].tolerance_px


# What it refuses


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"frame_id": -1}, "frame_id .* got -1"),
        ({"frame_id": 2**32}, "frame_id .* got 4294967296"),
        ({"frame_id": 1.5}, "frame_id .* got 1.5"),
        ({"size": (16, 65536)}, "got 65536"),
        ({"size": (16, 20, 3)}, "height and a width"),
        ({"outlines": {-1: SQUARE}}, "track id .* got -1"),
        ({"outlines": {2**64: SQUARE}}, "track id"),
        ({"outlines": {"cat": SQUARE}}, "track id .* got 'cat'"),
        ({"size": (5, 20)}, "outside the frame of 20×5"),
        ({"outlines": {1: Path((RING - 4,))}}, "outside"),
        ({"outlines": {1: Path((RING[:2],))}}, "N >= 3"),
        ({"outlines": {1: Path((RING.astype(np.float32),))}}, "float32"),
        ({"scores": {1: 1.01}}, "score .* got 1.01"),
        ({"scores": {1: float("nan")}}, "score"),
        ({"ages_ms": {1: -1}}, "age .* got -1"),
        ({"labels": {1: "\ud83d"}}, "UTF-8"),
        ({"timing": Timing(wait_us=-1)}, "time in µs .* got -1"),
    ],
)
def test_what_cannot_be_packed(arguments: dict[str, object], what: str) -> None:
    encoder, decoder = Encoder(), Decoder()
    decoder.read(encoder.pack(0, SIZE, {1: SQUARE}, labels={1: "cat"}))
    everything = {"frame_id": 1, "size": SIZE, "outlines": {1: SQUARE}, "labels": {1: "dog"}}
    with pytest.raises(UsageError, match=what):
        encoder.pack(**{**everything, **arguments})  # type: ignore[arg-type]
    message = decoder.read(encoder.pack(2, SIZE, {1: SQUARE}, labels={1: "dog"}))
    assert isinstance(message, FrameMessage)
    assert message.objects[0].label == "dog", "the refused packet told nobody"


@pytest.mark.parametrize(
    ("masks", "what"),
    [
        ({1: np.zeros((4, 4), np.uint8)}, "uint8"),
        ({1: np.zeros((4, 4, 4), np.bool_)}, "height and a width"),
        ({1: np.zeros((4, 4), np.bool_), 2: np.zeros((4, 5), np.bool_)}, "one shape"),
        ({1: np.zeros((1, 65536), np.bool_)}, "65536"),
        ({1: [[True]]}, "got a list"),
    ],
)
def test_what_is_no_mask(masks: dict[int, BoolMask], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        Encoder().encode(0, masks)


def test_size_and_masks_disagree() -> None:
    with pytest.raises(UsageError, match=r"\(4, 5\), as size says, got \(4, 4\)"):
        Encoder().encode(0, {1: np.zeros((4, 4), np.bool_)}, size=(4, 5))


@pytest.mark.parametrize("min_iou", [0, 1.5, float("nan")])
def test_what_is_no_fidelity(min_iou: float) -> None:
    with pytest.raises(UsageError, match="min_iou"):
        Encoder(min_iou=min_iou)


@pytest.mark.parametrize(("rtp", "ntp"), [(-1, 0), (2**32, 0), (0, -1), (0, 2**64)])
def test_what_is_no_clock(rtp: int, ntp: int) -> None:
    with pytest.raises(UsageError):
        pack_clock(rtp, ntp)
