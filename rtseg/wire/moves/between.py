"""What became of an outline, by the ids of its vertices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rtseg.geometry import Path, Ring


class RingMoves(NamedTuple):
    """What became of one ring of the base.

    Parameters
    ----------
    before : (N, 2) its vertices in the base.
    lives : N, whether each vertex lives on.
    moves : (dx, dy) of each that does, pixels.
    inserted : for each that does, the (x, y) that now stand between it and the next that does.
    turn : which vertex, counted from the first that lives on, is the ring's first now.
    """

    before: list[tuple[int, int]]
    lives: list[bool]
    moves: list[tuple[int, int]]
    inserted: list[list[tuple[int, int]]]
    turn: int


class Moves(NamedTuple):
    """What became of an outline.

    Parameters
    ----------
    rings : for each ring of the base, in its order; None where it is gone.
    new : rings that come behind those.
    """

    rings: list[RingMoves | None]
    new: list[Ring]


def moves_between(before: Path, after: Path) -> Moves | None:
    """Say how one path came of another, by the ids of their vertices; None where none lives on.

    Parameters
    ----------
    before, after : source pixels. Rings of `after` that have vertices of `before` come first, in
        the order of `before`, as `write_moves` can tell no other; if they do not, None.
    """
    if before.ids is None or after.ids is None:
        return None
    found: list[RingMoves | None] = [None] * len(before.rings)
    owner = {vertex: ring for ring, ids in enumerate(before.ids) for vertex in ids.tolist()}
    at = -1
    new: list[Ring] = []
    for ring, ids in zip(after.rings, after.ids, strict=True):
        of = next((owner[vertex] for vertex in ids.tolist() if vertex in owner), None)
        moved = None
        if of is not None and of > at and not new:
            moved = _ring_moves(before.rings[of], before.ids[of], ring, ids)
        if of is None or moved is None:
            new.append(ring)
        else:
            at, found[of] = of, moved
    return Moves(found, new) if at >= 0 else None


def _ring_moves(
    before: Ring, before_ids: Sequence[int] | np.ndarray, ring: Ring, ids: np.ndarray
) -> RingMoves | None:
    """How one ring came of another; None where no vertex lives on in the order of the base."""
    place = {vertex: index for index, vertex in enumerate(np.asarray(before_ids).tolist())}
    here = [place.get(vertex, -1) for vertex in ids.tolist()]
    known = [index for index, old in enumerate(here) if old >= 0]
    if not known:
        return None
    first = min(known, key=lambda index: here[index])
    order = [*range(first, len(here)), *range(first)]
    corners, olds = before.tolist(), ring.tolist()
    lives = [False] * len(corners)
    moves: list[tuple[int, int]] = []
    inserted: list[list[tuple[int, int]]] = []
    latest = -1
    for index in order:
        old = here[index]
        x, y = olds[index]
        # One that another ring has, or that lost its place in the order, counts as new.
        if old > latest:
            latest = old
            lives[old] = True
            moves.append((x - corners[old][0], y - corners[old][1]))
            inserted.append([])
        else:
            inserted[-1].append((x, y))
    turn = (len(here) - first) % len(here)
    return RingMoves([(x, y) for x, y in corners], lives, moves, inserted, turn)


def new_vertices(moves: Moves) -> int:
    """Count the vertices that come."""
    inserted = sum(
        len(between) for ring in moves.rings if ring is not None for between in ring.inserted
    )
    return inserted + sum(len(ring) for ring in moves.new)
