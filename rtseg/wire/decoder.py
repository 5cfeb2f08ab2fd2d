"""Packets to outlines."""

from __future__ import annotations

from dataclasses import dataclass

from rtseg.errors import WireError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.coded import read_delta
from rtseg.wire.messages import (
    BASES_KEPT,
    CLOCK,
    FRAME,
    MOVED,
    MOVED_MOST,
    SIDE_MAX,
    VERSION,
    ClockMessage,
    FrameMessage,
    StaleMessage,
    Timing,
    TrackedObject,
)
from rtseg.wire.packing import elapsed_ms
from rtseg.wire.varint import Reader

_RTP_MODULUS = 1 << 32


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a packet said, for those that build upon it."""

    size: tuple[int, int]
    objects: dict[TrackId, TrackedObject]


class Decoder:
    """Reads the packets of one stream.

    A packet is decoded whole or not at all: an error leaves the decoder as it was, and the next
    packet goes on from there. One that builds upon a frame that never came changes nothing either:
    what is drawn stays the last that was right, and `is_stale` says so.
    """

    def __init__(self) -> None:
        self._frames: dict[FrameId, _Frame] = {}
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
        if kind == MOVED:
            return self._read_moved(reader)
        if kind == CLOCK:
            return ClockMessage(rtp=reader.fixed(4), ntp=reader.fixed(8))
        return None

    def _read_frame(self, reader: Reader) -> FrameMessage:
        frame_id = reader.fixed(4)
        width_px, height_px = reader.uint(), reader.uint()
        if max(width_px, height_px) > SIDE_MAX:
            raise WireError(f"frame of {width_px}×{height_px} pixels; {SIDE_MAX} is the most")
        return self._read_records(reader, frame_id, (height_px, width_px), None, 0)

    def _read_moved(self, reader: Reader) -> FrameMessage | StaleMessage:
        frame_id = reader.fixed(4)
        since = reader.uint()
        if not 0 < since < _RTP_MODULUS:
            raise WireError(f"a base {since} ticks before its frame; 1 … 2**32 - 1 are possible")
        base_id = (frame_id - since) % _RTP_MODULUS
        base = self._frames.get(base_id)
        if base is None:
            self._is_stale = True
            return StaleMessage(frame_id, base_id)
        return self._read_records(reader, frame_id, base.size, base, elapsed_ms(frame_id, base_id))

    def _read_records(
        self,
        reader: Reader,
        frame_id: FrameId,
        size: tuple[int, int],
        base: _Frame | None,
        older_ms: int,
    ) -> FrameMessage:
        outlines: dict[TrackId, records.Outline] = {}
        names: dict[TrackId, str] = {}
        timing: Timing | None = None
        room = MOVED_MOST
        while reader.left:
            kind = reader.uint()
            payload = reader.take(reader.uint())
            if kind in records.OUTLINES or kind in records.CHANGES:
                if kind == records.OUTLINE:
                    outline = records.read_outline(payload, size)
                elif kind in records.OUTLINES:
                    outline = records.read_coded(payload, size, is_walk=kind == records.WALK)
                else:
                    outline, moved = _changed(payload, kind, size, base, older_ms, room)
                    room -= moved
                if outline.track_id in outlines:
                    raise WireError(f"object {outline.track_id} is twice in the packet")
                outlines[outline.track_id] = outline
            elif kind == records.NAME:
                name = records.read_name(payload)
                names[name.track_id] = name.label
            elif kind == records.TIMING:
                timing = records.read_timing(payload)

        known = self._objects if base is None else base.objects
        objects = tuple(
            TrackedObject(
                track_id=outline.track_id,
                path=outline.path,
                score_u8=outline.score_u8,
                age_ms=outline.age_ms,
                label=names.get(outline.track_id, _label(known, outline.track_id)),
            )
            for outline in outlines.values()
        )
        # Nothing above has changed the decoder, and nothing below can fail.
        self._objects = {item.track_id: item for item in objects}
        self._is_stale = False
        self._frames.pop(frame_id, None)
        self._frames[frame_id] = _Frame(size, self._objects)
        while len(self._frames) > BASES_KEPT:
            del self._frames[next(iter(self._frames))]
        return FrameMessage(frame_id, size[1], size[0], objects, timing)


def _changed(
    payload: memoryview,
    kind: int,
    size: tuple[int, int],
    base: _Frame | None,
    older_ms: int,
    room: int,
) -> tuple[records.Outline, int]:
    """Read record 6 or 7, and how many vertices it moved."""
    track_id = records.read_track_id(payload)
    before = base.objects.get(track_id) if base else None
    if before is None:
        raise WireError(f"object {track_id} is told as a change, and is not in the base")
    evidence = records.Evidence(before.score_u8, before.age_ms, older_ms)
    change = records.read_change(payload, evidence, has_moves=kind == records.MOVES)
    path, moved = before.path, 0
    if change.moves is not None:
        moved = sum(len(ring) for ring in path.rings)
        if moved <= room:
            path = Path(read_delta(change.moves, path.rings, size))
            moved += sum(len(ring) for ring in path.rings)
        if moved > room:
            raise WireError(f"more than {MOVED_MOST} vertices move in one packet")
    return records.Outline(track_id, path, change.score_u8, change.age_ms), moved


def _label(known: dict[TrackId, TrackedObject], track_id: TrackId) -> str | None:
    item = known.get(track_id)
    return item.label if item else None
