"""A sender and a reader with a bad network between: what is shown is right, and soon up to date."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.bench.network import Way, Weather
from rtseg.engine import Outbox
from rtseg.errors import WireError
from rtseg.geometry import Path, fill
from rtseg.types import FrameId, TrackId
from rtseg.wire import (
    AckMessage,
    Content,
    Decoder,
    Encoder,
    FrameMessage,
    LateMessage,
    StaleMessage,
    TrackedObject,
    pack_ack,
    read_ack,
)
from rtseg.wire.bases import KEPT_BY_DECODER, KEPT_BY_SENDER, is_newer, is_older
from rtseg.wire.shifts import Shift

TICKS = 3000
FRAME_MS = TICKS / 90
SIZE = 60, 80
FRAMES = 90


class Scene:
    """Objects that stay, shift, change, come, go and are called something else."""

    def __init__(self, seed: int, objects: int = 3) -> None:
        self._dice = random.Random(seed)
        self._count = objects
        self._paths: dict[TrackId, Path] = {}
        self._labels: dict[TrackId, str] = {}
        self._frame_id = self._dice.randrange(2**32)
        self._size = SIZE

    def next(self) -> Content:
        dice = self._dice
        if dice.random() >= 0.05:  # else the number of the frame before comes again
            self._frame_id = (self._frame_id + TICKS) % 2**32
        if dice.random() < 0.01:
            self._frame_id = dice.randrange(2**32)  # a camera that begins anew
        if dice.random() < 0.03:
            self._size = dice.choice([SIZE, (48, 64)])
            self._paths.clear()
        for track_id in range(self._count):
            if track_id in self._paths and dice.random() < 0.1:
                del self._paths[track_id]
            elif dice.random() < 0.3 or (track_id not in self._paths and dice.random() < 0.3):
                self._paths[track_id] = self._outline()
            elif track_id in self._paths and dice.random() < 0.5:
                shift = Shift(dice.randrange(-9, 10), dice.randrange(-9, 10))
                self._paths[track_id] = shift.move(self._paths[track_id], self._size)
            if track_id not in self._labels or dice.random() < 0.1:
                self._labels[track_id] = dice.choice(("cat", "dog", "", "Kätzchen"))
        return Content(
            self._frame_id,
            self._size,
            dict(self._paths),
            {track_id: dice.choice((0.5, 1.0)) for track_id in self._paths},
            {track_id: dice.choice((33, 66, 500)) for track_id in self._paths},
            dict(self._labels),
            None,
        )

    def _outline(self) -> Path:
        if self._dice.random() < 0.1:
            return Path(())
        height, width = self._size
        places = [
            (self._dice.randrange(width + 1), self._dice.randrange(height + 1)) for _ in range(5)
        ]
        return Path((np.array(places, np.int32),))


class Stream:
    """What the server does on the data channel, and what a page does there."""

    def __init__(self, seed: int, weather: Weather, objects: int = 3) -> None:
        self.weather = weather
        self.decoder = Decoder()
        self.told: dict[FrameId, list[list[tuple[object, ...]]]] = {}
        self.order: list[FrameId] = []
        self.kinds: set[int] = set()
        self._scene = Scene(seed, objects)
        self._encoder = Encoder()
        self._outbox = Outbox(is_reliable=False)
        self._there: Way[bytes] = Way(weather, seed + 1)
        self._back: Way[bytes] = Way(weather, seed + 2)
        self._dice = random.Random(seed + 3)
        self._now_ms = 0.0

    def frame(self) -> None:
        """One frame on the sender's side, and what the reader gets until the next."""
        self._receive(self._now_ms)
        content = self._scene.next()
        self.told.setdefault(content.frame_id, []).append(meanings(content))
        self.order.append(content.frame_id)
        writer = self._encoder.take(content)
        self._outbox.put_frame(writer.frame_id, self._outbox.written(writer))
        # What is not taken waits until the next one takes its place; of parts, all or a few.
        while self._dice.random() >= 0.1:
            packet = self._outbox.take_nowait()
            if packet is None:
                break
            assert isinstance(packet, bytes)
            self.kinds.add(packet[1])
            self._there.send(self._now_ms, packet)
            if self._outbox.repeat():
                self._there.send(self._now_ms + 10, packet)
        self._now_ms += FRAME_MS

    def _receive(self, until_ms: float) -> None:
        """Let everything come that comes up to a time, on both sides and in its order."""
        for at_ms, packet in self._there.arrived(until_ms):
            before, had = self.decoder.shown_id, self.decoder.whole_id
            message = self.decoder.read(packet)
            assert not isinstance(message, StaleMessage)
            assert not self.decoder.is_stale
            shown = self.decoder.shown_id
            assert shown is not None
            if isinstance(message, FrameMessage):
                assert message.frame_id == shown
                assert self._is_right(message)
                assert before is None or not is_older(shown, before)
            else:
                assert message == LateMessage(message.frame_id)  # type: ignore[union-attr]
                assert before == shown
            if packet[1] in (0, 3) or self.decoder.whole_id != had:
                assert self.decoder.whole_id is not None
                self._back.send(at_ms, pack_ack(self.decoder.whole_id))
        for _, answer in self._back.arrived(until_ms):
            self._outbox.acknowledge(read_ack(answer).frame_id)

    def _is_right(self, message: FrameMessage) -> bool:
        """Whether all is shown that was told of a frame, or of each object what was for its own."""
        size = message.height_px, message.width_px
        shown = [meaning(thing, size) for thing in message.objects]
        if message.is_whole:
            return shown in self.told[message.frame_id]
        is_told = any(thing.frame_id == message.frame_id for thing in message.objects)
        return is_told and all(
            any(this in told for told in self.told[thing.frame_id])
            for this, thing in zip(shown, message.objects, strict=True)
            if thing.stage == "fine"
        )


