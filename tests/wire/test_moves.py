"""Outlines that move: what arrives is what was outlined, whatever is lost on the way."""

from __future__ import annotations

import random
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.geometry import Path, fill, iou
from rtseg.geometry.motion import Motion
from rtseg.types import BoolMask
from rtseg.wire import Content, Decoder, Encoder, FrameMessage, Packer, StaleMessage
from rtseg.wire.messages import BASES_KEPT
from rtseg.wire.outline import Outline
from tests.vectors.moves import Drawn

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


def as_drawn(path: Path) -> list[list[tuple[int, int]]]:
    """Rings in no order, each from its least vertex: what two paths that draw alike share."""
    rings = []
    for ring in path.rings:
        points = [(int(x), int(y)) for x, y in ring]
        rings.append(min(points[n:] + points[:n] for n in range(len(points))))
    return sorted(rings)


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


def test_vertices_live_on_in_a_shape_that_moves() -> None:
    encoder = Encoder()
    shares = []
    before: Outline | None = None
    for frame in range(20):
        outline = encoder.outline({1: walk_by(frame)[1]})[1]
        assert isinstance(outline, Outline)
        if before is not None:
            old, new = np.concatenate(before.ids), np.concatenate(outline.ids)
            shares.append(np.isin(old, new).mean())
        before = outline
    assert np.mean(shares) > 0.85


def test_what_only_shifts_costs_next_to_nothing() -> None:
    encoder, decoder = Encoder(), Decoder()
    decoder.decode(encoder.encode(0, {1: blob(90, 100)}))
    packet = encoder.encode(TICKS, {1: blob(93, 102)})
    assert len(packet) <= 20
    assert iou(fill(decoder.decode(packet)[1], SIZE), blob(93, 102)) >= 0.97


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
    dice = np.random.default_rng(3)
    mask = blob(100, 110)
    drawn = []
    for frame in range(8):
        edge = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        noisy = np.where(dice.random(SIZE) < 0.06, edge, mask)
        drawn.append(decoder.decode(encoder.encode(frame * TICKS, {1: noisy}))[1])
    # At first it may be outlined anew, with something in hand for the next ones.
    assert all(path == drawn[2] for path in drawn[2:])


# Loss


