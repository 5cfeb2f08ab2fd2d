"""Packets to outlines."""

from __future__ import annotations

from dataclasses import dataclass

from rtseg.errors import WireError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire.assembly import KEPT_IN_PARTS, PARTS_MAX, Assembly
from rtseg.wire.bases import KEPT_BY_DECODER, Bases, is_newer, is_older
from rtseg.wire.messages import (
    ACK,
    CHANGED,
    CLOCK,
    FRAME,
    PART,
    RTP_MODULUS,
    SIDE_MAX,
    VERSION,
    AckMessage,
    ClockMessage,
    FrameMessage,
    LateMessage,
    StaleMessage,
    Timing,
)
from rtseg.wire.numbers import Size
from rtseg.wire.reading import Decoded, Told, read_records, standing_in, tracked
from rtseg.wire.showing import Showing
from rtseg.wire.varint import Reader


class Decoder:
    """Reads the packets of one stream, which may come in any order, twice or not at all.

    A packet is decoded whole or not at all: an error leaves the decoder as it was, and the next
    packet goes on from there. One that builds upon a frame that the decoder does not keep changes
    nothing either: what is drawn stays the last that was right, and `is_stale` says so. What is
    drawn never goes back to an older frame.
    """

    def __init__(self) -> None:
        self._kept: Bases[Decoded] = Bases(KEPT_BY_DECODER)
        self._in_parts: Bases[Assembly] = Bases(KEPT_IN_PARTS)
        self._showing = Showing()
        self._whole_id: FrameId | None = None
        self._missed: FrameId | None = None

    @property
    def shown_id(self) -> FrameId | None:
        """The newest frame of which anything came, which is what is drawn; None before the first.

        Of a frame in parts some may be missing: each object knows the frame of its outline.
        """
        return self._showing.frame_id

    @property
    def whole_id(self) -> FrameId | None:
        """The newest frame that came whole; None before the first.

        On a stream that may lose packets, `pack_ack` of this goes back after each frame's packet
        that could be decoded, late ones and those that came twice too, and after each part with
        which its frame became whole.
        """
        return self._whole_id

    @property
    def is_stale(self) -> bool:
        """Whether a frame newer than what is drawn came, and its base did not."""
        return self._missed is not None

    def decode(self, packet: bytes | bytearray | memoryview) -> dict[TrackId, Path]:
        """Read a packet and say where every object is now.

        Parameters
        ----------
        packet : one message of the stream.

        Returns
        -------
        The path of every object that is tracked, source pixels, in the newest frame. A packet that
        is no frame, a late one, or one without its base, changes nothing.

        Raises
        ------
        WireError
            If these bytes are not a packet.
        """
        self.read(packet)
        return {track_id: item.path for track_id, item in self._showing.objects.items()}

    def read(
        self, packet: bytes | bytearray | memoryview
    ) -> FrameMessage | LateMessage | StaleMessage | ClockMessage | AckMessage | None:
        """Read everything that is in a packet.

        Parameters
        ----------
        packet : one message of the stream.

        Returns
        -------
        What it says; None for a kind that this version skips.

        Raises
        ------
        WireError
            If these bytes are not a packet.
        """
        reader = Reader(bytes(packet))
        version = reader.fixed(1)
        if version != VERSION:
            raise WireError(f"packet of version {version}; this decoder reads {VERSION}")
        kind = reader.fixed(1)
        if kind == FRAME:
            return self._read_frame(reader)
        if kind == CHANGED:
            return self._read_changed(reader)
        if kind == PART:
            return self._read_part(reader)
        if kind == CLOCK:
            return ClockMessage(rtp=reader.fixed(4), ntp=reader.fixed(8))
        if kind == ACK:
            return AckMessage(reader.fixed(4))
        return None

    def _read_frame(self, reader: Reader) -> FrameMessage | LateMessage:
        frame_id = reader.fixed(4)
        return self._read_whole(reader, frame_id, _read_size(reader), None)

    def _read_changed(self, reader: Reader) -> FrameMessage | LateMessage | StaleMessage:
        frame_id = reader.fixed(4)
        since = reader.uint()
        if not 0 < since < RTP_MODULUS:
            raise WireError(f"a base {since} ticks before its frame; 1 … 2**32 - 1 are possible")
        base = self._base(frame_id, since)
        if isinstance(base, StaleMessage):
            return base
        return self._read_whole(reader, frame_id, base.size, base)

    def _read_whole(
        self, reader: Reader, frame_id: FrameId, size: Size, base: Decoded | None
    ) -> FrameMessage | LateMessage:
        """Read what stands behind the head of a frame in one packet."""
        told = read_records(reader, frame_id, size, base)
        labels = self._labels(base)
        objects = {
            track_id: tracked(
                outline, frame_id, told, labels.get(track_id), standing_in(base, track_id)
            )
            for track_id, outline in told.outlines.items()
        }
        # Nothing above has changed the decoder, and nothing below can fail.
        self._in_parts.drop(frame_id)
        self._keep(Decoded(frame_id, size, objects))
        if self._showing.is_late(frame_id):
            return LateMessage(frame_id)
        self._showing.whole(frame_id, size, objects)
        return self._shown(told.timing, is_whole=True)

    def _read_part(self, reader: Reader) -> FrameMessage | LateMessage | StaleMessage:
        head = _PartHead.read(reader)
        frame_id = head.frame_id
        if frame_id in self._kept:
            return LateMessage(frame_id)
        base = self._base(frame_id, head.since) if head.since else None
        if isinstance(base, StaleMessage):
            return base
        size = base.size if base is not None else head.size
        assembly = self._in_parts.get(frame_id) or Assembly(frame_id, size, base, head.count)
        assembly.check(size, base, head.count)
        if assembly.has(head.index):
            return LateMessage(frame_id)
        told = read_records(reader, frame_id, size, base, is_part=True)
        assembly.add(head.index, told, self._labels(base))
        # Nothing above has changed what is drawn, and nothing below can fail.
        return self._take_part(assembly, told)

    def _take_part(self, assembly: Assembly, told: Told) -> FrameMessage | LateMessage:
        """Keep and show what a part told, which is in the assembly by now."""
        frame_id, size = assembly.frame_id, assembly.size
        is_late = self._showing.is_late(frame_id)
        if assembly.is_whole:
            objects = assembly.objects
            self._in_parts.drop(frame_id)
            self._keep(Decoded(frame_id, size, objects))
            if not is_late:
                self._showing.whole(frame_id, size, objects)
        else:
            if frame_id not in self._in_parts:
                self._in_parts.put(frame_id, assembly)
            if not is_late:
                came = {track_id: assembly.objects[track_id] for track_id in told.outlines}
                self._showing.part(frame_id, size, came, assembly.roll)
        if is_late:
            return LateMessage(frame_id)
        return self._shown(told.timing, is_whole=assembly.is_whole)

    def _base(self, frame_id: FrameId, since: int) -> Decoded | StaleMessage:
        """Give what a frame builds upon; where that is not kept, take down that it is missing."""
        base_id = (frame_id - since) % RTP_MODULUS
        base = self._kept.get(base_id)
        if base is not None:
            return base
        known = self.shown_id, self._missed
        if all(other is None or is_newer(frame_id, other) for other in known):
            self._missed = frame_id
        return StaleMessage(frame_id, base_id)

    def _labels(self, base: Decoded | None) -> dict[TrackId, str | None]:
        """Return the names that objects keep: those of the base, or of what is on show."""
        objects = base.objects if base else self._showing.objects
        return {track_id: item.label for track_id, item in objects.items()}

    def _keep(self, frame: Decoded) -> None:
        """Let others build upon a frame."""
        self._kept.put(frame.frame_id, frame)
        if self._whole_id is None or not is_older(frame.frame_id, self._whole_id):
            self._whole_id = frame.frame_id

    def _shown(self, timing: Timing | None, *, is_whole: bool) -> FrameMessage:
        """Say what is drawn now."""
        showing = self._showing
        assert showing.frame_id is not None
        if self._missed is not None and not is_older(showing.frame_id, self._missed):
            self._missed = None
        height, width = showing.size
        objects = tuple(showing.objects.values())
        return FrameMessage(showing.frame_id, width, height, objects, timing, is_whole)


@dataclass(frozen=True, slots=True)
class _PartHead:
    """What stands before the records of a part; `size` means nothing where there is a base."""

    frame_id: FrameId
    since: int
    size: Size
    index: int
    count: int

    @classmethod
    def read(cls, reader: Reader) -> _PartHead:
        frame_id = reader.fixed(4)
        since = reader.uint()
        if since >= RTP_MODULUS:
            raise WireError(f"a base {since} ticks before its frame; 0 … 2**32 - 1 are possible")
        size = (0, 0) if since else _read_size(reader)
        index, count = reader.uint(), reader.uint()
        if not index < count <= PARTS_MAX:
            raise WireError(f"part {index} of {count}; at most {PARTS_MAX} are possible")
        return cls(frame_id, since, size, index, count)


def _read_size(reader: Reader) -> Size:
    width_px, height_px = reader.uint(), reader.uint()
    if max(width_px, height_px) > SIDE_MAX:
        raise WireError(f"frame of {width_px}×{height_px} pixels; {SIDE_MAX} is the most")
    return height_px, width_px
