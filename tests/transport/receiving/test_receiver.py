"""The mended parts in a real `RTCRtpReceiver`, fed by aiortc's own encoders."""

from __future__ import annotations

import logging
import threading
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import RtpPacket
from av import VideoFrame

from rtseg.transport.receiving import Dropped, Options, receiver
from rtseg.transport.receiving.decoding import MAX_WAITING_FRAMES, MOST_FAILURES, DecodingQueue
from rtseg.transport.receiving.reassembly import CodedFrame
from tests.transport.receiving.camera import TICKS, Received, Sender, picture

CODECS = pytest.mark.parametrize("codec", ["VP8", "H264"])


def is_sharp(decoded: VideoFrame, number: int) -> bool:
    """Say whether a decoded picture is what was filmed, and not smeared."""
    wanted = picture(number, width=decoded.width, height=decoded.height).to_ndarray(format="gray")
    got = decoded.to_ndarray(format="gray")
    return bool(np.mean(np.abs(wanted.astype(int) - got)) < 25)


@CODECS
async def test_each_frame_comes_with_its_own_last_packet(codec: str) -> None:
    sender = Sender(codec)
    async with Received() as received:
        for n in range(5):
            await received.feed(*sender.frame(n))
            one = await received.until(n * TICKS)
            assert is_sharp(one.picture, n)
            assert 0 < one.handed_ns <= one.decoded_ns
        assert received.keyframes_asked == 0


async def test_stock_aiortc_keeps_each_frame_for_the_next_one() -> None:
    """What is left alone is still named; when this fails, aiortc has learned the marker."""
    sender = Sender()
    async with Received(Options(is_mended=False)) as received:
        for n in range(3):
            await received.feed(*sender.frame(n))
        await received.until(TICKS)
        assert [one.rtp for one in received.pictures] == [0, TICKS]


