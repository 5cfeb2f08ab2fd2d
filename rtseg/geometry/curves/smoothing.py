"""Outlines as smooth curves, at a fidelity that is measured, not hoped for.

How: the outline off the staircase (`samples`), its corners kept; the fewest characters of curves
and lines for the area that they get wrong (`breaking`, `fitting`); then all points on the lattice
of the text, filled, and compared with the mask. The exchange rate between text and area is searched
until what is lost is just below what may be lost.
"""

from __future__ import annotations

import cv2
import numpy as np

from rtseg.geometry.curves.breaking import Breaks, Prices, Segments, probe, span
from rtseg.geometry.curves.fitting import fit_closely
from rtseg.geometry.curves.outline import FLAT_PX, CurveRing, Curves
from rtseg.geometry.curves.samples import Flags, Floats, Samples, sample, unit
from rtseg.geometry.path import Path, Ring, following, preceding, ring_area
from rtseg.geometry.scanlines import Box
from rtseg.geometry.simplification import Reference, check_min_iou, simplify, tolerance_for
from rtseg.geometry.tracing import check_mask
from rtseg.types import BoolMask

# Rings that go without asking: the smallest, up to this share of the budget.
_SPECKS = 0.1

# Shorter rings are not fitted: their corners are all there is.
_LEAST_RING = 12

# More rings, and outlines that are longer than this times the tolerance, are not worth the time.
_MOST_RINGS = 64
_MOST_PX = 20_000

# Exchange rates that are tried, as shares of the budget a character: paths have some hundred to
# some thousand characters, and the last ones to be left out cost more than the mean. With 16 in
# place of 24, paths are 2 % longer; with 32, no shorter.
_RATES = np.geomspace(1 / 12000, 1 / 30, 24)

# What a ring costs on its own: M, Z and the first point.
_RING_CHARS = 16

# Lattice points are no further apart than this times the mean distance from the outline that the
# budget allows. On DAVIS, half of it costs 8 % more text, and more saves nothing; a digit less in
# the text that comes of it would save 15 %, and break the promise on 70 of 74 masks.
_LATTICE = 2.0

# Straight lines stand on a finer one, and may lose this share of the budget before.
_EXACT_PX = 0.1
_BEFORE_ROUNDING = 0.8

_MOST_DECIMALS = 9

# How many samples the last fit of a segment sees.
_PROBES = 16

# Segments lose less than their first fits say, as they are fitted more closely then.
_EXPECTED = 0.85

# Enough to come within _WELL_SPENT of the budget; two are the rule.
_TRIES = 6
_WELL_SPENT = 0.92


def smooth(path: Path, mask: BoolMask, min_iou: float, *, box: Box | None = None) -> Curves:
    """Draw an outline in few smooth curves, as far as a fidelity allows.

    ``iou(fill(result.flatten(), mask.shape), mask) >= min_iou``, whatever the mask: where curves
    are not true enough, or the outline is endless, as in noise, the result has straight lines.

    Parameters
    ----------
    path : the path of ``trace(mask)``.
    mask : (H, W) bool, source pixels.
    min_iou : in (0, 1]; 1 gives the exact path, in straight lines.
    box : that the text is to be in [0, 1] of, xyxy, source pixels; by default the path's own.

    Raises
    ------
    UsageError
        If `min_iou` is not in (0, 1], or `mask` is not two-dimensional and bool.
    """
    check_min_iou(min_iou)
    check_mask(mask)
    if path.is_empty:
        return Curves()
    box = box or path.bbox
    if min_iou == 1:
        return _straight(path, box)
    search = Search(path, mask, min_iou, box)
    return search.curves() or search.lines() or _straight(path, box)


def _straight(path: Path, box: Box) -> Curves:
    """Write a path as it is. A path of `trace` loses no pixel by the rounding to the lattice."""
    lattice = Lattice(box, _EXACT_PX)
    return Curves(tuple(lattice.polygon(ring) for ring in path.rings), box, lattice.decimals)


