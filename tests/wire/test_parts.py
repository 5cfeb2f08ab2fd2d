"""Frames in parts: any of them in any order show nothing wrong, and all of them are the frame."""

from __future__ import annotations

import contextlib
import random
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.geometry import Path
from rtseg.wire import Content, Decoder, FrameMessage, LateMessage, StaleMessage, Timing
from rtseg.wire.messages import TrackedObject
from rtseg.wire.packing import Packer
from rtseg.wire.parts import MESSAGE_BYTES
from rtseg.wire.shifts import Shift
from rtseg.wire.writing import FrameWriter
from tests.wire.test_sections import is_subsequence, star

SIZE = 1080, 1920
TICKS = 3000


def kind(packet: bytes) -> int:
    return packet[1]


def content(
    frame_id: int,
    outlines: dict[int, Path],
    *,
    boxes: dict[int, tuple[int, int, int, int]] | None = None,
    labels: dict[int, str] | None = None,
    size: tuple[int, int] = SIZE,
    timing: Timing | None = None,
) -> Content:
    ages = {track_id: 10 * track_id for track_id in outlines}
    scores = dict.fromkeys(outlines, 0.5)
    names = dict.fromkeys(outlines, "cat") if labels is None else labels
    return Content(frame_id, size, outlines, scores, ages, names, timing, boxes or {})


