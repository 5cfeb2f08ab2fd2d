"""Outlines to packets, for one stream."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from functools import partial
from typing import NamedTuple

from rtseg.errors import UsageError
from rtseg.geometry import Path
from rtseg.types import FrameId, TrackId
from rtseg.wire import records
from rtseg.wire.coded import write_delta
from rtseg.wire.deltas import compare
from rtseg.wire.messages import (
    BASES_KEPT,
    CLOCK,
    FRAME,
    MOVED,
    MOVED_MOST,
    SIDE_MAX,
    VERSION,
    Timing,
)
from rtseg.wire.outline import Outline
from rtseg.wire.varint import U64_MAX, uint

NAME_EVERY_PACKETS = 30
"""A name is told again after so many packets, for those who joined late: once a second or so."""

Size = tuple[int, int]
"""(height, width) of a frame, pixels, as the shape of its masks."""

_RTP_MODULUS = 1 << 32
_RTP_PER_MS = 90


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
    """What the other side knows of an object once it has a packet.

    Parameters
    ----------
    path : its outline as it was given.
    outline : the same as the other side has it, if its vertices have names.
    """

    path: Path
    outline: Outline | None
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
    """Writes the packets of one stream, each on a base that the other side has.

    Parameters
    ----------
    is_reliable : whether every packet arrives, in its order: then the packet before is the base of
        the next. Else only frames that were acknowledged are.
    may_turn : whether a ring may arrive with another first vertex than it was given with.
    """

    def __init__(self, *, is_reliable: bool = True, may_turn: bool = True) -> None:
        self._may_turn = may_turn
        self._latest: _Sent | None = None
        self._is_reliable = is_reliable
        self._sent: dict[FrameId, _Sent] = {}
        self._base: FrameId | None = None
        self._names: dict[TrackId, _Name] = {}

    def acknowledge(self, frame_id: FrameId) -> None:
        """Take that the other side has decoded a frame; one that is long gone is no news."""
        sent = self._sent.get(frame_id)
        if sent is None:
            return
        ids = list(self._sent)
        if self._base not in self._sent or ids.index(frame_id) > ids.index(self._base):
            self._base = frame_id

    def request_key(self) -> None:
        """Write the next packet for one who knows nothing."""
        self._sent.clear()
        self._base = None
        self._names.clear()

    def pack(self, content: Content) -> bytes:
        """Write the packet of one camera frame.

        Raises
        ------
        UsageError
            If something cannot be in a packet. Nothing that this packer keeps has changed then.
        """
        frame_id = whole("frame_id", content.frame_id, _RTP_MODULUS - 1)
        size = frame_size(content.size)
        # A frame id that comes again does not say which of its packets is meant.
        is_again = frame_id in self._sent
        base = None if is_again or self._base is None else self._sent.get(self._base)
        if base is not None and base.size != size:
            base = None
        parts: list[bytes] = []
        is_built_upon = False
        objects: dict[TrackId, _Known] = {}
        names: dict[TrackId, _Name] = {}
        room = MOVED_MOST
        for key, path in content.outlines.items():
            track_id = whole("a track id", key, U64_MAX)
            score_u8 = _score_u8(content.scores.get(key, 1.0))
            age_ms = whole("an age in ms", content.ages_ms.get(key, 0), U64_MAX)
            known = base.objects.get(track_id) if base else None
            written = None
            if base is not None and known is not None:
                older_ms = elapsed_ms(frame_id, base.frame_id)
                evidence = records.Evidence(known.score_u8, known.age_ms, older_ms)
                written = _change(track_id, path, score_u8, age_ms, known, evidence, size, room)
            if written is None:
                written = self._whole(track_id, path, score_u8, age_ms, size)
            else:
                is_built_upon = True
                room -= sum(len(ring) for ring in path.rings)
            record, objects[track_id] = written
            parts.append(record)
            name = self._told(track_id, content.labels.get(key))
            if name.label is not None and (name.packets_ago == 0):
                parts.append(records.write_name(records.Name(track_id, name.label)))
            names[track_id] = name
        if content.timing is not None:
            times = content.timing() if callable(content.timing) else content.timing
            for value in astuple(times):
                whole("a time in µs", value, U64_MAX)
            parts.append(records.write_timing(times))
        self._names = names
        self._keep(_Sent(frame_id, size, objects), is_again=is_again)
        # Where nothing is told as a change, the packet is for everybody.
        head = _head(frame_id, size, base if is_built_upon else None)
        return head + b"".join(parts)

    def key_of_latest(self, content: Content) -> Callable[[], bytes]:
        """Give what writes the latest packet again, for one who knows nothing.

        Whoever has that may go on with the next packet of this stream: its vertices are in the
        order in which those are who have all packets. It may be called later, on any thread.

        Parameters
        ----------
        content : what was packed last.
        """
        sent = self._latest
        assert sent is not None, "pack it first"
        told = content._replace(
            outlines={
                track_id: known.path if known.outline is None else known.outline
                for track_id, known in sent.objects.items()
            }
        )
        return partial(Packer(may_turn=False).pack, told)

    def _keep(self, sent: _Sent, *, is_again: bool) -> None:
        self._latest = sent
        if self._is_reliable:
            self._sent = {} if is_again else {sent.frame_id: sent}
            self._base = None if is_again else sent.frame_id
            return
        self._sent.pop(sent.frame_id, None)
        if is_again:
            return
        self._sent[sent.frame_id] = sent
        while len(self._sent) > BASES_KEPT:
            del self._sent[next(iter(self._sent))]

    def _whole(
        self, track_id: TrackId, path: Path, score_u8: int, age_ms: int, size: Size
    ) -> tuple[bytes, _Known]:
        """Tell an object anew."""
        record, firsts = records.write_outline(
            records.Outline(track_id, path, score_u8, age_ms), size, may_turn=self._may_turn
        )
        outline = path.turned(firsts) if isinstance(path, Outline) else None
        return record, _Known(path, outline, score_u8, age_ms)

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
    since = (frame_id - base.frame_id) % _RTP_MODULUS
    return bytes([VERSION, MOVED]) + frame_id.to_bytes(4, "big") + uint(since)


def _change(
    track_id: TrackId,
    path: Path,
    score_u8: int,
    age_ms: int,
    known: _Known,
    evidence: records.Evidence,
    size: Size,
    room: int,
) -> tuple[bytes, _Known] | None:
    """What became of an object; None where its whole outline is to be told."""
    records.check_rings(path.rings, size)
    outline, moves = known.outline, None
    if path is not known.path and path != known.path:
        if not isinstance(path, Outline) or known.outline is None:
            return None
        delta = compare(known.outline, path)
        if delta is None:
            return None
        count = sum(len(ring) for rings in (path.rings, known.path.rings) for ring in rings)
        moves = write_delta(delta, size) if count <= room else None
        if moves is None:
            return None
        outline = delta.now
    record = records.write_change(records.Change(track_id, score_u8, age_ms, moves), evidence)
    return record, _Known(path, outline, score_u8, age_ms)


def elapsed_ms(newer: FrameId, older: FrameId) -> int:
    """Time between two RTP timestamps, to the nearest millisecond."""
    return ((newer - older) % _RTP_MODULUS + _RTP_PER_MS // 2) // _RTP_PER_MS


def pack_clock(rtp: int, ntp: int) -> bytes:
    """Write a clock packet: a sender report, handed back to its sender.

    Parameters
    ----------
    rtp : RTP timestamp of the report, u32.
    ntp : NTP timestamp of the report, u64: 32.32 fixed-point seconds since 1900.

    Raises
    ------
    UsageError
        If one does not fit.
    """
    rtp = whole("rtp", rtp, _RTP_MODULUS - 1)
    ntp = whole("ntp", ntp, U64_MAX)
    return bytes([VERSION, CLOCK]) + rtp.to_bytes(4, "big") + ntp.to_bytes(8, "big")


def frame_size(shape: tuple[int, ...]) -> Size:
    """Take a shape as the size of a frame."""
    if len(shape) != 2:
        raise UsageError(f"a frame has a height and a width, {shape} came")
    height, width = (whole("a side of a frame", side, SIDE_MAX) for side in shape)
    return height, width


def whole(what: str, value: int, largest: int) -> int:
    """Take any whole number, NumPy's too, in 0 … `largest`."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number <= largest:
        raise UsageError(f"{what} must be a whole number in 0 … {largest}, {value!r} came")
    return number


def _score_u8(score: float) -> int:
    if not 0 <= score <= 1:
        raise UsageError(f"a score must be in [0, 1], {score!r} came")
    return round(255 * float(score))
