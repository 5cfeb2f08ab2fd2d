"""Where the vertices of an outline that follows go: each where it costs least with the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rtseg.geometry.arcs import Floats, Lines
from rtseg.geometry.path import preceding

LIVES_BITS = 4.5
"""What is told of a vertex that lives on, on average."""

# Bits of a step that goes so many pixels further than the one before it, in x or y.
_STEP_BITS = np.concatenate(([0.7], 2.1 + 2.0 * np.log2(np.arange(1, 64) + 0.5)))

# A vertex is held at where it was carried by a spring of this times the price, and goes no further
# from the exact outline than this times the mean distance that the fidelity allows.
_SPRING = 2.0
_STRAY = 8.0
_LEAST_STRAY_PX = 2.0

# Of half the square of a deviation over the spread, of which a third counts as the edge tilts.
_TILT = 3.0
_LEAST_SPREAD_PX = 0.3
_MEAN_OF_SPREAD = 0.8

_AROUND = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])

# By how much two choices change a step between them, and which of those it is for each choice at
# the far end (rows) and at the near one (columns): 25 different ones among 81.
_CHANGES = np.array([(x, y) for y in range(-2, 3) for x in range(-2, 3)])
_CHANGE = ((_AROUND[:, None] - _AROUND + 2) @ (1, 5)).ravel()


def place(
    here: Floats,
    carried: Floats,
    lines: Lines,
    is_old: npt.NDArray[np.bool_],
    before: Floats,
    price: float,
    distance: float,
) -> tuple[Floats, float]:
    """Place the vertices of one ring.

    Parameters
    ----------
    here : (N, 2) on the exact outline.
    carried : (N, 2) where the flow took those that live on; the others as in `here`.
    lines : (N,) that fit the edges which start at them.
    is_old : (N,) whether each lives on.
    before : (M, 2) where those were.
    price : square pixels for one bit.
    distance : mean distance from the exact outline that the fidelity allows, pixels.

    Returns
    -------
    (N, 2) whole numbers, and how many bits those that live on take.
    """
    spread = np.maximum(lines.spread, _LEAST_SPREAD_PX)
    fitted = _fitted(here, carried, lines, spread, is_old, price)
    strayed = fitted - here
    far = np.maximum(np.hypot(strayed[:, 0], strayed[:, 1]), 1e-9)
    most = max(_LEAST_STRAY_PX, _STRAY * distance)
    vertices = np.rint(here + strayed * np.minimum(1, most / far)[:, None])
    old = np.nonzero(is_old)[0]
    if not len(old):
        return vertices, 0.0
    steps = (vertices[old] - before).astype(np.int64)
    shared = np.rint(np.median(steps, axis=0)).astype(np.int64)
    around = steps[:, None] + _AROUND
    places = before[:, None] + around
    areas = sum(
        lines.length[edge][:, None]
        * (
            np.sqrt(
                spread[edge][:, None] ** 2
                + (
                    lines.a[edge][:, None] * places[..., 0]
                    + lines.b[edge][:, None] * places[..., 1]
                    - lines.c[edge][:, None]
                )
                ** 2
                / _TILT
            )
            - spread[edge][:, None]
        )
        for edge in (old, old - 1)
    )
    costs = _MEAN_OF_SPREAD / price * np.asarray(areas)
    costs[0] += _bits(around[0] - shared)
    further = _bits((steps[1:] - steps[:-1])[:, None] + _CHANGES)
    at = _cheapest(costs, further[:, _CHANGE].reshape(-1, len(_AROUND), len(_AROUND)))
    each = np.arange(len(old))
    vertices[old] = places[each, at]
    taken = around[each, at]
    bits = _bits(taken[0] - shared) + _bits(taken[1:] - taken[:-1]).sum()
    return vertices, float(bits)


def _fitted(
    here: Floats,
    carried: Floats,
    lines: Lines,
    spread: Floats,
    is_old: npt.NDArray[np.bool_],
    price: float,
) -> Floats:
    """Where both edges of each vertex fit best, held by a spring at where it was carried."""
    weight = lines.length / spread * (_MEAN_OF_SPREAD / _TILT)
    spring = _SPRING * price * np.where(is_old, 1.0, 0.15)
    x, y = (carried - here).T
    c = lines.c - lines.a * here[:, 0] - lines.b * here[:, 1]
    xx, xy, yy, cx, cy = spring, 0.0 * spring, spring, spring * x, spring * y
    back = preceding(np.stack((weight, lines.a, lines.b, lines.c), axis=1)).T
    back[3] -= back[1] * here[:, 0] + back[2] * here[:, 1]
    for w, a, b, far in ((weight, lines.a, lines.b, c), back):
        xx, xy, yy = xx + w * a * a, xy + w * a * b, yy + w * b * b
        cx, cy = cx + w * a * far, cy + w * b * far
    root = xx * yy - xy * xy
    fitted: Floats = here + np.stack((yy * cx - xy * cy, xx * cy - xy * cx), axis=1) / root[:, None]
    return fitted


def _bits(steps: npt.NDArray[np.int64]) -> Floats:
    """What steps cost that go so much further than the one before, (…, 2)."""
    lengths = np.minimum(np.abs(steps), len(_STEP_BITS) - 1)
    bits: Floats = _STEP_BITS[lengths].sum(axis=-1)
    return bits


def _cheapest(costs: Floats, further: Floats) -> npt.NDArray[np.int64]:
    """Find the cheapest way through a row of choices (Viterbi, 1967).

    Parameters
    ----------
    costs : (N, K) of each choice.
    further : (N - 1, K, K) of each of the next (rows) after each (columns).

    Returns
    -------
    (N,) the choice at each.
    """
    total = costs[0]
    backs = np.empty((len(further), costs.shape[1]), np.int64)
    for cost, step, back in zip(costs[1:], further, backs, strict=True):
        sums = total + step
        sums.argmin(axis=1, out=back)
        total = sums.min(axis=1) + cost
    choice = int(total.argmin())
    at = [choice]
    for row in backs[::-1].tolist():
        choice = row[choice]
        at.append(choice)
    return np.array(at[::-1])