@CODECS
async def test_a_frame_that_is_lost_is_not_smeared_over_the_next_ones(codec: str) -> None:
    sender = Sender(codec)
    async with Received(Options(most_wait_ms=30)) as received:
        for n in range(3):
            await received.feed(*sender.frame(n))
        await received.until(2 * TICKS)
        await received.feed(*sender.frame(3)[1:])
        for n in range(4, 7):
            await received.feed(*sender.frame(n))
        await received.wait_for(lambda: received.keyframes_asked)
        assert received.asked
        assert received.pictures[-1].rtp == 2 * TICKS
        await received.feed(*sender.frame(7, is_key=True))
        await received.feed(*sender.frame(8))
        assert is_sharp((await received.until(8 * TICKS)).picture, 8)
        assert {one.rtp // TICKS for one in received.pictures} <= {0, 1, 2, 7, 8}
        assert received.drops[Dropped.NETWORK] >= 3


async def test_what_is_sent_again_completes_the_frame() -> None:
    sender = Sender()
    async with Received() as received:
        await received.feed(*sender.frame(0))
        late, *rest = sender.frame(1)
        await received.feed(*rest, *sender.frame(2))
        await received.wait_for(lambda: late.sequence_number in received.asked)
        await received.feed(late)
        await received.until(2 * TICKS)
        assert received.keyframes_asked == 0


async def test_a_loss_is_given_up_though_nothing_further_comes() -> None:
    """By the shell's own timer: no packet is there to look at the clock."""
    sender = Sender()
    async with Received(Options(most_wait_ms=30)) as received:
        await received.feed(*sender.frame(0))
        sender.frame(1)  # is lost
        await received.feed(*sender.frame(2))
        await received.wait_for(lambda: received.keyframes_asked)
        assert received.drops[Dropped.NETWORK] >= 1


async def test_nobody_else_asks_for_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiortc's own generator would ask for each packet once more."""
    seen = []

    def add(self: NackGenerator, packet: RtpPacket) -> bool:
        seen.append(packet)
        return False

    monkeypatch.setattr(NackGenerator, "add", add)
    sender = Sender()
    async with Received() as received:
        late, *rest = sender.frame(0)
        await received.feed(*rest, *sender.frame(1), late)
    assert not seen
    async with Received(Options(is_mended=False)) as received:
        await received.feed(*sender.frame(2))
    assert seen


@CODECS
async def test_a_frame_that_cannot_be_decoded_asks_for_a_keyframe(
    codec: str, caplog: pytest.LogCaptureFixture
) -> None:
    sender = Sender(codec)
    async with Received() as received:
        await received.feed(*sender.frame(0))
        await received.until(0)
        received.decoder_queue._decoder.decode = _raise
        await received.feed(*sender.frame(1), *sender.frame(2))
        await received.wait_for(lambda: received.keyframes_asked)
        await received.feed(*sender.frame(3))
        await received.feed(*sender.frame(4, is_key=True), *sender.frame(5))
        assert is_sharp((await received.until(5 * TICKS)).picture, 5)
        assert {one.rtp // TICKS for one in received.pictures} <= {0, 4, 5}
        assert received.drops[Dropped.DECODE_FAILED] >= 1
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) == 1


def _raise(frame: CodedFrame) -> list[VideoFrame]:
    raise RuntimeError("planted")


async def test_a_decoder_that_never_works_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        decode = staticmethod(_raise)

    monkeypatch.setattr(receiver, "make_decoder", lambda codec: Broken())
    sender = Sender()
    async with Received() as received:
        for n in range(MOST_FAILURES):
            await received.feed(*sender.frame(n, is_key=True))
            await received.wait_for(lambda: received.decoder_queue._failures > n)  # noqa: B023
        await received.wait_for(lambda: received.failures)
        assert "planted" in received.failures[0]
        assert len(received.failures) == 1


@CODECS
async def test_the_camera_is_turned(codec: str) -> None:
    sender = Sender(codec)
    async with Received() as received:
        await received.feed(*sender.frame(0), *sender.frame(1))
        await received.until(TICKS)
        for n in (2, 3):
            await received.feed(*sender.frame(n, width=240, height=320))
        turned = await received.until(3 * TICKS)
        assert (turned.picture.width, turned.picture.height) == (240, 320)
        assert is_sharp(turned.picture, 3)
        assert received.keyframes_asked == 0


async def test_padding_does_not_end_the_decoder() -> None:
    sender = Sender()
    async with Received() as received:
        await received.feed(*sender.frame(0))
        padding = sender._packet(b"", 0, False)
        await received.feed(padding, *sender.frame(1), *sender.frame(2))
        await received.until(2 * TICKS)


async def test_the_track_ends_with_its_receiver_though_the_decoder_works() -> None:
    sender = Sender()
    async with Received() as received:
        await received.feed(*(packet for n in range(10) for packet in sender.frame(n)))
    assert received.task.done()


# A decoder that is slower than the camera, and a loop that is.


class Slow:
    """A decoder that waits for the test."""

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)
        self.decoded: list[int] = []

    def decode(self, frame: CodedFrame) -> list[VideoFrame]:
        self.may.acquire()
        self.decoded.append(frame.index)
        return []


class Told:
    def __init__(self) -> None:
        self.dropped = 0
        self.broken: list[int] = []

    def on_picture(self, picture: Any) -> None: ...

    def on_dropped(self, why: Dropped, count: int) -> None:
        assert why is Dropped.DECODER_BEHIND
        self.dropped += count

    def on_broken(self, index: int) -> None:
        self.broken.append(index)

    def on_failed(self, why: str) -> None: ...


def coded(index: int, *, is_key: bool = False) -> CodedFrame:
    return CodedFrame(index, index * TICKS, "VP8", is_key, b"data")


