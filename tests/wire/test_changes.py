"""Frames that say what changed: outlines stay, shift or are drawn anew, and are right."""

from __future__ import annotations

import random

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.geometry import Path, fill, iou
from rtseg.types import BoolMask
from rtseg.wire import Content, Decoder, Encoder, FrameMessage, LateMessage, StaleMessage
from rtseg.wire.shifts import Shift, shift_between

TICKS = 3000
SIZE = 240, 320


def blob(x: float, y: float, *, bulge: float = 0.0, seed: int = 0) -> BoolMask:
    """A ragged shape around a place."""
    dice = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    radius = 60 + 2 * dice.normal(size=40) + bulge * np.cos(3 * angle)
    outline = np.stack((x + radius * np.cos(angle), y + radius * np.sin(angle)), axis=1)
    mask = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], (1,))
    return mask > 0


def walk_by(frame: int) -> dict[int, BoolMask]:
    """Two shapes on their way, one of which comes apart, has a hole, goes and comes again."""
    second = blob(220 - 2 * frame, 120, bulge=frame % 7, seed=1)
    if frame % 9 == 4:
        second[:, 180:184] = False
    if frame % 9 == 6:
        second[110:130, 170:190] = False
    if frame % 11 == 10:
        second[:] = False
    return {1: blob(90 + 1.5 * frame, 90 + frame, bulge=frame / 2), 2: second}


def kind(packet: bytes) -> int:
    return packet[1]


def content(frame_id: int, outlines: dict[int, Path]) -> Content:
    return Content(frame_id, SIZE, outlines, {}, {}, dict.fromkeys(outlines, "cat"), None)


def flickering(mask: BoolMask, frames: int) -> list[BoolMask]:
    dice = np.random.default_rng(3)
    edge = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return [np.where(dice.random(SIZE) < 0.06, edge, mask) for _ in range(frames)]


@pytest.mark.parametrize("min_iou", [0.9, 0.97, 0.99, 1.0])
def test_every_frame_keeps_its_fidelity(min_iou: float) -> None:
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    for frame in range(24):
        masks = walk_by(frame)
        paths = decoder.decode(encoder.encode(frame * TICKS, masks))
        assert not decoder.is_stale
        for track_id, mask in masks.items():
            assert iou(fill(paths[track_id], SIZE), mask) >= min_iou


masks = st.integers(0, 2**32).map(
    lambda seed: cv2.GaussianBlur(np.random.default_rng(seed).random((40, 50)), (0, 0), 2) > 0.5
)


@given(st.lists(masks, min_size=2, max_size=5), st.sampled_from([0.6, 0.97, 0.999]))
@settings(max_examples=40, deadline=None)
def test_unlike_masks_keep_their_fidelity_too(scene: list[BoolMask], min_iou: float) -> None:
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    for frame, mask in enumerate(scene):
        # A little of the one before stays, so that there is something to follow.
        mask = mask | scene[0]
        path = decoder.decode(encoder.encode(frame * TICKS, {1: mask}))[1]
        assert iou(fill(path, mask.shape), mask) >= min_iou


@pytest.mark.parametrize("min_iou", [0.97, 1.0])
def test_what_only_shifts_costs_next_to_nothing(min_iou: float) -> None:
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    first = decoder.decode(encoder.encode(0, {1: blob(90, 100)}))[1]
    packet = encoder.encode(TICKS, {1: np.roll(blob(90, 100), (2, -3), axis=(0, 1))})
    assert (kind(packet), len(packet)) == (3, 14)
    assert decoder.decode(packet)[1] == Shift(-3, 2).move(first, SIZE)


def test_slow_drift_does_not_lag() -> None:
    """A tenth of a pixel a frame: below what fidelity would notice, until it adds up."""
    encoder = Encoder(min_iou=0.9)
    fine = cv2.resize(blob(90, 100).astype(np.uint8), (3200, 2400)) > 0
    away = []
    for frame in range(60):
        moved = np.roll(fine, frame, axis=1)
        mask = moved.reshape(240, 10, 320, 10).mean(axis=(1, 3)) > 0.5
        drawn = fill(encoder.outline({1: mask})[1], SIZE)
        away.append(np.nonzero(drawn)[1].mean() - np.nonzero(mask)[1].mean())
    assert np.ptp(away) < 1.2


def test_what_is_still_costs_a_dozen_bytes() -> None:
    for min_iou in (0.97, 1.0):
        encoder = Encoder(min_iou=min_iou)
        sizes = [len(encoder.encode(frame * TICKS, {1: blob(90, 100)})) for frame in range(4)]
        assert sizes[0] > 30
        assert max(sizes[1:]) <= 12
        older = encoder.encode(4 * TICKS, {1: blob(90, 100)}, ages_ms={1: 33})
        assert len(older) == 11


def test_a_still_thing_whose_mask_flickers_stays_as_it_is() -> None:
    encoder, decoder = Encoder(), Decoder()
    drawn = [
        decoder.decode(encoder.encode(frame * TICKS, {1: mask}))[1]
        for frame, mask in enumerate(flickering(blob(100, 110), 8))
    ]
    # At first it may be outlined anew, with something in hand for the next ones.
    assert all(path == drawn[2] for path in drawn[2:])


def test_a_frame_of_another_size_is_outlined_anew() -> None:
    encoder, decoder = Encoder(min_iou=0.9), Decoder()
    mask = blob(240, 120)
    decoder.decode(encoder.encode(0, {1: mask}))
    smaller = mask[:, : np.nonzero(mask)[1].max() + 1]
    packet = encoder.encode(TICKS, {1: smaller})
    assert kind(packet) == 0
    path = decoder.decode(packet)[1]
    assert iou(fill(path, smaller.shape), smaller) >= 0.9


