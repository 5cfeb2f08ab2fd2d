"""Numbers of many frames to figures of a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rtseg.bench.simple_ways import chain_bits
from rtseg.bench.wire.measuring import Key, Numbers

# Of everything else the mean is told.
_OTHER_THAN_MEAN: dict[str, Callable[[Sequence[float]], float]] = {
    "ours_p95": lambda values: float(np.percentile(values, 95)),
    "least_iou": min,
}


def figures(numbers: Numbers) -> dict[str, Any]:
    """Sum up; JSON-ready. A mean is over frames, or vertices, of all clips; None where none is."""
    report: dict[str, Any] = {}
    frames = len(numbers.values["coco_rle_bytes",])
    report["frames"] = frames
    report["chain_code_bytes"] = chain_bits(numbers.turns) / 8 / frames
    for key, values in numbers.values.items():
        _put(report, key, _OTHER_THAN_MEAN.get(key[-1], _mean)(values) if values else None)
    return report


def _put(report: dict[str, Any], key: Key, value: float | None) -> None:
    for name in key[:-1]:
        report = report.setdefault(name, {})
    report[key[-1]] = value


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
