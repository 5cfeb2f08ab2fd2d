"""RTP packets in, whole coded frames out that a decoder can use, in their order. No I/O, no clock.

A frame is released with its own last packet, which carries the marker bit (RFC 3550, 5.1); stock
aiortc (`JitterBuffer`) waits for the first packet of the next one, a frame's time. Where markers
are missing the next frame's first packet releases it.

A packet that is missing holds up what is behind it. It is asked for again (`Resends`); what comes
too late is given up, also when nothing further comes: `wake_ns` says when to `poll`. What builds on
a frame that was given up is not released, for a decoder would smear it over the picture: the stream
needs a keyframe, and asks for one until it is there. A whole keyframe behind a gap ends the wait
for the gap.

| state | event | what is done |
|---|---|---|
| whole | packet in order | release the frames that it completes |
| whole | packet missing | wait and ask again; release nothing behind it |
| waiting | it comes | release all frames that waited for it, at once |
| waiting | its time is over | give up → needs a keyframe, ask |
| waiting | silence of `wait_ns`, then many missing | give up at once → needs a keyframe, ask |
| any | a whole keyframe behind the gap | go on there → whole |
| needs a keyframe | a frame that is none | drop it; ask again every `ASK_AGAIN_NS` |
| needs a keyframe | a keyframe | release it → whole |
| whole | `broken`: the decoder failed on a frame | needs a keyframe, ask |
| any | another SSRC, or a number far behind | begin anew, needs a keyframe |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rtseg.transport.receiving.coded import begins_keyframe, is_keyframe
from rtseg.transport.receiving.resends import MS, Resends

CAPACITY_PACKETS = 2048
"""Holds a keyframe of 2.4 MB; 4K at a high bitrate stays under that."""

ASK_AGAIN_NS = 250 * MS
"""Between requests for a keyframe. Chromium answers one in 300 ms; others answer each."""

OUTAGE_PACKETS = 4
"""A gap of so many after a silence is an outage: a keyframe is there sooner than all of them."""

_RESTART_PACKETS = 1024
"""A number that is so far behind the newest is no late packet, but a stream that began anew."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet.

    Parameters
    ----------
    ssrc, number, timestamp : as in its header: 32, 16 and 32 bits.
    is_last : the marker bit.
    codec : name in SDP.
    payload : as it came, with the codec's payload descriptor.
    data : its part of the coded frame, the descriptor taken off; empty for padding.
    is_resent : it came as a resent one (RFC 4588).
    """

    ssrc: int
    number: int
    timestamp: int
    is_last: bool
    codec: str
    payload: bytes
    data: bytes
    is_resent: bool = False


@dataclass(frozen=True, slots=True)
class CodedFrame:
    """A whole frame for the decoder.

    Parameters
    ----------
    index : counts the frames that were released.
    timestamp : of its RTP packets, unwrapped; its lower 32 bits are as they came.
    """

    index: int
    timestamp: int
    codec: str
    is_keyframe: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done after a packet, or when time has passed.

    Parameters
    ----------
    frames : for the decoder, in their order.
    ask_for : sequence numbers, 16 bits, to be sent again.
    asks_keyframe : whether to ask for a keyframe now.
    dropped : frames that came, whole or in part, and are of no use.
    """

    frames: tuple[CodedFrame, ...] = ()
    ask_for: tuple[int, ...] = ()
    asks_keyframe: bool = False
    dropped: int = 0