class Lattice:
    """Where points may stand: on so many decimals of a box.

    Parameters
    ----------
    box : xyxy, source pixels.
    unit_px : how far apart lattice points may be at most.
    """

    def __init__(self, box: Box, unit_px: float) -> None:
        self.box = box
        sides = np.maximum(np.subtract(box[2:], box[:2]), 1).astype(np.float64)
        digits = np.clip(np.ceil(np.log10(sides / unit_px) - 1e-9), 1, _MOST_DECIMALS)
        self.decimals = int(digits[0]), int(digits[1])
        self._step = sides / 10.0**digits

    def snap(self, points: Floats) -> Floats:
        """Move points, (…, 2), to the nearest of the lattice."""
        return np.asarray(np.rint((points - self.box[:2]) / self._step) * self._step + self.box[:2])

    def polygon(self, ring: Ring) -> CurveRing:
        """Put a ring of straight edges on the lattice."""
        anchors = self.snap(ring.astype(np.float64))
        return CurveRing(anchors, _thirds(anchors), np.ones(len(anchors), np.bool_))


class Search:
    """Looks for the coarsest curves of one mask that are true enough.

    Parameters
    ----------
    path, mask, min_iou, box : as of `smooth`; the path not empty, `min_iou` < 1.
    """

    def __init__(self, path: Path, mask: BoolMask, min_iou: float, box: Box) -> None:
        self._min_iou = min_iou
        self._path, self._mask = path, mask
        self._tolerance_px = tolerance_for(path, 1 - min_iou)
        self._reference = Reference(path, mask, margin_px=2 + int(2 * self._tolerance_px))
        self._budget = (1 - min_iou) * self._reference.area
        perimeter = sum(cv2.arcLength(ring, closed=True) for ring in path.rings)
        self._lattice = Lattice(box, max(_EXACT_PX, _LATTICE * self._budget / perimeter))
        self._frame = mask.shape[::-1]
        rings, self._lost = _without_specks(path.rings, _SPECKS * self._budget)
        lengths = np.array([cv2.arcLength(ring, closed=True) for ring in rings])
        is_long = lengths >= max(_LEAST_RING, *np.sort(lengths)[-_MOST_RINGS:][:1])
        self._rings = [ring for ring, long in zip(rings, is_long, strict=True) if long]
        self._small = [ring for ring, long in zip(rings, is_long, strict=True) if not long]
        self._is_endless = perimeter > _MOST_PX * self._tolerance_px
        self._areas = np.array([ring_area(ring) for ring in self._rings])

    def lines(self) -> Curves | None:
        """Give few straight lines; None where their text is not true enough."""
        # The lattice moves edges by less than a pixel's tenth, but right through centres of pixels.
        min_iou = 1 - _BEFORE_ROUNDING * (1 - self._min_iou)
        path = simplify(self._path, self._mask, min_iou).path
        lines = _straight(path, self._lattice.box)
        return lines if self.score(lines) >= self._min_iou else None

    def curves(self) -> Curves | None:
        """Give the curves; None where none are true enough."""
        if not self._rings or self._is_endless:
            return None
        samples = sample(self._rings, self._tolerance_px)
        breaks = Breaks(samples)
        point_chars = sum(digits + 3 for digits in self._lattice.decimals)
        prices = Prices(_RATES * self._budget, 2.0 + 3 * point_chars, 2.0 + point_chars)
        ways = breaks.cheapest(prices)
        costs = breaks.costs(ways) + _RING_CHARS * prices.rates
        losses = self._lost + _expected(costs, self._areas, prices.rates)
        best: Curves | None = None
        passing, failing, ratio = -1, len(_RATES), _EXPECTED
        for _ in range(_TRIES):
            # Losses grow with the rate: the last one that is expected to pass.
            at = int(np.searchsorted(losses, self._budget / ratio, side="right")) - 1
            at = min(max(at, passing + 1), failing - 1)
            if at <= passing:
                break
            keeps = worth_keeping(self._areas, costs[:, at])
            curves = self._draw(samples, breaks.segments(ways, at, keeps))
            score = self.score(curves)
            loss = (1 - score) * self._reference.area
            ratio = max(loss / max(float(losses[at]), 1e-9), 1e-3)
            if score < self._min_iou:
                failing = at
            else:
                passing, best = at, curves
                if loss > _WELL_SPENT * self._budget:
                    break
        return best

    def _draw(self, samples: Samples, segments: Segments) -> Curves:
        rings = _draw(samples, segments, self._lattice)
        small = [self._lattice.polygon(ring) for ring in self._small]
        return Curves((*rings, *small), self._lattice.box, self._lattice.decimals)

    def score(self, curves: Curves) -> float:
        """Give the IoU with the mask; 0 of what leaves the box that was measured."""
        flat = curves.flatten(FLAT_PX)
        x0, y0, x1, y1 = flat.bbox
        box = self._reference.box
        # The reference sees nothing beyond its box; beyond the frame there is nothing to see.
        if max(x0, 0) < box[0] or max(y0, 0) < box[1]:
            return 0.0
        if min(x1, self._frame[0]) > box[2] or min(y1, self._frame[1]) > box[3]:
            return 0.0
        return self._reference.iou(flat.rings)


