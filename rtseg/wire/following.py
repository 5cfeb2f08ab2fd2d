"""Outlines that follow their masks: vertices keep their identity, and bits are spent where they do
most.

An outline of straight edges costs area (what lies between it and the mask's own) and bits (what is
told of its vertices; `moves`). At a price, square pixels for one bit, the cheapest outline is
found in two steps, each exact for its own model of the costs (Schuster and Katsaggelos, "An optimal
polygonal boundary encoding scheme in the rate distortion sense", 1998): which vertices live, go and
come, by the shortest path through all that there might be; then how far each one that lives goes,
by the best path through the lattice points around where its edges fit best. The fidelity then says
whether the price was right.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

import cv2
import numpy as np

from rtseg.geometry import Path, Ring
from rtseg.geometry.arcs import Arcs, Floats, Places, tangents
from rtseg.geometry.path import ring_area
from rtseg.geometry.simplification import Reference
from rtseg.wire.placing import LIVES_BITS, place

# What is told of a vertex, bits: one that goes, and one that comes.
_GOES_BITS = 2.0
_COMES_BITS = 11.0

# A ring costs about so many bits with its first vertices: a smaller one than these are worth is
# left out.
_RING_BITS = 70.0

# Vertices that may come lie where Douglas and Peucker put them at this times the mean distance that
# the fidelity allows between the two outlines. Finer ones are hardly ever chosen.
_FINE = 4.0

# An edge passes over no more than so many of those that there might be. Half of it costs 5 % more
# bytes at IoU .99, where there are many.
_MOST_SKIPPED = 16

# A vertex is looked for no further than this from where it was carried, pixels, and a way that is
# turned by 60° counts for as much as this.
_REACH_PX = 10.0
_TURN_PX = 6.0

# Places of a ring at which vertices are looked for.
_PROBES = 1024

# A ring is followed if this share of its vertices is found again.
_LEAST_FOUND = 0.4

# How the price is found: the loss grows with about its square root.
_TRIES = 5
_SPENT = 0.94
_ENOUGH = 0.65
_POWER = 1.4
_FALL, _RISE = 0.3, 2.5

# Rings of fewer corners, or of less area than this share of what would pay, are specks.
_LEAST_CORNERS = 8
_SPECK = 0.2

_NONE = -1


class Followed(NamedTuple):
    """An outline that followed its mask.

    Parameters
    ----------
    path : with ids: those of the path before, where its vertices live on.
    price : at which the fidelity was kept, square pixels for one bit; start there next time.
    bits : what is to be told of it, about.
    """

    path: Path
    price: float
    bits: float


class Target(NamedTuple):
    """What an outline is to be like.

    Parameters
    ----------
    exact : path of the mask.
    reference : scores outlines against it.
    min_iou : that the outline keeps.
    """

    exact: Path
    reference: Reference
    min_iou: float


def follow(
    before: Path, carried: Sequence[Floats], target: Target, price: float, ids: count[int]
) -> Followed | None:
    """Make an outline out of the one before.

    Parameters
    ----------
    before : the outline of the frame before, with ids.
    carried : for each ring of it (N, 2), where its vertices are now, about; source pixels.
    target : what is to be outlined.
    price : square pixels for one bit, > 0: where to start.
    ids : of vertices that come.

    Returns
    -------
    An outline that keeps the fidelity; None where nothing is left of the one before, or the tries
    did not reach it.
    """
    assert before.ids is not None
    allowed = 1 - target.min_iou
    least_area = _SPECK * _RING_BITS * price
    arcs = [
        Arcs(ring)
        for ring in target.exact.rings
        if len(ring) >= _LEAST_CORNERS and cv2.contourArea(ring) > least_area
    ]
    if not arcs:
        return None
    distance = allowed * target.reference.area / sum(arc.length for arc in arcs)
    rings = _rings(before, carried, arcs, max(0.5, _FINE * distance))
    if all(ring.old is None for ring in rings):
        return None
    best: Followed | None = None
    for _ in range(_TRIES):
        maybe = (ring.draw(price, distance, target) for ring in rings)
        drawn = [found for found in maybe if found is not None]
        loss = 1 - target.reference.iou([each.ring for each in drawn])
        spent = max(loss / allowed, 1e-3)
        better = price * float(np.clip((_SPENT / spent) ** _POWER, _FALL, _RISE))
        if loss <= allowed:
            best = Followed(_path(before, drawn, ids), better, sum(each.bits for each in drawn))
            # A better price is for the next frame: another try would cost more time than it saves.
            if spent >= _ENOUGH:
                break
        elif best is not None:
            break
        price = better
    return best


class _Drawn(NamedTuple):
    """A ring of the outline.

    Parameters
    ----------
    ring : its vertices.
    old : which ring of the outline before it was; None for a new one.
    who : (N,) for each vertex, which one it was of that ring; -1 for one that came.
    bits : what is to be told, about.
    """

    ring: Ring
    old: int | None
    who: Places
    bits: float


def _path(before: Path, drawn: Sequence[_Drawn], ids: count[int]) -> Path:
    assert before.ids is not None
    who = []
    for each in drawn:
        old = each.who >= 0
        names = np.empty(len(each.who), np.int64)
        if each.old is not None:
            names[old] = before.ids[each.old][each.who[old]]
        names[~old] = [next(ids) for _ in range(int((~old).sum()))]
        who.append(names)
    return Path(tuple(each.ring for each in drawn), tuple(who))


class _Ring:
    """All the vertices that one ring of the outline might have, in the order of the exact one.

    Parameters
    ----------
    arcs : of the exact ring.
    corners : (N,) places where vertices may come.
    old : which ring of the outline before it is; None for a new one.
    before : (M, 2) that ring, source pixels.
    carried : (M, 2) where its vertices are now, about.
    places : (M,) where they are on the exact ring; -1 for those that were not found.
    """

    def __init__(
        self,
        arcs: Arcs,
        corners: Places,
        old: int | None = None,
        before: Ring | None = None,
        carried: Floats | None = None,
        places: Places | None = None,
    ) -> None:
        self.old = old
        self._arcs = arcs
        self._area = cv2.contourArea(arcs.ring)
        self._before = before
        self._carried = carried
        found = np.nonzero(places >= 0)[0] if places is not None else np.zeros(0, np.int64)
        living = places[found] if places is not None else np.zeros(0, np.int64)
        corners = np.setdiff1d(corners, living)
        # `moves` tells rings from the first vertex that lives on.
        self._start = int(living[0]) if len(living) else int(corners[0]) if len(corners) else 0
        at = (np.concatenate((living, corners)) - self._start) % arcs.length
        who = np.concatenate((found, np.full(len(corners), _NONE)))
        order = np.argsort(at, kind="stable")
        self._at, self._who = at[order], who[order]
        self._lay_edges()

    def _lay_edges(self) -> None:
        """Prepare what every price has in common: all the edges that there might be."""
        nodes = len(self._at)
        skip = np.tile(np.arange(1, _MOST_SKIPPED + 1), nodes)
        start = np.repeat(np.arange(nodes), _MOST_SKIPPED)
        stop = start + skip
        is_there = stop <= nodes
        start, stop = start[is_there], stop[is_there]
        # The first vertex stands at the end once more.
        at = np.append(self._at, self._arcs.length)
        is_old = np.append(self._who >= 0, self._who[:1] >= 0)
        olds = np.concatenate(([0], np.cumsum(is_old)))
        first = (at[start] + self._start) % self._arcs.length
        self._areas = self._arcs.misfit(first, first + at[stop] - at[start])
        self._bits = _GOES_BITS * (olds[stop] - olds[start + 1]) + np.where(
            is_old[stop], LIVES_BITS, _COMES_BITS
        )
        self._edges = start, stop

    def draw(self, price: float, distance: float, target: Target) -> _Drawn | None:
        """Find the best ring at a price; None where there is none, or none is better."""
        if self.old is None and self._area < _RING_BITS * price:
            return None
        chosen = self._choose(price)
        if len(chosen) < 3:
            return None
        who = self._who[chosen]
        start = (self._at[chosen] + self._start) % self._arcs.length
        stop = start + np.diff(np.append(self._at[chosen], self._arcs.length))
        lines = self._arcs.lines(start, stop)
        here = self._arcs.points[start]
        is_old = who >= 0
        carried = here.copy()
        before = np.zeros((0, 2))
        if self._before is not None and self._carried is not None:
            carried[is_old] = self._carried[who[is_old]]
            before = self._before[who[is_old]].astype(np.float64)
        vertices, bits = place(here, carried, lines, is_old, before, price, distance)
        x0, y0, x1, y1 = target.reference.box
        ring = np.clip(vertices, (x0, y0), (x1, y1)).astype(np.int32)
        bits += _COMES_BITS * float((~is_old).sum())
        if self._before is not None:
            bits += _GOES_BITS * (len(self._before) - len(before))
        return _Drawn(ring, self.old, who, bits)

    def _choose(self, price: float) -> Places:
        """Find the vertices with the least cost in all: which of `_at`."""
        costs = self._areas + price * self._bits
        return np.array(_cheapest_path(*self._edges, costs), np.int64)


def _cheapest_path(starts: Places, stops: Places, costs: Floats) -> list[int]:
    """Find the cheapest way from node 0 to the last one; give the nodes where its edges start.

    Parameters
    ----------
    starts, stops, costs : (N,) of each edge, in the order of `starts`; an edge goes to a later
        node, and one goes from each node to the next.
    """
    is_step = stops == starts + 1
    steps = np.concatenate(([0.0], np.cumsum(costs[is_step])))
    # An edge that costs no less than all the steps that it passes over is in no cheapest path: a
    # third to two thirds of them are left for the loop.
    may_pay = is_step | (costs < steps[stops] - steps[starts])
    last = len(steps) - 1
    least = [0.0] + [np.inf] * last
    way = [0] * (last + 1)
    edges = (each[may_pay].tolist() for each in (starts, stops, costs))
    for start, stop, cost in zip(*edges, strict=True):
        cost += least[start]
        if cost < least[stop]:
            least[stop] = cost
            way[stop] = start
    chosen = []
    at = last
    while at > 0:
        at = way[at]
        chosen.append(at)
    return chosen[::-1]


def _rings(
    before: Path, carried: Sequence[Floats], arcs: Sequence[Arcs], fine_px: float
) -> list[_Ring]:
    """Find the rings before again; those that live on in their order, then those that are new."""
    pairs = []
    # Masks may have a hundred rings: which might be which is asked of all at once.
    least = np.array([arc.ring.min(axis=0) for arc in arcs]) - _REACH_PX
    most = np.array([arc.ring.max(axis=0) for arc in arcs]) + _REACH_PX
    is_hole = np.array([ring_area(arc.ring) < 0 for arc in arcs])
    there: list[_Probes | None] = [None] * len(arcs)
    for old, points in enumerate(carried):
        if len(points) < 3:
            continue
        here = np.concatenate((points, _TURN_PX * tangents(points)), axis=1)
        is_near = ((points.max(axis=0) >= least) & (points.min(axis=0) <= most)).all(axis=1)
        is_alike = is_hole == (ring_area(before.rings[old]) < 0)
        for new in np.flatnonzero(is_near & is_alike).tolist():
            arc = arcs[new]
            probes = there[new] = there[new] or _probe(arc)
            places = _find(probes, here)
            share = float((places >= 0).mean())
            if share >= _LEAST_FOUND:
                pairs.append((share * min(len(points), arc.length), old, new, places))
    followed: dict[int, tuple[int, Places]] = {}
    taken: set[int] = set()
    for _, old, new, places in sorted(pairs, key=lambda pair: -pair[0]):
        if old not in followed and new not in taken:
            followed[old] = new, places
            taken.add(new)
    rings = [
        _Ring(arcs[new], arcs[new].corners(fine_px), old, before.rings[old], carried[old], places)
        for old, (new, places) in sorted(followed.items())
    ]
    return rings + [
        _Ring(arc, arc.corners(fine_px)) for new, arc in enumerate(arcs) if new not in taken
    ]


class _Probes(NamedTuple):
    """Where on a ring points are looked for.

    Parameters
    ----------
    places : (N,) of the ring.
    there : (N, 4) x, y and the direction of the outline, so long that it weighs what it should.
    half_square : (N,) half of the squares of the lengths of those.
    length : of the ring.
    """

    places: Places
    there: Floats
    half_square: Floats
    length: int


def _probe(arcs: Arcs) -> _Probes:
    places = np.arange(0, arcs.length, max(1, arcs.length // _PROBES))
    there = np.concatenate((arcs.points[places], _TURN_PX * arcs.tangents(places)), axis=1)
    return _Probes(places, there, 0.5 * (there * there).sum(axis=1), arcs.length)


def _find(probes: _Probes, here: Floats) -> Places:
    """Find the places on a ring that points are nearest to, -1 where there is none.

    They go round the ring once, in their order: those that do not fit into the longest such row are
    not found. `here` is (N, 4), as in `_Probes`.
    """
    # Half the square of a distance, but for a part that all places have, and upside down.
    likeness = here @ probes.there.T
    likeness -= probes.half_square
    nearest = likeness.argmax(axis=1)
    aside = here - probes.there[nearest]
    away = (aside * aside).sum(axis=1)
    found = np.full(len(here), _NONE)
    is_near = away <= _REACH_PX**2
    if not is_near.any():
        return found
    first = int(np.where(is_near, away, np.inf).argmin())
    start = probes.places[nearest[first]]
    row = np.roll(np.arange(len(here)), -first)
    row = row[is_near[row]]
    way = (probes.places[nearest[row]] - start) % probes.length
    rise = _longest_rise(way.tolist())
    found[row[rise]] = (way[rise] + start) % probes.length
    return found


def _longest_rise(values: list[int]) -> list[int]:
    """Which values make the longest row that rises, the first one among them."""
    tails: list[int] = []
    ends: list[int] = []
    back: list[int] = []
    for index, value in enumerate(values):
        if index and value <= values[0]:
            back.append(_NONE)
            continue
        low, high = 0, len(tails)
        while low < high:
            half = (low + high) // 2
            if tails[half] < value:
                low = half + 1
            else:
                high = half
        back.append(ends[low - 1] if low else _NONE)
        if low == len(tails):
            tails.append(value)
            ends.append(index)
        else:
            tails[low] = value
            ends[low] = index
    row = []
    at = ends[-1]
    while at != _NONE:
        row.append(at)
        at = back[at]
    return row[::-1]