@given(st.integers(0, 2**32), st.floats(0, 0.6), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_nothing_wrong_is_drawn_whatever_is_lost(seed: int, loss: float, delay: int) -> None:
    """Packets and answers are lost, late, twice, out of order: right, or told to be stale."""
    dice = random.Random(seed)
    # One that believes in a reliable stream, and is mistaken, must be found out.
    packer, decoder = Packer(is_reliable=dice.random() < 0.3), Decoder()
    thing = Drawn(seed % 1000, SIZE, 2)
    right: dict[int, Path] = {}
    way: list[tuple[float, bytes]] = []
    answers: list[tuple[float, int]] = []
    for frame in range(40):
        for when, frame_id in [answer for answer in answers if answer[0] <= frame]:
            answers.remove((when, frame_id))
            packer.acknowledge(frame_id)
        outline = thing.outline()
        frame_id = frame * TICKS
        right[frame_id] = outline
        packet = packer.pack(Content(frame_id, SIZE, {1: outline}, {}, {}, {}, None))
        copies = range(dice.choice((1, 1, 2)))
        way += [(frame + dice.random() * delay, packet) for _ in copies if dice.random() >= loss]
        for arrival in sorted(item for item in way if item[0] <= frame):
            way.remove(arrival)
            message = decoder.read(arrival[1])
            if isinstance(message, StaleMessage):
                assert decoder.is_stale
                continue
            assert isinstance(message, FrameMessage)
            expected = as_drawn(right[message.frame_id])
            assert as_drawn(message.objects[0].path) == expected
            if dice.random() >= loss:
                answers.append((frame + dice.random() * delay, message.frame_id))
        thing.step()


def test_only_what_was_acknowledged_is_built_upon() -> None:
    packer, thing = Packer(is_reliable=False), Drawn(1, SIZE, 2)

    def pack(frame_id: int) -> bytes:
        content = Content(frame_id, SIZE, {1: thing.outline()}, {}, {}, {}, None)
        thing.step()
        return packer.pack(content)

    assert [kind(pack(n)) for n in (1, 2, 3)] == [0, 0, 0]
    packer.acknowledge(2)
    packer.acknowledge(99)
    assert pack(4)[1:7] == bytes([2, 0, 0, 0, 4, 2])
    packer.acknowledge(1)  # an answer that was late
    assert pack(5)[1:7] == bytes([2, 0, 0, 0, 5, 3])
    packer.request_key()
    assert kind(pack(6)) == 0
    # A decoder keeps only so many: an old answer is none.
    packer.acknowledge(6)
    thing.step = lambda: None  # type: ignore[method-assign]
    assert {kind(pack(n)) for n in range(7, 6 + BASES_KEPT)} == {2}
    assert [kind(pack(n)) for n in (201, 202)] == [2, 0]


def test_vertices_that_changed_their_order_are_told_anew() -> None:
    rings = [np.array([(5, 5), (5, 90), (60, 90), (90, 60), (90, 5)], np.int32)]
    before = Outline((rings[0],), (np.arange(5),), (9,), 1)
    after = Outline((rings[0] + 3,), (np.array([0, 1, 3, 2, 4]),), (9,), 2, 1, {9: Motion(3, 3)})
    packer, decoder = Packer(), Decoder()
    for frame_id, outline in enumerate((before, after)):
        packet = packer.pack(Content(frame_id, SIZE, {1: outline}, {}, {}, {}, None))
        assert kind(packet) == 0
        assert as_drawn(decoder.decode(packet)[1]) == as_drawn(outline)


def test_a_frame_id_that_comes_again_is_no_base() -> None:
    encoder = Encoder()
    assert [kind(encoder.encode(n, {1: blob(90, 100)})) for n in (5, 5, 6, 7)] == [0, 0, 0, 2]


def test_without_its_base_the_last_right_outline_stays() -> None:
    encoder, decoder = Encoder(), Decoder()
    first = decoder.decode(encoder.encode(0, {1: blob(90, 100)}))
    encoder.encode(TICKS, {1: blob(93, 100)})
    assert decoder.decode(encoder.encode(2 * TICKS, {1: blob(96, 100)})) == first
    assert decoder.is_stale
    encoder.request_key()
    paths = decoder.decode(encoder.encode(3 * TICKS, {1: blob(99, 100)}))
    assert not decoder.is_stale
    assert iou(fill(paths[1], SIZE), blob(99, 100)) >= 0.97


@pytest.mark.parametrize("min_iou", [0.97, 0.995, 1.0])
def test_who_joins_at_any_frame_goes_on_with_the_rest(min_iou: float) -> None:
    """The whole frame and the change leave two decoders with the same vertices, in one order."""
    encoder = Encoder(min_iou=min_iou)
    decoders: list[Decoder] = []
    for frame in range(20):
        masks = walk_by(frame)
        content = Content(frame * TICKS, SIZE, encoder.outline(masks), {}, {}, {1: "cat"}, None)
        packet, key = encoder.pack_for_all(content)
        for decoder in decoders:
            decoder.decode(packet)
        decoders.append(Decoder())
        decoders[-1].decode(key())
        for decoder in decoders:
            paths = decoder.decode(b"\x01\x63")
            assert not decoder.is_stale
            for track_id, mask in masks.items():
                assert iou(fill(paths[track_id], SIZE), mask) >= min_iou


# Any bytes


def started() -> Decoder:
    decoder = Decoder()
    decoder.decode(Encoder().encode(0, {1: blob(90, 90), 2: blob(220, 120, seed=1)}))
    return decoder


def holds(decoder: Decoder, packet: bytes, say: Callable[[bytes], object]) -> None:
    before = decoder.decode(b"\x01\x63")
    try:
        say(packet)
    except WireError:
        assert decoder.decode(b"\x01\x63") == before


@given(st.binary(max_size=60), st.sampled_from([b"\1\0\1", b"\1\0\3", b"\2\0\xff\xff\x7f"]))
@settings(deadline=None)
def test_any_bytes_as_moves(data: bytes, start: bytes) -> None:
    decoder = started()
    payload = start + data
    packet = b"\x01\x02\0\0\0\x09\x09\x06" + bytes([len(payload)]) + payload
    holds(decoder, packet, decoder.read)


@given(st.binary(max_size=60))
@settings(deadline=None)
def test_any_bytes_behind_the_head_of_a_moved_frame(data: bytes) -> None:
    decoder = started()
    holds(decoder, b"\x01\x02\0\0\0\x09\x09" + data, decoder.read)


def test_few_bytes_cannot_grow_an_outline_for_ever() -> None:
    """Each packet may add what its bytes allow, up to a limit for all that move."""
    decoder = started()
    dice = np.random.default_rng(2)
    for number in range(1, 400):
        payload = b"\1\0\1" + dice.bytes(30) + bytes([dice.integers(256)]) * 60
        packet = b"\x01\x02" + number.to_bytes(4, "big") + b"\x01\x06" + bytes([len(payload)])
        try:
            decoder.read(packet + payload)
        except WireError:
            continue
        paths = decoder.decode(b"\x01\x63")
        assert sum(len(ring) for path in paths.values() for ring in path.rings) <= 65536
