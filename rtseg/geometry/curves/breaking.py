"""Where to break an outline into segments: dynamic programming over the nodes of its samples.

Every pair of nodes that are not too far apart gets the curve, and the straight line, that fits
best; each costs the area that it gets wrong, and the text that it takes. For an exchange rate
between the two, the cheapest way around a ring is found exactly (as in Saxena and Mehra, 1996, for
polygons), so that text goes where it saves most, over all rings of an object alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtseg.geometry.curves.fitting import Spans, fit
from rtseg.geometry.curves.samples import Flags, Floats, Indices, Samples, turn, unit

# How many nodes a segment may span. Longer ones are few, and need not be all there.
_REACHES = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 19, 22, 26, 30, 36, 42, 50])
_MOST_OF_RING = 0.6

# Spans of up to so many samples are compared in so many of them.
_PROBES = ((12, 6), (40, 10), (1 << 40, 20))

# Pairs that are fitted at once: what a core's cache holds.
_BATCH = 512

# How far a straight line may turn off the outline's direction where it begins or ends: no more than
# is seen, or, at a corner, than its directions are known.
_LINE_TURN = np.radians(6)
_LINE_TURN_AT_CORNER = np.radians(20)


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


class Breaks:
    """All segments that there may be.

    Parameters
    ----------
    samples : of one object.
    """

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._ends = np.flatnonzero(
            np.append(samples.first_node[1:] != samples.first_node[:-1], True)
        )
        count = len(samples.nodes)
        ring_nodes = (self._ends - samples.first_node[self._ends])[
            np.searchsorted(self._ends, np.arange(count))
        ]
        start = np.arange(count)[:, None] - _REACHES
        may_be = (start >= samples.first_node[:, None]) & (
            np.maximum(1, _MOST_OF_RING * ring_nodes)[:, None] >= _REACHES
        )
        self._curve_loss = np.full(start.shape, np.inf)
        self._line_loss = np.full(start.shape, np.inf)
        end, reach = np.nonzero(may_be)
        curve, line = _losses(samples, samples.nodes[start[end, reach]], samples.nodes[end])
        self._curve_loss[end, reach], self._line_loss[end, reach] = curve, line

    def choose(
        self, rates: Floats, curve_chars: float, line_chars: float
    ) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Find the cheapest segments for each of some exchange rates.

        Parameters
        ----------
        rates : (L,) square pixels that a character is worth.
        curve_chars, line_chars : what a segment costs.

        Returns
        -------
        (R, L) what each ring costs, square pixels; (M, L) for each node, the column of the reach of
        the segment that ends there.
        """
        costs = np.minimum(
            self._curve_loss[..., None] + curve_chars * rates,
            self._line_loss[..., None] + line_chars * rates,
        )
        pad = int(_REACHES[-1])
        count, which = len(costs), np.arange(len(rates))
        least = np.zeros((pad + count, len(rates)))
        chosen = np.zeros((count, len(rates)), np.int64)
        firsts = set(self._samples.first_node.tolist())
        for node in range(count):
            if node in firsts:
                continue
            ways = costs[node] + least[pad + node - _REACHES]
            best = ways.argmin(axis=0)
            chosen[node] = best
            least[pad + node] = ways[best, which]
        return least[pad + self._ends], chosen

    def segments(
        self,
        chosen: npt.NDArray[np.int64],
        keeps: Flags,
        rate: float,
        curve_chars: float,
        line_chars: float,
    ) -> tuple[Segments, float]:
        """Give the segments of the rings that are kept, and the area that they get wrong."""
        starts: list[int] = []
        ends: list[int] = []
        straight: list[bool] = []
        loss = 0.0
        for last, keep in zip(self._ends.tolist(), keeps.tolist(), strict=True):
            if not keep:
                continue
            part: list[tuple[int, int, bool]] = []
            node, first = last, int(self._samples.first_node[last])
            while node > first:
                column = int(chosen[node])
                curve, line = self._curve_loss[node, column], self._line_loss[node, column]
                is_line = bool(line + line_chars * rate < curve + curve_chars * rate)
                loss += float(line if is_line else curve)
                before = node - int(_REACHES[column])
                part.append((before, node, is_line))
                node = before
            for before, node, is_line in reversed(part):
                starts.append(before)
                ends.append(node)
                straight.append(is_line)
        return Segments(np.array(starts), np.array(ends), np.array(straight)), loss


def _losses(samples: Samples, start: Indices, end: Indices) -> tuple[Floats, Floats]:
    """Area, square pixels, that the best curve and the straight line get wrong between samples."""
    curve, line = np.full(len(start), np.inf), np.full(len(start), np.inf)
    count, done = end - start, 0
    for most, probes in _PROBES:
        part = np.flatnonzero((count > done) & (count <= most))
        for at in range(0, part.size, _BATCH):
            batch = part[at : at + _BATCH]
            spans = span(samples, start[batch], end[batch], probes)
            length = spans.length_px
            curve[batch] = fit(spans)[1].mean(axis=1) * length
            line[batch] = _line_losses(samples, start[batch], end[batch], spans)
        done = most
    return curve, line


def span(samples: Samples, start: Indices, end: Indices, probes: int) -> Spans:
    """Take the samples between others, so many each."""
    steps = (np.arange(probes) + 0.5) / probes
    count = (end - start)[:, None]
    at = np.rint(start[:, None] + count * steps).astype(np.int64)
    return Spans(
        start=samples.anchors[start],
        end=samples.anchors[end],
        ahead=samples.ahead[start],
        behind=samples.behind[end],
        points=samples.points[at],
        normals=samples.normals[at],
        t=(at - start[:, None]) / count,
        length_px=samples.along[end] - samples.along[start],
    )


def _line_losses(samples: Samples, start: Indices, end: Indices, spans: Spans) -> Floats:
    """Area that straight lines get wrong; infinite where the outline is no line."""
    along = unit(spans.end - spans.start)
    off = spans.points - spans.start[:, None]
    away = np.abs(along[:, None, 0] * off[..., 1] - along[:, None, 1] * off[..., 0])
    limits = np.where(samples.is_corner[np.stack((start, end))], _LINE_TURN_AT_CORNER, _LINE_TURN)
    is_line = (np.abs(turn(spans.ahead, along)) < limits[0]) & (
        np.abs(turn(along, spans.behind)) < limits[1]
    )
    return np.where(is_line, away.mean(axis=1) * spans.length_px, np.inf)