@cache
def drawn(rings: tuple[bytes, ...], size: tuple[int, int]) -> bytes:
    """What is filled: which vertex of a ring is its first does not matter."""
    path = Path(tuple(np.frombuffer(ring, np.int32).reshape(-1, 2) for ring in rings))
    return fill(path, size).tobytes()


def meaning(thing: TrackedObject, size: tuple[int, int]) -> tuple[object, ...]:
    """What there is to see and to read of an object."""
    mask = drawn(tuple(ring.astype(np.int32).tobytes() for ring in thing.path.rings), size)
    about = thing.score_u8, thing.age_ms, thing.label, thing.stage
    return thing.track_id, thing.frame_id, size, mask, about


def meanings(content: Content) -> list[tuple[object, ...]]:
    """The same of all objects that were outlined."""
    things = [
        TrackedObject(
            track_id,
            content.frame_id,
            path,
            round(255 * content.scores[track_id]),
            content.ages_ms[track_id],
            content.labels[track_id],
        )
        for track_id, path in content.outlines.items()
    ]
    return [meaning(thing, content.size) for thing in things]


@given(
    st.integers(0, 2**32),
    st.builds(
        Weather,
        delay_ms=st.sampled_from([0.0, 40.0, 300.0]),
        jitter_ms=st.sampled_from([0.0, 50.0, 400.0]),
        loss=st.sampled_from([0.0, 0.1, 0.6]),
        twice=st.sampled_from([0.0, 0.3]),
    ),
)
@settings(max_examples=40, deadline=None)
def test_what_is_shown_is_what_was_outlined_for_that_frame(seed: int, weather: Weather) -> None:
    stream = Stream(seed, weather)
    for _ in range(FRAMES):
        stream.frame()


@pytest.mark.parametrize("seed", range(4))
def test_so_is_what_is_shown_of_frames_that_go_in_parts(seed: int) -> None:
    weather = Weather(delay_ms=40, jitter_ms=60, loss=0.1, twice=0.1)
    stream = Stream(seed, weather, objects=90)
    for _ in range(30):
        stream.frame()
    assert 4 in stream.kinds
    assert stream.decoder.whole_id is not None, "it is acknowledged, and others build upon it"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("silence", [0, 30, 120])
