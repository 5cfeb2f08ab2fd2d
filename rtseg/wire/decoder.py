"""Packets to outlines."""

from __future__ import annotations

from dataclasses import dataclass

from rtseg.errors import WireError
from rtseg.geometry import Path
from rtseg.types import TrackId
from rtseg.wire import records
from rtseg.wire.messages import (
    CLOCK,
    FRAME,
    SIDE_MAX,
    VERSION,
    ClockMessage,
    FrameMessage,
    Timing,
    TrackedObject,
)
from rtseg.wire.varint import Reader


@dataclass(frozen=True, slots=True)
class _Track:
    """What stays of an object from packet to packet."""

    path: Path
    label: str | None


class Decoder:
    """Reads the packets of one stream, in the order in which they come.

    A packet is decoded whole or not at all: an error leaves the decoder as it was, and the next
    packet goes on from there. Memory is bounded by the length of the packet.
    """

    def __init__(self) -> None:
        self._tracks: dict[TrackId, _Track] = {}

    def decode(self, packet: bytes | bytearray | memoryview) -> dict[TrackId, Path]:
        """Read a packet and say where every object is now.

        Parameters
        ----------
        packet : one message of the stream.

        Returns
        -------
        The path of every object that is tracked, source pixels. A packet that is no frame changes
        nothing: after a clock, or a kind to be skipped, these are the paths of the frame before.

        Raises
        ------
        WireError
            If these bytes are not a packet.
        """
        self.read(packet)
        return {track_id: track.path for track_id, track in self._tracks.items()}

    def read(self, packet: bytes | bytearray | memoryview) -> FrameMessage | ClockMessage | None:
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
        if kind == CLOCK:
            return ClockMessage(rtp=reader.fixed(4), ntp=reader.fixed(8))
        return None

    def _read_frame(self, reader: Reader) -> FrameMessage:
        frame_id = reader.fixed(4)
        width_px, height_px = reader.uint(), reader.uint()
        if max(width_px, height_px) > SIDE_MAX:
            raise WireError(f"frame of {width_px}×{height_px} pixels; {SIDE_MAX} is the most")
        size = height_px, width_px

        outlines: dict[TrackId, records.Outline] = {}
        names: dict[TrackId, str] = {}
        timing: Timing | None = None
        while reader.left:
            kind = reader.uint()
            payload = reader.take(reader.uint())
            if kind in records.OUTLINES:
                if kind == records.OUTLINE:
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
                path=outline.path,
                score_u8=outline.score_u8,
                age_ms=outline.age_ms,
                label=names.get(outline.track_id, self._label(outline.track_id)),
            )
            for outline in outlines.values()
        )
        # Nothing above has changed the decoder, and nothing below can fail.
        self._tracks = {item.track_id: _Track(item.path, item.label) for item in objects}
        return FrameMessage(frame_id, width_px, height_px, objects, timing)

    def _label(self, track_id: TrackId) -> str | None:
        track = self._tracks.get(track_id)
        return track.label if track else None