class Reassembly:
    """The packets of one video stream.

    Parameters
    ----------
    most_wait_ns : see `Resends`.
    """

    def __init__(self, most_wait_ns: int) -> None:
        self._most_wait_ns = most_wait_ns
        self._released = 0
        self._last_keyframe_index = -1
        self._asked_ns: int | None = None
        self._unwrapped: int | None = None
        self._ssrc: int | None = None
        self._packets: dict[int, Packet] = {}
        self._next = self._highest = 0
        self._resends = Resends(most_wait_ns)
        self._keyframe_starts: list[int] = []
        self._scanned: dict[int, int] = {}
        self._is_mid_frame = self._is_broken = False
        self._needs_keyframe = True
        self._heard_ns = 0

    @property
    def needs_keyframe(self) -> bool:
        """Whether nothing is released until a keyframe comes."""
        return self._needs_keyframe

    @property
    def answer_ns(self) -> int:
        """How long the sender takes to send a packet again, as far as is known."""
        return self._resends.answer_ns

    def add(self, packet: Packet, now_ns: int) -> Outcome:
        """Take a packet."""
        number = self._place(packet, now_ns)
        self._heard_ns = now_ns
        if number < self._next or number in self._packets:
            return self.poll(now_ns)
        if number < self._highest:
            self._resends.came(number, now_ns, is_resent=packet.is_resent)
        else:
            self._highest = number
        self._packets[number] = packet
        if begins_keyframe(packet.codec, packet.payload):
            self._keyframe_starts.append(number)
        return self.poll(now_ns)

    def poll(self, now_ns: int) -> Outcome:
        """Do what time asks for."""
        frames, dropped = self._walk()
        overdue = self._resends.overdue(now_ns)
        if overdue is not None and overdue >= self._next:
            self._give_up(overdue + 1)
            more, more_dropped = self._walk()
            frames, dropped = frames + more, dropped + more_dropped + 1
        elif self._highest - self._next >= CAPACITY_PACKETS:
            dropped += 1
            self._give_up(self._highest)
        wants_keyframe = (
            self._needs_keyframe
            and (bool(dropped) or self._is_broken)
            and (self._asked_ns is None or now_ns - self._asked_ns >= ASK_AGAIN_NS)
            and not self._keyframe_starts
        )
        if wants_keyframe:
            self._asked_ns = now_ns
            self._is_broken = True
        return Outcome(
            tuple(frames),
            tuple(number & 0xFFFF for number in self._resends.ask(now_ns)),
            wants_keyframe,
            dropped,
        )

    def broken(self, index: int, now_ns: int) -> Outcome:
        """Note that the decoder could not use a frame that was released."""
        if index < self._last_keyframe_index:
            return Outcome()  # what came after it stands on a keyframe of its own
        self._needs_keyframe = self._is_broken = True
        return self.poll(now_ns)

    def wake_ns(self) -> int | None:
        """Give when `poll` has something to do if no packet comes; None for never."""
        return self._resends.wake_ns()

    def _begin(self, packet: Packet) -> None:
        """Begin with this packet; unless it says that it begins a frame, it may be its middle."""
        self._ssrc = packet.ssrc
        self._packets.clear()
        self._keyframe_starts.clear()
        self._scanned.clear()
        self._resends = Resends(self._most_wait_ns)
        self._next = 1 << 16 | packet.number
        self._highest = self._next - 1
        self._needs_keyframe = self._is_mid_frame = True
        self._is_broken = not begins_keyframe(packet.codec, packet.payload)

    def _place(self, packet: Packet, now_ns: int) -> int:
        """Extend a packet's number beyond 16 bits, and note what is missing before it."""
        step = ((packet.number - self._highest + 0x8000) & 0xFFFF) - 0x8000
        is_restart = step < -_RESTART_PACKETS and not packet.is_resent
        if self._ssrc != packet.ssrc or is_restart:
            self._begin(packet)
            return self._next
        number = self._highest + step
        missing = step - 1
        if missing > 0:
            is_silent = now_ns - self._heard_ns >= self._resends.wait_ns
            is_outage = missing >= OUTAGE_PACKETS and is_silent
            if is_outage or missing > CAPACITY_PACKETS:
                self._give_up(number)
                self._asked_ns = None  # what was asked for in the silence did not arrive
            else:
                self._resends.missed(self._highest + 1, number, now_ns)
        return number

    def _give_up(self, number: int) -> None:
        """Go on with this packet; what came before it is lost."""
        self._drop_before(number)
        self._is_mid_frame = True
        self._needs_keyframe = self._is_broken = True

    def _drop_before(self, number: int) -> None:
        for one in range(self._next, number):
            self._packets.pop(one, None)
        self._scanned.clear()
        self._keyframe_starts = [start for start in self._keyframe_starts if start >= number]
        self._resends.forget_before(number)
        self._next = number

    def _walk(self) -> tuple[list[CodedFrame], int]:
        """Take out all that is complete; give the frames to release, and how many are dropped."""
        released: list[CodedFrame] = []
        dropped = 0
        for packets in self._complete():
            frame = self._frame(packets)
            if frame is None:
                continue
            if frame.is_keyframe:
                self._needs_keyframe = self._is_broken = False
                self._last_keyframe_index = frame.index
            if self._needs_keyframe:
                dropped += 1
            else:
                released.append(frame)
                self._released += 1
        return released, dropped

    def _frame(self, packets: list[Packet]) -> CodedFrame | None:
        data = b"".join(packet.data for packet in packets)
        if not data:
            return None  # padding; a decoder takes no data for the end of the stream
        first = packets[0]
        before = first.timestamp if self._unwrapped is None else self._unwrapped
        step = ((first.timestamp - before + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
        self._unwrapped = before + step
        return CodedFrame(
            self._released, self._unwrapped, first.codec, is_keyframe(first.codec, data), data
        )

    def _complete(self) -> Iterator[list[Packet]]:
        """Take whole frames out, the oldest first."""
        while True:
            if self._is_mid_frame and not self._find_start():
                pass
            elif (end := self._end_of_frame(self._next)) is not None:
                packets = [self._packets[n] for n in range(self._next, end)]
                self._drop_before(end)
                yield packets
                continue
            whole = [n for n in self._keyframe_starts if self._end_of_frame(n) is not None]
            if not whole or whole[0] <= self._next:
                return
            self._drop_before(whole[0])
            self._is_mid_frame = False

    def _find_start(self) -> bool:
        """Drop the rest of a frame whose beginning is lost; say whether its end was found."""
        while (packet := self._packets.get(self._next)) is not None:
            after = self._packets.get(self._next + 1)
            if begins_keyframe(packet.codec, packet.payload):
                self._is_mid_frame = False
                return True
            if not packet.is_last and after is None:
                return False
            self._drop_before(self._next + 1)
            if packet.is_last or (after is not None and after.timestamp != packet.timestamp):
                self._is_mid_frame = False
                return True
        return False

    def _end_of_frame(self, start: int) -> int | None:
        """Give the number behind a frame's last packet if all of it is there."""
        first = self._packets.get(start)
        if first is None:
            return None
        number = self._scanned.get(start, start)
        while (packet := self._packets.get(number)) is not None:
            if packet.timestamp != first.timestamp:
                return number
            number += 1
            if packet.is_last:
                return number
        self._scanned[start] = number
        return None