def test_when_nothing_is_lost_any_more_the_newest_frame_is_shown_soon(
    seed: int, silence: int
) -> None:
    stream = Stream(seed, Weather(delay_ms=40, jitter_ms=100, loss=0.4, twice=0.1))
    for _ in range(60):
        stream.frame()
    stream.weather.loss = 1.0
    for _ in range(silence):
        stream.frame()
    stream.weather.loss = stream.weather.jitter_ms = stream.weather.twice = 0.0
    stream._dice.random = lambda: 1.0  # type: ignore[method-assign]
    # Half a round trip, and a frame.
    for _ in range(4):
        stream.frame()
    assert stream.decoder.shown_id in stream.order[-3:]
    for _ in range(40):
        stream.frame()
        # 40 ms on the way: the frame before the latest is the newest that can be there.
        assert stream.decoder.shown_id in stream.order[-3:-1]


def still(frame_id: FrameId, since: int) -> bytes:
    """A changed frame without anything in it."""
    return b"\x01\x03" + frame_id.to_bytes(4, "big") + bytes(varint(since))


def varint(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value


def whole(frame_id: FrameId) -> bytes:
    return b"\x01\x00" + frame_id.to_bytes(4, "big") + b"\x14\x10"


def test_stale_lasts_until_a_frame_is_shown_that_is_not_older() -> None:
    decoder = Decoder()
    decoder.read(whole(1000))
    decoder.read(still(5000, 1000))
    decoder.read(still(4000, 1000))
    assert decoder.is_stale
    decoder.read(whole(4500))
    assert decoder.shown_id == 4500
    assert decoder.is_stale, "5000 came, and is newer"
    decoder.read(whole(5000))
    assert not decoder.is_stale
    decoder.read(still(4700, 1))
    assert not decoder.is_stale, "what came late is not missed"


def test_a_decoder_keeps_only_so_many_frames() -> None:
    decoder = Decoder()
    for n in range(200):
        decoder.read(whole(n * TICKS))
    oldest = 200 - KEPT_BY_DECODER
    assert isinstance(decoder.read(still(9_000_000, 9_000_000 - oldest * TICKS)), FrameMessage)
    assert isinstance(decoder.read(still(9_000_001, 9_000_001 - oldest * TICKS)), StaleMessage)


def test_a_sender_builds_upon_no_frame_of_long_ago() -> None:
    encoder = Encoder()

    def writer(n: int) -> tuple[int, int]:
        frame = encoder.take(Content(n, SIZE, {}, {}, {}, {}, None))
        return frame.upon(0)[1], frame.upon(n - 1)[1]

    kinds = [writer(n) for n in range(KEPT_BY_SENDER + 3)]
    assert [first for first, _ in kinds] == [0] + [3] * KEPT_BY_SENDER + [0, 0]
    assert {second for _, second in kinds[1:]} == {3}


def test_a_frame_is_written_for_everyone_the_same_whenever_it_is_asked_for() -> None:
    scene, first, second = Scene(7), Encoder(), Encoder()
    contents = [scene.next()._replace(frame_id=n) for n in range(30)]
    bases = (None, 0, 20)
    at_once = [list(map(first.take(content).upon, bases)) for content in contents]
    writers = [second.take(content) for content in contents]
    assert [list(map(writer.upon, bases)) for writer in writers] == at_once


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_of_two_frames_one_is_the_older_or_a_camera_began_anew(one: int, other: int) -> None:
    assert not is_older(one, one)
    assert not is_newer(one, one)
    assert is_older(one, other) != is_newer(one, other) or one == other
    assert not (is_older(one, other) and is_older(other, one))
    near = (one + other % 900_000 + 1) % 2**32
    assert is_older(one, near)
    assert is_newer(near, one)


@given(st.integers(0, 2**32 - 1), st.binary(max_size=3))
def test_an_acknowledgement_comes_back(frame_id: int, more: bytes) -> None:
    assert read_ack(pack_ack(frame_id) + more) == AckMessage(frame_id)
    assert Decoder().read(pack_ack(frame_id) + more) == AckMessage(frame_id)


@given(st.binary(max_size=12))
def test_any_bytes_are_an_acknowledgement_or_refused(data: bytes) -> None:
    try:
        ack = read_ack(data)
    except WireError:
        return
    assert data[:6] == pack_ack(ack.frame_id)


@pytest.mark.parametrize(
    "packet", [b"", b"\x01", pack_ack(7)[:-1], b"\x02\x05\0\0\0\x07", whole(7), b'{"type": "ping"}']
)
def test_what_is_no_acknowledgement(packet: bytes) -> None:
    with pytest.raises(WireError, match=r"expected|cut short"):
        read_ack(packet)
