"""Where the vertices of an outline that follows go: each where it costs least with the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rtseg.geometry.arcs import MEAN_OF_SPREAD, Floats, Lines
from rtseg.geometry.path import Strung
from rtseg.wire.cheapest import cheapest_choices

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

AROUND = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1)])
"""(9, 2) the choices of a vertex: steps from where its edges fit best, pixels."""

# By how much two choices change a step between them, and which of those it is for each choice at
# the far end (rows) and at the near one (columns): 25 different ones among 81.
_CHANGES = np.array([(x, y) for y in range(-2, 3) for x in range(-2, 3)])
_CHANGE = (AROUND[:, None] - AROUND + 2) @ (1, 5)


def place(
    here: Floats,
    carried: Floats,
    lines: Lines,
    is_old: npt.NDArray[np.bool_],
    before: Floats,
    lengths: npt.NDArray[np.int64],
    price: float,
    distance: float,
) -> tuple[Floats, float]:
    """Place the vertices of an outline.

    Parameters
    ----------
    here : (N, 2) on the exact outline, ring after ring.
    carried : (N, 2) where registration with the mask before puts those that live on; the others as
        in `here`.
    lines : (N,) that fit the edges which start at them.
    is_old : (N,) whether each lives on.
    before : (M, 2) where those were.
    lengths : (R,) how many vertices each ring has.
    price : square pixels for one bit.
    distance : mean distance from the exact outline that the fidelity allows, pixels.

    Returns
    -------
    (N, 2) whole numbers, and how many bits those that live on take.
    """
    spread = np.maximum(lines.spread, _LEAST_SPREAD_PX)
    strung = Strung(here, lengths)
    preceding = strung.before
    fitted = _fitted(here, carried, lines, spread, is_old, preceding, price)
    strayed = fitted - here
    far = np.maximum(np.hypot(strayed[:, 0], strayed[:, 1]), 1e-9)
    most = max(_LEAST_STRAY_PX, _STRAY * distance)
    vertices = np.rint(here + strayed * np.minimum(1, most / far)[:, None])
    old = np.nonzero(is_old)[0]
    if not len(old):
        return vertices, 0.0
    steps = (vertices[old] - before).astype(np.int64)
    shared = np.rint(np.median(steps, axis=0)).astype(np.int64)
    around = steps[:, None] + AROUND
    places = before[:, None] + around
    edges = np.stack((old, preceding[old]))
    a, b, c, tolerated = (each[edges, None] for each in (lines.a, lines.b, lines.c, spread))
    away = a * places[..., 0] + b * places[..., 1] - c
    away *= away
    tilted = np.sqrt(away / _TILT + tolerated * tolerated) - tolerated
    costs = MEAN_OF_SPREAD / price * (lines.length[edges, None] * tilted).sum(axis=0)
    # From each to the next; the first of a ring goes by what most do, whatever the one before did.
    changes = bits_between(np.concatenate((steps[:1] - shared, steps[1:] - steps[:-1])))
    ring = strung.of[old]
    first = np.flatnonzero(ring != np.concatenate(([-1], ring[:-1])))
    changes[first] = _bits(around[first] - shared)[:, :, None]
    at = cheapest_choices(costs, changes)
    each = np.arange(len(old))
    vertices[old] = places[each, at]
    back = np.concatenate(([0], at[:-1]))
    bits = changes[each, at, back].sum()
    return vertices, float(bits)


def _fitted(
    here: Floats,
    carried: Floats,
    lines: Lines,
    spread: Floats,
    is_old: npt.NDArray[np.bool_],
    preceding: npt.NDArray[np.int64],
    price: float,
) -> Floats:
    """Where both edges of each vertex fit best, held by a spring at where it was carried."""
    weight = lines.length / spread * (MEAN_OF_SPREAD / _TILT)
    spring = _SPRING * price * np.where(is_old, 1.0, 0.15)
    x, y = (carried - here).T
    c = lines.c - lines.a * here[:, 0] - lines.b * here[:, 1]
    xx, xy, yy, cx, cy = spring, 0.0 * spring, spring, spring * x, spring * y
    back = np.stack((weight, lines.a, lines.b, lines.c))[:, preceding]
    back[3] -= back[1] * here[:, 0] + back[2] * here[:, 1]
    for w, a, b, far in ((weight, lines.a, lines.b, c), back):
        xx, xy, yy = xx + w * a * a, xy + w * a * b, yy + w * b * b
        cx, cy = cx + w * a * far, cy + w * b * far
    root = xx * yy - xy * xy
    fitted: Floats = here + np.stack((yy * cx - xy * cy, xx * cy - xy * cx), axis=1) / root[:, None]
    return fitted


def bits_between(further: npt.NDArray[np.int64]) -> Floats:
    """Give the bits that each pair of choices takes.

    Parameters
    ----------
    further : (N, 2) how much further a vertex goes than the one before it, pixels, where neither
        leaves the middle of its choices.

    Returns
    -------
    (N, 9, 9) of each choice of `AROUND` (rows) after each of the vertex before (columns).
    """
    bits: Floats = _bits(further[:, None] + _CHANGES)[:, _CHANGE]
    return bits


def _bits(steps: npt.NDArray[np.int64]) -> Floats:
    """What steps cost that go so much further than the one before, (…, 2)."""
    lengths = np.minimum(np.abs(steps), len(_STEP_BITS) - 1)
    bits: Floats = _STEP_BITS[lengths].sum(axis=-1)
    return bits