rings = st.lists(
    st.tuples(st.integers(0, SIZE[1]), st.integers(0, SIZE[0])), min_size=3, max_size=6
).map(lambda ring: np.array(ring, np.int32))
steps = st.integers(-300, 300)


@given(st.lists(rings, min_size=1, max_size=3), steps, steps)
@settings(deadline=None)
def test_a_shift_is_found_again_at_the_edges_too(
    drawn: list[np.ndarray[tuple[int, int], np.dtype[np.int32]]], right: int, down: int
) -> None:
    before = Path(tuple(drawn))
    after = Shift(right, down).move(before, SIZE)
    found = shift_between(before, after, SIZE)
    # Where all of it came to lie on an edge, a smaller step says the same.
    assert found is not None
    assert found.move(before, SIZE) == after


def test_another_outline_is_no_shift() -> None:
    before = Path((np.array([(5, 5), (5, 90), (60, 90)], np.int32),))
    bent = Path((np.array([(6, 5), (6, 90), (62, 90)], np.int32),))
    assert shift_between(before, bent, SIZE) is None
    assert shift_between(before, Path((bent.rings[0], bent.rings[0])), SIZE) is None
    assert shift_between(before, Path(), SIZE) is None


# Who has which frame


@given(st.integers(0, 2**32), st.floats(0, 0.6), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_nothing_wrong_is_drawn_whatever_is_lost(seed: int, loss: float, delay: int) -> None:
    """Packets are lost, late, twice, out of order: what is drawn is right, or told to be stale."""
    dice = random.Random(seed)
    encoder, decoder = Encoder(), Decoder()
    right: dict[int, Path] = {}
    way: list[tuple[float, bytes]] = []
    path = Path((np.array([(50, 50), (50, 90), (90, 90), (90, 50)], np.int32),))
    for frame in range(40):
        what = dice.random()
        if what < 0.3:
            path = Shift(dice.randrange(-20, 21), dice.randrange(-20, 21)).move(path, SIZE)
        elif what < 0.5:
            places = [(dice.randrange(321), dice.randrange(241)) for _ in range(4)]
            path = Path((np.array(places, np.int32),))
        frame_id = frame * TICKS
        right[frame_id] = path
        writer = encoder.take(content(frame_id, {1: path}))
        told = writer.upon(None if dice.random() < 0.2 else frame_id - TICKS)
        copies = range(dice.choice((1, 1, 2)))
        way += [(frame + dice.random() * delay, told) for _ in copies if dice.random() >= loss]
        for arrival in sorted(item for item in way if item[0] <= frame):
            way.remove(arrival)
            message = decoder.read(arrival[1])
            if isinstance(message, StaleMessage):
                continue
            if isinstance(message, LateMessage):
                continue
            assert isinstance(message, FrameMessage)
            drawn, expected = message.objects[0].path, right[message.frame_id]
            assert np.array_equal(fill(drawn, SIZE), fill(expected, SIZE))


def test_a_frame_id_that_comes_again_is_no_base() -> None:
    encoder = Encoder()
    assert [kind(encoder.encode(n, {1: blob(90, 100)})) for n in (5, 5, 6, 7)] == [0, 0, 0, 3]


def test_without_its_base_the_last_right_outline_stays() -> None:
    encoder, decoder = Encoder(), Decoder()
    first = decoder.decode(encoder.encode(0, {1: blob(90, 100)}))
    encoder.encode(TICKS, {1: blob(93, 100)})
    paths = encoder.outline({1: blob(96, 100)})
    writer = encoder.take(content(2 * TICKS, paths))
    assert kind(writer.upon(TICKS)) == 3
    assert decoder.decode(writer.upon(TICKS)) == first
    assert decoder.is_stale
    assert decoder.decode(writer.upon(0)) == paths
    assert not decoder.is_stale


@pytest.mark.parametrize("min_iou", [0.97, 0.995, 1.0])
def test_who_joins_at_any_frame_goes_on_with_the_rest(min_iou: float) -> None:
    encoder = Encoder(min_iou=min_iou)
    decoders: list[Decoder] = []
    for frame in range(20):
        masks = walk_by(frame)
        writer = encoder.take(content(frame * TICKS, encoder.outline(masks)))
        for decoder in decoders:
            decoder.decode(writer.upon((frame - 1) * TICKS))
        decoders.append(Decoder())
        decoders[-1].decode(writer.upon(None))
        for decoder in decoders:
            paths = decoder.decode(b"\x01\x63")
            assert not decoder.is_stale
            for track_id, mask in masks.items():
                assert iou(fill(paths[track_id], SIZE), mask) >= min_iou


# Any bytes


@given(st.binary(max_size=60), st.sampled_from([b"", b"\x06\x05\x01\x00", b"\x07\x03\x01"]))
@settings(deadline=None)
def test_any_bytes_behind_the_head_of_a_changed_frame(data: bytes, start: bytes) -> None:
    decoder = Decoder()
    decoder.decode(Encoder().encode(0, {1: blob(90, 90), 2: blob(220, 120, seed=1)}))
    before = decoder.decode(b"\x01\x63")
    try:
        decoder.read(b"\x01\x03\0\0\0\x09\x09" + start + data)
    except WireError:
        assert decoder.decode(b"\x01\x63") == before
