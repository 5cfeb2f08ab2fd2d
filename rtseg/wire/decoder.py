"""Packets to outlines."""

from __future__ import annotations

from rtseg.errors import WireError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.messages import (
    CHANGED,
    CLOCK,
    FRAME,
    RTP_MODULUS,
    SIDE_MAX,
    VERSION,
    ClockMessage,
    FrameMessage,
    StaleMessage,
    Timing,
    TrackedObject,
    elapsed_ms,
)
from rtseg.wire.varint import Reader


class Decoder:
    """Reads the packets of one stream.

    A packet is decoded whole or not at all: an error leaves the decoder as it was, and the next
    packet goes on from there. One that builds upon another frame than the latest changes nothing
    either: what is drawn stays the last that was right, and `is_stale` says so.
    """

    def __init__(self) -> None:
        self._frame_id: FrameId | None = None
        self._size = (0, 0)
        self._objects: dict[TrackId, TrackedObject] = {}
        self._is_stale = False

    @property
    def is_stale(self) -> bool:
        """Whether the latest frame could not be drawn, because its base never came."""
        return self._is_stale

    def decode(self, packet: bytes | bytearray | memoryview) -> dict[TrackId, Path]:
        """Read a packet and say where every object is now.

        Parameters
        ----------
        packet : one message of the stream.

        Returns
        -------
        The path of every object that is tracked, source pixels. A packet that is no frame, or one
        without its base, changes nothing: these are the paths of the frame before.

        Raises
        ------
        WireError
            If these bytes are not a packet.
        """
        self.read(packet)
        return {track_id: item.path for track_id, item in self._objects.items()}

    def read(
        self, packet: bytes | bytearray | memoryview
    ) -> FrameMessage | StaleMessage | ClockMessage | None:
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
        return None

    def _read_frame(self, reader: Reader) -> FrameMessage:
        frame_id = reader.fixed(4)
        width_px, height_px = reader.uint(), reader.uint()
        if max(width_px, height_px) > SIDE_MAX:
            raise WireError(f"frame of {width_px}×{height_px} pixels; {SIDE_MAX} is the most")
        return self._read_records(reader, frame_id, (height_px, width_px))

    def _read_changed(self, reader: Reader) -> FrameMessage | StaleMessage:
        frame_id = reader.fixed(4)
        since = reader.uint()
        if not 0 < since < RTP_MODULUS:
            raise WireError(f"a base {since} ticks before its frame; 1 … 2**32 - 1 are possible")
        base_id = (frame_id - since) % RTP_MODULUS
        if base_id != self._frame_id:
            self._is_stale = True
            return StaleMessage(frame_id, base_id)
        return self._read_records(reader, frame_id, self._size, elapsed_ms(frame_id, base_id))

    def _read_records(
        self, reader: Reader, frame_id: FrameId, size: tuple[int, int], older_ms: int | None = None
    ) -> FrameMessage:
        """Read what stands behind the head; `older_ms` is the time since the base, if any is."""
        outlines: dict[TrackId, records.Outline] = {}
        names: dict[TrackId, str] = {}
        timing: Timing | None = None
        while reader.left:
            kind = reader.uint()
            payload = reader.take(reader.uint())
            is_change = kind in records.CHANGES and older_ms is not None
            if kind in records.OUTLINES or is_change:
                if older_ms is not None and is_change:
                    outline = self._changed(payload, kind, older_ms)
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
                path=outline.path,
                score_u8=outline.score_u8,
                age_ms=outline.age_ms,
                label=names.get(outline.track_id, self._label(outline.track_id)),
            )
            for outline in outlines.values()
        )
        # Nothing above has changed the decoder, and nothing below can fail.
        self._objects = {item.track_id: item for item in objects}
        self._is_stale = False
        self._frame_id, self._size = frame_id, size
        return FrameMessage(frame_id, size[1], size[0], objects, timing)

    def _changed(self, payload: memoryview, kind: int, older_ms: int) -> records.Outline:
        """Read record 6 or 7."""
        track_id = records.read_track_id(payload)
        before = self._objects.get(track_id)
        if before is None:
            raise WireError(f"object {track_id} is told as a change, and is not in the base")
        evidence = records.Evidence(before.score_u8, before.age_ms, older_ms)
        change = records.read_change(payload, evidence, has_shift=kind == records.SHIFT)
        path = change.shift.move(before.path, self._size) if any(change.shift) else before.path
        return records.Outline(track_id, path, change.score_u8, change.age_ms)

    def _label(self, track_id: TrackId) -> str | None:
        item = self._objects.get(track_id)
        return item.label if item else None
