"""One frame to packets, for readers who have different frames before it, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.bases import Bases
from rtseg.wire.coded import write_moved
from rtseg.wire.messages import (
    CHANGED,
    FRAME,
    RTP_MODULUS,
    VERSION,
    Stage,
    Standing,
    Timing,
    elapsed_ms,
)
from rtseg.wire.numbers import Size
from rtseg.wire.parts import MESSAGE_BYTES, Item, write_parts
from rtseg.wire.presence import write_box
from rtseg.wire.shifts import Shift, shift_between
from rtseg.wire.standings import write_standing
from rtseg.wire.varint import uint

# What changed takes more than so many bytes a vertex only if most of the outline is new: then the
# whole may be shorter, and is written too.
_DEAR_BYTES = 1.2


@dataclass(frozen=True, slots=True)
class KnownObject:
    """What whoever has a frame knows of one of its objects.

    Parameters
    ----------
    path : its outline, source pixels.
    score_u8 : confidence, 0 … 255.
    age_ms : age of the evidence, as it was in that frame.
    label : its name; None where it has none.
    stage : how fine the outline is.
    standing : how far the outline can be trusted; None where nobody says.
    """

    path: Path
    score_u8: int
    age_ms: int
    label: str | None
    stage: Stage = "fine"
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class KnownFrame:
    """What whoever has a frame knows, whichever packets told it.

    Parameters
    ----------
    frame_id : the sender's RTP timestamp of the frame.
    size : (height, width) of it, pixels.
    objects : all that are tracked, in the order in which they are drawn.
    """

    frame_id: FrameId
    size: Size
    objects: Mapping[TrackId, KnownObject]


class FrameWriter:
    """One frame, to be written for each reader as what changed since a frame that this one has.

    Made by `Packer.take`. What it writes does not depend on what its packer takes later, so it may
    be used at any time and on any thread, by one at a time. What readers have in common is written
    once.

    Parameters
    ----------
    frame : to be written.
    bases : the frames that were taken before it; None for an id that two of them have, and that
        therefore does not say which of the two a reader has.
    timing : see `packing.Content`.
    """

    def __init__(
        self,
        frame: KnownFrame,
        bases: Bases[KnownFrame | None],
        timing: Timing | Callable[[], Timing] | None,
    ) -> None:
        self._frame = frame
        self._bases = bases
        self._timing = timing
        # What was written so far: once for all readers, or once for each base, None for those who
        # have none.
        self._timing_record: bytes | None = None
        self._whole_records: dict[TrackId, bytes] = {}
        self._items: dict[FrameId | None, tuple[Item, ...]] = {}
        self._packets: dict[FrameId | None, bytes] = {}
        self._parts: dict[tuple[FrameId | None, int], tuple[bytes, ...]] = {}

    @property
    def frame_id(self) -> FrameId:
        """The frame that is written."""
        return self._frame.frame_id

    def upon(self, base_id: FrameId | None) -> bytes:
        """Write the packet for readers who have a certain frame.

        Parameters
        ----------
        base_id : that frame; None for those who have none.

        Returns
        -------
        A changed frame. If nothing can build upon that base, because it is too old, of another size
        or one of two frames with the same number, a whole one, which is right for everybody.

        Raises
        ------
        UsageError
            If a function that was given as `Content.timing` gives what cannot be in a packet.
        """
        base = self._base(base_id)
        key = base.frame_id if base else None
        packet = self._packets.get(key)
        if packet is None:
            packet = self._packets[key] = self._write(base)
        return packet

    def messages_upon(
        self, base_id: FrameId | None, *, most_bytes: int = MESSAGE_BYTES
    ) -> tuple[bytes, ...]:
        """Write the same in small messages, for a stream that may lose some.

        Parameters
        ----------
        base_id : as of `upon`.
        most_bytes : of a message; see `parts.write_parts` for what is larger.

        Returns
        -------
        The packet of `upon`, if it is that small; else parts of it, each of which is useful alone.
        """
        packet = self.upon(base_id)
        # Parts of a frame_id that was sent before would be taken for parts of that frame.
        if len(packet) <= most_bytes or self.frame_id in self._bases:
            return (packet,)
        base = self._base(base_id)
        key = base.frame_id if base else None, most_bytes
        if key not in self._parts:
            written = write_parts(
                self.frame_id,
                self._frame.size,
                base.frame_id if base else None,
                self._items_upon(base),
                self._timing_told(),
                most_bytes=most_bytes,
            )
            self._parts[key] = written or (packet,)
        return self._parts[key]

    def _base(self, base_id: FrameId | None) -> KnownFrame | None:
        """Give what to build upon for those who have a frame; None where that is nothing."""
        base = None if base_id is None else self._bases.get(base_id)
        if base is not None and (base.size != self._frame.size or base_id == self.frame_id):
            return None
        return base

    def _write(self, base: KnownFrame | None) -> bytes:
        told = [_head(self._frame, base)]
        for item in self._items_upon(base):
            told += (item.record, item.about)
        told.append(self._timing_told())
        return b"".join(told)

    def _timing_told(self) -> bytes:
        """Give record 3, or nothing. Asked for last, as it says how long all else took."""
        if self._timing_record is None:
            times = self._timing() if callable(self._timing) else self._timing
            self._timing_record = b"" if times is None else records.write_timing(times)
        return self._timing_record

    def _items_upon(self, base: KnownFrame | None) -> tuple[Item, ...]:
        """Give what there is to say of each object."""
        key = base.frame_id if base else None
        if key not in self._items:
            self._items[key] = tuple(
                self._item(track_id, now, base) for track_id, now in self._frame.objects.items()
            )
        return self._items[key]

    def _item(self, track_id: TrackId, now: KnownObject, base: KnownFrame | None) -> Item:
        known = base.objects.get(track_id) if base else None
        record = None
        if base is not None and known is not None and known.stage == now.stage:
            older_ms = elapsed_ms(self.frame_id, base.frame_id)
            record = _change(track_id, now, known, older_ms, self._frame.size)
        outline = records.Outline(track_id, now.path, now.score_u8, now.age_ms, now.stage)
        about = b""
        if now.label is not None and (known is None or known.label != now.label):
            about = records.write_name(records.Name(track_id, now.label))
        if now.standing != (known.standing if known is not None else None):
            about += write_standing(track_id, now.standing)
        if record is None or len(record) > _DEAR_BYTES * _vertices(now.path):
            whole = self._whole_record(outline)
            record = whole if record is None or len(whole) < len(record) else record
        return Item(outline, record, about, is_new=known is None)

    def _whole_record(self, outline: records.Outline) -> bytes:
        record = self._whole_records.get(outline.track_id)
        if record is None:
            if outline.stage == "box":
                record = write_box(outline)
            else:
                record = records.write_outline(outline, self._frame.size)
            self._whole_records[outline.track_id] = record
        return record


def _head(frame: KnownFrame, base: KnownFrame | None) -> bytes:
    number = frame.frame_id.to_bytes(4, "big")
    if base is None:
        return bytes([VERSION, FRAME]) + number + uint(frame.size[1]) + uint(frame.size[0])
    since = (frame.frame_id - base.frame_id) % RTP_MODULUS
    return bytes([VERSION, CHANGED]) + number + uint(since)


def _change(
    track_id: TrackId, now: KnownObject, before: KnownObject, older_ms: int, size: Size
) -> bytes | None:
    """What became of an object; None where its whole outline is to be told."""
    moves = None
    shift: Shift | None = Shift(0, 0)
    if now.path is not before.path:
        shift = shift_between(before.path, now.path, size)
    if shift is None:
        shift = Shift(0, 0)
        moves = write_moved(before.path, now.path, size)
        if moves is None:
            return None
    evidence = records.Evidence(before.score_u8, before.age_ms, older_ms)
    change = records.Change(track_id, now.score_u8, now.age_ms, shift, moves)
    return records.write_change(change, evidence)


def _vertices(path: Path) -> int:
    return sum(len(ring) for ring in path.rings)
