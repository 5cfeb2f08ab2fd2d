"""The mended receive path, packet by packet, against the version of aiortc that is installed."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable

import pytest
from aiortc import RTCRtpReceiver
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from rtseg.transport.receive import MarkerJitterBuffer, ReceiverTap


def packet(sequence: int, timestamp: int, *, marker: bool = False, data: bytes = b"") -> RtpPacket:
    made = RtpPacket(
        payload_type=96, sequence_number=sequence % 65536, timestamp=timestamp, marker=int(marker)
    )
    made._data = data or f"{sequence};".encode()
    return made


class Buffer:
    """A buffer, and what it released: (timestamp, data) of each frame."""

    def __init__(self, capacity: int = 64) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self.keyframes_wanted = 0
        self._buffer = MarkerJitterBuffer(
            capacity, lambda frame, _: self.frames.append((frame.timestamp, frame.data))
        )

    def add(self, *packets: RtpPacket) -> Buffer:
        for one in packets:
            wants_keyframe, frame = self._buffer.add(one)
            self.keyframes_wanted += wants_keyframe
            if frame is not None:
                self.frames.append((frame.timestamp, frame.data))
        return self


def test_the_marker_releases_a_frame_at_once() -> None:
    buffer = Buffer()
    buffer.add(packet(10, 0), packet(11, 0))
    assert buffer.frames == []
    buffer.add(packet(12, 0, marker=True))
    assert buffer.frames == [(0, b"10;11;12;")]


def test_stock_aiortc_would_have_waited_for_the_next_frame() -> None:
    """When this fails, aiortc has learned it and our buffer can go."""
    stock = JitterBuffer(64, is_video=True)
    assert stock.add(packet(10, 0, marker=True)) == (False, None)


def test_without_a_marker_the_next_frame_releases() -> None:
    buffer = Buffer().add(packet(10, 0), packet(11, 0), packet(12, 3000))
    assert buffer.frames == [(0, b"10;11;")]


def test_packets_out_of_order_are_put_in_order() -> None:
    buffer = Buffer().add(
        packet(10, 0), packet(12, 0, marker=True), packet(13, 3000, marker=True), packet(11, 0)
    )
    assert buffer.frames == [(0, b"10;11;12;"), (3000, b"13;")]


def test_a_late_packet_releases_all_that_waited_for_it() -> None:
    """One frame a packet, as stock aiortc does it, would leave the stream behind for ever."""
    buffer = Buffer().add(packet(10, 0, marker=True))
    buffer.add(*(packet(n, n * 3000, marker=True) for n in range(12, 18)))
    assert len(buffer.frames) == 1
    buffer.add(packet(11, 11 * 3000, marker=True))
    assert [timestamp for timestamp, _ in buffer.frames] == [0, *(n * 3000 for n in range(11, 18))]
    buffer.add(packet(18, 18 * 3000, marker=True))
    assert buffer.frames[-1][0] == 18 * 3000


def test_packets_that_come_twice_or_too_late_change_nothing() -> None:
    buffer = Buffer().add(packet(10, 0, marker=True), packet(11, 3000, marker=True))
    buffer.add(packet(10, 0, marker=True), packet(11, 3000, marker=True))
    buffer.add(packet(12, 6000, marker=True))
    assert [timestamp for timestamp, _ in buffer.frames] == [0, 3000, 6000]


def test_sequence_numbers_wrap() -> None:
    buffer = Buffer().add(*(packet(65_533 + n, n * 3000, marker=True) for n in range(6)))
    assert [timestamp for timestamp, _ in buffer.frames] == [n * 3000 for n in range(6)]


def test_a_packet_that_never_comes_stops_the_stream_for_a_fifth_of_a_second() -> None:
    buffer = Buffer(capacity=2048).add(packet(0, 0, marker=True))
    for n in range(2, 9):  # frame 1 is lost; frame 8 is 0.2 s behind frame 2
        buffer.add(packet(n, n * 3000, marker=True))
    assert buffer.frames == [(0, b"0;")]
    assert buffer.keyframes_wanted == 0
    buffer.add(packet(9, 9 * 3000, marker=True))
    assert buffer.keyframes_wanted == 1
    assert [timestamp for timestamp, _ in buffer.frames] == [0, *(n * 3000 for n in range(3, 10))]
    buffer.add(packet(10, 10 * 3000, marker=True))
    assert buffer.frames[-1][0] == 30_000


def test_what_follows_a_gap_is_skipped_up_to_the_next_frame() -> None:
    """Packet 2 may be the middle of a frame: nobody can know."""
    buffer = Buffer().add(packet(0, 0, marker=True))
    buffer.add(packet(2, 3000), packet(3, 3000, marker=True))
    for n in range(8):
        buffer.add(packet(4 + n, 6000 + n * 3000, marker=True))
    assert b"2;3;" not in [data for _, data in buffer.frames]
    assert buffer.frames[1] == (6000, b"4;")


def test_a_slow_camera_is_no_gap() -> None:
    buffer = Buffer()
    for n in range(5):
        buffer.add(packet(2 * n, n * 90_000), packet(2 * n + 1, n * 90_000, marker=True))
    assert len(buffer.frames) == 5
    assert buffer.keyframes_wanted == 0


def test_a_gap_in_a_stream_that_wraps() -> None:
    start = 2**32 - 9000
    buffer = Buffer().add(packet(65_530, start, marker=True))
    for n in range(2, 12):
        buffer.add(packet(65_530 + n, (start + n * 3000) % 2**32, marker=True))
    assert buffer.keyframes_wanted == 1
    assert buffer.frames[-1][0] == (start + 11 * 3000) % 2**32


def test_a_keyframe_larger_than_stock_aiortc_holds() -> None:
    buffer = Buffer(capacity=2048)
    buffer.add(*(packet(n, 0, data=b"x" * 1200) for n in range(1500)))
    buffer.add(packet(1500, 0, marker=True, data=b"end"))
    assert [len(data) for _, data in buffer.frames] == [1500 * 1200 + 3]


@pytest.mark.parametrize("seed", range(20))
def test_any_order_within_the_buffer_gives_every_frame_in_order(seed: int) -> None:
    rng = random.Random(seed)
    packets: list[RtpPacket] = []
    frames: list[tuple[int, bytes]] = []
    for n in range(30):
        first = len(packets)
        for k in range(size := rng.randint(1, 4)):
            packets.append(packet(first + k, n * 3000, marker=k == size - 1))
        frames.append((n * 3000, b"".join(one._data for one in packets[first:])))
    shuffled = packets[:1] + shuffle_nearby(packets[1:], rng)
    assert Buffer(capacity=128).add(*shuffled).frames == frames


def shuffle_nearby(packets: Iterable[RtpPacket], rng: random.Random) -> list[RtpPacket]:
    """Delay each packet by up to eight places."""
    delayed = [(n + rng.uniform(0, 8), one) for n, one in enumerate(packets)]
    return [one for _, one in sorted(delayed, key=lambda pair: pair[0])]


def receiver() -> RTCRtpReceiver:
    class Transport:
        state = "new"

    return RTCRtpReceiver("video", Transport())  # type: ignore[arg-type]


def test_the_names_are_there_in_the_version_that_is_installed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tap = ReceiverTap(receiver(), lambda rtp, ntp: None)
    assert not caplog.records
    for rtp in (2**32 - 6000, 2**32 - 3000, 0, 3000):
        assert tap.rtp_timestamp(tap._mapper.map(rtp)) == rtp


def test_a_version_of_aiortc_without_the_names_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Stranger:
        pass

    with caplog.at_level(logging.WARNING):
        tap = ReceiverTap(Stranger(), lambda rtp, ntp: None)  # type: ignore[arg-type]
    assert len(caplog.records) == 1
    assert "aiortc" in caplog.text
    assert tap.rtp_timestamp(4500) == 4500
    assert tap.handed_ns(4500) is None
