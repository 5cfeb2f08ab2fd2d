"""Outlines to packets, for one stream whose readers have different frames of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from types import MappingProxyType
from typing import NamedTuple

from rtseg.errors import UsageError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.bases import KEPT_BY_SENDER, Bases
from rtseg.wire.coded import write_moved
from rtseg.wire.messages import (
    CHANGED,
    FRAME,
    RTP_MODULUS,
    VERSION,
    Stage,
    Timing,
    elapsed_ms,
)
from rtseg.wire.numbers import Size, frame_size, whole
from rtseg.wire.parts import MESSAGE_BYTES, Item, write_parts
from rtseg.wire.presence import BoxPx, box_path, checked_box, write_box
from rtseg.wire.shifts import Shift, shift_between
from rtseg.wire.varint import U64_MAX, uint

# What changed takes more than so many bytes a vertex only if most of the outline is new: then the
# whole may be shorter, and is written too.
_DEAR_BYTES = 1.2


class Content(NamedTuple):
    """What there is to say of one camera frame; see `Encoder.pack`.

    `boxes` are of objects that are not outlined yet, none of which is in `outlines`.
    """

    frame_id: FrameId
    size: Size
    outlines: Mapping[TrackId, Path]
    scores: Mapping[TrackId, float]
    ages_ms: Mapping[TrackId, int]
    labels: Mapping[TrackId, str]
    timing: Timing | Callable[[], Timing] | None
    boxes: Mapping[TrackId, BoxPx] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Object:
    """What whoever has a frame knows of one of its objects."""

    path: Path
    score_u8: int
    age_ms: int
    label: str | None
    stage: Stage = "fine"


@dataclass(frozen=True, slots=True)
class _Frame:
    """What whoever has a frame knows."""

    frame_id: FrameId
    size: Size
    objects: Mapping[TrackId, _Object]


class FrameWriter:
    """One frame, to be written for each reader as what changed since a frame that this one has.

    Made by `Packer.take`. What it writes does not depend on what its packer takes later, so it may
    be used at any time, on any thread. What readers have in common is written once.

    Parameters
    ----------
    frame : to be written.
    bases : what was taken before it; None for a frame that is not to be built upon.
    timing : see `Content`.
    """

    def __init__(
        self,
        frame: _Frame,
        bases: Bases[_Frame | None],
        timing: Timing | Callable[[], Timing] | None,
    ) -> None:
        self._frame = frame
        self._bases = bases
        self._timing = timing
        self._timing_record: bytes | None = None
        self._outlines: dict[TrackId, bytes] = {}
        self._packets: dict[FrameId | None, bytes] = {}
        self._parts: dict[tuple[FrameId | None, int], tuple[bytes, ...]] = {}
        self._told: dict[FrameId | None, tuple[Item, ...]] = {}

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
        if len(packet) <= most_bytes or self.frame_id in self._bases:
            return (packet,)
        base = self._base(base_id)
        key = base.frame_id if base else None, most_bytes
        if key not in self._parts:
            items, timing = self._items(base), self._timing_record or b""
            written = write_parts(
                self.frame_id, self._frame.size, key[0], items, timing, most_bytes=most_bytes
            )
            self._parts[key] = written or (packet,)
        return self._parts[key]

    def _base(self, base_id: FrameId | None) -> _Frame | None:
        base = None if base_id is None else self._bases.get(base_id)
        if base is not None and (base.size != self._frame.size or base_id == self.frame_id):
            return None
        return base

    def _write(self, base: _Frame | None) -> bytes:
        told = [_head(self._frame, base)]
        for item in self._items(base):
            told += (item.record, item.name)
        if self._timing is not None:
            if self._timing_record is None:
                times = self._timing() if callable(self._timing) else self._timing
                self._timing_record = _checked_timing(times)
            told.append(self._timing_record)
        return b"".join(told)

    def _items(self, base: _Frame | None) -> tuple[Item, ...]:
        """What there is to say of each object."""
        key = base.frame_id if base else None
        if key not in self._told:
            self._told[key] = tuple(
                self._item(track_id, now, base) for track_id, now in self._frame.objects.items()
            )
        return self._told[key]

    def _item(self, track_id: TrackId, now: _Object, base: _Frame | None) -> Item:
        known = base.objects.get(track_id) if base else None
        record = None
        if base is not None and known is not None and known.stage == now.stage:
            older_ms = elapsed_ms(self.frame_id, base.frame_id)
            record = _change(track_id, now, known, older_ms, self._frame.size)
        outline = records.Outline(track_id, now.path, now.score_u8, now.age_ms, now.stage)
        name = b""
        if now.label is not None and (known is None or known.label != now.label):
            name = records.write_name(records.Name(track_id, now.label))
        if record is None or len(record) > _DEAR_BYTES * _vertices(now.path):
            whole = self._whole(outline)
            record = whole if record is None or len(whole) < len(record) else record
        return Item(outline, record, name, is_new=known is None)

    def _whole(self, outline: records.Outline) -> bytes:
        record = self._outlines.get(outline.track_id)
        if record is None:
            if outline.stage == "box":
                record = write_box(outline)
            else:
                record = records.write_outline(outline, self._frame.size)
            self._outlines[outline.track_id] = record
        return record


class Packer:
    """Takes the frames of one stream, and has each written upon those that readers have.

    Whoever has a frame knows all that was said of it when it was taken, names too, whichever of its
    packets it came in: so a name that was told in a packet that was lost is told again.
    """

    def __init__(self) -> None:
        self._latest: _Frame | None = None
        self._taken: Bases[_Frame | None] = Bases(KEPT_BY_SENDER)

    def take(self, content: Content) -> FrameWriter:
        """Take the next camera frame.

        Raises
        ------
        UsageError
            If something cannot be in a packet. Nothing that this packer keeps has changed then.
        """
        frame_id = whole("frame_id", content.frame_id, RTP_MODULUS - 1)
        size = frame_size(content.size)
        latest = self._latest
        boxes = {key: box_path(checked_box(box, size)) for key, box in content.boxes.items()}
        objects: dict[TrackId, _Object] = {}
        for key, path in {**content.outlines, **boxes}.items():
            track_id = whole("a track id", key, U64_MAX)
            before = latest.objects.get(track_id) if latest is not None else None
            if latest is None or before is None or path is not before.path or latest.size != size:
                records.check_rings(path.rings, size)
            label = content.labels.get(key)
            if before is not None and label is None:
                label = before.label
            elif label is not None:
                records.check_label(track_id, label)
            objects[track_id] = _Object(
                path,
                _score_u8(content.scores.get(key, 1.0)),
                whole("an age in ms", content.ages_ms.get(key, 0), U64_MAX),
                label,
                "box" if key in boxes else "fine",
            )
        if isinstance(content.timing, Timing):
            _checked_timing(content.timing)
        frame = _Frame(frame_id, size, objects)
        writer = FrameWriter(frame, self._taken.copy(), content.timing)
        # A number that comes again does not say which of the two frames a reader has.
        is_again = frame_id in self._taken
        self._taken.put(frame_id, None if is_again else frame)
        self._latest = frame
        return writer


def _head(frame: _Frame, base: _Frame | None) -> bytes:
    number = frame.frame_id.to_bytes(4, "big")
    if base is None:
        return bytes([VERSION, FRAME]) + number + uint(frame.size[1]) + uint(frame.size[0])
    since = (frame.frame_id - base.frame_id) % RTP_MODULUS
    return bytes([VERSION, CHANGED]) + number + uint(since)


def _change(
    track_id: TrackId, now: _Object, before: _Object, older_ms: int, size: Size
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
    change = records.Change(track_id, now.score_u8, now.age_ms, shift, moves or b"")
    return records.write_change(change, evidence)


def _vertices(path: Path) -> int:
    return sum(len(ring) for ring in path.rings)


def _checked_timing(times: Timing) -> bytes:
    for value in astuple(times):
        whole("a time in µs", value, U64_MAX)
    return records.write_timing(times)


def _score_u8(score: float) -> int:
    if not 0 <= score <= 1:
        raise UsageError(f"a score must be in [0, 1], {score!r} came")
    return round(255 * float(score))