def test_a_decoder_that_is_behind_goes_on_with_the_next_keyframe() -> None:
    slow, told = Slow(), Told()
    queue = DecodingQueue(lambda codec: slow, told)
    queue.hand(coded(0, is_key=True))
    for n in range(1, MAX_WAITING_FRAMES):
        queue.hand(coded(n))
    assert (told.dropped, told.broken) == (0, [])
    queue.hand(coded(MAX_WAITING_FRAMES))
    queue.hand(coded(MAX_WAITING_FRAMES + 1))
    assert told.dropped == MAX_WAITING_FRAMES + 2
    assert told.broken == [MAX_WAITING_FRAMES, MAX_WAITING_FRAMES + 1]
    for n, is_key in ((30, True), (31, False)):
        queue.hand(coded(n, is_key=is_key))
    assert len(queue._waiting) == 2
    queue.hand(coded(32, is_key=True))  # what waited is of no use any more
    assert [frame.index for frame, _ in queue._waiting] == [32]
    thread = threading.Thread(target=queue.get)
    thread.start()
    slow.may.release(5)
    while not slow.decoded:
        pass
    queue.put(None)
    thread.join(5)
    assert not thread.is_alive()
    assert slow.decoded == [32]


def test_a_slow_decoder_is_behind_sooner_than_a_quick_one() -> None:
    for decode_s, fits in ((0.0005, 30), (0.09, 4)):
        told = Told()
        queue = DecodingQueue(lambda codec: Slow(), told)
        queue._decode_s = decode_s
        queue.hand(coded(0, is_key=True))
        for n in range(1, fits):
            queue.hand(coded(n))
        assert told.dropped == 0
        for n in range(fits, fits + 5):
            queue.hand(coded(n))
        assert told.dropped == fits + 5


async def test_a_loop_that_is_busy_sees_the_newest_picture_only() -> None:
    sender = Sender()
    async with Received() as received:
        for n in range(8):
            await received.feed(*sender.frame(n))
        queue = received.decoder_queue
        while queue._waiting or queue._decoder is None:  # the loop does not turn here
            pass
        before = len(received.pictures)
        await received.until(7 * TICKS)
        assert received.drops.get(Dropped.UNSEEN, 0) + len(received.pictures) == 8
        assert received.drops[Dropped.UNSEEN] >= 1
        assert len(received.pictures) - before <= 2


# Names that are gone.


async def test_a_version_of_aiortc_without_the_names_works_as_stock_after_one_warning(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(RTCRtpReceiver, "_send_rtcp_nack")
    sender = Sender()
    async with Received() as received:
        for n in range(3):
            await received.feed(*sender.frame(n))
        await received.until(TICKS)
        assert [one.rtp for one in received.pictures] == [0, TICKS]
    assert len(caplog.records) == 1
    assert "_send_rtcp_nack" in caplog.text


def decode_all(queue: DecodingQueue, *frames: CodedFrame) -> None:
    for frame in frames:
        queue.hand(frame)
    while queue._waiting:
        queue._decode(*queue._waiting.popleft())


class Failing:
    """Raises, or conceals, on the first frame that any of its kind is given."""

    def __init__(self, calls: list[int], error: Exception | None) -> None:
        self._calls = calls
        self._error = error

    def decode(self, frame: CodedFrame) -> list[Any]:
        self._calls.append(frame.index)
        if len(self._calls) == 1 and self._error is not None:
            raise self._error
        return [SimpleNamespace(is_corrupt=len(self._calls) == 1, pts=frame.timestamp)]


@pytest.mark.parametrize("error", [None, RuntimeError("planted")], ids=["conceals", "raises"])
def test_what_waits_behind_a_frame_that_failed_is_not_decoded(error: Exception | None) -> None:
    class Tells(Told):
        def __init__(self) -> None:
            super().__init__()
            self.pictures: list[int] = []

        def on_picture(self, picture: Any) -> None:
            self.pictures.append(picture.rtp // TICKS)

        def on_dropped(self, why: Dropped, count: int) -> None:
            assert why is Dropped.DECODE_FAILED
            self.dropped += count

    told, calls = Tells(), list[int]()
    queue = DecodingQueue(lambda codec: Failing(calls, error), told)
    decode_all(queue, coded(0, is_key=True), coded(1), coded(2))
    assert (calls, told.pictures, told.dropped) == ([0], [], 3)
    assert told.broken == [0, 1, 2]
    decode_all(queue, coded(3, is_key=True), coded(4))
    assert (calls, told.pictures, told.dropped) == ([0, 3, 4], [3, 4], 3)
