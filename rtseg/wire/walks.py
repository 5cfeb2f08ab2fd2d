"""Lossless outlines: the turns of a walk along pixel edges, docs/wire.md, "Walk".

A chain code (Freeman, 1961) of three moves, straight, left and right, each in the context of the
six before it. Contexts are mirrored so that the latest turn in them is to the left: a shape and its
mirror image cost the same, and half as many contexts learn twice as fast.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtseg.errors import WireError
from rtseg.geometry import Path, Ring
from rtseg.geometry.path import string
from rtseg.wire.arithmetic import BitReader
from rtseg.wire.bits import LENGTH_CONTEXTS, BitList, read_number, write_number
from rtseg.wire.varint import unzigzag, zigzag

MEMORY = 6
"""Moves that make a context: on drawn shapes 5 cost 2 % more bytes, 7 save 1 % of them."""

_CONTEXTS = 3**MEMORY
MOVES, TURNS, MORE, HOLE, DOWN = 0, _CONTEXTS, 2 * _CONTEXTS, 2 * _CONTEXTS + 1, 2 * _CONTEXTS + 2
CONTEXTS = DOWN + LENGTH_CONTEXTS
"""How many contexts this coding has."""

STEPS_PER_BYTE = 64
"""A decoder walks no further than this for each byte of a record: bytes bound its time."""

_DX = (1, 0, -1, 0)
_DY = (0, 1, 0, -1)


class Walk(NamedTuple):
    """A ring as a walk along pixel edges.

    Parameters
    ----------
    start : (x, y) of the vertex that is leftmost among the topmost.
    is_hole : the first step goes to the right; else down.
    moves : (N,) int64, what is done behind the first step: 0 straight, 1 left, 2 right.
    """

    start: tuple[int, int]
    is_hole: bool
    moves: npt.NDArray[np.int64]


def walk(path: Path) -> list[Walk] | None:
    """Give each ring as a walk, or None if a ring is none.

    No ring around pixels passes the leftmost of its topmost vertices twice, so a walk is over when
    it is back at its start.
    """
    if path.is_empty:
        return []
    rings = string(path.rings)
    x, y = rings.vertices.T.astype(np.int64)
    keys = y << 32 | x
    first = rings.first
    is_top = keys == np.repeat(np.minimum.reduceat(keys, first), rings.lengths)
    starts = np.flatnonzero(is_top)
    if len(starts) != len(first):
        return None
    after, before = rings.after, rings.before
    right, down = x[after] - x, y[after] - y
    is_level = down == 0
    if ((right != 0) == (down != 0)).any() or (is_level == is_level[before]).any():
        return None
    direction = _directions(right, down)
    turns = (direction - direction[before]) & 3
    # From each ring's start on, a move for every pixel; the first is the turn into its first step.
    ends = first + rings.lengths
    turned = np.arange(len(keys)) + np.repeat(starts - first, rings.lengths)
    turned = np.where(
        turned < np.repeat(ends, rings.lengths),
        turned,
        turned - np.repeat(rings.lengths, rings.lengths),
    )
    lengths = (np.abs(right) + np.abs(down))[turned]
    stops = np.cumsum(lengths)
    moves = np.zeros(int(stops[-1]), np.int64)
    moves[stops - lengths] = np.where(turns[turned] == 3, 1, 2)
    return [
        Walk((int(x[at]), int(y[at])), bool(is_level[at]), moves[start + 1 : stop])
        for at, start, stop in zip(
            starts.tolist(),
            (stops - lengths)[first].tolist(),
            stops[ends - 1].tolist(),
            strict=True,
        )
    ]


def from_start(ring: Ring) -> Ring:
    """Give the same ring from where its walk starts, the leftmost of its topmost vertices."""
    first = int(np.lexsort((ring[:, 0], ring[:, 1]))[0])
    return np.roll(ring, -first, axis=0)


def write_walks(walks: list[Walk], width_bits: int, out: BitList) -> None:
    """Add the bits of walks; see `walk`."""
    coded = _move_bits([each.moves for each in walks])
    top = 0
    for ((x, y), is_hole, _), moves in zip(walks, coded, strict=True):
        out.add(MORE, 1)
        out.add(HOLE, int(is_hole))
        write_number(out, zigzag(y - top), DOWN)
        out.add_raw(x, width_bits)
        top = y
        out.extend(*moves)
    out.add(MORE, 0)


def _move_bits(
    walks: Sequence[npt.NDArray[np.int64]],
) -> list[tuple[list[int], list[int]]]:
    """Give contexts and bits of the moves of each walk: many are short, so all at once."""
    # Before each walk stand the zeros that come before its start.
    gap = np.zeros(MEMORY, np.int64)
    every = np.concatenate([part for moves in walks for part in (gap, moves)] + [gap])
    history, latest = _histories(every)
    is_turn = every > 0
    # Straight or not, and behind each turn: to the other side than the latest, or not.
    at = np.arange(len(every)) + np.cumsum(is_turn) - is_turn
    contexts = np.empty(len(every) + int(is_turn.sum()), np.int64)
    bits = np.empty_like(contexts)
    contexts[at], bits[at] = MOVES + history, is_turn
    contexts[at[is_turn] + 1] = TURNS + history[is_turn]
    bits[at[is_turn] + 1] = every[is_turn] != latest[is_turn]
    lengths = np.array([len(moves) for moves in walks], np.int64)
    stops = np.cumsum(lengths + MEMORY)
    places = zip(at[stops - lengths].tolist(), at[stops].tolist(), strict=True)
    return [(contexts[start:stop].tolist(), bits[start:stop].tolist()) for start, stop in places]


def _directions(right: npt.NDArray[np.int64], down: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """0 right, 1 down, 2 left, 3 up, for steps along one axis each."""
    found: npt.NDArray[np.int64] = np.where(
        down == 0, np.where(right > 0, 0, 2), np.where(down > 0, 1, 3)
    )
    return found


def _histories(
    moves: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the mirrored context before each move, and its latest turn, 1 where there is none."""
    mirrored_moves = np.where(moves > 0, 3 - moves, 0)
    plain, mirrored = np.zeros_like(moves), np.zeros_like(moves)
    latest = np.ones_like(moves)
    for ago in range(MEMORY, 0, -1):
        plain[ago:] += 3 ** (ago - 1) * moves[:-ago]
        mirrored[ago:] += 3 ** (ago - 1) * mirrored_moves[:-ago]
        np.copyto(latest[ago:], moves[:-ago], where=moves[:-ago] > 0)
    return np.where(latest == 1, plain, mirrored), latest


