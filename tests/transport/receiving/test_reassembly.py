"""Packets in, frames and requests out: every row of the table in `reassembly`."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtcrtpreceiver import NackGenerator
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from rtseg.transport.receiving.reassembly import ASK_AGAIN_NS, Outcome, Packet, Reassembly
from tests.transport.receiving.packets import FRAME_NS, MS, TICKS, frame, lose, resent, stream


class Stream:
    """A reassembly, and all that came out of it."""

    def __init__(self, wait_ms: int = 200) -> None:
        self.now_ns = 1_000 * MS
        self.frames: list[int] = []
        self.data: list[bytes] = []
        self.asked: list[int] = []
        self.keyframes_asked_ns: list[int] = []
        self.dropped = 0
        self.core = Reassembly(wait_ms * MS)

    def add(self, *packets: Packet) -> Stream:
        for packet in packets:
            self._take(self.core.add(packet, self.now_ns))
        return self

    def play(self, packets: list[Packet]) -> Stream:
        """Add frames at camera rate, waking the core when it wants to be woken."""
        timestamp = None
        for packet in packets:
            if timestamp is not None and packet.timestamp != timestamp:
                self.wait(FRAME_NS)
            timestamp = packet.timestamp
            self.add(packet)
        return self

    def wait(self, duration_ns: int) -> Stream:
        end_ns = self.now_ns + duration_ns
        while (wake_ns := self.core.wake_ns()) is not None and wake_ns <= end_ns:
            self.now_ns = max(self.now_ns, wake_ns)
            self._take(self.core.poll(self.now_ns))
        self.now_ns = end_ns
        return self

    def _take(self, outcome: Outcome) -> None:
        self.frames += [one.timestamp // TICKS for one in outcome.frames]
        self.data += [one.data for one in outcome.frames]
        self.asked += outcome.ask_for
        self.dropped += outcome.dropped
        if outcome.asks_keyframe:
            self.keyframes_asked_ns.append(self.now_ns)


def test_the_marker_releases_a_frame_at_once() -> None:
    first, last = frame(10, 0, is_key=True)
    one = Stream().add(first)
    assert one.frames == []
    assert one.add(last).data == [first.data + last.data]


def test_stock_aiortc_waits_for_the_next_frame() -> None:
    """When this fails, aiortc has learned it and that mend can go."""
    packet = RtpPacket(payload_type=96, sequence_number=10, timestamp=0, marker=1)
    packet._data = b"data"
    assert JitterBuffer(64, is_video=True).add(packet) == (False, None)


def test_without_a_marker_the_next_frame_releases() -> None:
    packets = [replace(packet, is_last=False) for packet in stream(3)]
    assert Stream().add(*packets).frames == [0, 1]


def test_packets_out_of_order_are_put_in_order() -> None:
    a, b, c, d, e, f = stream(3)
    assert Stream().add(a, b, d, f, e, c).frames == [0, 1, 2]


def test_packets_that_come_twice_or_too_late_change_nothing() -> None:
    packets = stream(4)
    one = Stream().add(*packets[:4], *packets[:4], *packets[4:], *packets)
    assert one.frames == [0, 1, 2, 3]
    assert one.asked == []


def test_numbers_and_timestamps_wrap() -> None:
    start = 2**32 // TICKS - 3
    packets = stream(6, first=65_530, start=start)
    one = Stream().add(*packets)
    assert one.frames == list(range(start, start + 6))


def test_a_keyframe_of_1500_packets() -> None:
    assert Stream().add(*frame(0, 0, packets=1500, is_key=True)).frames == [0]


def test_a_frame_larger_than_the_buffer_is_given_up() -> None:
    one = Stream().add(*frame(0, 0, packets=3000, is_key=True)[:-1])
    assert one.frames == []
    assert one.keyframes_asked_ns
    assert one.add(*frame(2999, 1), *frame(3001, 2, is_key=True)).frames == [2]


def test_padding_is_no_frame() -> None:
    """A decoder takes no data for the end of the stream, and decodes nothing after it."""
    packets = stream(2)
    padding = Packet(7, 102, 0, False, "VP8", b"", b"")
    one = Stream().add(*packets[:2], padding, *frame(103, 1))
    assert one.frames == [0, 1]
    assert all(one.data)


# What is missing.


def test_a_missing_packet_is_asked_for_at_once_and_releases_all_that_waited() -> None:
    packets = stream(5)
    one = Stream().play(list(lose(packets, 103)))
    assert one.frames == [0]
    assert one.asked[0] == 103
    assert one.add(resent(packets[3])).frames == [0, 1, 2, 3, 4]
    assert one.keyframes_asked_ns == []


def test_it_is_asked_for_again_though_nothing_more_is_lost() -> None:
    packets = stream(5)
    one = Stream().add(*lose(packets, 103)).wait(199 * MS)
    assert one.asked == [103] * len(one.asked)
    assert len(one.asked) >= 2
    stock = NackGenerator()
    told = [
        stock.add(RtpPacket(payload_type=96, sequence_number=packet.number))
        for packet in lose(stream(50), 103)
    ]
    assert sum(told) == 1  # once, whatever becomes of the answer


def test_a_burst_of_losses_is_no_storm() -> None:
    """Stock asks for all of it with each new loss: here 210 times for 20 packets."""
    packets = stream(60, packets=1)
    one = Stream().play(packets[:20])
    one.add(*(packet for packet in packets[20:] if packet.number % 2))
    assert len(one.asked) == 20
    stock = NackGenerator()
    told = 0
    for packet in lose(packets, *range(120, 160, 2)):
        if stock.add(RtpPacket(payload_type=96, sequence_number=packet.number)):
            told += len(stock.missing)
    assert told == 210


def test_how_long_an_answer_takes_is_learned() -> None:
    packets = stream(40, packets=1)
    one = Stream().add(packets[0])
    for n in range(1, 39, 2):
        one.add(packets[n + 1]).wait(8 * MS).add(resent(packets[n])).wait(25 * MS)
    assert one.frames == list(range(39))
    assert one.core.answer_ns == pytest.approx(8 * MS, rel=0.1)
    before = len(one.asked)
    one.add(resent(packets[39]))
    more = frame(141, 41, packets=1)
    one.add(*more).wait(79 * MS)
    assert len(one.asked) - before == 3 + 1  # at 0, 20, 40 and 60 ms
    assert one.keyframes_asked_ns == []
    one.wait(2 * MS)
    assert len(one.keyframes_asked_ns) == 1


def test_after_packets_out_of_order_a_late_one_is_not_asked_for_at_once() -> None:
    packets = stream(40, packets=1)
    one = Stream().add(packets[0], packets[2], resent(packets[1]))  # so they come marked
    one.add(packets[4]).wait(5 * MS).add(packets[3])
    asked = len(one.asked)
    one.add(packets[6]).wait(4 * MS).add(packets[5])
    assert one.frames == [0, 1, 2, 3, 4, 5, 6]
    assert len(one.asked) == asked


def test_what_does_not_come_is_given_up_though_nothing_more_comes() -> None:
    one = Stream(wait_ms=200).add(*lose(stream(5), 103))
    one.wait(199 * MS)
    assert one.keyframes_asked_ns == []
    began_ns = one.now_ns
    one.wait(2 * MS)
    assert [at - began_ns for at in one.keyframes_asked_ns] == [1 * MS]
    assert one.core.wake_ns() is None


def test_what_builds_on_a_lost_frame_is_not_released() -> None:
    packets = stream(12)
    one = Stream(wait_ms=100).play(list(lose(packets, 103)))
    assert one.frames == [0]
    assert one.dropped >= 4
    one.play(frame(124, 12, is_key=True) + frame(126, 13))
    assert one.frames == [0, 12, 13]
    assert not one.core.needs_keyframe


def test_a_keyframe_behind_a_gap_ends_the_wait() -> None:
    one = Stream().add(*lose(stream(3), 103), *frame(106, 3, is_key=True))
    assert one.frames == [0, 3]
    assert one.core.wake_ns() is None


def test_a_keyframe_whose_own_packet_is_lost_is_asked_for_packet_by_packet() -> None:
    key = frame(200, 10, packets=5, is_key=True)
    one = Stream().add(*lose(stream(3), 103)).wait(300 * MS)
    assert one.core.needs_keyframe
    one.add(*key[:2], *key[3:])
    assert 202 in one.asked
    assert one.add(resent(key[2])).frames == [0, 10]


def test_a_keyframe_is_asked_for_again_until_it_comes() -> None:
    one = Stream(wait_ms=100).play(list(lose(stream(60), 103)))
    times = one.keyframes_asked_ns
    assert len(times) >= 6
    assert all(
        ASK_AGAIN_NS <= b - a <= ASK_AGAIN_NS + FRAME_NS for a, b in itertools.pairwise(times)
    )
    one.play(
        frame(220, 60, is_key=True) + [p for n in range(20) for p in frame(222 + 2 * n, n + 61)]
    )
    assert one.keyframes_asked_ns == times
    assert len(one.frames) == 22


def test_while_a_keyframe_comes_no_other_is_asked_for() -> None:
    one = Stream(wait_ms=100).play(list(lose(stream(10), 103)))
    assert len(one.keyframes_asked_ns) == 1
    key = frame(120, 10, packets=8, is_key=True)
    for packet in key:  # a slow way: 560 ms for all of it
        one.add(packet).wait(70 * MS)
    assert len(one.keyframes_asked_ns) == 1
    assert one.frames[-1] == 10


def test_after_an_outage_the_first_packet_asks_for_a_keyframe() -> None:
    packets = stream(60)
    one = Stream().play(packets[:20]).wait(1_000 * MS)
    before_ns = one.now_ns
    one.add(packets[80])
    assert one.keyframes_asked_ns == [before_ns]
    assert one.asked == []
    assert one.play([*packets[81:], *frame(220, 60, is_key=True)]).frames[-1] == 60


def test_a_second_outage_while_a_keyframe_is_waited_for_asks_at_once_again() -> None:
    packets = stream(90)
    one = Stream().play(packets[:20]).wait(500 * MS).add(packets[60]).wait(220 * MS)
    one.add(packets[120])
    assert len(one.keyframes_asked_ns) == 2


def test_a_slow_camera_is_no_outage() -> None:
    one = Stream()
    for n in range(6):
        packets = frame(2 * n, n * 30, is_key=n == 0)
        one.add(*(packets[:1] if n == 3 else packets)).wait(1_000 * MS)
    assert one.asked[0] == 7  # of frame 3: noticed with frame 4, and asked for
    assert one.frames[:3] == [0, 30, 60]


def test_a_stream_that_does_not_begin_with_a_keyframe_asks_for_one() -> None:
    one = Stream().add(*frame(10, 0), *frame(12, 1))
    assert one.frames == []
    assert len(one.keyframes_asked_ns) == 1


def test_a_stream_joined_in_the_middle_of_a_keyframe() -> None:
    """Its rest may look like a keyframe: VP8's first bit is zero in any byte."""
    rest = frame(10, 0, packets=3, is_key=True)[1:]
    one = Stream().add(*rest, *frame(13, 1))
    assert one.frames == []
    assert one.keyframes_asked_ns


