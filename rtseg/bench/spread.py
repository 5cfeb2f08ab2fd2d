"""Many numbers in few."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def spread(values: Iterable[float | None], digits: int = 1) -> dict[str, float | int | None]:
    """Sum up a list: its length, mean, percentiles and maximum; None in it does not count.

    Parameters
    ----------
    values : of any one unit; where none counts, all but the length are None.
    digits : decimals that are kept.
    """
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    if known.size == 0:
        return {"n": 0, "mean": None, "p50": None, "p95": None, "p99": None, "max": None}
    p50, p95, p99 = np.percentile(known, [50, 95, 99])
    named = {"mean": known.mean(), "p50": p50, "p95": p95, "p99": p99, "max": known.max()}
    return {"n": int(known.size)} | {name: round(float(v), digits) for name, v in named.items()}