def crowd(count: int, *, corners: int = 30, seed: int = 0) -> dict[int, Path]:
    return {
        n: Path((star(corners, 40, (100 + 90 * (n % 20), 100 + 60 * (n // 20)), seed + n),))
        for n in range(1, count + 1)
    }


def some_scene(dice: random.Random, before: dict[int, Path]) -> dict[int, Path]:
    """Objects that stay, shift, are drawn anew, come and go; some are large."""
    after: dict[int, Path] = {}
    for track_id, path in before.items():
        what = dice.random()
        if what < 0.15:
            continue
        if what < 0.4:
            path = Shift(dice.randrange(-9, 10), dice.randrange(-9, 10)).move(path, SIZE)
        elif what < 0.6:
            path = an_outline(dice)
        after[track_id] = path
    for _ in range(dice.randrange(4)):
        after[dice.randrange(1, 40)] = an_outline(dice)
    return after


def an_outline(dice: random.Random) -> Path:
    if dice.random() < 0.1:
        return Path()
    corners, count = dice.choice([(5, 1), (20, 1), (60, 1), (300, 1), (20, 12)])
    rings = [
        star(corners, 90, (dice.randrange(100, 1800), dice.randrange(100, 980)), dice.randrange(99))
        for _ in range(count)
    ]
    return Path(tuple(rings))


def check(item: TrackedObject, right: Path) -> None:
    """What is shown of an object is what its sender had, or some of its vertices."""
    if item.stage == "fine":
        assert item.path == right
        return
    assert item.stage == "coarse"
    for ring in item.path.rings:
        assert any(is_subsequence(ring, other) for other in right.rings)


@given(st.integers(0, 2**32), st.sampled_from([0, 0.1, 0.5]), st.integers(260, 700))
@settings(max_examples=25, deadline=None)
def test_nothing_wrong_is_drawn_whatever_is_lost(seed: int, loss: float, most_bytes: int) -> None:
    """Parts are lost, late, twice, out of order; what the reader has whole is built upon."""
    dice = random.Random(seed)
    packer, decoder = Packer(), Decoder()
    right: dict[int, dict[int, Path]] = {}
    alone: dict[int, tuple[TrackedObject, ...]] = {}
    scene: dict[int, Path] = {}
    way: list[tuple[float, bytes]] = []
    whole: set[int] = set()
    for frame in range(12):
        frame_id = (frame * TICKS - 5 * TICKS) % 2**32
        scene = right[frame_id] = some_scene(dice, scene)
        writer = packer.take(content(frame_id, scene))
        base_id = decoder.whole_id
        messages = writer.messages_upon(base_id, most_bytes=most_bytes)
        alone[frame_id] = unsplit(writer, base_id, right, decoder)
        for message in messages:
            copies = range(dice.choice((1, 1, 2)))
            way += [(frame + 2 * dice.random(), message) for _ in copies if dice.random() >= loss]
        for arrival in sorted(item for item in way if item[0] <= frame + 1):
            way.remove(arrival)
            message = decoder.read(arrival[1])
            if not isinstance(message, FrameMessage):
                continue
            for item in message.objects:
                assert item.track_id in right[item.frame_id]
                check(item, right[item.frame_id][item.track_id])
                assert item.label == "cat"
            if message.is_whole and message.frame_id not in whole:
                assert message.objects == alone[message.frame_id]
                whole.add(message.frame_id)
    for _, message in way:
        decoder.read(message)
    if loss == 0:
        assert decoder.whole_id == frame_id


def unsplit(
    writer: FrameWriter, base_id: int | None, right: dict[int, dict[int, Path]], decoder: Decoder
) -> tuple[TrackedObject, ...]:
    """What one packet of the same frame says."""
    other = Decoder()
    if base_id is not None:
        twin = Packer()
        other.read(twin.take(content(base_id, right[base_id])).upon(None))
    message = other.read(writer.upon(base_id))
    assert isinstance(message, FrameMessage)
    return message.objects


@pytest.mark.parametrize("count", [40, 300])
def test_many_objects_go_in_parts_that_are_useful_alone(count: int) -> None:
    outlines = crowd(count)
    writer = Packer().take(content(5, outlines, timing=Timing(1, 2, 3)))
    messages = writer.messages_upon(None)
    assert len(messages) > 1
    assert max(map(len, messages)) <= MESSAGE_BYTES
    assert sum(map(len, messages)) <= 1.05 * len(writer.upon(None)) + 40
    for message in messages:
        alone = Decoder().read(message)
        assert isinstance(alone, FrameMessage)
        assert not alone.is_whole
        assert len(alone.objects) >= 5
        for item in alone.objects:
            assert item.path == outlines[item.track_id]
    decoder = Decoder()
    timings = [decoder.read(message).timing for message in messages]  # type: ignore[union-attr]
    assert timings == [Timing(1, 2, 3)] + [None] * (len(messages) - 1)
    assert decoder.decode(messages[0]) == outlines
    assert decoder.whole_id == 5


def test_a_large_outline_is_coarse_first_and_each_part_refines_it() -> None:
    outlines = {
        1: Path((star(1500, 500, (900, 540), 3),)),
        **{k + 1: p for k, p in crowd(3).items()},
    }
    messages = Packer().take(content(5, outlines)).messages_upon(None)
    assert max(map(len, messages)) <= MESSAGE_BYTES
    counts = []
    for message in messages:
        alone = Decoder().read(message)
        assert isinstance(alone, FrameMessage)
        large = next(item for item in alone.objects if item.track_id == 1)
        assert large.stage == "coarse"
        counts.append(sum(map(len, large.path.rings)))
    assert min(counts) > 100
    decoder = Decoder()
    for message in messages:
        decoder.read(message)
    assert decoder.decode(messages[-1]) == outlines


def test_new_objects_come_before_changes_and_those_before_what_stays() -> None:
    packer = Packer()
    old = crowd(60)
    packer.take(content(0, old))
    moved = {k: Shift(3, 1).move(p, SIZE) if k % 2 else p for k, p in old.items()}
    now = {**moved, **{k + 100: p for k, p in crowd(20, seed=7).items()}}
    decoder = Decoder()
    packet = Packer().take(content(0, old)).upon(None)
    decoder.read(packet)
    writer = packer.take(content(TICKS, now))
    messages = writer.messages_upon(0, most_bytes=600)
    turns: dict[int, int] = {}
    for number, message in enumerate(messages):
        shown = decoder.read(message)
        assert isinstance(shown, FrameMessage)
        for item in shown.objects:
            if item.frame_id == TICKS:
                turns.setdefault(item.track_id, number)
    new = [turns[k] for k in now if k > 100]
    assert sorted(set(new)) == list(range(max(new) + 1))
    assert max(new) <= sum(map(len, messages)) / 600
    # What is small fills up the parts of the new ones.
    assert max(turns.values()) - max(new) <= 1
    assert decoder.decode(messages[0]) == now


def test_a_roll_takes_away_what_is_gone_at_once() -> None:
    packer, decoder = Packer(), Decoder()
    decoder.read(packer.take(content(0, {1: crowd(1)[1], 900: crowd(2)[2]})).upon(None))
    messages = packer.take(content(TICKS, crowd(40))).messages_upon(0)
    assert len(messages) > 1
    shown = decoder.read(messages[0])
    assert isinstance(shown, FrameMessage)
    assert 900 not in {item.track_id for item in shown.objects}


def test_what_is_not_told_yet_stays_and_says_of_which_frame_it_is() -> None:
    packer, decoder = Packer(), Decoder()
    before, after = crowd(40), crowd(40, seed=9)
    decoder.read(packer.take(content(0, before)).upon(None))
    messages = packer.take(content(TICKS, after)).messages_upon(0)
    shown = decoder.read(messages[1])
    assert isinstance(shown, FrameMessage)
    assert (shown.frame_id, shown.is_whole, decoder.whole_id) == (TICKS, False, 0)
    frames = {item.frame_id for item in shown.objects}
    assert frames == {0, TICKS}
    for item in shown.objects:
        assert item.path == (after if item.frame_id else before)[item.track_id]
    # A frame of which only a part came is nothing to build upon.
    nothing = packer.take(content(2 * TICKS, crowd(3))).upon(TICKS)
    assert isinstance(decoder.read(nothing), StaleMessage)
    assert decoder.is_stale
    decoder.read(messages[0])
    assert decoder.is_stale
    for message in messages:
        decoder.read(message)
    assert decoder.whole_id == TICKS
    assert isinstance(decoder.read(nothing), FrameMessage)
    assert not decoder.is_stale


def test_parts_of_an_older_frame_are_late_and_make_a_base() -> None:
    packer, decoder = Packer(), Decoder()
    one = packer.take(content(0, crowd(40))).messages_upon(None)
    two = packer.take(content(TICKS, crowd(40, seed=5))).messages_upon(None)
    decoder.read(two[0])
    shown = decoder.decode(b"\x01\x63")
    assert all(isinstance(decoder.read(message), LateMessage) for message in one)
    assert decoder.decode(b"\x01\x63") == shown
    assert decoder.whole_id == 0
    three = packer.take(content(2 * TICKS, crowd(40))).upon(0)
    assert isinstance(decoder.read(three), FrameMessage)


def test_parts_that_come_twice_change_nothing() -> None:
    decoder = Decoder()
    messages = Packer().take(content(0, crowd(60))).messages_upon(None)
    shown = decoder.decode(messages[0])
    assert isinstance(decoder.read(messages[0]), LateMessage)
    for message in messages:
        decoder.read(message)
    assert isinstance(decoder.read(messages[1]), LateMessage)
    assert len(decoder.decode(messages[0])) > len(shown)


def test_a_frame_of_another_size_shows_alone() -> None:
    packer, decoder = Packer(), Decoder()
    decoder.read(packer.take(content(0, crowd(40))).upon(None))
    messages = packer.take(content(TICKS, crowd(40), size=(1081, 1920))).messages_upon(0)
    shown = decoder.read(messages[-1])
    assert isinstance(shown, FrameMessage)
    assert {item.frame_id for item in shown.objects} == {TICKS}


def test_what_nobody_tells_of_goes() -> None:
    packer, decoder = Packer(), Decoder()
    decoder.read(packer.take(content(0, {999: crowd(1)[1]})).upon(None))
    for frame in range(1, 70):
        messages = packer.take(content(frame * TICKS, crowd(40, seed=frame))).messages_upon(None)
        shown = decoder.read(messages[-1])  # no roll in this one
        assert isinstance(shown, FrameMessage)
        there = 999 in {item.track_id for item in shown.objects}
        assert there == (frame < 64)
        recent = {item.frame_id for item in shown.objects}
        assert len(recent) <= 64


def test_parts_that_contradict_each_other_are_an_error() -> None:
    few, many = (Packer().take(content(5, crowd(n))).messages_upon(None) for n in (40, 90))
    twice = few[0][:11] + b"\x01" + few[0][12:]
    decoder = Decoder()
    before = decoder.decode(few[0])
    for wrong in (many[1], twice):
        with pytest.raises(WireError):
            decoder.read(wrong)
        assert decoder.decode(b"\x01\x63") == before
    for message in few:
        decoder.read(message)
    assert decoder.whole_id == 5


def test_a_frame_id_that_comes_again_is_not_in_parts() -> None:
    packer = Packer()
    assert len(packer.take(content(5, crowd(40))).messages_upon(None)) > 1
    assert [kind(m) for m in packer.take(content(5, crowd(40))).messages_upon(None)] == [0]


def test_small_frames_are_one_packet() -> None:
    packer = Packer()
    assert [kind(m) for m in packer.take(content(5, crowd(3))).messages_upon(None)] == [0]
    assert [kind(m) for m in packer.take(content(6, crowd(3))).messages_upon(5)] == [3]


# Any bytes


def some_parts() -> list[bytes]:
    outlines = {
        1: Path((star(900, 400, (900, 540), 3),)),
        **{k + 1: p for k, p in crowd(9).items()},
    }
    return list(Packer().take(content(5, outlines, boxes={77: (1, 2, 3, 4)})).messages_upon(None))


PARTS = some_parts()


@given(st.integers(0, len(PARTS) - 1), st.data())
@settings(max_examples=150, deadline=None)
def test_any_bytes_decode_or_raise(which: int, data: st.DataObject) -> None:
    """What a part was made of with some bytes changed, after parts that are right."""
    decoder = Decoder()
    decoder.read(PARTS[0])
    before = decoder.decode(b"\x01\x63")
    wrong = bytearray(PARTS[which])
    for _ in range(data.draw(st.integers(1, 3))):
        wrong[data.draw(st.integers(2, len(wrong) - 1))] = data.draw(st.integers(0, 255))
    wrong = wrong[: data.draw(st.integers(2, len(wrong)))]
    tracemalloc.start()
    try:
        with contextlib.suppress(WireError):
            decoder.read(bytes(wrong))
            before = decoder.decode(b"\x01\x63")
        assert tracemalloc.get_traced_memory()[1] < 16_000_000
    finally:
        tracemalloc.stop()
    assert decoder.decode(b"\x01\x63") == before


def test_parts_of_ever_new_frames_take_bounded_memory() -> None:
    decoder = Decoder()
    small = Packer().take(content(5, crowd(20, corners=5))).messages_upon(None, most_bytes=200)
    tracemalloc.start()
    peaks = []
    try:
        for frame in range(160):
            head = b"\x01\x04" + (frame * TICKS).to_bytes(4, "big")
            decoder.read(head + small[-1][6:])
            if frame % 40 == 39:
                peaks.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert peaks[-1] < peaks[1] + 50_000


def test_rings_are_kept_as_they_are() -> None:
    for part in PARTS:
        shown = Decoder().read(part)
        assert isinstance(shown, FrameMessage)
        for item in shown.objects:
            assert all(ring.dtype == np.int32 for ring in item.path.rings)
