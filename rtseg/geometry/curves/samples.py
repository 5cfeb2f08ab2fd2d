"""Outlines off the staircase: samples at equal distances, their directions, and where corners are.

An edge between two pixels says that the outline crosses it, not where; its middle is the best
guess, and over a few of them the guesses even out. So the middles of all pixel edges are smoothed
along the ring, by a filter that leaves parabolas where they are and so shrinks nothing, and sampled
anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtseg.geometry.path import Ring, following

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.int64]

# Width of the smoothing filter, pixels: at least what hides a stair of one pixel, then in
# proportion to the tolerance, and never so much of a small ring that it loses its shape.
_LEAST_SIGMA_PX = 1.2
_MOST_SIGMA_PX = 3.5
_SIGMA = 0.6
_SIGMA_OF_RING = 1 / 12

# Samples are a pixel apart; further for outlines of which less will be kept.
_SPACING = 1 / 3
_LEAST_SAMPLES = 12

# A corner turns by this much within the window, and most of that within half of it: an arc of a
# circle turns by half of it there.
_CORNER = np.radians(45)
_SHARP = 0.6
_WINDOW = 2.0
_LEAST_WINDOW_PX = 5.0

# A corner stands where the lines on both sides cross, but no further from the outline than this.
_LEAST_STRAY_PX = 1.5
_STRAY = 0.5

# Its sides are this times the window, and so many pixel edges at least, from the second edge on:
# the sample that turns most may be an edge beside the corner.
_SIDE = 1.5
_LEAST_SIDE = 6
_BESIDE_CORNER = 2

# Segments may begin at corners, and at nodes that are this times the tolerance apart.
_NODES = 3.0


class Samples(NamedTuple):
    """Rings as samples, one ring after the other; each begins at a corner if it has one, and ends
    with its first sample once more, so that what goes from sample a to b is the samples between.

    Parameters
    ----------
    points : (N, 2) x, y, source pixels.
    normal_x, normal_y : (N,) unit vectors across the outline.
    offset : (N,) the points times their normals.
    anchors : (N, 2) where a segment that begins or ends at a sample does so: the points, but for
        corners, which no smoothing rounds.
    ahead, behind : (N, 2) unit vectors: where the outline goes from a sample, and how it came
        there; they differ at corners alone.
    is_corner : (N,) bool.
    along : (N,) length of the outline up to a sample, pixels, from the first of its ring.
    nodes : (M,) samples where segments may begin and end, with the last of each ring.
    first_node : (M,) the first node of each one's ring.
    """

    points: Floats
    normal_x: Floats
    normal_y: Floats
    offset: Floats
    anchors: Floats
    ahead: Floats
    behind: Floats
    is_corner: Flags
    along: Floats
    nodes: Indices
    first_node: Indices


def sample(rings: Sequence[Ring], tolerance_px: float) -> Samples:
    """Sample rings of `trace`.

    Parameters
    ----------
    rings : at least one; (N, 2) int32 with level and upright edges.
    tolerance_px : how far a coarse outline may stray; what is smaller is taken for noise.
    """
    parts = [_sample_ring(ring, tolerance_px) for ring in rings]
    count = nodes = 0
    for i, part in enumerate(parts):
        parts[i] = part._replace(nodes=part.nodes + count, first_node=part.first_node + nodes)
        count, nodes = count + len(part.points), nodes + len(part.nodes)
    return Samples(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _sample_ring(ring: Ring, tolerance_px: float) -> Samples:
    middles = _middles(ring)
    points, spacing, at = _resampled(_off_the_stairs(middles, tolerance_px), tolerance_px)
    count = len(points)
    window = max(_LEAST_WINDOW_PX, _WINDOW * tolerance_px) / spacing
    reach = int(np.clip(np.rint(window), 2, max(2, count // 6)))
    is_corner, sharpness = _corners(points, reach)
    start = int(np.argmax(np.where(is_corner, 10.0, 0.0) + sharpness))
    points, is_corner = np.roll(points, -start, axis=0), np.roll(is_corner, -start)
    at = np.roll(at, -start)

    beside = max(1, round(max(2.0, tolerance_px) / spacing))
    along_ring = unit(_ahead(points, beside) - _ahead(points, -beside))
    ahead, behind, anchors = along_ring.copy(), along_ring.copy(), points.copy()
    corners = np.flatnonzero(is_corner)
    if corners.size:
        stray_px = max(_LEAST_STRAY_PX, _STRAY * tolerance_px)
        edges = max(_LEAST_SIDE, round(_SIDE * reach * spacing))
        before, behind[corners] = _side(middles, at[corners], -edges)
        after, ahead[corners] = _side(middles, at[corners], edges)
        anchors[corners] = _crossing(
            points[corners], before, behind[corners], after, ahead[corners], stray_px
        )
    nodes = _nodes(count, is_corner, max(1, round(max(2.0, _NODES * tolerance_px) / spacing)))
    once_more = np.arange(count + 1) % count
    normal_x, normal_y = -along_ring[:, 1], along_ring[:, 0]
    offset = normal_x * points[:, 0] + normal_y * points[:, 1]
    return Samples(
        points=points[once_more],
        normal_x=normal_x[once_more],
        normal_y=normal_y[once_more],
        offset=offset[once_more],
        anchors=anchors[once_more],
        ahead=ahead[once_more],
        behind=behind[once_more],
        is_corner=is_corner[once_more],
        along=np.arange(count + 1, dtype=np.float64) * spacing,
        nodes=nodes,
        first_node=np.zeros(len(nodes), np.int64),
    )


def _middles(ring: Ring) -> Floats:
    """Give the middles of all pixel edges of a ring."""
    vertices = ring.astype(np.float64)
    edges = following(vertices) - vertices
    lengths = np.abs(edges).sum(axis=1).astype(np.int64)
    edge = np.repeat(np.arange(len(lengths)), lengths)
    at = np.arange(edge.size) - (np.cumsum(lengths) - lengths)[edge] + 0.5
    return np.asarray(vertices[edge] + (edges / lengths[:, None])[edge] * at[:, None])


def _off_the_stairs(middles: Floats, tolerance_px: float) -> Floats:
    """Smooth the middles of pixel edges."""
    count = len(middles)
    sigma = min(max(_LEAST_SIGMA_PX, _SIGMA * tolerance_px), _MOST_SIGMA_PX)
    sigma = min(sigma, count * _SIGMA_OF_RING)
    radius = int(np.ceil(3 * sigma))
    if count <= 4 * radius:
        return middles
    bell = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    bell /= bell.sum()
    # 2 G - G G: what a Gaussian takes off, given back once (Kaiser and Hamming, 1977).
    kernel = -np.convolve(bell, bell)
    kernel[radius:-radius] += 2 * bell
    reach = 2 * radius
    closed = np.concatenate((middles[-reach:], middles, middles[:reach]))
    return np.column_stack([np.convolve(closed[:, i], kernel, "valid") for i in (0, 1)])


def _resampled(points: Floats, tolerance_px: float) -> tuple[Floats, float, Floats]:
    """Give points at equal distances along a ring, the distance, and between which points."""
    steps = following(points) - points
    along = np.concatenate(([0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))))
    count = max(_LEAST_SAMPLES, round(along[-1] / max(1.0, _SPACING * tolerance_px)))
    spacing = float(along[-1]) / count
    closed = np.concatenate((points, points[:1]))
    at = np.interp(np.arange(count) * spacing, along, np.arange(len(closed)))
    whole = np.minimum(at.astype(np.int64), len(points) - 1)
    part = (at - whole)[:, None]
    return closed[whole] * (1 - part) + closed[whole + 1] * part, spacing, at


def _ahead(points: Floats, steps: int) -> Floats:
    """Give the point so many steps on, for each."""
    return np.roll(points, -steps, axis=0)


def _corners(points: Floats, reach: int) -> tuple[Flags, Floats]:
    """Find corners; and tell how sharply the ring turns at each sample, 0 … 2 pi."""
    turns = [
        np.abs(turn(points - _ahead(points, -step), _ahead(points, step) - points))
        for step in (reach, max(1, reach // 2))
    ]
    sharpness = turns[0] + turns[1]
    most = sharpness.copy()
    for step in range(1, reach + 1):
        np.maximum(most, np.roll(sharpness, step), out=most)
        np.maximum(most, np.roll(sharpness, -step), out=most)
    is_corner = (turns[0] > _CORNER) & (turns[1] > _SHARP * turns[0]) & (sharpness >= most)
    # Of equals side by side, as on a plateau, one is enough.
    return is_corner & ~np.roll(is_corner, 1), sharpness


def _side(middles: Floats, at: Floats, edges: int) -> tuple[Floats, Floats]:
    """Fit a line to so many edges after each place, or before it: a point, and the direction.

    The smoothing has bent what is next to a corner; the edges themselves are as they were.
    """
    step = np.sign(edges) * (np.arange(abs(edges)) + _BESIDE_CORNER)
    window = middles[(np.rint(at).astype(np.int64)[:, None] + step) % len(middles)]
    mean = window.mean(axis=1)
    off = window - mean[:, None]
    xx, yy, xy = (off[..., 0] ** 2).sum(1), (off[..., 1] ** 2).sum(1), off.prod(axis=2).sum(1)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    direction = np.column_stack((np.cos(angle), np.sin(angle)))
    onwards = (window[:, -1] - window[:, 0]) * np.sign(edges)
    is_back = (direction * onwards).sum(axis=1) < 0
    return mean, np.where(is_back[:, None], -direction, direction)


def _crossing(
    here: Floats,
    before: Floats,
    come: Floats,
    after: Floats,
    go: Floats,
    stray_px: float,
) -> Floats:
    """Where the lines on both sides of corners cross, at most so far from the corner."""
    with np.errstate(divide="ignore", invalid="ignore"):
        part = cross(after - before, go) / cross(come, go)
        away = before + come * part[:, None] - here
        away = away * np.minimum(1.0, stray_px / np.hypot(away[:, 0], away[:, 1]))[:, None]
    return np.where(np.isfinite(away), here + away, here)


def _nodes(count: int, is_corner: Flags, apart: int) -> Indices:
    """Corners, and every so many samples between; the first sample and the one after the last."""
    is_near = np.zeros(count, np.bool_)
    for step in range(-(apart // 2), apart // 2 + 1):
        is_near |= np.roll(is_corner, step)
    even = np.arange(0, count, apart)
    even = even[~is_near[even]]
    nodes: Indices = np.union1d(np.union1d(even, np.flatnonzero(is_corner)), [0, count])
    return nodes


def unit(vectors: Floats) -> Floats:
    """Give vectors, (…, 2), the length 1; zero vectors stay."""
    lengths = np.hypot(vectors[..., 0], vectors[..., 1])
    return np.asarray(vectors / np.maximum(lengths, 1e-12)[..., None])


def cross(a: Floats, b: Floats) -> Floats:
    """Give the z of the cross products of vectors, (…, 2)."""
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def turn(a: Floats, b: Floats) -> Floats:
    """Give the angles from vectors to others, (…, 2), -pi … pi."""
    return np.asarray(np.arctan2(cross(a, b), (a * b).sum(axis=-1)))
