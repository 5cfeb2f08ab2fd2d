"""Rings found again: which of an exact outline were in the one before, and where vertices are now.

A vertex is looked for around where it was carried, among places of the ring where the outline goes
its way; what is found goes round the ring in the order that it had.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtseg.geometry import Path, Ring
from rtseg.geometry.arcs import Arcs, Floats, Places, tangents
from rtseg.geometry.path import ring_area

# A vertex is looked for no further than this from where it was carried, pixels, and a way that is
# turned by 60° counts for as much as this.
_REACH_PX = 10.0
_TURN_PX = 6.0

# Places of a ring at which vertices are looked for.
_PROBES = 512

# A ring is found again if this share of its vertices is.
_LEAST_FOUND = 0.4

# A bound on the time of a frame: of more rings only the largest are looked for, the others are new.
# On DAVIS at IoU .99 the most are 20.
_MOST_RINGS = 16

_Ways = npt.NDArray[np.float32]


class Match(NamedTuple):
    """A ring that is found again.

    Parameters
    ----------
    old, new : which ring of the outline before it was, and which of the exact ones it is.
    who : (M,) those of its vertices that are found.
    places : (M,) of the exact ring, where they are, the first time round.
    """

    old: int
    new: int
    who: Places
    places: Places


def match_rings(
    before: Path, carried: Sequence[Floats], arcs: Arcs, rings: Sequence[Ring]
) -> list[Match]:
    """Find the rings of an outline again.

    Parameters
    ----------
    before : the outline before.
    carried : for each ring of it (N, 2), where its vertices are now, about; source pixels.
    arcs : of the exact rings.
    rings : those.

    Returns
    -------
    Those that are found, in the order of `before`; each of the exact rings is one of them at most.
    """
    pairs: list[tuple[float, Match]] = []
    # Masks may have a hundred rings: which might be which is asked of all at once.
    least = np.array([ring.min(axis=0) for ring in rings]) - _REACH_PX
    most = np.array([ring.max(axis=0) for ring in rings]) + _REACH_PX
    is_hole = np.array([ring_area(ring) < 0 for ring in rings])
    there: list[_Probes | None] = [None] * len(rings)
    largest = sorted(range(len(carried)), key=lambda old: -len(carried[old]))[:_MOST_RINGS]
    for old in sorted(largest):
        points = carried[old]
        inside = ((points[:, None] >= least) & (points[:, None] <= most)).all(axis=2)
        is_near = inside.sum(axis=0) >= _LEAST_FOUND * len(points)
        # Nothing of a hole would be found on a part, which turns the other way: why look.
        is_alike = is_hole == (ring_area(before.rings[old]) < 0)
        here = _with_ways(points, tangents(points))
        for new in np.flatnonzero(is_near & is_alike).tolist():
            probes = there[new] = there[new] or _probe(arcs, new)
            who, places = _find(probes, here)
            share = len(who) / len(points)
            if share >= _LEAST_FOUND:
                weight = share * min(len(points), int(arcs.lengths[new]))
                pairs.append((weight, Match(old, new, who, places)))
    found: dict[int, Match] = {}
    taken: set[int] = set()
    for _, match in sorted(pairs, key=lambda pair: -pair[0]):
        if match.old not in found and match.new not in taken:
            found[match.old] = match
            taken.add(match.new)
    return [found[old] for old in sorted(found)]


class _Probes(NamedTuple):
    """Where on a ring points are looked for.

    Parameters
    ----------
    places : (N,) of the ring, the first time round.
    there : (N, 4) x, y and the direction of the outline, so long that it weighs what it should.
    half_square : (N,) half of the squares of the lengths of those.
    first, length : of the ring.
    """

    places: Places
    there: _Ways
    half_square: npt.NDArray[np.float32]
    first: int
    length: int


def _probe(arcs: Arcs, ring: int) -> _Probes:
    first, length = int(arcs.first[ring]), int(arcs.lengths[ring])
    places = np.arange(first, first + length, max(1, length // _PROBES))
    ways = arcs.tangents(places, np.full(len(places), ring))
    there = _with_ways(arcs.points[places], ways)
    return _Probes(places, there, 0.5 * (there * there).sum(axis=1), first, length)


def _with_ways(points: Floats, ways: Floats) -> _Ways:
    return np.concatenate((points, _TURN_PX * ways), axis=1, dtype=np.float32)


def _find(probes: _Probes, here: _Ways) -> tuple[Places, Places]:
    """Find the places on a ring that points are nearest to; give which points, and where.

    They go round the ring once, in their order: those that do not fit into the longest such row are
    not found. `here` is (N, 4), as in `_Probes`.
    """
    # Half the square of a distance, but for a part that all places have, and upside down.
    likeness = here @ probes.there.T
    likeness -= probes.half_square
    nearest = likeness.argmax(axis=1)
    aside = here - probes.there[nearest]
    away = (aside * aside).sum(axis=1)
    is_near = away <= _REACH_PX**2
    if not is_near.any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    first = int(np.where(is_near, away, np.inf).argmin())
    start = probes.places[nearest[first]]
    row = np.roll(np.arange(len(here)), -first)
    row = row[is_near[row]]
    way = (probes.places[nearest[row]] - start) % probes.length
    rise = longest_rise(way.tolist())
    places = (way[rise] + start - probes.first) % probes.length + probes.first
    who = row[rise]
    by_who = np.argsort(who)
    return who[by_who], places[by_who]


def longest_rise(values: list[int]) -> list[int]:
    """Say which values, one or more, make the longest row that rises, the first one among them."""
    # For each length the least value that a row of so many ends with, and where that stands.
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for index, value in enumerate(values):
        if index and value <= values[0]:
            back.append(-1)
            continue
        at = bisect_left(tails, value)
        back.append(ends[at - 1] if at else -1)
        tails[at : at + 1] = [value]
        ends[at : at + 1] = [index]
    row = []
    at = ends[-1]
    while at >= 0:
        row.append(at)
        at = back[at]
    return row[::-1]