def read_walks(
    reader: BitReader, size: tuple[int, int], width_bits: int, most_steps: int
) -> Iterator[Ring]:
    """Read the rings of walks.

    Parameters
    ----------
    reader : at the first bit.
    size : (height, width) of the lattice.
    width_bits : bits of a column.
    most_steps : an error behind so many.
    """
    height, width = size
    top = 0
    while reader.bit(MORE):
        direction = 0 if reader.bit(HOLE) else 1
        top += unzigzag(read_number(reader, DOWN))
        x0, y0 = reader.raw(width_bits), top
        x, y = x0, y0
        vertices = [x, y]
        moves = _Moves(reader)
        while True:
            if not (0 <= x <= width and 0 <= y <= height):
                raise WireError("a walk leaves the frame")
            if most_steps == 0:
                raise WireError("a walk longer than its bytes can tell")
            most_steps -= 1
            x += _DX[direction]
            y += _DY[direction]
            if x == x0 and y == y0:
                break
            if turn := moves.next():
                vertices += (x, y)
                direction = (direction + turn) & 3
        yield np.array(vertices, np.int32).reshape(-1, 2)


def write_stretch(points: npt.NDArray[np.int64], out: BitList) -> int:
    """Add the bits of a walk that does not close.

    Parameters
    ----------
    points : (N, 2) x, y, pixels: its start, where it turns, its end. N >= 2.

    Returns
    -------
    Its length, pixels.
    """
    steps = np.diff(points, axis=0)
    lengths = np.abs(steps).sum(axis=1)
    direction = _directions(*steps.T)
    out.add_raw(int(direction[0]), 2)
    moves = np.zeros(int(lengths.sum()), np.int64)
    turns = np.diff(direction, prepend=direction[0]) % 4
    moves[np.cumsum(lengths) - lengths] = np.where(turns == 3, 1, np.where(turns == 0, 0, 2))
    ((contexts, told),) = _move_bits([moves[1:]])
    out.extend(contexts, told)
    return len(moves)


def read_stretch(
    reader: BitReader, start: tuple[int, int], size: tuple[int, int], steps: int
) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Undo `write_stretch`.

    Parameters
    ----------
    reader : at the first bit.
    start : (x, y), pixels, inside the frame.
    size : (height, width) of the lattice.
    steps : length of the walk, >= 1.

    Returns
    -------
    Where it turns, and where it ends.
    """
    height, width = size
    x, y = start
    direction = reader.raw(2)
    vertices: list[tuple[int, int]] = []
    moves = _Moves(reader)
    for left in range(steps - 1, -1, -1):
        x += _DX[direction]
        y += _DY[direction]
        if not (0 <= x <= width and 0 <= y <= height):
            raise WireError("a walk leaves the frame")
        if left and (turn := moves.next()):
            vertices.append((x, y))
            direction = (direction + turn) & 3
    return vertices, (x, y)


class _Moves:
    """Reads moves, each in the context of those before it."""

    __slots__ = ("_bit", "_history", "_latest", "_mirrored", "_since")

    def __init__(self, reader: BitReader) -> None:
        self._bit = reader.bit
        self._history = self._mirrored = 0
        self._latest = 1
        self._since = MEMORY

    def next(self) -> int:
        """Quarter turns to the right: 0 straight on, 1 right, 3 left."""
        if self._since >= MEMORY:
            self._latest = 1
        latest = self._latest
        context = self._history if latest == 1 else self._mirrored
        move = 0
        if self._bit(MOVES + context):
            move = 3 - latest if self._bit(TURNS + context) else latest
            self._latest, self._since = move, 0
        else:
            self._since += 1
        self._history = (self._history * 3 + move) % _CONTEXTS
        self._mirrored = (self._mirrored * 3 + (3 - move if move else 0)) % _CONTEXTS
        return (0, 3, 1)[move]
