"""Outlines that follow their masks: right, and made of the same vertices."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.geometry import Path, fill, iou
from rtseg.geometry.path import ring_area
from rtseg.types import BoolMask
from rtseg.wire import Decoder, Encoder
from rtseg.wire.following import can_follow
from rtseg.wire.moves import moves_between
from rtseg.wire.outlining import Outliner

SIZE = 240, 320
TICKS = 3000


def body(frame: float, *, swing: float = 1.0, hole: bool = False, part: bool = False) -> BoolMask:
    """A trunk that walks to the right, with an arm that swings; a hole, a ball beside it."""
    scale = 8
    mask = np.zeros(SIZE, np.uint8)
    x, y = 90 + 2.3 * frame, 130 + 0.7 * frame

    def at(*place: float) -> tuple[int, int]:
        return round(scale * place[0]), round(scale * place[1])

    cv2.ellipse(mask, at(x, y), at(32, 60), 8.0, 0, 360, (1,), -1, shift=3)
    angle = 0.3 + 0.04 * swing * frame
    hand = x + 70 * np.cos(angle), y - 20 + 70 * np.sin(angle)
    cv2.line(mask, at(x, y - 20), at(*hand), (1,), 15, shift=3)
    if hole:
        cv2.circle(mask, at(x - 5, y + 15), 9 * scale, (0,), -1, shift=3)
    if part:
        cv2.circle(mask, at(x - 62, y - 60), 15 * scale, (1,), -1, shift=3)
    return mask > 0


def ids(path: Path) -> set[int]:
    assert path.ids is not None
    return set(np.concatenate(path.ids).tolist())


def places(path: Path) -> dict[int, tuple[int, int]]:
    assert path.ids is not None
    every = np.concatenate(path.rings).tolist()
    return dict(zip(np.concatenate(path.ids).tolist(), [(x, y) for x, y in every], strict=True))


@pytest.mark.parametrize("min_iou", [0.9, 0.97, 0.99])
def test_vertices_live_on_and_go_with_the_mask(min_iou: float) -> None:
    outliner = Outliner(min_iou)
    paths = [outliner.outline({1: body(frame)})[1] for frame in range(12)]
    lived = [len(ids(before) & ids(after)) / len(ids(before)) for before, after in pairwise(paths)]
    assert np.mean(lived) > 0.8
    # A ring starts where `moves` has nothing to tell of it.
    for before, after in pairwise(paths):
        told = moves_between(before, after)
        assert told is not None
        assert all(ring is None or ring.turn == 0 for ring in told.rings)
    steps = [
        np.subtract(places(after)[vertex], place)
        for before, after in pairwise(paths)
        for vertex, place in places(before).items()
        if vertex in ids(after)
    ]
    # The trunk walks by (2.3, 0.7); the arm swings by up to 2.8 pixels more.
    assert np.abs(np.median(steps, axis=0) - (2.3, 0.7)).max() <= 1
    assert np.mean(np.hypot(*(np.array(steps) - (2.3, 0.7)).T) < 4) > 0.8


def test_what_follows_takes_fewer_bytes_than_what_is_drawn_anew() -> None:
    followed, anew = Encoder(), 0
    sizes = []
    for frame in range(12):
        sizes.append(len(followed.encode(frame * TICKS, {1: body(frame)})))
        anew += len(Encoder().encode(frame * TICKS, {1: body(frame)}))
    assert sum(sizes) < 0.6 * anew


def test_a_hole_and_a_part_come_and_go_and_the_others_stay() -> None:
    outliner = Outliner()
    scene = [
        body(0),
        body(1, part=True),
        body(2, part=True, hole=True),
        body(3, hole=True),
        body(4),
    ]
    paths = [outliner.outline({1: mask})[1] for mask in scene]
    assert [len(path.rings) for path in paths] == [1, 2, 3, 2, 1]
    for before, after in pairwise(paths):
        both = ids(before) & ids(after)
        assert len(both) > 0.7 * min(len(ids(before)), len(ids(after)))


def test_ids_are_of_one_vertex_each() -> None:
    outliner = Outliner()
    seen: set[int] = set()
    before: set[int] = set()
    for frame in range(8):
        masks = {1: body(frame), 2: body(frame, swing=-1, hole=True)}
        paths = outliner.outline(masks)
        now: set[int] = set()
        for path in paths.values():
            assert path.ids is not None
            assert [len(each) for each in path.ids] == [len(ring) for ring in path.rings]
            assert not now & ids(path)
            now |= ids(path)
        # A number that went does not come again.
        assert not (now - before) & seen
        seen |= now
        before = now


def test_holes_are_found_again_among_holes_and_parts_among_parts() -> None:
    """A ring becomes a disc of the size of its hole: what is near is not the same."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    radius = np.hypot(x - 160, y - 120)
    outliner = Outliner(0.9)
    ring = outliner.outline({1: (radius < 75) & (radius > 54)})[1]
    disc = outliner.outline({1: radius < 55})[1]
    assert len(ring.rings) == 2
    assert len(disc.rings) == 1
    assert ring.ids is not None
    (hole,) = (
        set(who.tolist())
        for each, who in zip(ring.rings, ring.ids, strict=True)
        if ring_area(each) < 0
    )
    assert not ids(disc) & hole


noise = st.integers(0, 2**32).map(
    lambda seed: cv2.GaussianBlur(np.random.default_rng(seed).random((60, 80)), (0, 0), 4)
)


@given(noise, noise, st.sampled_from([0.7, 0.9, 0.97, 0.995]))
@settings(max_examples=30, deadline=None)
def test_any_masks_are_told_exactly_and_keep_their_fidelity(
    first: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    last: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    min_iou: float,
) -> None:
    """One noise becomes another: parts merge and come apart, holes open and close."""
    encoder, decoder = Encoder(min_iou=min_iou), Decoder()
    for frame in range(6):
        field = first + frame / 5 * (last - first)
        mask = field > 0.5
        outlines = encoder.outline({1: mask})
        read = decoder.decode(encoder.pack(frame * TICKS, mask.shape, outlines))[1]
        # Vertex by vertex, in their order: the next frame is told upon this one.
        assert read == outlines[1]
        if mask.any():
            assert iou(fill(read, mask.shape), mask) >= min_iou


def test_what_is_too_large_to_follow_is_drawn_anew() -> None:
    dice = np.random.default_rng(1)
    fields = [cv2.GaussianBlur(dice.random((480, 640)), (0, 0), 3) for _ in range(2)]
    outliner = Outliner()
    before, after = (
        outliner.outline({1: fields[0] + share * fields[1] > 0.5 * (1 + share)})[1]
        for share in (0, 0.05)
    )
    assert not can_follow(before)
    assert not ids(before) & ids(after)