def _without_specks(rings: tuple[Ring, ...], most_area: float) -> tuple[list[Ring], float]:
    """Leave the smallest rings out, and say how much area that loses.

    A hole is smaller than the ring that it is in, so none is left without its outside.
    """
    areas = np.array([cv2.contourArea(ring) for ring in rings])
    order = np.argsort(areas, kind="stable")
    total = np.cumsum(areas[order])
    gone = int(np.searchsorted(total, most_area, side="right"))
    stays = np.sort(order[gone:])
    return [rings[i] for i in stays.tolist()], float(total[gone - 1]) if gone else 0.0


def _expected(costs: Floats, areas: Floats, rates: Floats) -> Floats:
    """Area that is lost at each rate, (L,), by what it costs: (R, L), where text is in as well.

    The least of many costs, each of which grows with the rate by its text, grows by the text of the
    cheapest. So the slope is the text, and what is no text is lost area.
    """
    least = np.minimum(costs, np.abs(areas)[:, None]).sum(axis=0)
    return np.maximum.accumulate(least - rates * np.gradient(least, rates))


def worth_keeping(areas: Floats, costs: Floats) -> Flags:
    """Say of each ring whether it is worth its text; no hole is kept without its outside.

    Parameters
    ----------
    areas : (R,) signed, square pixels: those of holes negative.
    costs : (R,) of their text and of what they get wrong, square pixels.
    """
    is_worth = np.abs(areas) >= costs
    if not is_worth.any():
        is_worth[np.argmax(areas)] = True
    lost_outsides = areas[~is_worth & (areas > 0)]
    largest = float(lost_outsides.max()) if lost_outsides.size else 0.0
    return np.asarray(is_worth & ~((areas < 0) & (-areas <= largest)))


def _draw(samples: Samples, segments: Segments, lattice: Lattice) -> list[CurveRing]:
    """Fit the segments closely, let curves continue lines, and put all points on the lattice."""
    start, end = samples.nodes[segments.start], samples.nodes[segments.end]
    # Of each segment, the one before and the one after it in its ring.
    ring = samples.first_node[segments.start]
    cuts = np.flatnonzero(ring[1:] != ring[:-1]) + 1
    order = np.split(np.arange(len(ring)), cuts)
    before = np.concatenate([preceding(part) for part in order])
    after = np.concatenate([following(part) for part in order])
    straight = segments.is_straight
    at = probe(start, end, _PROBES)
    spans = span(samples, at, start, end)
    along = unit(spans.end - spans.start)
    joins_start = straight[before] & ~samples.is_corner[start]
    joins_end = straight[after] & ~samples.is_corner[end]
    spans = spans._replace(
        ahead=np.where(joins_start[:, None], along[before], spans.ahead),
        behind=np.where(joins_end[:, None], along[after], spans.behind),
    )
    anchors = lattice.snap(spans.start)
    is_free = samples.is_corner[np.stack((start, end), axis=1)]
    controls = lattice.snap(fit_closely(spans, samples.points[at], is_free))
    return [
        CurveRing(
            anchors[part],
            np.where(straight[part, None, None], _thirds(anchors[part]), controls[part]),
            straight[part],
        )
        for part in order
    ]


def _thirds(anchors: Floats) -> Floats:
    """Give the control points of straight segments."""
    steps = (following(anchors) - anchors) / 3
    return np.stack((anchors + steps, anchors + 2 * steps), axis=1)