def test_another_ssrc_begins_anew() -> None:
    one = Stream().add(*stream(3))
    one.add(*frame(40_000, 9, is_key=True, ssrc=8), *frame(40_002, 10, ssrc=8))
    assert one.frames == [0, 1, 2, 9, 10]
    assert one.asked == []


def test_numbers_that_begin_anew() -> None:
    one = Stream().add(*stream(3, first=30_000))
    assert one.add(*stream(3, first=5, start=10)).frames == [0, 1, 2, 10, 11, 12]


# What the decoder says.


def test_a_frame_that_cannot_be_decoded_asks_for_a_keyframe_and_drops_what_follows() -> None:
    one = Stream().add(*stream(3))
    one._take(one.core.broken(2, one.now_ns))
    assert len(one.keyframes_asked_ns) == 1
    one.add(*frame(106, 3), *frame(108, 4, is_key=True), *frame(110, 5))
    assert one.frames == [0, 1, 2, 4, 5]


def test_what_the_decoder_says_of_a_frame_before_the_last_keyframe_is_past() -> None:
    one = Stream().add(*stream(3), *frame(106, 3, is_key=True))
    one._take(one.core.broken(1, one.now_ns))
    assert one.keyframes_asked_ns == []
    one._take(one.core.broken(3, one.now_ns))
    assert len(one.keyframes_asked_ns) == 1


