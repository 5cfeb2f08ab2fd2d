"""Does a track's confidence mean something, and do outlines end when their objects do?"""

from __future__ import annotations

from collections.abc import Sequence as Items
from typing import Any

import numpy as np
import numpy.typing as npt

from rtseg.bench.track.rounds import Sample

_BINS = 10

_Floats = npt.NDArray[np.float64]


def calibrate(tracks: Items[Items[Sample]]) -> dict[str, Any] | None:
    """Compare what the tracker says of its masks with what is true of them.

    Parameters
    ----------
    tracks : the frames of each sequence and round, in their order.

    Returns
    -------
    JSON-ready. "reliability": for each tenth of confidence, the frames with an outline that have
    it, their mean confidence and mean J. "mean_error": mean of \\|confidence - J\\| over them;
    "mean_bias" of confidence - J; "correlation" of both. "states": the share of all frames in each,
    and their mean J. "false_ends": frames that show nothing of an object that is in the picture.
    "late_ends": frames that show something of one that is not, and the longest run of them. None
    where there is no track.
    """
    every = [sample for track in tracks for sample in track]
    if not every:
        return None
    shown = [sample for sample in every if sample.is_shown]
    confidence = np.array([sample.confidence for sample in shown])
    j = np.array([sample.j for sample in shown])
    visible = [sample for sample in every if sample.is_visible]
    hidden = [sample for sample in every if not sample.is_visible]
    return {
        "frames": len(every),
        "reliability": _reliability(confidence, j),
        "mean_error": float(np.abs(confidence - j).mean()) if shown else None,
        "mean_bias": float((confidence - j).mean()) if shown else None,
        "correlation": _correlation(confidence, j),
        "states": {
            state: {
                "share": len(those) / len(every),
                "J": float(np.mean([sample.j for sample in those])),
            }
            for state in sorted({sample.state for sample in every})
            if (those := [sample for sample in every if sample.state == state])
        },
        "false_ends": {
            "frames": sum(not sample.is_shown for sample in visible),
            "of": len(visible),
        },
        "late_ends": {
            "frames": sum(sample.is_shown for sample in hidden),
            "of": len(hidden),
            "longest": max(map(_longest_late_end, tracks)),
        },
    }


def _reliability(confidence: _Floats, j: _Floats) -> list[dict[str, float | int]]:
    rows: list[dict[str, float | int]] = []
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    for number in range(_BINS):
        inside = bins == number
        if inside.any():
            rows.append(
                {
                    "from": number / _BINS,
                    "to": (number + 1) / _BINS,
                    "frames": int(inside.sum()),
                    "confidence": float(confidence[inside].mean()),
                    "J": float(j[inside].mean()),
                }
            )
    return rows


def _correlation(confidence: _Floats, j: _Floats) -> float | None:
    if len(j) < 2 or not confidence.std() or not j.std():
        return None
    return float(np.corrcoef(confidence, j)[0, 1])


def _longest_late_end(track: Items[Sample]) -> int:
    longest = run = 0
    for sample in track:
        run = run + 1 if sample.is_shown and not sample.is_visible else 0
        longest = max(longest, run)
    return longest
