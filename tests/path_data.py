"""Reads SVG path data as a simple user does: split at spaces, look at the letters."""

from __future__ import annotations

import numpy as np

from rtseg.geometry import Polygons

STEPS = 64
"""Straight pieces of a curve: within a hundredth of a pixel of any curve in the tests."""


def read_path(
    text: str,
    scale: tuple[float, float] = (1.0, 1.0),
    origin: tuple[float, float] = (0.0, 0.0),
) -> Polygons:
    """Read M, L, C and Z, absolute, into polygons in source pixels; fail on anything else."""
    rings: list[list[np.ndarray]] = []
    words = text.split(" ") if text else []
    at = 0

    def point() -> np.ndarray:
        nonlocal at
        at += 2
        return np.array([float(words[at - 2]), float(words[at - 1])]) * scale + origin

    is_open = False
    while at < len(words):
        letter = words[at]
        at += 1
        if letter == "M":
            assert not is_open
            is_open = True
            rings.append([point()])
        elif letter == "L":
            rings[-1].append(point())
        elif letter == "C":
            p0, p1, p2, p3 = rings[-1][-1], point(), point(), point()
            t = np.arange(1, STEPS + 1)[:, None] / STEPS
            s = 1 - t
            rings[-1] += list(s**3 * p0 + 3 * s * s * t * p1 + 3 * s * t * t * p2 + t**3 * p3)
        else:
            assert letter == "Z"
            is_open = False
    assert not is_open
    return Polygons(tuple(np.array(ring) for ring in rings))
