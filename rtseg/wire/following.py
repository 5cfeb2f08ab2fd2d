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
from rtseg.geometry.arcs import Arcs, Floats, Places
from rtseg.geometry.path import Strung
from rtseg.geometry.simplification import Reference
from rtseg.wire.cheapest import cheapest_path
from rtseg.wire.matching import Match, match_rings
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
_LEAST_FINE_PX = 0.5  # 0.75 costs 3 % of the bytes at IoU .99, and saves little time

# An edge passes over no more than so many of those that there might be. With twice as many, and
# twice as many probes, DAVIS takes 0.8 % fewer bytes at IoU .97 and 5 % fewer at .99, for up to
# twice the processor time of the slowest frames.
_MOST_SKIPPED = 8

# How the price is found: the loss grows with about its square root.
# What of the budget each try is to spend: the more tries failed, the more is left in hand.
_AIMS = 0.94, 0.9, 0.8, 0.7, 0.6
_ENOUGH = 0.65
_POWER = 1.4
_FALL, _RISE = 0.3, 2.5

# Rings of fewer corners, or of less area than this share of what would pay, are specks.
_LEAST_CORNERS = 8
_SPECK = 0.2

# A bound on the time of a frame, three times that of drawing anew at most: an outline of more
# vertices is drawn anew, and vertices that may come are chosen more coarsely (see `matching` for
# rings). On DAVIS at IoU .99 the most are 458 vertices, and 1100 that may come.
_MOST_VERTICES = 1024
_MOST_CORNERS = 1536

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
    most_bits : that are worth it.
    """

    exact: Path
    reference: Reference
    min_iou: float
    most_bits: float = np.inf


def can_follow(before: Path) -> bool:
    """Say whether an outline is small enough to be followed in bounded time."""
    return sum(len(ring) for ring in before.rings) <= _MOST_VERTICES


def follow(
    before: Path, carried: Sequence[Floats], target: Target, price: float, ids: count[int]
) -> Followed | None:
    """Make an outline out of the one before.

    Parameters
    ----------
    before : the outline of the frame before, with ids; see `can_follow`.
    carried : for each ring of it (N, 2), where its vertices are now, about; source pixels.
    target : what is to be outlined.
    price : square pixels for one bit, > 0: where to start.
    ids : of vertices that come.

    Returns
    -------
    An outline that keeps the fidelity; None where nothing is left of the one before, or the tries
    did not reach it, or it takes too many bits.
    """
    assert before.ids is not None
    allowed = 1 - target.min_iou
    least_area = _SPECK * _RING_BITS * price
    rings = [
        ring
        for ring in target.exact.rings
        if len(ring) >= _LEAST_CORNERS and cv2.contourArea(ring) > least_area
    ]
    if not rings:
        return None
    arcs = Arcs(rings)
    distance = allowed * target.reference.area / float(arcs.lengths.sum())
    matches = match_rings(before, carried, arcs, rings)
    if not matches:
        return None
    choice = _Choice(before, carried, arcs, rings, matches, max(_LEAST_FINE_PX, _FINE * distance))
    best: Followed | None = None
    latest = 0.0
    for aim in _AIMS:
        drawn = choice.draw(price, distance, target)
        loss = 1 - target.reference.iou(drawn.rings)
        spent = max(loss / allowed, 1e-3)
        better = price * float(np.clip((aim / spent) ** _POWER, _FALL, _RISE))
        if loss <= allowed:
            best = Followed(_path(before, drawn, ids), better, drawn.bits)
            # A better price is for the next frame: another try would cost more time than it saves.
            if spent >= _ENOUGH:
                break
        elif best is not None:
            break
        elif drawn.bits > target.most_bits:
            return None  # a lower price takes more
        elif loss == latest:
            # The same outline again: a little less will not make another one.
            better = _FALL * price
        latest, price = loss, better
    return best


class _Drawn(NamedTuple):
    """An outline.

    Parameters
    ----------
    rings : its vertices.
    who : (N,) for each vertex, which one it was of the outline before, counted through all of its
        rings; -1 for one that came.
    bits : what is to be told, about.
    """

    rings: tuple[Ring, ...]
    who: Places
    bits: float


def _path(before: Path, drawn: _Drawn, ids: count[int]) -> Path:
    assert before.ids is not None
    names = np.concatenate(before.ids)[drawn.who]
    came = np.flatnonzero(drawn.who < 0)
    names[came] = [next(ids) for _ in range(len(came))]
    ends = np.cumsum([len(ring) for ring in drawn.rings])
    return Path(drawn.rings, tuple(np.split(names, ends[:-1])))


class _Choice:
    """All the vertices that an outline might have, and the edges between them.

    Rings stand one after the other, those that live on in their order, as `moves` tells them; each
    from its first vertex that lives on, and at its end that one once more.

    Parameters
    ----------
    before : the outline before.
    carried : for each ring of it (N, 2), where its vertices are now, about.
    arcs : of the exact rings.
    rings : those.
    matches : which of them are of the outline before.
    fine_px : how far from the exact outline the vertices that may come leave it.
    """

    def __init__(
        self,
        before: Path,
        carried: Sequence[Floats],
        arcs: Arcs,
        rings: Sequence[Ring],
        matches: Sequence[Match],
        fine_px: float,
    ) -> None:
        self._arcs = arcs
        self._before = np.concatenate(before.rings).astype(np.float64)
        self._carried = np.concatenate(carried)
        lengths = [len(ring) for ring in before.rings]
        offsets = np.cumsum(lengths) - lengths
        corners, of = arcs.corners(fine_px, most=_MOST_CORNERS)
        # The order of the rings, and where each begins.
        taken = {match.new for match in matches}
        order = [match.new for match in matches] + [
            new for new in range(len(rings)) if new not in taken
        ]
        rank = np.empty(len(rings), np.int64)
        rank[order] = np.arange(len(order))
        self._is_old = np.arange(len(order)) < len(matches)
        self._first, self._lengths = arcs.first[order], arcs.lengths[order]
        self._areas = np.array([cv2.contourArea(rings[new]) for new in order])
        self._vertices = sum(lengths[match.old] for match in matches)
        starts = arcs.first.copy()
        # Any corner will do where no vertex lives on: the last one that was found.
        starts[of] = corners
        for match in matches:
            starts[match.new] = match.places[0]
        # Those that live on stand before those that may come, and win where both would stand.
        every = np.arange(len(rings))
        ring = np.concatenate([np.full(len(match.who), match.new) for match in matches] + [of])
        at = np.concatenate([match.places for match in matches] + [corners])
        at = (at - starts[ring]) % arcs.lengths[ring]
        who = np.concatenate(
            [match.who + offsets[match.old] for match in matches]
            + [np.full(len(of) + len(every), _NONE)]
        )
        ring, at = np.concatenate((ring, every)), np.concatenate((at, arcs.lengths))
        keys = rank[ring] << 32 | at
        by_place = np.argsort(keys, kind="stable")
        keys = keys[by_place]
        is_new = np.concatenate(([True], keys[1:] != keys[:-1]))
        kept = by_place[is_new]
        self._rank, self._at, self._who = rank[ring[kept]], at[kept], who[kept]
        self._start = starts[ring[kept]]
        self._is_end = self._at == arcs.lengths[ring[kept]]
        self._lay_edges()

    def _lay_edges(self) -> None:
        """Prepare what every price has in common: all the edges that there might be."""
        nodes = len(self._at)
        skip = np.tile(np.arange(1, _MOST_SKIPPED + 1), nodes)
        start = np.repeat(np.arange(nodes), _MOST_SKIPPED)
        stop = start + skip
        ends = np.flatnonzero(self._is_end)
        is_there = stop <= np.where(self._is_end, 0, ends[self._rank])[start]
        # From each ring one goes on to the next, for nothing.
        is_there[_MOST_SKIPPED * ends[:-1]] = True
        start, stop = start[is_there], stop[is_there]
        is_joint = self._is_end[start]
        lives = (self._who >= 0) | (self._is_end & self._is_old[self._rank])
        olds = np.concatenate(([0], np.cumsum(lives)))
        first = self._place(start)
        length = np.where(is_joint, 1, self._at[stop] - self._at[start])
        self._misfits = np.where(is_joint, 0.0, self._arcs.misfit(first, first + length))
        told = np.where(lives[stop], LIVES_BITS, _COMES_BITS)
        bits = _GOES_BITS * (olds[stop] - olds[start + 1]) + told
        self._bits = np.where(is_joint, 0.0, bits)
        self._edges = start, stop

    def _place(self, nodes: Places) -> Places:
        """Where nodes are, the first time round."""
        of = self._rank[nodes]
        first = self._first[of]
        places: Places = first + (self._start[nodes] - first + self._at[nodes]) % self._lengths[of]
        return places

    def draw(self, price: float, distance: float, target: Target) -> _Drawn:
        """Find the best outline at a price."""
        costs = self._misfits + price * self._bits
        chosen = np.array(cheapest_path(*self._edges, costs), np.int64)
        chosen = chosen[~self._is_end[chosen]]
        counts = np.bincount(self._rank[chosen], minlength=len(self._areas))
        pays = (counts >= 3) & (self._is_old | (self._areas >= _RING_BITS * price))
        chosen = chosen[pays[self._rank[chosen]]]
        if not len(chosen):
            return _Drawn((), chosen, 0.0)
        rank, at = self._rank[chosen], self._at[chosen]
        is_last = np.append(rank[1:] != rank[:-1], True)
        stop = np.where(is_last, self._lengths[rank], np.append(at[1:], 0))
        start = self._place(chosen)
        lines = self._arcs.lines(start, start + stop - at)
        here = self._arcs.points[start]
        who = self._who[chosen]
        lives = who >= 0
        carried = here.copy()
        carried[lives] = self._carried[who[lives]]
        before = self._before[who[lives]]
        vertices, bits = place(here, carried, lines, lives, before, counts[pays], price, distance)
        bits += _COMES_BITS * float((~lives).sum()) + _GOES_BITS * (self._vertices - len(before))
        x0, y0, x1, y1 = target.reference.box
        ring = np.clip(vertices, (x0, y0), (x1, y1)).astype(np.int32)
        return _Drawn(tuple(Strung(ring, counts[pays]).split()), who, bits)