# Laws.


@given(st.integers(0, 2**32), st.integers(0, 65535), st.integers(1, 12))
def test_any_order_within_reach_gives_every_frame_in_order(
    seed: int, first: int, reach: int
) -> None:
    dice = random.Random(seed)
    packets: list[Packet] = []
    for n in range(30):
        packets += frame(first + len(packets), n, packets=dice.randint(1, 4), is_key=n == 0)
    late = [(n + dice.uniform(0, reach), packet) for n, packet in enumerate(packets[1:])]
    one = Stream().add(packets[0], *(packet for _, packet in sorted(late, key=lambda p: p[0])))
    assert one.frames == list(range(30))
    assert b"".join(one.data) == b"".join(packet.data for packet in packets)


@given(st.integers(0, 2**32), st.sampled_from([0.05, 0.3, 0.7]))
def test_whatever_is_lost_all_that_is_released_can_be_decoded(seed: int, loss: float) -> None:
    dice = random.Random(seed)
    one = Stream()
    number = dice.randrange(65536)
    keys = set()
    for n in range(80):
        is_key = n == 0 or dice.random() < 0.1
        packets = frame(number, n, packets=dice.randint(1, 5), is_key=is_key)
        number += len(packets)
        keys |= {n} if is_key else set()
        one.add(*(packet for packet in packets if dice.random() > loss)).wait(FRAME_NS)
    for n in range(80, 90):
        one.add(*frame(number + 2 * n, n, is_key=n == 88)).wait(FRAME_NS)
    before = -1
    for index in one.frames:
        assert index > before
        assert index == before + 1 or index in keys | {88}
        before = index
    assert one.frames[-2:] == [88, 89]
    one.wait(1_000 * MS)
    assert one.core.wake_ns() is None  # nothing is asked for, for ever


@given(
    st.lists(
        st.builds(
            Packet,
            ssrc=st.integers(0, 2),
            number=st.integers(0, 65535),
            timestamp=st.integers(0, 2**32 - 1),
            is_last=st.booleans(),
            codec=st.sampled_from(["VP8", "H264", "AV1"]),
            payload=st.binary(max_size=8),
            data=st.binary(max_size=8),
            is_resent=st.booleans(),
        ),
        max_size=40,
    )
)
def test_any_packets_are_taken(packets: list[Packet]) -> None:
    one = Stream()
    for packet in packets:
        one.add(packet).wait(10 * MS)
    one.wait(3_000 * MS)
    assert one.core.wake_ns() is None
