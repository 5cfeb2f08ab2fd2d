"""The records of a frame packet: one pair of functions for each kind.

`write_…` gives a whole record, `read_…` takes the payload of one and leaves what it does not know.
See docs/wire.md.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtseg.errors import UsageError, WireError
from rtseg.geometry import Path, Ring
from rtseg.types import TrackId
from rtseg.wire.coded import read_rings, write_rings
from rtseg.wire.messages import SIDE_MAX, Stage, Timing
from rtseg.wire.numbers import Size, whole
from rtseg.wire.shifts import Shift
from rtseg.wire.varint import (
    U64_MAX,
    Reader,
    pack_uints,
    sint,
    uint,
    unpack_uints,
    unzigzag,
    zigzag,
)

OUTLINE = 1
NAME = 2
TIMING = 3
POLYGON = 4
WALK = 5
SHIFT = 6
SAME = 7
MOVED = 8
OUTLINES = OUTLINE, POLYGON, WALK
CHANGES = SHIFT, SAME, MOVED

# What a change says of score and age: else they are the base's, the age older by the time between.
_SCORE, _AGE, _AGE_STAYS = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Outline:
    """Records 1, 4 and 5, or what others come to: the whole outline of one object.

    Parameters
    ----------
    track_id : the object.
    path : its outline, source pixels.
    score_u8 : confidence, 0 … 255.
    age_ms : age of the evidence.
    stage : how fine it is.
    """

    track_id: TrackId
    path: Path
    score_u8: int
    age_ms: int
    stage: Stage = "fine"


class Head(NamedTuple):
    """What every record begins with that tells an object without a base.

    Parameters
    ----------
    track_id, score_u8, age_ms : as of `Outline`.
    """

    track_id: TrackId
    score_u8: int
    age_ms: int

    @classmethod
    def of(cls, outline: Outline) -> Head:
        """Take it from an outline."""
        return cls(outline.track_id, outline.score_u8, outline.age_ms)

    @classmethod
    def read(cls, reader: Reader) -> Head:
        """Read it from the start of a payload."""
        return cls(reader.uint(), reader.fixed(1), reader.uint())

    def write(self) -> bytes:
        """Give the start of a payload."""
        return uint(self.track_id) + bytes([self.score_u8]) + uint(self.age_ms)

    def outline(self, path: Path, stage: Stage = "fine") -> Outline:
        """Give the outline whose record this is the head of."""
        return Outline(self.track_id, path, self.score_u8, self.age_ms, stage)


@dataclass(frozen=True, slots=True)
class Name:
    """Record 2: what an object is called."""

    track_id: TrackId
    label: str


def write_outline(outline: Outline, size: Size) -> bytes:
    """Write record 4 or 5, or record 1 where that will not do.

    Parameters
    ----------
    outline : what to write; its rings are integer arrays (N, 2), N >= 3, inside the frame.
    size : (height, width) of the frame, pixels.

    Raises
    ------
    UsageError
        If a ring is none, or leaves the frame: a decoder would refuse it.
    """
    head = Head.of(outline).write()
    rings = outline.path.rings
    check_rings(rings, size)
    if rings:
        coded = write_rings(outline.path, size)
        if coded is not None:
            return write_record(WALK if coded.is_walk else POLYGON, head + coded.data)
    return write_record(OUTLINE, head + uint(len(rings)) + _pack_rings(rings))


def read_outline(payload: memoryview, size: Size) -> Outline:
    """Read the payload of record 1; `size` is (height, width) of the frame, pixels."""
    reader = Reader(payload)
    head = Head.read(reader)
    return head.outline(Path(_unpack_rings(reader.uint(), reader.rest(), size)))


def read_coded(payload: memoryview, size: Size, *, is_walk: bool) -> Outline:
    """Read the payload of record 4 or 5; `size` is (height, width) of the frame, pixels."""
    reader = Reader(payload)
    head = Head.read(reader)
    return head.outline(Path(read_rings(reader.rest(), size, is_walk=is_walk)))


@dataclass(frozen=True, slots=True)
class Change:
    """Records 6, 7 and 8: what became of one object of the base.

    Parameters
    ----------
    track_id : the object.
    score_u8 : confidence, 0 … 255.
    age_ms : age of the evidence.
    shift : how its outline moved as a whole; (0, 0) where it did not.
    moves : of `coded.write_moved`, if its vertices moved one by one; else None.
    """

    track_id: TrackId
    score_u8: int
    age_ms: int
    shift: Shift
    moves: bytes | None = None


class Evidence(NamedTuple):
    """What a base says of an object, seen from a later frame.

    Parameters
    ----------
    score_u8 : confidence, 0 … 255.
    age_ms : age of the evidence in the base.
    older_ms : how much older it is by now.
    """

    score_u8: int
    age_ms: int
    older_ms: int


def write_change(change: Change, before: Evidence) -> bytes:
    """Write record 7, or record 6 where the outline shifts, or 8 where its vertices move."""
    flags = 0
    told = b""
    if change.score_u8 != before.score_u8:
        flags |= _SCORE
        told += bytes([change.score_u8])
    if change.age_ms == before.age_ms and before.older_ms:
        flags |= _AGE_STAYS
    elif change.age_ms != before.age_ms + before.older_ms:
        flags |= _AGE
        told += uint(change.age_ms)
    head = uint(change.track_id)
    if change.moves is not None:
        return write_record(MOVED, head + bytes([flags]) + told + change.moves)
    if any(change.shift):
        steps = sint(change.shift.right) + sint(change.shift.down)
        return write_record(SHIFT, head + bytes([flags]) + told + steps)
    return write_record(SAME, head + bytes([flags]) + told if flags else head)


def read_track_id(payload: memoryview) -> TrackId:
    """Read of which object a record is."""
    return Reader(payload).uint()


def read_change(payload: memoryview, before: Evidence, kind: int) -> Change:
    """Read the payload of a record of this kind, 6, 7 or 8.

    Raises
    ------
    WireError
        If it ends too early, or the outline goes further than any frame is wide.
    """
    reader = Reader(payload)
    track_id = reader.uint()
    flags = reader.fixed(1) if kind != SAME or reader.left else 0
    score_u8 = reader.fixed(1) if flags & _SCORE else before.score_u8
    if flags & _AGE:
        age_ms = reader.uint()
    else:
        age_ms = before.age_ms + (0 if flags & _AGE_STAYS else before.older_ms)
        age_ms = min(age_ms, U64_MAX)
    shift = Shift(_step(reader), _step(reader)) if kind == SHIFT else Shift(0, 0)
    moves = bytes(reader.rest()) if kind == MOVED else None
    return Change(track_id, score_u8, age_ms, shift, moves)


def _step(reader: Reader) -> int:
    step = reader.sint()
    if abs(step) > SIDE_MAX:
        raise WireError(f"an outline shifts by {step} pixels; {SIDE_MAX} is the most")
    return step


def write_name(name: Name) -> bytes:
    """Write record 2.

    Raises
    ------
    UsageError
        If the label has no UTF-8 form (it holds half a surrogate pair).
    """
    return write_record(NAME, uint(name.track_id) + check_label(name.track_id, name.label))


def check_label(track_id: TrackId, label: str) -> bytes:
    """Give the UTF-8 form of a label, or raise `UsageError`."""
    try:
        return label.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"label of object {track_id} has no UTF-8 form: {error}") from None


def read_name(payload: memoryview) -> Name:
    """Read the payload of record 2."""
    reader = Reader(payload)
    track_id = reader.uint()
    try:
        return Name(track_id, str(reader.rest(), "utf-8"))
    except UnicodeDecodeError as error:
        raise WireError(f"label of object {track_id} is not UTF-8: {error}") from None


def write_timing(timing: Timing) -> bytes:
    """Write record 3.

    Raises
    ------
    UsageError
        If a time is no whole number of microseconds in 0 … 2**64 - 1.
    """
    for value in astuple(timing):
        whole("a time in µs", value, U64_MAX)
    return write_record(TIMING, b"".join(uint(value) for value in astuple(timing)))


def read_timing(payload: memoryview) -> Timing:
    """Read the payload of record 3."""
    reader = Reader(payload)
    return Timing(*(reader.uint() for _ in fields(Timing)))


def write_record(kind: int, payload: bytes) -> bytes:
    """Put the kind and the length before a payload."""
    return uint(kind) + uint(len(payload)) + payload


def kind_of(record: bytes) -> int:
    """Read of which kind a whole record is."""
    return Reader(record).uint()


def check_rings(rings: tuple[Ring, ...], size: Size) -> None:
    """Raise `UsageError` unless these are rings inside the frame, (height, width)."""
    for ring in rings:
        if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3 or ring.dtype.kind not in "iu":
            raise UsageError(
                "expected a ring as an integer array (N, 2) with N >= 3, "
                f"got {ring.dtype} {ring.shape}"
            )
    vertices = np.concatenate(rings).astype(np.int64) if rings else np.zeros((1, 2), np.int64)
    if not _inside(vertices, size):
        raise UsageError(
            f"a vertex lies outside the frame of {size[1]}×{size[0]}: x from "
            f"{vertices[:, 0].min()} to {vertices[:, 0].max()}, y from "
            f"{vertices[:, 1].min()} to {vertices[:, 1].max()}; clip the path first"
        )


def _pack_rings(rings: tuple[Ring, ...]) -> bytes:
    if not rings:
        return b""
    counts = np.array([len(ring) for ring in rings])
    vertices = np.concatenate(rings).astype(np.int64)
    steps = zigzag(_steps(vertices, counts))
    firsts = np.cumsum(counts) - counts
    return pack_uints(np.insert(steps.ravel(), 2 * firsts, counts))


def _unpack_rings(count: int, data: memoryview, size: Size) -> tuple[Ring, ...]:
    if count == 0:
        return ()
    values = unpack_uints(data)
    counts = []
    at = 0
    is_step = np.ones(values.size, np.bool_)
    for _ in range(count):
        n = int(values[at]) if at < values.size else -1
        if n < 3:
            raise WireError(_bad_count(n, is_cut=at >= values.size))
        if at + 1 + 2 * n > values.size:
            raise WireError(f"outline cut short: a ring of {n} vertices is not all there")
        counts.append(n)
        is_step[at] = False
        at += 1 + 2 * n
    folded = values[:at][is_step[:at]].reshape(-1, 2)
    if folded.min() < 0:
        raise WireError("a step between vertices is not minimal, or larger than any frame")
    # No sum of these overflows: each has 35 bits, and there are fewer of them than bytes.
    lengths = np.array(counts)
    vertices = _vertices(unzigzag(folded), lengths)
    if not _inside(vertices, size):
        raise WireError(f"a vertex lies outside the frame of {size[1]}×{size[0]}")
    return tuple(np.split(vertices.astype(np.int32), np.cumsum(lengths)[:-1]))


def _bad_count(n: int, *, is_cut: bool) -> str:
    if is_cut:
        return "outline cut short: a ring is missing"
    if n < 0:
        return "the number of vertices of a ring is not minimal, or more than any packet can hold"
    return f"a ring of {n} vertices; the least is 3"


def _inside(vertices: npt.NDArray[np.int64], size: Size) -> bool:
    height, width = size
    x, y = vertices[:, 0], vertices[:, 1]
    return bool(x.min() >= 0 and y.min() >= 0 and x.max() <= width and y.max() <= height)


def _steps(vertices: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Steps from the vertex before; a ring's first from the first of the ring before, or (0, 0).

    `vertices` is (N, 2), rings one after the other; `counts` says how many each has.
    """
    steps = np.diff(vertices, axis=0, prepend=0)
    firsts = np.cumsum(counts) - counts
    steps[firsts] = np.diff(vertices[firsts], axis=0, prepend=0)
    return steps


def _vertices(steps: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Undo `_steps`."""
    firsts = np.cumsum(counts) - counts
    starts = np.cumsum(steps[firsts], axis=0)
    run = np.cumsum(steps, axis=0)
    vertices: npt.NDArray[np.int64] = run + np.repeat(starts - run[firsts], counts, axis=0)
    return vertices
