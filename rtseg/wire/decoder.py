"""Packets to outlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rtseg.errors import WireError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.bases import KEPT_BY_DECODER, Bases, is_newer, is_older
from rtseg.wire.messages import (
    ACK,
    CHANGED,
    CLOCK,
    FRAME,
    RTP_MODULUS,
    SIDE_MAX,
    VERSION,
    AckMessage,
    ClockMessage,
    FrameMessage,
    LateMessage,
    StaleMessage,
    Timing,
    TrackedObject,
    elapsed_ms,
)
from rtseg.wire.numbers import Size
from rtseg.wire.varint import Reader


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A frame as others build upon it."""

    frame_id: FrameId
    size: Size
    objects: Mapping[TrackId, TrackedObject]


class Decoder:
    """Reads the packets of one stream, which may come in any order, twice or not at all.

    A packet is decoded whole or not at all: an error leaves the decoder as it was, and the next
    packet goes on from there. One that builds upon a frame that the decoder does not keep changes
    nothing either: what is drawn stays the last that was right, and `is_stale` says so. What is
    drawn never goes back to an older frame.
    """

    def __init__(self) -> None:
        self._kept: Bases[_Decoded] = Bases(KEPT_BY_DECODER)
        self._shown: _Decoded | None = None
        self._missed: FrameId | None = None

    @property
    def shown_id(self) -> FrameId | None:
        """The newest frame that was decoded, which is what is drawn; None before the first.

        On a stream that may lose packets, `pack_ack` of this goes back after each frame's packet
        that could be decoded, late ones and those that came twice too.
        """
        return self._shown.frame_id if self._shown else None

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
        objects = self._shown.objects if self._shown else {}
        return {track_id: item.path for track_id, item in objects.items()}

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
        if kind == CLOCK:
            return ClockMessage(rtp=reader.fixed(4), ntp=reader.fixed(8))
        if kind == ACK:
            return AckMessage(reader.fixed(4))
        return None

    def _read_frame(self, reader: Reader) -> FrameMessage | LateMessage:
        frame_id = reader.fixed(4)
        width_px, height_px = reader.uint(), reader.uint()
        if max(width_px, height_px) > SIDE_MAX:
            raise WireError(f"frame of {width_px}×{height_px} pixels; {SIDE_MAX} is the most")
        return self._read_records(reader, frame_id, (height_px, width_px))

    def _read_changed(self, reader: Reader) -> FrameMessage | LateMessage | StaleMessage:
        frame_id = reader.fixed(4)
        since = reader.uint()
        if not 0 < since < RTP_MODULUS:
            raise WireError(f"a base {since} ticks before its frame; 1 … 2**32 - 1 are possible")
        base_id = (frame_id - since) % RTP_MODULUS
        base = self._kept.get(base_id)
        if base is None:
            self._missing(frame_id)
            return StaleMessage(frame_id, base_id)
        return self._read_records(reader, frame_id, base.size, base)

    def _read_records(
        self, reader: Reader, frame_id: FrameId, size: Size, base: _Decoded | None = None
    ) -> FrameMessage | LateMessage:
        """Read what stands behind the head."""
        before = base or self._shown
        outlines: dict[TrackId, records.Outline] = {}
        names: dict[TrackId, str] = {}
        timing: Timing | None = None
        while reader.left:
            kind = reader.uint()
            payload = reader.take(reader.uint())
            is_change = kind in records.CHANGES and base is not None
            if kind in records.OUTLINES or is_change:
                if base is not None and is_change:
                    outline = _changed(payload, kind, frame_id, base)
                elif kind == records.OUTLINE:
                    outline = records.read_outline(payload, size)
                else:
                    outline = records.read_coded(payload, size, is_walk=kind == records.WALK)
                if outline.track_id in outlines:
                    raise WireError(f"object {outline.track_id} is twice in the packet")
                outlines[outline.track_id] = outline
            elif kind == records.NAME:
                name = records.read_name(payload)
                names[name.track_id] = name.label
            elif kind == records.TIMING:
                timing = records.read_timing(payload)

        objects = tuple(
            TrackedObject(
                track_id=outline.track_id,
                frame_id=frame_id,
                path=outline.path,
                score_u8=outline.score_u8,
                age_ms=outline.age_ms,
                label=names.get(outline.track_id, _label(before, outline.track_id)),
            )
            for outline in outlines.values()
        )
        # Nothing above has changed the decoder, and nothing below can fail.
        decoded = _Decoded(frame_id, size, {item.track_id: item for item in objects})
        self._kept.put(frame_id, decoded)
        if self._shown is not None and is_older(frame_id, self._shown.frame_id):
            return LateMessage(frame_id)
        self._shown = decoded
        if self._missed is not None and not is_older(frame_id, self._missed):
            self._missed = None
        return FrameMessage(frame_id, size[1], size[0], objects, timing)

    def _missing(self, frame_id: FrameId) -> None:
        """Take down that a frame cannot be drawn."""
        if self._shown is not None and not is_newer(frame_id, self._shown.frame_id):
            return
        if self._missed is None or is_newer(frame_id, self._missed):
            self._missed = frame_id


def _changed(payload: memoryview, kind: int, frame_id: FrameId, base: _Decoded) -> records.Outline:
    """Read record 6 or 7."""
    track_id = records.read_track_id(payload)
    before = base.objects.get(track_id)
    if before is None:
        raise WireError(f"object {track_id} is told as a change, and is not in the base")
    older_ms = elapsed_ms(frame_id, base.frame_id)
    evidence = records.Evidence(before.score_u8, before.age_ms, older_ms)
    change = records.read_change(payload, evidence, has_shift=kind == records.SHIFT)
    path = change.shift.move(before.path, base.size) if any(change.shift) else before.path
    return records.Outline(track_id, path, change.score_u8, change.age_ms)


def _label(frame: _Decoded | None, track_id: TrackId) -> str | None:
    item = frame.objects.get(track_id) if frame else None
    return item.label if item else None
