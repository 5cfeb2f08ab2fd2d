"""Outlines to packets, for one stream."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from typing import NamedTuple

from rtseg.errors import UsageError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.messages import (
    CHANGED,
    FRAME,
    RTP_MODULUS,
    VERSION,
    Timing,
    elapsed_ms,
)
from rtseg.wire.numbers import Size, frame_size, whole
from rtseg.wire.shifts import Shift, shift_between
from rtseg.wire.varint import U64_MAX, uint

NAME_EVERY_PACKETS = 30
"""A name is told again after so many packets, for those who joined late: once a second or so."""


class Content(NamedTuple):
    """What there is to say of one camera frame; see `Encoder.pack`."""

    frame_id: FrameId
    size: Size
    outlines: Mapping[TrackId, Path]
    scores: Mapping[TrackId, float]
    ages_ms: Mapping[TrackId, int]
    labels: Mapping[TrackId, str]
    timing: Timing | Callable[[], Timing] | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the other side knows of an object once it has a packet."""

    path: Path
    score_u8: int
    age_ms: int


@dataclass(frozen=True, slots=True)
class _Sent:
    """What one packet said."""

    frame_id: FrameId
    size: Size
    objects: dict[TrackId, _Known]


@dataclass(frozen=True, slots=True)
class _Name:
    """What was told of an object's name."""

    label: str | None
    packets_ago: int


class Packer:
    """Writes the packets of one stream, each for those who have the one before."""

    def __init__(self) -> None:
        self._latest: _Sent | None = None
        self._names: dict[TrackId, _Name] = {}

    @property
    def told_names(self) -> dict[TrackId, str]:
        """The names that the latest packet told."""
        return {
            track_id: name.label
            for track_id, name in self._names.items()
            if name.label is not None and name.packets_ago == 0
        }

    def pack(self, content: Content) -> bytes:
        """Write the packet of one camera frame.

        Raises
        ------
        UsageError
            If something cannot be in a packet. Nothing that this packer keeps has changed then.
        """
        frame_id = whole("frame_id", content.frame_id, RTP_MODULUS - 1)
        size = frame_size(content.size)
        base = self._latest
        # A frame id that comes again does not say which of its packets is meant.
        is_again = base is not None and base.frame_id == frame_id
        if is_again or (base is not None and base.size != size):
            base = None
        parts: list[bytes] = []
        is_built_upon = False
        objects: dict[TrackId, _Known] = {}
        names: dict[TrackId, _Name] = {}
        for key, path in content.outlines.items():
            track_id = whole("a track id", key, U64_MAX)
            now = _Known(
                path,
                _score_u8(content.scores.get(key, 1.0)),
                whole("an age in ms", content.ages_ms.get(key, 0), U64_MAX),
            )
            change = _change(track_id, now, frame_id, base) if base is not None else None
            is_built_upon = is_built_upon or change is not None
            outline = records.Outline(track_id, path, now.score_u8, now.age_ms)
            parts.append(records.write_outline(outline, size) if change is None else change)
            objects[track_id] = now
            name = self._told(track_id, content.labels.get(key))
            if name.label is not None and name.packets_ago == 0:
                parts.append(records.write_name(records.Name(track_id, name.label)))
            names[track_id] = name
        if content.timing is not None:
            times = content.timing() if callable(content.timing) else content.timing
            for value in astuple(times):
                whole("a time in µs", value, U64_MAX)
            parts.append(records.write_timing(times))
        self._names = names
        self._latest = None if is_again else _Sent(frame_id, size, objects)
        # Where nothing is told as a change, the packet is for everybody.
        head = _head(frame_id, size, base if is_built_upon else None)
        return head + b"".join(parts)

    def _told(self, track_id: TrackId, label: str | None) -> _Name:
        """What the other side will know of an object's name; one just told is 0 packets old."""
        before = self._names.get(track_id)
        if before is None or (label is not None and label != before.label):
            return _Name(label, 0)
        return _Name(before.label, (before.packets_ago + 1) % NAME_EVERY_PACKETS)


def _head(frame_id: FrameId, size: Size, base: _Sent | None) -> bytes:
    if base is None:
        head = bytes([VERSION, FRAME]) + frame_id.to_bytes(4, "big")
        return head + uint(size[1]) + uint(size[0])
    since = (frame_id - base.frame_id) % RTP_MODULUS
    return bytes([VERSION, CHANGED]) + frame_id.to_bytes(4, "big") + uint(since)


def _change(track_id: TrackId, now: _Known, frame_id: FrameId, base: _Sent) -> bytes | None:
    """What became of an object; None where its whole outline is to be told."""
    known = base.objects.get(track_id)
    if known is None:
        return None
    if now.path is known.path:
        shift: Shift | None = Shift(0, 0)
    else:
        records.check_rings(now.path.rings, base.size)
        shift = shift_between(known.path, now.path, base.size)
    if shift is None:
        return None
    evidence = records.Evidence(known.score_u8, known.age_ms, elapsed_ms(frame_id, base.frame_id))
    return records.write_change(records.Change(track_id, now.score_u8, now.age_ms, shift), evidence)


def _score_u8(score: float) -> int:
    if not 0 <= score <= 1:
        raise UsageError(f"a score must be in [0, 1], {score!r} came")
    return round(255 * float(score))
