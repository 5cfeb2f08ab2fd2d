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
_BATCH = 512

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


class Choice(NamedTuple):
    """The cheapest ways around all rings, for each of L exchange rates.

    Parameters
    ----------
    costs : (R, L) what each ring costs, square pixels.
    by_curve, by_line : (M, L) for each node, which of its segments is the cheapest curve, and
        which the cheapest line, that end there.
    ends_straight : (M, L) bool: whether the cheapest way to a node ends with a line.
    rates : (L,) square pixels that a character is worth.
    """

    costs: Floats
    by_curve: Indices
    by_line: Indices
    ends_straight: Flags
    rates: Floats


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
        self._start = np.column_stack((nodes[:, None] - _REACHES, preceding(corners)))
        reach = nodes[:, None] - self._start
        longest = np.maximum(1, _MOST_OF_RING * in_ring)
        may_be = (self._start >= self._first[:, None]) & (longest[:, None] >= reach)
        may_be[:, -1] &= ~np.isin(reach[:, -1], _REACHES)
        # No segment passes a sharp corner.
        corner_turn = (samples.ahead * samples.behind).sum(axis=1)[samples.nodes]
        sharp = np.cumsum(self._is_corner & (corner_turn < _SHARP))
        may_be[1:] &= sharp[nodes[1:] - 1][:, None] == sharp[np.maximum(self._start[1:], 0)]
        end, column = np.nonzero(may_be)
        self._curve_loss = np.full(may_be.shape, np.inf)
        self._line_loss = np.full(may_be.shape, np.inf)
        losses = _losses(samples, samples.nodes[self._start[end, column]], samples.nodes[end])
        self._curve_loss[end, column], self._line_loss[end, column] = losses

    def choose(self, rates: Floats, curve_chars: float, line_chars: float) -> Choice:
        """Find the cheapest segments for each of some exchange rates.

        Two lines meet at corners only: elsewhere they would make one.

        Parameters
        ----------
        rates : (L,) square pixels that a character is worth.
        curve_chars, line_chars : what a segment costs.
        """
        count, which = len(self._first), np.arange(len(rates))
        curves = self._curve_loss[..., None] + curve_chars * rates
        lines = self._line_loss[..., None] + line_chars * rates
        # Cheapest way to a node; and to where a line may go on from it. Both begin with room for
        # reaches beyond the first node, whose segments cost infinitely much.
        pad = int(_REACHES[-1])
        least, for_lines = np.zeros((2, pad + count, len(rates)))
        by_curve, by_line = np.zeros((2, count, len(rates)), np.int64)
        ends_straight = np.zeros((count, len(rates)), np.bool_)
        starts = pad + np.maximum(self._start, -pad)
        firsts, corners = self._first.tolist(), self._is_corner.tolist()
        has_line = np.any(np.isfinite(self._line_loss), axis=1).tolist()
        for node in range(count):
            here = pad + node
            if firsts[node] == node:
                for_lines[here] = 0.0 if corners[node] else np.inf
                continue
            before = starts[node]
            ways = curves[node] + least[before]
            by_curve[node] = best = ways.argmin(axis=0)
            least[here] = for_lines[here] = ways[best, which]
            if has_line[node]:
                ways = lines[node] + for_lines[before]
                by_line[node] = best = ways.argmin(axis=0)
                straight = ways[best, which]
                ends_straight[node] = straight < least[here]
                np.minimum(least[here], straight, out=least[here])
                if corners[node]:
                    for_lines[here] = least[here]
        return Choice(least[pad + self._lasts], by_curve, by_line, ends_straight, rates)

    def segments(self, choice: Choice, rate: int, keeps: Flags) -> tuple[Segments, float]:
        """Give the segments of the rings that are kept, and the area that they get wrong.

        Parameters
        ----------
        choice : what `choose` gave.
        rate : which of its exchange rates.
        keeps : (R,) bool.
        """
        found: list[tuple[int, int, bool]] = []
        loss = 0.0
        for last in reversed(self._lasts[keeps].tolist()):
            node, first = last, int(self._first[last])
            is_line = bool(choice.ends_straight[node, rate])
            while node > first:
                column = int((choice.by_line if is_line else choice.by_curve)[node, rate])
                loss += float((self._line_loss if is_line else self._curve_loss)[node, column])
                before = int(self._start[node, column])
                found.append((before, node, is_line))
                # Before a line, unless at a corner, comes a curve.
                may_be_line = not is_line or bool(self._is_corner[before])
                is_line = may_be_line and bool(choice.ends_straight[before, rate])
                node = before
        found.reverse()
        start, end, is_straight = (np.array(column) for column in zip(*found, strict=True))
        return Segments(start, end, is_straight), loss


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
