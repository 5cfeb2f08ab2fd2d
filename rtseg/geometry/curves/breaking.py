"""Where to break an outline into segments: dynamic programming over the nodes of its samples.

Every pair of nodes that are not too far apart gets the curve, and the straight line, that fits
best; each costs the area that it gets wrong, and the text that it takes. For an exchange rate
between the two, the cheapest way around a ring is found exactly (as in Saxena and Mehra, 1996, for
polygons), so that text goes where it saves most, over all rings of an object alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtseg.geometry.curves.fitting import Spans, fit
from rtseg.geometry.curves.samples import Flags, Floats, Indices, Samples, unit
from rtseg.geometry.path import preceding

# How many nodes a segment may span. Longer ones are few, and need not be all there.
_REACHES = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 19, 22, 26, 30, 36, 42, 50])
_MOST_OF_RING = 0.6

# Spans of up to so many samples are compared in so many of them.
_PROBES = ((12, 6), (40, 10), (1 << 40, 16))

# Pairs that are fitted at once: what a core's cache holds.
_BATCH = 2048

# A corner that turns by more than this must be one.
_SHARP = np.cos(np.radians(60))

# How far a straight line may turn off the outline's direction where it begins or ends: no more than
# is seen, or, at a corner, than its directions are known.
_LINE = np.cos(np.radians(6))
_LINE_AT_CORNER = np.cos(np.radians(20))


class Segments(NamedTuple):
    """The segments of all rings, in their order.

    Parameters
    ----------
    start, end : (N,) nodes.
    is_straight : (N,) bool.
    """

    start: Indices
    end: Indices
    is_straight: Flags


class Prices(NamedTuple):
    """What text is worth, in area.

    Parameters
    ----------
    rates : (L,) square pixels that a character is worth, ascending.
    curve_chars, line_chars : characters of a segment.
    """

    rates: Floats
    curve_chars: float
    line_chars: float


class Ways(NamedTuple):
    """What the cheapest ways around all rings cost, square pixels, at each of L rates.

    Parameters
    ----------
    prices : what they were found for.
    to_node : (M, L) from the first node of its ring to each node.
    to_line : (M, L) the same, if a line goes on from there; infinite where none may.
    """

    prices: Prices
    to_node: Floats
    to_line: Floats


class Breaks:
    """All segments that there may be.

    Parameters
    ----------
    samples : of one object.
    """

    def __init__(self, samples: Samples) -> None:
        self._first = samples.first_node
        is_last = np.append(self._first[1:] != self._first[:-1], True)
        self._lasts = np.flatnonzero(is_last)
        self._is_corner = samples.is_corner[samples.nodes]
        nodes = np.arange(len(samples.nodes))
        in_ring = (self._lasts - self._first[self._lasts])[np.searchsorted(self._lasts, nodes)]
        # Besides, all the way from the corner before: sides of things have any length.
        corners = np.maximum.accumulate(np.where(self._is_corner, nodes, self._first))
        start = np.column_stack((nodes[:, None] - _REACHES, preceding(corners)))
        reach = nodes[:, None] - start
        longest = np.maximum(1, _MOST_OF_RING * in_ring)
        may_be = (start >= self._first[:, None]) & (longest[:, None] >= reach)
        may_be[:, -1] &= ~np.isin(reach[:, -1], _REACHES)
        # No segment passes a sharp corner.
        corner_turn = (samples.ahead * samples.behind).sum(axis=1)[samples.nodes]
        sharp = np.cumsum(self._is_corner & (corner_turn < _SHARP))
        # What would begin before all nodes is none of these, and stands at the first.
        self._start = np.maximum(start, 0)
        may_be[1:] &= sharp[nodes[1:] - 1][:, None] == sharp[self._start[1:]]
        end, column = np.nonzero(may_be)
        self._curve_loss = np.full(may_be.shape, np.inf)
        self._line_loss = np.full(may_be.shape, np.inf)
        losses = _losses(samples, samples.nodes[self._start[end, column]], samples.nodes[end])
        self._curve_loss[end, column], self._line_loss[end, column] = losses

    def cheapest(self, prices: Prices) -> Ways:
        """Find what the cheapest segments cost, for all exchange rates at once.

        Two lines meet at corners only: elsewhere they would make one.

        This loop is a quarter of the time of `smooth`. So it keeps the costs alone; which segments
        they are of, `segments` finds for the few nodes on the way.
        """
        count = len(self._first)
        to_node, to_line = np.zeros((2, count, len(prices.rates)))
        curve_cost = prices.curve_chars * prices.rates
        line_cost = prices.line_chars * prices.rates
        firsts, corners = self._first.tolist(), self._is_corner.tolist()
        may_be_line: Flags = np.isfinite(self._line_loss)
        line_nodes = set(np.flatnonzero(may_be_line.any(axis=1)).tolist())
        for node in range(count):
            if firsts[node] == node:
                to_line[node] = 0.0 if corners[node] else np.inf
                continue
            before = self._start[node]
            by_curve = to_node[before]
            by_curve += self._curve_loss[node, :, None]
            least = np.minimum.reduce(by_curve)
            least += curve_cost
            to_node[node] = to_line[node] = least
            if node in line_nodes:
                columns = may_be_line[node]
                by_line = to_line[before[columns]]
                by_line += self._line_loss[node, columns, None]
                straight = np.minimum.reduce(by_line)
                straight += line_cost
                np.minimum(least, straight, out=to_node[node])
                if corners[node]:
                    to_line[node] = to_node[node]
        return Ways(prices, to_node, to_line)

    def costs(self, ways: Ways) -> Floats:
        """Give what each ring costs at each rate, (R, L)."""
        return ways.to_node[self._lasts]

    def segments(self, ways: Ways, rate: int, keeps: Flags) -> Segments:
        """Give the segments of the rings that are kept.

        Parameters
        ----------
        ways : what `cheapest` gave.
        rate : which of its exchange rates.
        keeps : (R,) bool.
        """
        price = ways.prices.rates[rate]
        curve_cost, line_cost = ways.prices.curve_chars * price, ways.prices.line_chars * price
        to_node, to_line = ways.to_node[:, rate], ways.to_line[:, rate]
        found: list[tuple[int, int, bool]] = []
        for last in reversed(self._lasts[keeps].tolist()):
            node, first = last, int(self._first[last])
            may_be_line = True
            while node > first:
                before = self._start[node]
                by_curve = to_node[before] + self._curve_loss[node]
                by_line = to_line[before] + self._line_loss[node]
                curve, line = int(by_curve.argmin()), int(by_line.argmin())
                is_line = may_be_line and bool(
                    by_line[line] + line_cost < by_curve[curve] + curve_cost
                )
                start = int(before[line if is_line else curve])
                found.append((start, node, is_line))
                # Before a line, unless at a corner, comes a curve.
                may_be_line = not is_line or bool(self._is_corner[start])
                node = start
        found.reverse()
        return Segments(*(np.array(column) for column in zip(*found, strict=True)))


def _losses(samples: Samples, start: Indices, end: Indices) -> tuple[Floats, Floats]:
    """Area, square pixels, that the best curve and the straight line get wrong between samples.

    Infinite for a line where the outline is none.
    """
    curve, line = np.full(len(start), np.inf), np.full(len(start), np.inf)
    count, done = end - start, 0
    for most, probes in _PROBES:
        part = np.flatnonzero((count > done) & (count <= most))
        for at in range(0, part.size, _BATCH):
            batch = part[at : at + _BATCH]
            spans = span(samples, probe(start[batch], end[batch], probes), start[batch], end[batch])
            found = fit(spans)
            curve[batch] = found.curve_px * spans.length_px
            is_line = _is_line(samples, start[batch], end[batch])
            line[batch] = np.where(is_line, found.line_px * spans.length_px, np.inf)
        done = most
    return curve, line


def probe(start: Indices, end: Indices, probes: int) -> Indices:
    """Choose so many samples between each two, (N, K)."""
    steps = (np.arange(probes) + 0.5) / probes
    return np.asarray((start[:, None] + (end - start)[:, None] * steps + 0.5).astype(np.int64))


def span(samples: Samples, at: Indices, start: Indices, end: Indices) -> Spans:
    """See the outline from one sample to another, (N,) each, at the samples (N, K) between."""
    return Spans(
        start=samples.anchors[start],
        end=samples.anchors[end],
        ahead=samples.ahead[start],
        behind=samples.behind[end],
        nx=samples.normal_x.take(at),
        ny=samples.normal_y.take(at),
        offset=samples.offset.take(at),
        t=(at - start[:, None]) / (end - start)[:, None],
        length_px=samples.along[end] - samples.along[start],
    )


def _is_line(samples: Samples, start: Indices, end: Indices) -> Flags:
    """Whether lines leave and arrive in the outline's directions."""
    along = unit(samples.anchors[end] - samples.anchors[start])
    is_line = np.ones(len(start), np.bool_)
    for at, directions in ((start, samples.ahead), (end, samples.behind)):
        # By their cosines: the one of a small angle is above that of a larger one.
        limits = np.where(samples.is_corner[at], _LINE_AT_CORNER, _LINE)
        is_line &= (directions[at] * along).sum(axis=1) > limits
    return is_line
